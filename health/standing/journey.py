"""The adoption journey: activation, adoption, expansion, renewal, in this order (field guide item 25).

========== =================================================== =========================================
step       done on                                             seen in
========== =================================================== =========================================
activation the day the activation milestone was reached        ``health.standing.milestones``
adoption   the day both habit and value had been reached       ``health.standing.milestones``
expansion  the first day recurring revenue rose above the day   contracts and lines, after the first
           before
renewal    the first renewal                                   the end of a term, or the new contract
========== =================================================== =========================================

Every step counts within the unbroken stretch of paid revenue: a customer that comes back after a long break starts
anew. Nobody types a step. A step is entered on the day the one before it was left. Where a later step is done first,
the earlier ones are left on that day with the reason in the row: skipped where the record could have shown them and did
not, unknown (``not_recorded``) where it could not, for milestones that were not looked for or without use reported at
the time.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from django.db import connection, transaction
from django.db.models import Count, Exists, F, FilteredRelation, OuterRef, Q, QuerySet, Sum

from accounts.amounts import line_value, paid_until
from accounts.expressions import among
from accounts.models import Customer
from accounts.models.customers import CustomerQuerySet
from accounts.periods import stops_on
from accounts.revenue import untold
from accounts.terms import SHORTEST_MONTHS, first_due_on
from health.models import JourneyStep
from health.standing.tenure import DAY, WHO

# From so many customers that did a step on, their third quartile limits how long it may take.
LEAST_DONE: Final = 10

WALK: Final = f"""
    CREATE TEMP TABLE walked ON COMMIT DROP AS
    WITH who AS MATERIALIZED (
        SELECT c.id AS customer_id, c.first_contract_on AS began FROM accounts_customer c
        WHERE {WHO}
    ), milestones AS (
        SELECT m.customer_id, max(m.reached_on) FILTER (WHERE m.key = 'activation') AS activated,
            CASE WHEN count(m.reached_on) FILTER (WHERE m.key IN ('habit', 'value')) = 2
                 THEN max(m.reached_on) FILTER (WHERE m.key IN ('habit', 'value')) END AS adopted,
            bool_or(m.reached_on IS NOT NULL OR m.missed) FILTER (WHERE m.key = 'activation') AS told_activated,
            bool_or(m.missed) FILTER (WHERE m.key IN ('habit', 'value')) AS told_not_adopted
        FROM (SELECT customer_id, key, CASE WHEN reached_on <= %(day)s THEN reached_on END AS reached_on,
                  missed_on <= %(day)s IS TRUE AS missed
              FROM health_milestone WHERE {among("customer_id")}) m
        GROUP BY m.customer_id
    ), lines AS (
        SELECT k.customer_id, greatest(l.starts_on, k.starts_on) AS starts_on,
            least(l.ends_on, {paid_until("k", DAY)}) AS stops_on, {line_value("l", "k", DAY)} AS amount
        FROM accounts_contract k JOIN accounts_contractline l ON l.contract_id = k.id CROSS JOIN accounts_organisation o
        WHERE NOT k.is_trial AND {among("k.customer_id")}
    ), changes AS (
        SELECT customer_id, on_day, sum(change) AS change,
            sum(sum(change)) OVER (PARTITION BY customer_id ORDER BY on_day) AS worth
        FROM (
            SELECT customer_id, starts_on AS on_day, amount AS change FROM lines
            WHERE stops_on IS NULL OR stops_on > starts_on
            UNION ALL
            SELECT customer_id, stops_on, -amount FROM lines WHERE stops_on > starts_on
        ) c
        WHERE on_day <= %(day)s GROUP BY customer_id, on_day
    ), grown AS (
        SELECT customer_id, min(on_day) AS on_day FROM changes JOIN who USING (customer_id)
        WHERE change > 0 AND worth > change AND on_day > began GROUP BY customer_id
    ), renewed AS (
        SELECT r.customer_id, min(r.on_day) AS on_day
        FROM (
            SELECT k.customer_id, CASE
                WHEN before.id IS NOT NULL THEN k.starts_on
                WHEN stop.on_day IS NULL OR stop.on_day > stop.first_due_on THEN stop.first_due_on END AS on_day
            FROM accounts_contract k
            CROSS JOIN LATERAL (
                SELECT {stops_on("k")} AS on_day, CASE WHEN k.term_months < {SHORTEST_MONTHS}
                    THEN (k.starts_on + interval '1 year')::date ELSE {first_due_on("k")} END AS first_due_on OFFSET 0
            ) stop
            LEFT JOIN LATERAL (
                SELECT o.id FROM accounts_contract o WHERE o.replaced_by_id = k.id AND NOT o.is_trial LIMIT 1
            ) before ON true
            WHERE NOT k.is_trial AND k.starts_on <= %(day)s AND {among("k.customer_id")}
        ) r JOIN who USING (customer_id)
        WHERE r.on_day > who.began
        GROUP BY r.customer_id
    ), done AS (
        SELECT w.customer_id, w.began, m.activated AS a, m.adopted AS b, m.told_activated IS TRUE AS told_a,
            m.adopted IS NOT NULL OR m.told_not_adopted IS TRUE AS told_b,
            g.on_day AS c,
            CASE WHEN r.on_day <= %(day)s THEN r.on_day END AS d
        FROM who w LEFT JOIN milestones m USING (customer_id) LEFT JOIN grown g USING (customer_id)
        LEFT JOIN renewed r USING (customer_id)
    ), one AS (
        SELECT *, greatest(began, least(a, b, c, d)) AS first, least(a, b, c, d) IS NOT NULL AS gone FROM done
    ), two AS (
        SELECT *, CASE WHEN least(b, c, d) IS NOT NULL THEN greatest(first, least(b, c, d)) END AS second FROM one
    ), three AS MATERIALIZED (
        SELECT *, CASE WHEN least(c, d) IS NOT NULL THEN greatest(second, least(c, d)) END AS third FROM two
    )
    SELECT customer_id, 'activation' AS step, began AS entered_on, CASE WHEN gone THEN first END AS left_on,
        CASE WHEN NOT gone OR a <= first THEN '' WHEN told_a THEN 'not_seen' ELSE 'not_recorded' END AS skipped
    FROM three
    UNION ALL
    SELECT customer_id, 'adoption', first, second,
        CASE WHEN second IS NULL OR b <= second THEN '' WHEN told_b THEN 'not_seen' ELSE 'not_recorded' END
    FROM three WHERE gone
    UNION ALL
    SELECT customer_id, 'expansion', second, third, CASE WHEN third IS NULL OR c <= third THEN '' ELSE 'no_growth' END
    FROM three WHERE second IS NOT NULL
    UNION ALL
    SELECT customer_id, 'renewal', third, CASE WHEN d IS NOT NULL THEN greatest(third, d) END, ''
    FROM three WHERE third IS NOT NULL
