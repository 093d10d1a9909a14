"""Rows for tests: one function a model, every default overridable."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from itertools import count
from typing import Any

from accounts.models import (
    Contact,
    Contract,
    ContractLine,
    Customer,
    Organisation,
    Role,
    Segment,
    TouchModel,
    User,
)
from health.signals.partitions import ensure_partitions

DAY = dt.date(2026, 11, 24)
# A mapping of one small file.
RATES_TOML = """source = "crm"
[[file]]
name = "rates.csv"
into = "rates"
[file.fields]
currency = "Currency"
fiscal_year = "Year"
rate = "Rate"
"""
_number = count(1)


def months() -> None:
    """Partitions for a year and a half around DAY."""
    ensure_partitions(DAY - dt.timedelta(days=420), DAY + dt.timedelta(days=60))


def organisation(**fields: Any) -> Organisation:
    """The one organisation, its day frozen at ``DAY``."""
    values = {"name": "Hashi Software", "frozen_today": DAY} | fields
    return Organisation.objects.update_or_create(pk=1, defaults=values)[0]


def user(role: str = Role.CSM, **fields: Any) -> User:
    n = next(_number)
    values = {"email": f"user{n}@demo.example", "name": f"User {n}", "role": role} | fields
    return User.objects.create_user(password="a long password", **values)


def segment(**fields: Any) -> Segment:
    n = next(_number)
    values = {"name": f"Segment {n}", "position": n, "touch_model": TouchModel.LOW} | fields
    return Segment.objects.create(**values)


def customer(**fields: Any) -> Customer:
    values = {"name": f"Customer {next(_number)}", "status": "live"} | fields
    return Customer.objects.create(**values)


def contact(of: Customer, **fields: Any) -> Contact:
    """Known for longer than any day that a test asks about."""
    known_at = dt.datetime.combine(DAY - dt.timedelta(days=1_000), dt.time(), dt.UTC)
    values = {
        "name": f"Contact {next(_number)}",
        "state_on": DAY - dt.timedelta(days=400),
        "created_at": known_at,
    } | fields
    return Contact.objects.create(customer=of, **values)


def contract(
    of: Customer, *, amount: Decimal | int = 12_000, line: dict[str, Any] | None = None, **fields: Any
) -> Contract:
    """A contract with one line over its whole life; ``amount`` is what it costs a year."""
    values = {"starts_on": DAY - dt.timedelta(days=200), "term_months": 12} | fields
    if values.get("ended_on"):
        # Known with the notice or from the start, where a test does not say since when.
        values.setdefault("end_known_on", values.get("notice_given_on") or min(values["starts_on"], DAY))
    made = Contract.objects.create(customer=of, **values)
    line_values = {"product": "Platform", "starts_on": made.starts_on, "annual_amount": amount}
    ContractLine.objects.create(contract=made, **line_values | (line or {}))
    return made
