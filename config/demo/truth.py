"""The planted truth: how well a customer really does, and what that does to everything seen.

A proof of the product's scores can be held against these statements.

1. Each customer has a latent state h, about normal (0, 1), that moves slowly. On a grid of 30 days
   h = 0.50 × a constant of the customer + 0.87 × a walk: the standardised sum of the last eight
   monthly shocks, so that two months that are eight or more apart share the constant only.
   Between grid points it runs in a straight line.
2. Where the champion leaves (32 % of customers, once), h falls by 0.9 for the 300 days after.
3. Each term of a contract ends by chance: the probability of renewing is
   logistic(2.1 + 2.0 h + 0.35 size − 0.35 in the first term), h taken 75 days before the end and
   size 0, 1, 2 for small, middle, large. About 83 % renew. The AUC of h itself is about 0.83:
   nothing computed from the signals can beat it for long. Monthly contracts ask the same question
   each month with logistic(5.0 + 1.3 h). 1.2 % of terms stop half-way whatever h is.
4. A renewal grows by 8–43 % in 45 % of cases where h > 0.2, and shrinks by 5–35 % in 40 % of cases
   where h < −0.3. Modules are added later only where h > 0 on the day.
5. Daily signals follow h with noise of their own: share of seats active, sessions, core share,
   breadth of features up; whole fortnights without use (probability logistic(−4.0 − 2.6 h)), errors, tickets, their severity and time to solve down; NPS, CSAT, CES,
   renewal intent, sentiment of touchpoints and measured outcomes up. Every customer's level of
   use also has a habit of its own (standard deviation 0.5 on the logit) that says nothing about
   renewal; 4 % only log in and do hardly any core work.
6. Said reasons follow the cause: champion left within 300 days, else failed onboarding or value
   in the first term, else service, price, competitor and the rest by chance.
7. Bills are paid late with probability logistic(−1.8 − 1.5 h), h on the due date, by a delay that is
   exponential with mean 45 exp(−0.35 h) days, 150 at most; the others within their 30 days.
8. Customers connect 1 to 5 other systems, more the larger they are. Each half year each of them is cut with
   probability logistic(−2.9 − 1.3 h), h without the champion's shock; whoever leaves cuts all.
9. Community acts come only where h > 0.5 (three chances a month of 0.2 h), acts of advocacy only where
   h > 0.8 (one chance a month of 0.06 h): what advocates do says h is high, silence says little.
10. Three modules (analytics, automation, integrations) are open from the day they were added (see 4). Whom one
   is open to uses it on a share of days that rises with use. Of the others 40 % for each module would like it:
   while h > 0.3 they visit it all the same, on half of the days of 35 % of the fortnights. Nobody else ever does,
   so that visits without entitlement tell the wish to grow. Half of the contracts limit one feature
   (work orders or dashboards), at 20 to 60 (28 to 84) uses a first seat in 28 days; who does well outgrows that.
11. Seats and modules are held from the day they were agreed: no day is told of what came after it.
"""

from __future__ import annotations

from typing import Final

# Uniforms centred at 0 have variance 1/12; eight of them 2/3; 0.87 × sqrt(3/2) = 1.0655.
FUNCTIONS: Final = """
CREATE OR REPLACE FUNCTION pg_temp.grid(n bigint, k int) RETURNS float8
    IMMUTABLE PARALLEL SAFE LANGUAGE sql AS $$
    SELECT 0.5 * pg_temp.z(n, 50) + 1.0655 * (
          pg_temp.u(pg_temp.pair(n, k), 51) + pg_temp.u(pg_temp.pair(n, k - 1), 51)
        + pg_temp.u(pg_temp.pair(n, k - 2), 51) + pg_temp.u(pg_temp.pair(n, k - 3), 51)
        + pg_temp.u(pg_temp.pair(n, k - 4), 51) + pg_temp.u(pg_temp.pair(n, k - 5), 51)
        + pg_temp.u(pg_temp.pair(n, k - 6), 51) + pg_temp.u(pg_temp.pair(n, k - 7), 51) - 4) $$;

CREATE OR REPLACE FUNCTION pg_temp.shock(t int, left_t int) RETURNS float8
    IMMUTABLE PARALLEL SAFE LANGUAGE sql AS $$
    SELECT CASE WHEN t >= left_t AND t < left_t + 300 THEN -0.9 ELSE 0 END $$;

CREATE OR REPLACE FUNCTION pg_temp.latent(n bigint, t int, left_t int) RETURNS float8
    IMMUTABLE PARALLEL SAFE LANGUAGE sql AS $$
    SELECT pg_temp.grid(n, t / 30) * (1 - mod(t, 30) / 30.0::float8)
         + pg_temp.grid(n, t / 30 + 1) * (mod(t, 30) / 30.0::float8)
         + pg_temp.shock(t, left_t) $$;

CREATE OR REPLACE FUNCTION pg_temp.renews(h float8, size int, term int) RETURNS float8
    IMMUTABLE PARALLEL SAFE LANGUAGE sql AS $$
    SELECT pg_temp.logistic(2.1 + 2.0 * h + 0.35 * size - CASE WHEN term = 1 THEN 0.35 ELSE 0 END) $$;

CREATE OR REPLACE FUNCTION pg_temp.stays(h float8) RETURNS float8
    IMMUTABLE PARALLEL SAFE LANGUAGE sql AS $$ SELECT pg_temp.logistic(5.0 + 1.3 * h) $$;

CREATE OR REPLACE FUNCTION pg_temp.silent(h float8) RETURNS float8
    IMMUTABLE PARALLEL SAFE LANGUAGE sql AS $$ SELECT pg_temp.logistic(-4.0 - 2.6 * h) $$;
"""
