"""What lets a customer into a playbook: each kind of trigger is one set-based query.

Every query answers ``(customer_id, occasion, why, renewal_id)`` for all customers the trigger holds
for on ``day``. The occasion names the event or the state entered, so that a state that lasts lets a
customer in once: it stays the same for as long as the state holds and is new when the customer left
the state and came back. ``why`` holds the facts as JSON.

What is an event (a closed renewal, a missed milestone, a stage) counts for ``within_days`` after it
happened; older history starts nothing.
"""

from __future__ import annotations

import datetime as dt
from typing import Final

from accounts.embedding import Query
from playbooks import parameters
from playbooks.models import PlaybookVersion, TriggerKind

NOBODY: Final = """
    SELECT NULL::bigint AS customer_id, NULL::text AS occasion,
           NULL::jsonb AS why, NULL::bigint AS renewal_id
    WHERE false
"""

# Open renewals whose prep has opened or, with a number of days, that end within them. Renewals that
# share a prep are one occasion, that of the leading one.
RENEWAL_DUE: Final = """
    SELECT DISTINCT ON (l.id)
           l.customer_id,
           'renewal:' || l.id AS occasion,
           jsonb_build_object('due_on', r.due_on, 'notice_on', r.notice_on,
                              'prep_opened_on', r.prep_opened_on, 'arr', r.arr) AS why,
           l.id AS renewal_id
    FROM renewals_renewal r
    JOIN renewals_renewal l ON l.id = coalesce(r.prep_with_id, r.id)
    WHERE r.stage <> 'closed'
      AND CASE WHEN %(days)s::int IS NULL
               THEN r.stage <> 'upcoming' AND r.prep_opened_on <= %(day)s::date
               ELSE r.due_on <= %(day)s::date + %(days)s::int END
    ORDER BY l.id, r.due_on, r.id
"""

# Renewals closed with one of the outcomes; a group that shared its prep counts once.
RENEWAL_CLOSED: Final = """
    SELECT DISTINCT ON (l.id)
           r.customer_id,
           'renewal:' || l.id || ':closed' AS occasion,
           jsonb_build_object('outcome', r.outcome, 'closed_on', r.closed_on, 'arr', r.closed_arr) AS why,
           r.id AS renewal_id
    FROM renewals_renewal r
    JOIN renewals_renewal l ON l.id = coalesce(r.prep_with_id, r.id)
    WHERE r.stage = 'closed'
      AND r.outcome = ANY(%(outcomes)s)
      AND r.closed_on BETWEEN %(day)s::date - %(within_days)s::int AND %(day)s::date
    ORDER BY l.id, r.closed_on, r.id
"""

# The score stands at least so many points below the highest it had since the window began, the
# score that held at its beginning included. Days below follow the last day that was not: the first
# of them is the occasion. A customer without a score on the day has not dropped.
SCORE_DROP: Final = """
    WITH changed AS (
        SELECT DISTINCT customer_id FROM health_score
        WHERE day > %(day)s::date - %(days)s::int AND day <= %(day)s::date
    ), held AS (
        SELECT s.customer_id, s.day, s.value FROM health_score s
        WHERE s.day > %(day)s::date - %(days)s::int AND s.day <= %(day)s::date
        UNION ALL
        SELECT c.customer_id, b.day, b.value FROM changed c CROSS JOIN LATERAL (
            SELECT s.day, s.value FROM health_score s
            WHERE s.customer_id = c.customer_id AND s.day <= %(day)s::date - %(days)s::int
            ORDER BY s.day DESC LIMIT 1) b
    ), peaks AS (
        SELECT customer_id, day, value,
               max(value) OVER (PARTITION BY customer_id ORDER BY day) AS high
        FROM held
    ), runs AS (
        SELECT customer_id, day, value, high,
               max(day) FILTER (WHERE high - value < %(points)s)
                   OVER (PARTITION BY customer_id) AS well_on
        FROM peaks
    ), dropped AS (
        SELECT customer_id, max(high) AS high,
               (array_agg(value ORDER BY day DESC))[1] AS value,
               min(day) FILTER (WHERE value IS NOT NULL) AS since
        FROM runs WHERE day > well_on GROUP BY customer_id
    )
    SELECT customer_id, 'drop:' || since AS occasion,
           jsonb_build_object('from', high, 'to', value, 'since', since,
                              'days', %(days)s::int) AS why,
           NULL::bigint AS renewal_id
    FROM dropped WHERE value IS NOT NULL
"""

# The measure's points or value in the score that holds on the day lie below the threshold. The
# occasion is the first day below after the last day at or above; days without data end no run. The run asks for the
# newest figure too: thus nobody's history is looked at before it is known to be below.
MEASURE_BELOW: Final = """
    SELECT c.id AS customer_id,
           'below:' || %(measure)s::text || ':' || run.since AS occasion,
           jsonb_build_object('measure', %(measure)s::text, 'of', %(of)s::text,
                              'figure', newest.figure, 'below', %(below)s::float8,
                              'since', run.since) AS why,
           NULL::bigint AS renewal_id
    FROM accounts_customer c
    CROSS JOIN LATERAL (
        SELECT {figure} AS figure FROM health_score s JOIN health_scorecard k ON k.id = s.scorecard_id
        WHERE s.customer_id = c.id AND s.day <= %(day)s::date
        ORDER BY s.day DESC LIMIT 1) newest
    CROSS JOIN LATERAL (
        SELECT min(s.day) AS since FROM health_score s JOIN health_scorecard k ON k.id = s.scorecard_id
        WHERE s.customer_id = c.id AND s.day <= %(day)s::date AND {figure} < %(below)s::float8
          AND s.day > coalesce((
              SELECT s.day FROM health_score s JOIN health_scorecard k ON k.id = s.scorecard_id
              WHERE s.customer_id = c.id AND s.day <= %(day)s::date AND {figure} >= %(below)s::float8
              ORDER BY s.day DESC LIMIT 1), '-infinity'::date)
          AND newest.figure < %(below)s::float8) run
    WHERE newest.figure < %(below)s::float8
"""
# A measure stands where the score's scorecard lists it.
POINTS: Final = "s.points[array_position(k.measures, %(measure)s::varchar)]::float8"
AMOUNT: Final = "s.amounts[array_position(k.measures, %(measure)s::varchar)]"

