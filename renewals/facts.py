"""The facts that pre-fill a renewal's prep: health, use, outcomes and their value, open issues.

Money is text in the JSON, so that it stays exact. An outcome's value is the distance measured in the direction of its
target × the value of one unit × the results in a period; it is estimated until the customer confirms it (field guide
item 39). Sums are of a year: monthly values count twelve times, quarterly values four times. They exclude values that
come once or have no period, which are listed apart.
"""

from __future__ import annotations

import datetime as dt
from typing import Final

from django.db import connection

WINDOW_DAYS: Final = 28
TREND_DAYS: Final = 90
SHOWN: Final = 10

FACTS: Final = f"""
    WITH head AS (
        SELECT r.id, r.customer_id, r.due_on, c.auto_renews, c.term_months, o.time_zone,
            (SELECT CASE WHEN bool_and(g.arr IS NOT NULL) THEN sum(g.arr) END FROM renewals_renewal g
             WHERE (g.id = r.id OR g.prep_with_id = r.id) AND g.stage <> 'closed') AS arr,
            (%(day)s::date + 1)::timestamp AT TIME ZONE o.time_zone AS until
        FROM renewals_renewal r
        JOIN accounts_contract c ON c.id = r.contract_id
        CROSS JOIN accounts_organisation o
        WHERE r.id = ANY(%(ids)s) AND r.prep_with_id IS NULL
    ), health AS (
        SELECT head.id, now.value AS score, coalesce(now.band, '') AS band, before.value AS score_before,
            use.uses, use.uses_before, use.users, use.users_before
        FROM head
        LEFT JOIN LATERAL (
            SELECT s.value, s.band FROM health_score s
            WHERE s.customer_id = head.customer_id AND s.day <= %(day)s ORDER BY s.day DESC LIMIT 1
        ) now ON true
        LEFT JOIN LATERAL (
            SELECT s.value FROM health_score s
            WHERE s.customer_id = head.customer_id AND s.day <= %(day)s::date - {TREND_DAYS}
            ORDER BY s.day DESC LIMIT 1
        ) before ON true
        LEFT JOIN LATERAL (
            SELECT sum(u.uses) FILTER (WHERE u.day > %(day)s::date - {WINDOW_DAYS}) AS uses,
                sum(u.uses) FILTER (WHERE u.day <= %(day)s::date - {WINDOW_DAYS}) AS uses_before,
                max(u.active_users) FILTER (WHERE u.day > %(day)s::date - {WINDOW_DAYS}) AS users,
                max(u.active_users) FILTER (WHERE u.day <= %(day)s::date - {WINDOW_DAYS}) AS users_before
            FROM health_usageday u
            WHERE u.customer_id = head.customer_id
              AND u.day > %(day)s::date - {2 * WINDOW_DAYS} AND u.day <= %(day)s
        ) use ON true
    ), outcome AS (
        SELECT head.id, x.id AS outcome_id, x.measure, x.unit, x.state, x.baseline, x.measured, x.unit_value, x.period,
            x.confirmed_on <= %(day)s AS confirmed, v.value,
            round(v.value * CASE x.period WHEN 'month' THEN 12 WHEN 'quarter' THEN 4 WHEN 'year' THEN 1 END, 2) AS yearly,
            row_number() OVER (PARTITION BY head.id ORDER BY x.state = 'achieved' DESC, x.id DESC) AS place
        FROM head
        JOIN accounts_objective b ON b.customer_id = head.customer_id AND b.agreed_on <= %(day)s
        JOIN accounts_outcome x ON x.objective_id = b.id AND x.state <> 'cancelled'
        CROSS JOIN LATERAL (
            SELECT CASE WHEN x.state IN ('achieved', 'partial') THEN round(
                (x.measured - x.baseline) * sign(coalesce(x.target, x.measured) - x.baseline) * x.unit_value * x.per_period, 2
            ) END AS value
        ) v
    ), worth AS (
        SELECT head.id, count(outcome.id) AS outcomes,
            count(*) FILTER (WHERE outcome.state = 'achieved') AS achieved,
            sum(outcome.yearly) FILTER (WHERE outcome.confirmed) AS confirmed,
            sum(outcome.yearly) FILTER (WHERE outcome.confirmed IS NOT TRUE) AS estimated,
            sum(outcome.value) FILTER (WHERE outcome.confirmed AND outcome.period = 'once') AS once,
            count(*) FILTER (WHERE outcome.value IS NOT NULL AND outcome.period = '') AS without_period,
            coalesce(jsonb_agg(jsonb_build_object(
                'id', outcome.outcome_id, 'measure', outcome.measure, 'unit', outcome.unit, 'state', outcome.state,
                'baseline', outcome.baseline::text, 'measured', outcome.measured::text,
                'unit_value', outcome.unit_value::text, 'confirmed', coalesce(outcome.confirmed, false),
                'period', outcome.period, 'value', outcome.value::text, 'yearly', outcome.yearly::text
            ) ORDER BY outcome.place) FILTER (WHERE outcome.place <= {SHOWN}), '[]') AS rows
        FROM head LEFT JOIN outcome ON outcome.id = head.id
        GROUP BY head.id
    ), ticket AS (
        SELECT head.id, t.id AS ticket, t.subject, t.severity, t.escalated, t.reopened,
            (t.opened_at AT TIME ZONE head.time_zone)::date AS opened_on,
            row_number() OVER (PARTITION BY head.id ORDER BY array_position(
                ARRAY['urgent', 'high', 'medium', 'low'], t.severity::text), t.opened_at) AS place
        FROM head
        JOIN health_ticket t ON t.customer_id = head.customer_id AND t.opened_at < head.until
            AND (t.solved_at IS NULL OR t.solved_at >= head.until)
    ), issues AS (
        SELECT head.id, count(ticket.id) AS open,
            count(*) FILTER (WHERE ticket.severity = 'urgent') AS urgent,
            count(*) FILTER (WHERE ticket.escalated) AS escalated, min(ticket.opened_on) AS oldest_on,
            coalesce(jsonb_agg(jsonb_build_object(
                'id', ticket.ticket, 'subject', ticket.subject, 'severity', ticket.severity,
                'opened_on', ticket.opened_on, 'reopened', ticket.reopened
            ) ORDER BY ticket.place) FILTER (WHERE ticket.place <= {SHOWN}), '[]') AS rows
        FROM head LEFT JOIN ticket ON ticket.id = head.id
        GROUP BY head.id
    )
    SELECT head.id AS renewal_id, p.part, p.place, jsonb_build_object('on', %(day)s::date) || p.facts AS facts
    FROM head
    JOIN health ON health.id = head.id
    JOIN worth ON worth.id = head.id
    JOIN issues ON issues.id = head.id
    CROSS JOIN LATERAL (VALUES
        (1, 'health', jsonb_build_object(
            'score', health.score, 'band', health.band, 'score_before', health.score_before,
            'uses', health.uses, 'uses_before', health.uses_before,
            'users', health.users, 'users_before', health.users_before)),
        (2, 'value', jsonb_build_object(
            'outcomes', worth.outcomes, 'achieved', worth.achieved, 'confirmed', worth.confirmed::text,
            'estimated', worth.estimated::text, 'once', worth.once::text, 'without_period', worth.without_period,
            'price', head.arr::text, 'rows', worth.rows)),
        (3, 'issues', jsonb_build_object(
            'open', issues.open, 'urgent', issues.urgent, 'escalated', issues.escalated,
            'oldest_on', issues.oldest_on, 'rows', issues.rows)),
        (4, 'case', jsonb_build_object(
            'due_on', head.due_on, 'arr', head.arr::text, 'term_months', head.term_months,
            'auto_renews', head.auto_renews, 'score', health.score, 'band', health.band,
            'outcomes', worth.outcomes, 'achieved', worth.achieved,
            'confirmed', worth.confirmed::text, 'estimated', worth.estimated::text,
            'uses', health.uses, 'uses_before', health.uses_before, 'open_issues', issues.open))
    ) AS p(place, part, facts)
"""  # noqa: S608 (made of constants)


def write(renewals: list[int], day: dt.date) -> int:
    """Add the four parts, with the facts of ``day``, to those of ``renewals`` that head a prep.

    Existing parts stay as they are. Returns how many were added. One statement.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            INSERT INTO renewals_preppart (renewal_id, part, facts, note)
            SELECT f.renewal_id, f.part, f.facts, '' FROM ({FACTS}) f ORDER BY f.renewal_id, f.place
            ON CONFLICT (renewal_id, part) DO NOTHING
            """,  # noqa: S608 (made of constants)
            {"ids": renewals, "day": day},
        )
        return cursor.rowcount


def refresh(renewals: list[int], day: dt.date) -> int:
    """Give the parts of ``renewals`` that are not done the facts of ``day``. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            UPDATE renewals_preppart p SET facts = f.facts FROM ({FACTS}) f
            WHERE p.renewal_id = f.renewal_id AND p.part = f.part AND p.done_on IS NULL
            """,  # noqa: S608 (made of constants)
            {"ids": renewals, "day": day},
        )
        return cursor.rowcount
