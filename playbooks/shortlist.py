"""Today's short list: what to do next, ranked by value at stake and the days left to act.

An act due today or late counts its whole value, tomorrow half, in two days a third, and so on; each
day late adds a tenth, up to double. The value is the ARR of the renewal the act is about, what is at stake in
the case, else the customer's ARR. An act without any value counts one unit, so that days still order it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from django.db.models import Case, CharField, Count, DecimalField, F, Func, IntegerField, Q, QuerySet, Sum, Value, When
from django.db.models.functions import Abs, Cast, Coalesce, Greatest, Least

from accounts import access
from accounts.models import Customer, Role, User
from health import models as health
from health.cases import lists
from health.portfolio import score_on
from playbooks.models import Task
from playbooks.models.tasks import TaskQuerySet
from renewals.forecast import DECIDE_DAYS, DECIDE_GAP
from renewals.models import Renewal, RenewalStage

NEAR_DAYS: Final = 7
SHOWN: Final = 25
LATE_MOST: Final = 10
NOTICE_DAYS: Final = 14
CALL_DAYS: Final = 60
LAST_DAYS: Final = 30
NEWS_DAYS: Final = 30

AMOUNT: Final = DecimalField(max_digits=20, decimal_places=6)


@dataclass(frozen=True)
class Item:
    """One line of the list: a task, a case, or a renewal that asks for something (``asks`` says what)."""

    customer: Customer
    stake: Decimal
    days: int
    weight: Decimal
    task: Task | None = None
    renewal: Renewal | None = None
    asks: str = ""
    case: health.Case | None = None

    @property
    def kind(self) -> str:
        return "task" if self.task else "case" if self.case else "renewal"


@dataclass(frozen=True)
class Counts:
    """How many open tasks and cases near their day, renewals that ask, and snoozed tasks there are."""

    tasks: int
    renewals: int
    cases: int
    snoozed: int
    waiting: Decimal

    @property
    def all(self) -> int:
        return self.tasks + self.renewals + self.cases


def scopes(user: User) -> list[str]:
    """Whose days ``user`` may look at, their own choice first."""
    return {
        Role.MANAGER: ["team", "mine"],
        Role.ADMIN: ["all", "mine"],
        Role.VIEWER: ["all"],
    }.get(Role(user.role), ["mine"])


def tasks(user: User, scope: str) -> TaskQuerySet:
    """Tasks of the scope: "mine" are those given to ``user`` (a CSM: or to whom they cover)."""
    visible = Task.objects.visible_to(user)
    return visible.filter(assignee__in=own(user)) if scope == "mine" else visible


def near(rows: TaskQuerySet, day: dt.date) -> TaskQuerySet:
    """Open, awake and due within a week, late ones included."""
    return rows.awake(day).filter(due_on__lte=day + dt.timedelta(days=NEAR_DAYS))


def asking(user: User, scope: str, day: dt.date) -> QuerySet[Renewal]:
    """Open renewals that ask for something: ``asks`` says what, ``days`` by when.

    ``late``: the term has ended. ``notice``: the notice date is at most 14 days away. ``decide``: from
    90 days out CSM and model lie 15 points apart and nobody has decided. ``call``: from 60 days out
    the CSM has made no call.
    """
    visible = Renewal.objects.filter(customer__in=Customer.objects.visible_to(user))
    if scope == "mine":
        visible = visible.filter(customer__owner__in=own(user))
    soon = day + dt.timedelta(days=DECIDE_DAYS)
    apart = visible.exclude(stage=RenewalStage.CLOSED).filter(
        Q(due_on__lte=soon) | Q(notice_on__range=(day, day + dt.timedelta(days=NOTICE_DAYS)))
    )
    asked = apart.annotate(
        gap=Abs(F("csm_likelihood") - F("model_likelihood")),
        left=_days(F("due_on"), day),
        to_notice=_days(F("notice_on"), day),
    ).annotate(asks=_asks(), days=_act_within())
    return asked.exclude(asks="")


def cases(user: User, scope: str, day: dt.date) -> QuerySet[health.Case]:
    """Open, awake cases of the scope that are due within a week; those that only the digest tells stay there."""
    rows = lists.of_scope(user, scope).awake(day)
    return rows.filter(due_on__lte=day + dt.timedelta(days=NEAR_DAYS), alerted=True)


def items(user: User, scope: str, day: dt.date, *, kind: str = "") -> list[Item]:
    """The first lines of the list, ranked. At most four statements, whatever is open."""
    found: list[Item] = []
    if kind in {"", "case"}:
        weighed = _weighed(cases(user, scope, day), _days(F("due_on"), day), F("value"))
        sorted_cases = lists.with_newest(weighed).select_related("rule", "owner")
        found += [Item(c.customer, c.stake, c.days, c.weight, case=c) for c in _with_customers(sorted_cases, day)]
    if kind in {"", "task"}:
        rows = _weighed(near(tasks(user, scope), day), _days(F("due_on"), day), _stake_of_task())
        related = rows.select_related("renewal", "enrolment__playbook", "enrolment__version", "assignee")
        found += [Item(t.customer, t.stake, t.days, t.weight, task=t) for t in _with_customers(related, day)]
    if kind in {"", "renewal"}:
        rows_ = _weighed(asking(user, scope, day), F("days"), F("arr"))
        found += [
            Item(r.customer, r.stake, r.days, r.weight, renewal=r, asks=r.asks) for r in _with_customers(rows_, day)
        ]
    return sorted(found, key=lambda item: (-item.weight, item.days, item.customer.pk))[:SHOWN]


def counts(user: User, scope: str, day: dt.date) -> Counts:
    """How much there is behind the lines shown, and the ARR of its customers. Five statements."""
    every = tasks(user, scope)
    due, ask = near(every, day), asking(user, scope, day)
    snoozed = every.open().filter(snoozed_until__gt=day)
    numbers = due.aggregate(n=Count("pk"))
    due_cases = cases(user, scope, day)
    waiting = Customer.objects.filter(
        Q(pk__in=due.values("customer"))
        | Q(pk__in=ask.values("customer"))
        | Q(pk__in=due_cases.order_by().values("customer"))
    )
    sums = waiting.aggregate(arr=Sum("arr"))
    others = ask.aggregate(n=Count("pk"))
    asleep = snoozed.count()
    return Counts(numbers["n"], others["n"], due_cases.count(), asleep, sums["arr"] or Decimal(0))


def finished(user: User, scope: str, since: dt.datetime) -> Sequence[Task]:
    """Tasks of the scope closed since an instant, newest last; at most 25."""
    closed = Task.objects.visible_to(user).filter(done_at__gte=since, done_by__isnull=False)
    if scope == "mine":
        closed = closed.filter(done_by=user)
    rows = closed.annotate(stake=_stake_of_task()).select_related("customer").order_by("-done_at", "-pk")
    return list(rows[:SHOWN])[::-1]


def own(user: User) -> list[int]:
    return access.owners_for(user) if user.role == Role.CSM else [user.pk]


def _days(when: Any, day: dt.date) -> Func:
    return Func(when, Value(day), arg_joiner=" - ", template="(%(expressions)s)", output_field=IntegerField())


def _stake_of_task() -> Coalesce:
    return Coalesce("renewal__arr", "customer__arr")


def _asks() -> Case:
    return Case(
        When(left__lte=0, then=Value("late")),
        When(to_notice__range=(0, NOTICE_DAYS), then=Value("notice")),
        When(left__lte=DECIDE_DAYS, gap__gte=DECIDE_GAP, final_likelihood=None, then=Value("decide")),
        When(left__lte=CALL_DAYS, csm_likelihood=None, then=Value("call")),
        default=Value(""),
        output_field=CharField(),
    )


def _act_within() -> Case:
    """Days left to act: to the notice date where that is near, else to 30 days before the end."""
    return Case(
        When(left__lte=0, then=F("left")),
        When(to_notice__range=(0, NOTICE_DAYS), then=F("to_notice")),
        default=Greatest(F("left") - LAST_DAYS, 0),
        output_field=IntegerField(),
    )


def _weighed(rows: QuerySet[Any], days: Any, stake: Any) -> QuerySet[Any]:
    ahead = Greatest(F("days"), 0)
    late = Least(Greatest(F("days") * -1, 0), LATE_MOST)
    named = rows.annotate(stake=stake) if "days" in rows.query.annotations else rows.annotate(days=days, stake=stake)
    weight = Cast(Greatest(F("stake"), Value(Decimal(1))), AMOUNT) * (10 + late) / (10 * (1 + ahead))
    ranked = named.annotate(weight=Cast(weight, AMOUNT))
    return ranked.order_by("-weight", "days", "customer_id")[:SHOWN]


def _with_customers(rows: QuerySet[Any], day: dt.date) -> list[Any]:
    """The rows with their customers, each with its change of score over 30 days."""
    found = list(rows)
    before = score_on(day - dt.timedelta(days=NEWS_DAYS))
    decorated = Customer.objects.annotate(score_before=before, score_change=F("score") - F("score_before"))
    customers = decorated.in_bulk({row.customer_id for row in found})
    for row in found:
        row.customer = customers[row.customer_id]
    return found
