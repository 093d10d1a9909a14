"""Which segment a customer belongs to, and with it how it is served."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import Count, F, IntegerField, Q, QuerySet

from accounts import conditions, facts, statistics
from accounts.conditions import Explained, OnCustomer
from accounts.embedding import Query
from accounts.models import Customer, Organisation, Segment
from config.locks import lock
from config.setaside import register

# Health moves a segment only after so many days in the band, or scorecard and segment would
# chase each other (design, section 3): where any rule uses health, a customer whose band is
# younger than this keeps the segment it has.
STEADY_DAYS: Final = 14
ONBOARDING_DAYS: Final = 90
MOVING: Final = "accounts.segmenting"

# Writes only rows that are unchanged since they were read: a change made meanwhile places its customer itself.
MOVE: Final = """
    WITH placed AS (
        SELECT c.id, c.xmin AS version, c.segment_id, c.touch_model, {segment} AS next_segment, {fresh} AS fresh
        FROM accounts_customer c WHERE {whom} AND {steady}
    ), wanted AS MATERIALIZED (
        SELECT p.id, p.version, p.next_segment, t.next_touch
        FROM placed p
        LEFT JOIN accounts_segment g ON g.id = p.next_segment
        CROSS JOIN LATERAL (
            SELECT CASE WHEN p.fresh THEN 'high' ELSE coalesce(g.touch_model, 'tech') END AS next_touch
        ) t
        WHERE (p.segment_id, p.touch_model) IS DISTINCT FROM (p.next_segment, t.next_touch)
    )
    UPDATE accounts_customer c SET segment_id = w.next_segment, touch_model = w.next_touch
    FROM wanted w WHERE c.id = w.id AND c.xmin = w.version
    RETURNING c.id
"""
# A new customer is served by high touch until its onboarding is over, whatever its segment.
FRESH: Final = """
    (c.status IN ('prospect', 'live', 'notice')
        AND (c.first_contract_on IS NULL OR c.first_contract_on > {since}) IS TRUE)
