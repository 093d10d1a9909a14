"""The order of My day: each line weighs what is at stake times factors for its days, its newness and its kind.

``RANKED`` and ``factors`` share the constants below, so that the ranking and its explanation agree. A block ranks by
its most pressing line. An opportunity never comes before a risk, whatever its value.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import BooleanField, Case, Exists, F, OuterRef, Q, QuerySet, Value, When

from accounts import company, leaving, written
from accounts.models import Customer, User
from health import models as health
from health.cases import lists
from playbooks.shortlist import due
from playbooks.shortlist.lines import KINDS, LETTERS, Counts, Line
from playbooks.shortlist.whose import tasks

BLOCKS: Final = 15
LINES: Final = 3  # of one customer
LATE_MOST: Final = 10
NEWS: Final = dt.timedelta(days=1)
# Factors of a line that arose today or the day before, of a case of high severity, and of a line due by calendar only.
NEW: Final = Decimal("1.5")
SEVERE: Final = Decimal("1.5")
ROUTINE: Final = Decimal("0.1")


def factor_of_days(days: int) -> Decimal:
    """1 when due today, 1/2 tomorrow, 1/3 in two days; each day late adds a tenth, up to 2."""
    return Decimal(10 + min(max(-days, 0), LATE_MOST)) / (10 * (1 + max(days, 0)))


def factors(line: Line) -> Mapping[str, Decimal]:
    """The factors of a line's stake by name; absent ones are 1."""
    named = {"days": factor_of_days(line.days)} if line.is_lateness_known else {}
    if line.is_new:
        named["new"] = NEW
    if line.is_severe:
        named["severe"] = SEVERE
    if line.is_routine:
        named["routine"] = ROUTINE
    return named


# ``open`` has one row per line of every kind; an offer weighs less than the least risk.
RANKED: Final = """
    WITH due(kind, id, customer_id, days, stake, offer, new, severe) AS ({open}),
    open AS MATERIALIZED (
        SELECT d.*, greatest(d.stake, 1) * (10 + least(greatest(-d.days, 0), {late})) / (10 * (1 + greatest(d.days, 0)))
            * CASE WHEN d.new THEN {new} ELSE 1 END * CASE WHEN d.severe THEN {severe} ELSE 1 END
            * CASE WHEN d.kind IN ({routine_kinds}) THEN {routine} ELSE 1 END AS weight
        FROM due d
    ),
    pressing AS (
        SELECT o.kind, o.id, o.customer_id, o.days, o.stake, o.weight, o.new, CASE WHEN o.offer
            THEN least(o.weight, (SELECT min(d.weight) * 0.999999 FROM open d WHERE d.kind IN ('case', 'renewal', 'notice') AND NOT d.offer))
            ELSE o.weight END AS presses
        FROM open o WHERE o.kind IN ({kinds})
    ),
    placed AS (
        SELECT p.*, row_number() OVER own AS place, count(*) OVER (PARTITION BY p.customer_id) AS lines,
            first_value(p.presses) OVER own AS most, first_value(p.days) OVER own AS first_days
        FROM pressing p WINDOW own AS (PARTITION BY p.customer_id ORDER BY p.presses DESC, p.days, p.kind, p.id)
    ),
    shown AS (
        SELECT b.*, max(b.block) OVER () AS blocks FROM (
            SELECT p.*, dense_rank() OVER (ORDER BY p.most DESC, p.first_days, p.customer_id) AS block FROM placed p
        ) b
    )
    SELECT (SELECT json_build_object(
            'cases', count(*) FILTER (WHERE o.kind = 'case'), 'tasks', count(*) FILTER (WHERE o.kind = 'task'),
            'renewals', count(*) FILTER (WHERE o.kind IN ('renewal', 'notice')),
            'touches', count(*) FILTER (WHERE o.kind IN ({routine_kinds})),
            'customers', count(DISTINCT o.customer_id)) FROM open o),
        (SELECT count(*) FROM ({snoozed}) s), (SELECT count(*) FROM ({passed}) p),
        (SELECT coalesce(sum(c.arr), 0) FROM accounts_customer c WHERE c.id IN (SELECT o.customer_id FROM open o) AND c.id <> ALL(%s::bigint[])),
        (SELECT count(*) FROM accounts_customer c WHERE c.arr IS NULL AND c.id IN (SELECT o.customer_id FROM open o)
            AND c.id <> ALL(%s::bigint[])),
        (SELECT o.currency FROM accounts_organisation o ORDER BY o.id LIMIT 1),
        (SELECT json_agg(json_build_object('kind', s.kind, 'pk', s.id, 'customer', s.customer_id, 'days', s.days, 'new', s.new,
            'stake', s.stake::text, 'weight', s.weight::text, 'lines', s.lines, 'blocks', s.blocks)
            ORDER BY s.block, s.place) FROM shown s WHERE s.block <= {blocks} AND s.place <= {lines})
"""