"""  # noqa: S608 (made of constants)
# Correct rows stay; the others are deleted and inserted again, so that no customer is ever in two steps.
FORGET: Final = """
    DELETE FROM health_journeystep j USING (SELECT DISTINCT customer_id FROM walked) w
    WHERE j.customer_id = w.customer_id AND NOT EXISTS (
        SELECT FROM walked n WHERE n.customer_id = j.customer_id AND n.step = j.step
          AND (n.entered_on, n.left_on, n.skipped) IS NOT DISTINCT FROM (j.entered_on, j.left_on, j.skipped))
"""
# EXCEPT reads the table once whatever the planner knows of it. With NOT EXISTS, a table that was analysed while empty is
# read anew for each row, and grows meanwhile: seven minutes for 100,000 customers instead of a second.
REMEMBER: Final = f"""
    INSERT INTO health_journeystep (customer_id, step, entered_on, left_on, skipped)
    SELECT n.customer_id, n.step, n.entered_on, n.left_on, n.skipped FROM walked n JOIN (
        SELECT customer_id, step FROM walked
        EXCEPT SELECT customer_id, step FROM health_journeystep WHERE {among("customer_id")}
    ) missing USING (customer_id, step)
    ON CONFLICT (customer_id, step) DO NOTHING
"""  # noqa: S608 (made of constants)
# For customers that did a step and the one before it without a skip: how many, the median and the third quartile of
# their days. After a skip it is unknown when a step really began.
PACE: Final = """
    SELECT step, count(*) FILTER (WHERE timed),
        percentile_cont(0.5) WITHIN GROUP (ORDER BY left_on - entered_on) FILTER (WHERE timed),
        percentile_cont(0.75) WITHIN GROUP (ORDER BY left_on - entered_on) FILTER (WHERE timed),
        count(*) FILTER (WHERE skipped NOT IN ('', 'not_recorded')), count(*) FILTER (WHERE skipped = 'not_recorded')
    FROM (
        SELECT j.*, left_on IS NOT NULL AND skipped = '' AND coalesce(lag(skipped) OVER (
            PARTITION BY customer_id
            ORDER BY array_position(ARRAY['activation', 'adoption', 'expansion', 'renewal'], step::text)
        ), '') = '' AS timed
        FROM health_journeystep j WHERE j.customer_id IN ({among})
    ) j
    GROUP BY step
