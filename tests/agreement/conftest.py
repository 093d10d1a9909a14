"""A small demo company, made once for the whole folder: what three of its people see of the same facts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction

from accounts import leaving
from accounts.models import Contract, Customer, Organisation, User
from accounts.terms import SHORTEST_MONTHS
from config import cycle
from config.demo import generate
from config.demo.plan import HISTORY_DAYS, Plan
from renewals import closing, loss
from renewals.models import Renewal
from tests.agreement.register import Visit
from tests.factories import DAY

CUSTOMERS, SEED = 16, 2


class Small(Plan):
    """Three years of contracts, a quarter of daily signals."""

    is_short = True


@pytest.fixture(scope="package")
def company(django_db_setup: None, django_db_blocker: Any) -> Iterator[dict[str, int]]:
    """The demo after a daily cycle, with the ids of five customers: one gave notice, one's end is confirmed, one took its
    notice back, one was lost ahead of its term's end and one renewed ahead for less.
    """
    with django_db_blocker.unblock(), transaction.atomic():
        generate.fresh(Small(CUSTOMERS, SEED, DAY - dt.timedelta(days=HISTORY_DAYS), DAY), frozen=True)
        Organisation.objects.update(frozen_today=DAY)
        User.objects.update(language="en")
        list(cycle.run(DAY))
        leavers = dict(zip(("noticed", "confirmed", "withdrawn"), largest(), strict=True))
        for contract in leavers.values():
            leaving.give_notice(contract, DAY - dt.timedelta(days=3), day=DAY)
        leaving.confirm_end(leavers["confirmed"], DAY + dt.timedelta(days=40), day=DAY)
        leaving.withdraw_notice(leavers["withdrawn"], DAY - dt.timedelta(days=1), day=DAY)
        among = {what: contract.customer_id for what, contract in leavers.items()}
        among |= closed_ahead(among)
        list(cycle.run(DAY))
        yield among
        transaction.set_rollback(True)


@pytest.fixture(scope="package")
def visit(company: dict[str, int], django_db_blocker: Any) -> Callable[[str], Visit]:
    """A person's way through the product; what one test has asked, the next need not ask again."""
    visits: dict[str, Visit] = {}

    def of(role: str) -> Visit:
        """Of the role's people the one with the most customers."""
        if role not in visits:
            people = User.objects.filter(role=role, is_active=True)
            busiest = max(people, key=lambda one: (Customer.objects.visible_to(one).current().count(), -one.pk))
            visits[role] = Visit(busiest, DAY)
        return visits[role]

    return of


def largest() -> list[Contract]:
    """The only paid contract of each of the largest live customers with a term that renews by itself."""
    found = []
    for customer in Customer.objects.filter(status="live").order_by("-arr", "pk"):
        paid = list(Contract.objects.paying_on(DAY).filter(customer=customer))
        later = Contract.objects.filter(customer=customer, starts_on__gt=DAY)
        if (
            len(paid) == 1
            and paid[0].auto_renews
            and paid[0].term_months >= SHORTEST_MONTHS
            and not paid[0].notice_given_on
            and not later.exists()
        ):
            found.append(paid[0])
    return found[:3]


def closed_ahead(others: dict[str, int]) -> dict[str, int]:
    """Close the last two renewals of other customers before their day: one lost, one for half of its money."""
    rows = Renewal.objects.filter(outcome="", arr__gt=0, due_on__gt=DAY, customer__owner__isnull=False)
    lost, less = rows.exclude(customer__in=others.values()).select_related("customer__owner").order_by("-due_on")[:2]
    closing.churn(lost, lost.customer.owner, DAY, loss.Loss("price", "value", True, "nothing"))
    line = closing.NewLine("Platform", 1, Decimal(less.arr) / 2)
    closing.renew(less, less.customer.owner, DAY, starts_on=less.due_on, term_months=12, lines=[line])
    return {"lost": lost.customer_id, "less": less.customer_id}