def key(place: Mapping[str, Any]) -> str:
    """As ``Line.key``, for a place whose row has not been read."""
    return f"{LETTERS[place['kind']]}{place['pk']}"


def ranked(
    user: User, scope: str, day: dt.date, kind: str, touched: Sequence[int] = ()
) -> tuple[Counts, str, list[dict[str, Any]]]:
    """The counts, the reporting currency, and one place per line to show, in order. ``touched`` are ids of customers
    that wait no longer. One statement.
    """
    statement = written.text(_ranking, user, scope, kind)
    with connection.cursor() as cursor:
        cursor.execute(statement.sql, statement.bound(user, day, touched))
        counts, snoozed, passed, waiting, untold, currency, places = cursor.fetchone()
    counted = Counts(**counts, snoozed=snoozed, passed=passed, waiting=waiting, untold=untold)
    return counted, currency or company.UNNAMED, places or []


def _ranking(user: User, day: dt.date, scope: str, kind: str) -> tuple[str, list[Any]]:
    since = day - NEWS
    just_noticed = leaving.given_since(due.noticed(day).filter(customer=OuterRef("pk")), since)
    selects: dict[str, QuerySet[Any]] = {
        "case": _due(
            due.cases(user, scope, day), due.days_to(F("due_on"), day), F("value"), new=_holds(Q(opened_on__gte=since)),
            offer=_holds(Q(kind=health.CaseKind.OPPORTUNITY)), severe=_holds(Q(severity=health.Severity.HIGH)),
        ),
        "task": _due(
            due.near_tasks(user, scope, day), due.days_to(F("due_on"), day), due.stake_of_task(),
            new=_holds(Q(enrolment__enrolled_on__gte=since)),
        ),
        "renewal": _due(due.asking(user, scope, day), F("days"), F("arr")),
        "notice": _due(due.leaving(user, scope, day), Value(0), F("arr"), new=_holds(Q(Exists(just_noticed)))),
        "touch": _due(due.untouched(user, scope, day), F("days"), F("arr")),
        "qbr": _due(due.reviews(user, scope, day), due.days_to(F("due_on"), day), F("customer__arr")),
    }  # fmt: skip
    counted_only: dict[str, QuerySet[Any]] = {
        "snoozed": tasks(user, scope).in_state("snoozed", day),
        "passed": lists.in_state(lists.of_scope(user, scope), "passed", day),
    }
    parts = [_sql(rows, kind) for kind, rows in selects.items()]
    others = {name: rows.order_by().values_list("pk").query.sql_with_params() for name, rows in counted_only.items()}
    texts = {"open": " UNION ALL ".join(text for text, _ in parts)} | {name: text for name, (text, _) in others.items()}
    constants = {"late": LATE_MOST, "new": NEW, "severe": SEVERE, "routine": ROUTINE, "blocks": BLOCKS, "lines": LINES}
    kinds = {"kinds": _quoted(KINDS.get(kind, tuple(selects))), "routine_kinds": _quoted(KINDS["touch"])}
    sql = RANKED.format(**texts, **kinds, **constants)
    return sql, [*(value for _, values in [*parts, *others.values()] for value in values), written.IDS, written.IDS]


def _quoted(kinds: tuple[str, ...]) -> str:
    return ", ".join(f"'{kind}'" for kind in kinds)


def _sql(rows: QuerySet[Any], kind: str) -> tuple[str, tuple[Any, ...]]:
    """The lines of ``rows`` as rows of ``open``; none where the queryset is empty by construction."""
    try:
        sql, parameters = rows.query.sql_with_params()
    except EmptyResultSet:
        return f"SELECT '{kind}'::text, NULL::bigint, NULL::bigint, 0, 0::numeric, false, false, false WHERE false", ()
    columns = "q.pk, q.whose, q.days, q.stake::numeric, q.offer, q.new, q.severe"
    return f"SELECT '{kind}'::text, {columns} FROM ({sql}) q", parameters  # noqa: S608 (made of constants)


def _due(rows: QuerySet[Any], days: Any, stake: Any, **marks: Any) -> QuerySet[Any]:
    """The columns that ranking reads: key, customer, ``days``, ``stake``, and ``offer``, ``new`` and ``severe``."""
    flags = {name: marks.get(name, Value(False)) for name in ("offer", "new", "severe")}
    annotated = rows.annotate(stake=stake, **flags)
    if "days" not in rows.query.annotations:
        annotated = annotated.annotate(days=days)
    customer = F("pk") if rows.model is Customer else F("customer_id")
    return (
        annotated.annotate(whose=customer).order_by().values("pk", "whose", "days", "stake", "offer", "new", "severe")
    )


def _holds(condition: Q) -> Case:
    return Case(When(condition, then=Value(True)), default=Value(False), output_field=BooleanField())
