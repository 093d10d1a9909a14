"""``proof_page``: proving a scorecard on 50,000 closed renewals; ``rescore_history``: a draft over twelve month-ends."""

from __future__ import annotations

import statistics

from django.db import connection, transaction

from accounts.models import Customer
from health import proof
from health.models import Scorecard
from health.publishing import replaying
from health.scorecards.cards import stored_card
from health.scoring.drafts import scored_as
from renewals.outcomes import closed_terms
from tests.bench import signals
from tests.bench.ground import DAY, Bench, Ground, Result, timed

RENEWALS = 50_000
DAYS = 90

# 50,000 customers of one renewal each, closed in the past two years; eighteen month-ends of scores each.
MAKE = f"""
    INSERT INTO accounts_organisation (id, name, time_zone, currency, fiscal_year_start_month, holiday_country,
        onboarding_days) VALUES (1, 'Bench', 'UTC', 'USD', 1, '', 90) ON CONFLICT DO NOTHING;
    INSERT INTO accounts_customer (name, domain, industry, use_case, country, tags, attributes, status, stage,
        touch_model, pin_reason, band, arr)
    SELECT 'Proving ' || n, '', '', '', '', '{{}}', '{{}}', 'live', 'mature', 'low', '', '', 0
    FROM generate_series(1, {RENEWALS}) n;
    INSERT INTO accounts_contract (customer_id, source, external_id, starts_on, term_months, notice_days, auto_renews,
        is_trial, currency)
    SELECT id, 'proving', id::text, DATE '{DAY}' - 366 - (id % 700)::int, 12, 30, false, false, 'USD'
    FROM accounts_customer WHERE name LIKE 'Proving %';
    INSERT INTO renewals_renewal (customer_id, contract_id, term_number, due_on, arr, stage, category, csm_note,
        final_reason, outcome, closed_on, closed_arr, before_closing)
    SELECT c.customer_id, c.id, 1, c.starts_on + 365, 1000 + c.id % 900, 'closed', '', '', '',
        CASE WHEN c.id % 6 = 0 THEN 'churned' ELSE 'renewed' END, c.starts_on + 365,
        CASE WHEN c.id % 6 = 0 THEN 0 ELSE 1000 + c.id % 1000 END, '{{}}'
    FROM accounts_contract c WHERE c.source = 'proving';
    INSERT INTO accounts_datedfact (customer_id, fact, from_day, value)
    SELECT customer_id, 'segment', starts_on, (1 + id % 4)::text FROM accounts_contract WHERE source = 'proving';
    INSERT INTO health_score (customer_id, day, scorecard_id, value, raw, band, coverage, ceiling, points, weights,
        amounts, inputs_on)
    SELECT customer_id, day, {{card}}, v, v, CASE WHEN v >= 70 THEN 'green' WHEN v >= 45 THEN 'yellow' ELSE 'red' END, 1,
        '', '{{}}', '{{}}', '{{}}', '{{}}'
    FROM (
        SELECT customer_id, starts_on + k * 30 AS day,
            least(100, greatest(0, 62 + (hashint8(id * 31 + k) % 34) - CASE WHEN id % 6 = 0 THEN 18 ELSE 0 END)) AS v
        FROM accounts_contract CROSS JOIN generate_series(1, 12) k WHERE source = 'proving'
    ) s;
    ANALYZE accounts_customer, accounts_contract, renewals_renewal, accounts_datedfact, health_score;
"""
# What any proof must at least read: the renewals, and for each the newest score so many days before its end.
FLOOR = f"""
    SELECT count(s.value), sum(s.value), count(*) FILTER (WHERE r.outcome <> 'churned'), sum(r.arr)
    FROM renewals_renewal r
    JOIN LATERAL (SELECT h.value FROM health_score h WHERE h.customer_id = r.customer_id AND h.day <= r.due_on - {DAYS}
                  ORDER BY h.day DESC LIMIT 1) s ON true
    WHERE r.stage = 'closed' AND r.due_on <= DATE '{DAY}'
"""


def proof_page(ground: Ground) -> Result:
    """Seconds of everything the page shows, over those of the bare join. All is rolled back."""
    ground.once(signals.NAME, signals.portfolio)
    used = Scorecard.objects.get(key="standard", is_published=True)
    with transaction.atomic():
        signals.execute(MAKE.replace("{card}", str(used.pk)))
        measured = ground.race(lambda: page(used), lambda: signals.execute(FLOOR))
        transaction.set_rollback(True)
    return measured


def page(used: Scorecard) -> None:
    """What the proof page asks and computes, for a reader who sees everybody; its segments come in a panel of their own."""
    terms = closed_terms(Customer.objects.filter(merged_into=None), DAY, DAYS)
    rows = proof.tally(used, terms)
    made = proof.proof(rows, terms)
    assert made.n == RENEWALS
    proof.classes(rows)
    proof.warnings(used, terms)
    assert len(list(proof.listed(used, terms, "missed", size=51))) == 51


def rescore_history(ground: Ground) -> Result:
    """Twelve month-ends replayed and written, over twelve times the bare query for one of them."""
    ground.once(signals.NAME, signals.portfolio)
    used = Scorecard.objects.get(key="standard", is_published=True)
    card = stored_card(used.pk)
    ends = replaying.month_ends(DAY)
    bare = [f"SELECT count(value), sum(value) FROM ({scored_as(card, end, past=True)} OFFSET 0) q" for end in ends]
    times: dict[str, list[float]] = {"ours": [], "floor": []}
    for _ in range(min(ground.rounds, 3)):
        times["floor"].append(timed(lambda: [signals.execute(query) for query in bare]))
        times["ours"].append(timed(lambda: replaying.replay(used, ends)))
        signals.execute("TRUNCATE health_replay, health_replayedday")
    connection.close()
    ground.say(str(times))
    return Result(statistics.median(times["ours"]), statistics.median(times["floor"]))


BENCHES = [
    Bench("proof_page", 5, 3, proof_page),
    Bench("rescore_history", 1.5, 1.2, rescore_history),
]
