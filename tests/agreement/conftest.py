"""A small demo company, made once for the module: what three of its people see of the same facts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction

from accounts import leaving
from accounts.models import Contract, Customer, Organisation
from config import cycle, shipped
from config.demo import generate
from config.demo.plan import three_years
from tests.factories import DAY

CUSTOMERS = 24


@pytest.fixture(scope="module")
def company(django_db_setup: None, django_db_blocker: Any) -> Iterator[dict[str, int]]:
    """The demo after a daily cycle, with a customer that gave notice, one whose end is confirmed, and one that took its
    notice back: their ids.
    """
    with django_db_blocker.unblock(), transaction.atomic():
        generate.fresh(three_years(CUSTOMERS, 7, DAY), frozen=True)
        Organisation.objects.update(frozen_today=DAY)
        shipped.install(DAY)
        list(cycle.run(DAY))
        leavers = dict(zip(("noticed", "confirmed", "withdrawn"), largest(), strict=False))
        for contract in leavers.values():
            leaving.give_notice(contract, DAY - dt.timedelta(days=3), day=DAY)
        leaving.confirm_end(leavers["confirmed"], DAY + dt.timedelta(days=40), day=DAY)
        leaving.withdraw_notice(leavers["withdrawn"], DAY - dt.timedelta(days=1), day=DAY)
        list(cycle.run(DAY))
        yield {what: contract.customer_id for what, contract in leavers.items()}
        transaction.set_rollback(True)


def largest() -> list[Contract]:
    """The only paid contract of each of the largest live customers that renews by itself."""
    found = []
    for customer in Customer.objects.filter(status="live").order_by("-arr", "pk"):
        paid = list(Contract.objects.paying_on(DAY).filter(customer=customer))
        later = Contract.objects.filter(customer=customer, starts_on__gt=DAY)
        if len(paid) == 1 and paid[0].auto_renews and not paid[0].notice_given_on and not later.exists():
            found.append(paid[0])
    return found[:3]