# The latest milestone that was found late and is still not reached.
MILESTONE_MISSED: Final = """
    SELECT DISTINCT ON (m.customer_id)
           m.customer_id, 'milestone:' || m.key AS occasion,
           jsonb_build_object('milestone', m.key, 'due_on', m.due_on,
                              'missed_on', m.missed_on) AS why,
           NULL::bigint AS renewal_id
    FROM health_milestone m
    WHERE m.key = ANY(%(milestones)s)
      AND m.missed_on BETWEEN %(day)s::date - %(within_days)s::int AND %(day)s::date
      AND (m.reached_on IS NULL OR m.reached_on > %(day)s::date)
    ORDER BY m.customer_id, m.due_on DESC
"""

# The stage that holds on the day began within the days given.
STAGE_ENTERED: Final = """
    SELECT f.customer_id, 'stage:' || f.value || ':' || f.from_day AS occasion,
           jsonb_build_object('stage', f.value, 'since', f.from_day) AS why,
           NULL::bigint AS renewal_id
    FROM accounts_datedfact f
    WHERE f.fact = 'stage' AND f.value = %(stage)s
      AND f.from_day BETWEEN %(day)s::date - %(within_days)s::int AND %(day)s::date
      AND NOT EXISTS (
          SELECT 1 FROM accounts_datedfact later
          WHERE later.customer_id = f.customer_id AND later.fact = 'stage'
            AND later.from_day > f.from_day AND later.from_day <= %(day)s::date)
"""

# Open cases that began within the days given; each is an occasion of its own. Cases beyond somebody's budget of
# alerts and those of demoted rules count only where that was asked for.
CASE_OPENED: Final = """
    SELECT h.customer_id, 'case:' || h.id AS occasion,
           jsonb_build_object('title', h.title, 'severity', h.severity, 'opened_on', h.opened_on) AS why,
           NULL::bigint AS renewal_id
    FROM health_case h LEFT JOIN health_caserule r ON r.id = h.rule_id
    WHERE h.state <> 'closed'
      AND h.opened_on BETWEEN %(day)s::date - %(within_days)s::int AND %(day)s::date
      AND (%(kind)s::text = 'any' OR h.kind = %(kind)s::text)
      AND (%(rules)s::text[] IS NULL OR r.key = ANY(%(rules)s::text[]))
      AND array_position(ARRAY['low', 'medium', 'high', 'urgent'], h.severity::text)
          >= array_position(ARRAY['low', 'medium', 'high', 'urgent'], %(severity)s::text)
      AND (h.alerted OR %(alerted)s::text = 'all')
"""

QUERIES: Final[dict[str, str]] = {
    TriggerKind.RENEWAL_DUE: RENEWAL_DUE,
    TriggerKind.RENEWAL_CLOSED: RENEWAL_CLOSED,
    TriggerKind.SCORE_DROP: SCORE_DROP,
    TriggerKind.MEASURE_BELOW: MEASURE_BELOW,
    TriggerKind.MILESTONE_MISSED: MILESTONE_MISSED,
    TriggerKind.STAGE_ENTERED: STAGE_ENTERED,
    TriggerKind.CASE_OPENED: CASE_OPENED,
    TriggerKind.BY_HAND: NOBODY,
}
OF_A_RENEWAL: Final = frozenset({TriggerKind.RENEWAL_DUE.value, TriggerKind.RENEWAL_CLOSED.value})


def query(version: PlaybookVersion, day: dt.date) -> Query:
    """Everybody the version's trigger holds for on ``day``: customer_id, occasion, why, renewal_id.

    Raises ValidationError when the version's values do not fit its kind.
    """
    kind = version.trigger_kind
    values = parameters.check(kind, version.trigger)
    values |= {one.name: None for one in parameters.PARAMETERS[kind] if one.name not in values}
    figure = POINTS if values.get("of") == "points" else AMOUNT
    return Query(QUERIES[kind].replace("{figure}", figure), {"day": day, **values})


def of_a_renewal(version: PlaybookVersion) -> bool:
    """Whether each occasion is a renewal of its own, so that a customer may run several."""
    return version.trigger_kind in OF_A_RENEWAL


def quiet_days(version: PlaybookVersion) -> int:
    """Days a customer stays out after it entered.

    For a drop never fewer than twice its window: a new fall is then one from a level held after the
    first was answered, and one long fall is answered once.
    """
    if version.trigger_kind == TriggerKind.SCORE_DROP:
        return max(version.reentry_days, 2 * int(version.trigger["days"]))
    return version.reentry_days
