"""Contracts with terms, swept, for tests of renewals."""

from __future__ import annotations

import datetime as dt
from typing import Any

from accounts.models import Contract, ContractLine, Customer
from renewals import pipeline
from renewals.models import Renewal
from tests.factories import DAY, contract, customer, user


def due_in(days: int, of: Customer | None = None, day: dt.date = DAY, **fields: Any) -> Contract:
    """A contract of one year whose agreed end lies ``days`` after ``day``."""
    ends_on = day + dt.timedelta(days=days)
    starts_on = ends_on - dt.timedelta(days=365)
    return contract(of or customer(owner=user()), starts_on=starts_on, ends_on=ends_on, **fields)


def renewal_due_in(days: int, of: Customer | None = None, **fields: Any) -> Renewal:
    made = due_in(days, of, **fields)
    pipeline.sweep(DAY)
    return Renewal.objects.get(contract=made)


def successor(old: Contract, amount: int, starts_on: dt.date) -> Contract:
    """A contract that replaces ``old`` from ``starts_on`` on."""
    new = Contract.objects.create(customer=old.customer, starts_on=starts_on, term_months=12)
    ContractLine.objects.create(contract=new, product="Platform", starts_on=starts_on, annual_amount=amount)
    old.replaced_by = new
    old.save()
    return new
