"""Lists of cases: whose, in which state, and what was last seen in each."""

from __future__ import annotations

import datetime as dt
from typing import Final, cast

from django.db.models import Case as Choice
from django.db.models import Count, F, IntegerField, OuterRef, Prefetch, Q, QuerySet, Subquery, Value, When

from accounts import access
from accounts.models import Customer, User
from health.models import Case, CaseAct, CaseEvidence, CaseState
from health.models.cases import CaseQuerySet

SHOWN: Final = 20
CLOSED_SHOWN: Final = 5


def of_scope(user: User, scope: str) -> CaseQuerySet:
    """Cases of the scope: "mine" are those of ``user`` and of whom they cover today."""
    visible = Case.objects.visible_to(user)
    return visible.filter(owner__in=access.own(user)) if scope == "mine" else visible


def in_state(rows: CaseQuerySet, state: str, day: dt.date) -> CaseQuerySet:
    """``open``: awake ones whose state lasts; ``late``: of those the ones past their due day; ``passed``: awake ones whose
    state is over; ``snoozed``; ``closed``.
    """
    if state == "closed":
        return rows.filter(state=CaseState.CLOSED)
    if state == "snoozed":
        return rows.filter(state=CaseState.SNOOZED, snoozed_until__gt=day)
    if state == "passed":
        return rows.awake(day).passed()
    lasting = rows.awake(day).lasting()
    return lasting.filter(due_on__lt=day) if state == "late" else lasting


def counts(rows: CaseQuerySet, day: dt.date) -> dict[str, int]:
    """How many there are in each state. One statement."""
    awake = ~Q(state=CaseState.CLOSED) & (Q(snoozed_until__isnull=True) | Q(snoozed_until__lte=day))
    lasting = awake & Q(passed_on__isnull=True)
    return rows.aggregate(
        open=Count("pk", filter=lasting),
        late=Count("pk", filter=lasting & Q(due_on__lt=day)),
        passed=Count("pk", filter=awake & Q(passed_on__isnull=False)),
        snoozed=Count("pk", filter=Q(state=CaseState.SNOOZED, snoozed_until__gt=day)),
        closed=Count("pk", filter=Q(state=CaseState.CLOSED)),
    )


def open_count(user: User, day: dt.date) -> int:
    """How many cases the list shows ``user`` as open before anything is filtered. One statement."""
    return in_state(of_scope(user, access.scopes(user)[0]), "open", day).count()


def with_newest(rows: QuerySet[Case]) -> QuerySet[Case]:
    """Add the newest evidence (``seen_facts``, ``seen_note``, ``seen_on`` and its state ``seen_by``) and ``titled_by``,
    the state of the rule that opened the case. No statement more.
    """
    newest = CaseEvidence.objects.filter(case=OuterRef("pk")).order_by("-day", "-pk")
    return rows.annotate(
        seen_facts=Subquery(newest.values("facts")[:1]),
        seen_note=Subquery(newest.values("note")[:1]),
        seen_on=Subquery(newest.values("day")[:1]),
        seen_by=Subquery(newest.values("rule__detector")[:1]),
        titled_by=F("rule__detector"),
    )


def with_signs(rows: QuerySet[Case]) -> CaseQuerySet:
    """Add how many ``pieces`` of evidence there are. No statement more."""
    return cast("CaseQuerySet", rows.annotate(pieces=Count("evidence")))


def of_customer(customer: Customer, day: dt.date) -> tuple[list[Case], list[Case]]:
    """The customer's open cases, and the last few that were closed. Two statements.

    The earliest due comes first; those put off beyond ``day`` come last, whenever they were due.
    """
    cases = Case.objects.filter(customer=customer).select_related("customer", "owner", "rule")
    put_off = When(snoozed_until__gt=day, then=Value(1))
    order = (Choice(put_off, default=Value(0), output_field=IntegerField()), "due_on", "pk")
    open_cases = with_newest(with_signs(cases.open())).order_by(*order)[:SHOWN]
    closed_cases = cases.filter(state=CaseState.CLOSED).order_by("-closed_on", "-pk")[:CLOSED_SHOWN]
    return list(open_cases), list(closed_cases)


def whole(rows: QuerySet[Case]) -> QuerySet[Case]:
    """Cases with their evidence and acts, newest first. Two statements more."""
    evidence = CaseEvidence.objects.select_related("rule").order_by("-day", "-pk")
    acts = CaseAct.objects.select_related("by").order_by("-pk")
    related = with_signs(rows).select_related("customer__owner", "owner", "rule", "opened_by", "closed_by")
    return related.prefetch_related(Prefetch("evidence", evidence), Prefetch("acts", acts))


def plan_is_late(case: Case, day: dt.date, within: int) -> bool:
    """Whether an open case should have had its plan by ``day``."""
    lacking = not (case.type and case.plan)
    return lacking and case.state == CaseState.NEW and day > case.opened_on + dt.timedelta(days=within)
