"""What is due: one queryset per kind, each with the days left to act and the amount at stake."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from django.db.models import (
    BooleanField,
    Case,
    CharField,
    Exists,
    F,
    Func,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Value,
    When,
)
from django.db.models.functions import Greatest

from accounts.cadence import NEXT_TOUCH, by_hand
from accounts.expressions import OnDay
from accounts.leaving import is_confirmed, leaving_on
from accounts.models import Contract, Customer, User
from health import models as health
from health.cases import lists
from playbooks.models.tasks import TaskQuerySet
from playbooks.shortlist.whose import customers, tasks
from renewals import forecast
from renewals.models import Qbr, Renewal

NEAR_DAYS: Final = 7
NOTICE_DAYS: Final = 14
CALL_DAYS: Final = 60
LAST_DAYS: Final = 30


def near_tasks(user: User, scope: str, day: dt.date) -> TaskQuerySet:
    """Open, awake and due within a week, late ones included."""
    return tasks(user, scope).awake(day).filter(due_on__lte=_soon(day))


def cases(user: User, scope: str, day: dt.date) -> QuerySet[health.Case]:
    """Open cases of the scope due within a week; excludes passed ones and those that only the digest reports."""
    rows = lists.in_state(lists.of_scope(user, scope), "open", day)
    return rows.filter(due_on__lte=_soon(day), alerted=True)


def asking(user: User, scope: str, day: dt.date) -> QuerySet[Renewal]:
    """Open renewals that need an act: ``asks`` names it, ``days`` are the days left.

    ``late``: the term has ended. ``notice``: the notice date is at most 14 days away. ``decide``: CSM and model
    disagree as the forecast defines it and nobody has decided. ``call``: from 60 days out the CSM has made no call.
    A term with notice given or its end confirmed needs no act before its end: a notice has its own line.
    """
    soon = day + dt.timedelta(days=forecast.DECIDE_DAYS)
    near_by = Q(due_on__lte=soon) | Q(notice_on__range=(day, day + dt.timedelta(days=NOTICE_DAYS)))
    rows = Renewal.objects.filter(near_by, customer__in=customers(user, scope)).exclude(stage="closed")
    renewals = rows.annotate(
        left=days_to(F("due_on"), day),
        to_notice=days_to(F("notice_on"), day),
    ).annotate(asks=_asks(day), days=_act_within())
    return renewals.exclude(asks="")


def noticed(day: dt.date) -> QuerySet[Contract]:
    """Contracts, no trials, with notice in force on ``day`` and an end that nobody has confirmed."""
    confirmed = OnDay(lambda contract, _day: is_confirmed(contract), day, BooleanField())
    return _going(day).filter(~Q(confirmed), is_trial=False)


def _going(day: dt.date) -> QuerySet[Contract]:
    """Contracts that leave, as known on ``day``: by a notice in force or a confirmed end."""
    return Contract.objects.annotate(gone_on=leaving_on(day)).filter(gone_on__isnull=False)


def leaving(user: User, scope: str, day: dt.date) -> QuerySet[Customer]:
    """Current customers of the scope with notice given on a contract whose end nobody has confirmed."""
    return customers(user, scope).current().filter(Exists(noticed(day).filter(customer=OuterRef("pk"))))


def untouched(user: User, scope: str, day: dt.date) -> QuerySet[Customer]:
    """Customers of the scope whose next touch by hand is due. Without a touch on record nobody knows how late it is."""
    rows = by_hand(customers(user, scope)).annotate(left=days_to(NEXT_TOUCH, day)).filter(left__lte=0)
    return rows.annotate(days=Case(When(last_touch_on=None, then=Value(0)), default=F("left")))


def reviews(user: User, scope: str, day: dt.date) -> QuerySet[Qbr]:
    """Open QBRs of the scope due within a week."""
    return Qbr.objects.filter(held_on=None, due_on__lte=_soon(day), customer__in=customers(user, scope))


def stake_of_task() -> Case:
    """The ARR of the task's renewal, even if unknown; without a renewal, the customer's."""
    return Case(When(renewal__isnull=False, then=F("renewal__arr")), default=F("customer__arr"))


def days_to(when: Any, day: dt.date) -> Func:
    return Func(when, Value(day), arg_joiner=" - ", template="(%(expressions)s)", output_field=IntegerField())


def _soon(day: dt.date) -> dt.date:
    return day + dt.timedelta(days=NEAR_DAYS)


def _asks(day: dt.date) -> Case:
    return Case(
        When(left__lte=0, then=Value("late")),
        When(~Q(leaving=""), then=Value("")),
        When(to_notice__range=(0, NOTICE_DAYS), then=Value("notice")),
        When(forecast.to_decide(day), then=Value("decide")),
        When(Q(left__lte=CALL_DAYS) & forecast.NO_CALL, then=Value("call")),
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