"""
YOUNG: Final = "(c.band_since > {since} AND c.segment_id IS NOT NULL AND c.pinned_segment_id IS NULL)"


@dataclass(frozen=True)
class Move:
    """One customer that a change of rules would move, for a dry run."""

    customer: Customer
    before: Segment | None
    after: Segment | None


@dataclass(frozen=True)
class Shift:
    """How many customers a change of rules would move from one segment to another."""

    before: Segment | None
    after: Segment | None
    customers: int


@dataclass(frozen=True)
class Trial:
    """The effects of a change of rules: the number of moves, their shifts between segments, the first moves, and
    the number of customers (``unknown``) for whom it cannot be told which rule holds; those stay out of the
    segments in doubt.
    """

    moving: int
    shifts: list[Shift]
    moves: list[Move]
    unknown: int


@dataclass(frozen=True)
class Why:
    """Why a customer belongs to a segment, or not: its rule, an earlier segment, a pin, a band too young.

    ``rule`` is None where it is invalid. ``first`` is the first segment whose rule holds. ``young_until`` is the
    day from which the customer's band is old enough to move it; None where it is already, or no rule uses health.
    """

    segment: Segment
    rule: Explained | None
    first: Segment | None
    pinned: Segment | None
    young_until: dt.date | None

    @property
    def taken_earlier(self) -> Segment | None:
        """The segment evaluated before this one that takes the customer."""
        earlier = self.first is not None and self.first.position < self.segment.position
        return self.first if earlier else None

    @property
    def belongs(self) -> bool:
        """Whether the rules of the day put the customer here, once its band is old enough."""
        if self.pinned:
            return self.pinned.pk == self.segment.pk
        return self.first is not None and self.first.pk == self.segment.pk


def sweep(day: dt.date, ids: Sequence[int] | None = None) -> int:
    """Put every customer, or those of ``ids``, in its segment and touch model as of ``day``; returns how many moved.

    Four statements where nobody moves, five where somebody does, whatever the number of customers or segments. A
    segment whose rule is invalid is set aside: it keeps the customers it has and takes no others. A customer that
    somebody changes meanwhile is left to that change. Safe to run again; two at once wait for one another.
    """
    return len(move_all(day, ids))


def move_all(day: dt.date, ids: Sequence[int] | None = None) -> list[int]:
    """As ``sweep``; the ids of those who moved."""
    with transaction.atomic():
        lock(MOVING)
        moved = _assign(day, ids, "c.merged_into_id IS NULL")
        if moved:
            facts.record(day, moved)
            statistics.refresh("accounts_customer", len(moved))
    return moved


def place(customers: QuerySet[Customer], day: dt.date) -> int:
    """As ``sweep`` for the customers given (new ones, or after a pin)."""
    with transaction.atomic():
        ids = list(customers.values_list("pk", flat=True))
        moved = _assign(day, ids, "true")
        facts.record(day, ids)
    return len(moved)


def dry_run(segments: list[Segment], day: dt.date, *, among: QuerySet[Customer], limit: int = 50) -> Trial:
    """Who of ``among`` would move if ``segments`` (unsaved changes included) were the rules, the first ``limit`` of
    them by ARR. Five statements; nothing is written.
    """
    segments_by_pk = {segment.pk: segment for segment in segments}
    current = among.filter(merged_into__isnull=True)
    if _ask_of_health(segments):
        young = Q(band_since__gt=day - dt.timedelta(days=STEADY_DAYS), segment__isnull=False)
        steady = current.exclude(young, pinned_segment__isnull=True)
    else:
        steady = current
    chosen = OnCustomer(lambda c: _chosen(segments, day, c), IntegerField(null=True))
    movers = steady.filter(OnCustomer(lambda c: _moves(segments, day, c)))
    named = movers.annotate(next_segment=chosen).select_related("segment")
    rows = [
        Move(customer, customer.segment, segments_by_pk.get(customer.next_segment))
        for customer in named.order_by(F("arr").desc(nulls_last=True), "pk")[:limit]
    ]
    pairs = named.order_by().values_list("segment", "next_segment").annotate(customers=Count("pk"))
    stored = Segment.objects.in_bulk()
    shifts = [
        Shift(stored.get(before), segments_by_pk.get(after), customers)
        for before, after, customers in sorted(pairs, key=lambda pair: -pair[2])
    ]
    doubt = OnCustomer(lambda c: _in_doubt(segments, day, c))
    unknown = current.filter(doubt, pinned_segment__isnull=True).count() if segments else 0
    return Trial(sum(shift.customers for shift in shifts), shifts, rows, unknown)


def why(customer: Customer, segment: Segment, day: dt.date) -> Why:
    """Why ``customer`` belongs to ``segment`` on ``day``, or not. Three statements."""
    segments = in_order()
    chosen = OnCustomer(lambda c: _ruled(segments, day, c), IntegerField(null=True))
    row = Customer.objects.filter(pk=customer.pk).values_list(chosen, "pinned_segment", "band_since").get()
    by_key = {other.pk: other for other in segments} | {segment.pk: segment}
    since = row[2]
    young = since is not None and since > day - dt.timedelta(days=STEADY_DAYS) and _ask_of_health(segments)
    return Why(
        segment,
        None if problem_of(segment) else conditions.explain(segment.rule, customer, day),
        by_key.get(row[0]),
        by_key.get(row[1]) or (customer.pinned_segment if row[1] else None),
        since + dt.timedelta(days=STEADY_DAYS) if young else None,
    )


def in_order() -> list[Segment]:
    """The segments in use, in order of evaluation."""
    return list(Segment.objects.filter(is_active=True).order_by("position"))


def with_sizes() -> QuerySet[Segment]:
    """Every segment in order with ``size``, how many customers it has. One statement."""
    size = Count("customers", filter=Q(customers__merged_into__isnull=True))
    return Segment.objects.annotate(size=size).order_by("position")


def _assign(day: dt.date, ids: Sequence[int] | None, whom: str) -> list[int]:
    segments = in_order()
    _set_aside_broken(segments)
    days = Organisation.objects.values_list("onboarding_days", flat=True).first()
    chosen = _chosen(segments, day, "c")
    params: dict[str, Any] = chosen.params | {
        "fresh_since": day - dt.timedelta(days=ONBOARDING_DAYS if days is None else days),
        "young_since": day - dt.timedelta(days=STEADY_DAYS),
        "ids": None if ids is None else list(ids),
    }
    steady = f"{YOUNG.format(since='%(young_since)s::date')} IS NOT TRUE" if _ask_of_health(segments) else "true"
    sql = MOVE.format(
        segment=chosen.sql,
        fresh=FRESH.format(since="%(fresh_since)s::date"),
        whom=f"{whom} AND (%(ids)s::bigint[] IS NULL OR c.id = ANY(%(ids)s))",
        steady=steady,
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return [pk for (pk,) in cursor.fetchall()]


def problem_of(segment: Segment) -> str:
    """The problem of the rule of ``segment``; empty where it is valid."""
    try:
        conditions.check(segment.rule)
    except ValidationError as problem:
        return problem.messages[0]
    return ""


def _set_aside_broken(segments: Sequence[Segment]) -> None:
    for segment in segments:
        if problem := problem_of(segment):
            register.record("segments", "segment", segment.pk, segment.name, problem)


def _chosen(segments: Sequence[Segment], day: dt.date, c: str) -> Query:
    """The pinned segment, else the first whose rule holds, else NULL."""
    ruled = _ruled(segments, day, c)
    return Query(f"coalesce({c}.pinned_segment_id, {ruled.sql})", ruled.params)


def _ruled(segments: Sequence[Segment], day: dt.date, c: str) -> Query:
    """The first segment whose rule holds, else NULL. A segment with an invalid rule keeps the customers that it has."""
    params: dict[str, Any] = {}
    whens = []
    for n, segment in enumerate(segments):
        if problem_of(segment):
            whens.append(f"WHEN {c}.segment_id = {segment.pk:d} THEN {segment.pk:d}")
            continue
        rule = conditions.compile(segment.rule, day, c=c, prefix=f"segment_{n}")
        params |= rule.params
        whens.append(f"WHEN {rule.sql} THEN {segment.pk:d}")
    return Query(f"(CASE {' '.join(whens)} END)::bigint" if whens else "NULL::bigint", params)


def _moves(segments: Sequence[Segment], day: dt.date, c: str) -> Query:
    """Whether the rules put a customer into another segment than its present one."""
    chosen = _chosen(segments, day, c)
    return Query(f"{c}.segment_id IS DISTINCT FROM {chosen.sql}", chosen.params)


def _in_doubt(segments: Sequence[Segment], day: dt.date, c: str) -> Query:
    """Whether a rule before the first that holds cannot be told for the customer, or is invalid."""
    params: dict[str, Any] = {}
    whens = []
    for n, segment in enumerate(segments):
        if problem_of(segment):
            whens.append("WHEN true THEN true")
            continue
        rule = conditions.verdict(segment.rule, day, c=c, prefix=f"doubt_{n}")
        params |= rule.params
        whens.append(f"WHEN {rule.sql} IS NULL THEN true WHEN {rule.sql} THEN false")
    return Query(f"(CASE {' '.join(whens)} ELSE false END)", params)


def _ask_of_health(segments: Sequence[Segment]) -> bool:
    rules = (conditions.read(segment.rule) for segment in segments if not problem_of(segment))
    return any(leaf.field.of_health for rule in rules for leaf in conditions.leaves(rule))