"""


@dataclass(frozen=True)
class Pace:
    """How long a step takes: the median and the third quartile in days of the ``done``. Customers that ``skipped`` it,
    and those for which it is ``unknown``, are counted apart and not timed, nor in the step after.

    ``limit`` is the number of days beyond which a customer counts as stuck, None while fewer than ten did the step,
    and for the renewal, whose day the contract sets.
    """

    step: JourneyStep.Step
    done: int
    median: float | None
    quartile: float | None
    skipped: int
    unknown: int

    @property
    def limit(self) -> float | None:
        if self.step == JourneyStep.Step.RENEWAL or self.done < LEAST_DONE:
            return None
        return self.quartile


def sweep(day: dt.date, ids: Sequence[int] | None = None) -> int:
    """Walk the steps of every current customer, or of those of ``ids``, as of ``day``; how many rows changed.

    Three statements. Safe to run again; killed, the next run reaches the same rows.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        params = {"ids": None if ids is None else list(ids)}
        cursor.execute(WALK, {"day": day, **params})
        cursor.execute("ANALYZE walked")
        cursor.execute(FORGET)
        cursor.execute(REMEMBER, params)
        count = cursor.rowcount
        cursor.execute("DROP TABLE walked")
        return int(count)


def paces(customers: QuerySet[Customer]) -> dict[str, Pace]:
    """The pace of every step over ``customers``, including those that have left. One statement."""
    customers_sql, values = customers.order_by().values("pk").query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(PACE.format(among=customers_sql), values)
        by_step = {step: figures for step, *figures in cursor.fetchall()}
    return {step.value: Pace(step, *by_step.get(step.value, (0, None, None, 0, 0))) for step in JourneyStep.Step}


def now_in(customers: CustomerQuerySet) -> QuerySet[Customer]:
    """Those of the current ``customers`` that are in a step, with ``step`` and ``entered_on``."""
    return (
        customers.current()
        .filter(journey__left_on__isnull=True, journey__isnull=False)
        .annotate(step=F("journey__step"), entered_on=F("journey__entered_on"))
    )


def stuck(customers: CustomerQuerySet, day: dt.date, step_paces: dict[str, Pace]) -> QuerySet[Customer]:
    """Those of ``now_in`` that have been in their step for more days than the limit of its pace."""
    late = Q(pk__in=[])
    for pace in step_paces.values():
        if pace.limit is not None:
            late |= Q(step=pace.step.value, entered_on__lt=day - dt.timedelta(days=int(pace.limit)))
    return now_in(customers).filter(late)


def sizes(customers: CustomerQuerySet) -> dict[str, tuple[int, Decimal, int]]:
    """How many of the current ``customers`` are in each step, their ARR, and how many it leaves out because theirs is
    unknown; ``""`` for those that did every step. One statement.
    """
    walked = Exists(JourneyStep.objects.filter(customer=OuterRef("pk")))
    current = FilteredRelation("journey", condition=Q(journey__left_on__isnull=True))
    rows = (
        customers.current()
        .filter(walked)
        .annotate(current=current)
        .order_by()
        .values("current__step")
        .annotate(number=Count("pk"), total=Sum("arr", default=Decimal(0)), untold=untold())
        .values_list("current__step", "number", "total", "untold")
    )
    return {step or "": (number, arr, left_out) for step, number, arr, left_out in rows}


def steps_of(customer: Customer) -> list[dict[str, Any]]:
    """The four steps in order: entered and left on, why skipped, and its state: done, skipped, unknown, now or open."""
    rows = {row.step: row for row in JourneyStep.objects.filter(customer=customer)}
    lines = []
    for step in JourneyStep.Step:
        row = rows.get(step.value)
        lines.append({"step": step, "row": row, "state": _state(row)})
    return lines


def _state(row: JourneyStep | None) -> str:
    if row is None:
        return "open"
    if row.left_on is None:
        return "now"
    if row.skipped == JourneyStep.Skipped.NOT_RECORDED:
        return "unknown"
    return "skipped" if row.skipped else "done"
