"""Closed renewals and scores for the tests of the proof."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from accounts.models import Customer
from health.models import Replay, Score, Scorecard
from renewals.models import Renewal
from tests import factories as make
from tests.factories import DAY


def closed(of: Customer | None = None, *, back: int = 10, kept: bool = True, **fields: Any) -> Renewal:
    """A renewal whose term of a year ended ``back`` days before DAY, kept flat or lost."""
    due_on = DAY - dt.timedelta(days=back)
    contract = make.contract(of or make.customer(), starts_on=due_on - dt.timedelta(days=365), ends_on=due_on)
    arr = Decimal(fields.pop("arr", 1_000))
    values = {
        "closed_on": due_on,
        "closed_arr": arr if kept else Decimal(0),
        "outcome": "renewed" if kept else "churned",
    }
    return Renewal.objects.create(
        customer=contract.customer, contract=contract, term_number=1, due_on=due_on, arr=arr, stage="closed",
        **values | fields,
    )  # fmt: skip


def band(value: int) -> str:
    return "green" if value >= 70 else "yellow" if value >= 45 else "red"


def shown(card: Scorecard, of: Customer, day: dt.date, value: int | None, **fields: Any) -> Score:
    """What was shown from ``day`` on."""
    named = "" if value is None else band(value)
    return Score.objects.create(customer=of, scorecard=card, day=day, value=value, raw=value, band=named, **fields)


def replayed(card: Scorecard, of: Customer, day: dt.date, value: int | None, **fields: Any) -> Replay:
    named = "" if value is None else band(value)
    return Replay.objects.create(customer=of, scorecard=card, day=day, value=value, band=named, **fields)


def many(card: Scorecard, ends: list[tuple[int, bool]], *, back: int = 10, days: int = 90) -> list[Renewal]:
    """Renewals with the score shown on the day asked and whether they were kept, a customer each."""
    made = []
    for value, kept in ends:
        renewal = closed(back=back, kept=kept)
        shown(card, renewal.customer, renewal.due_on - dt.timedelta(days=days), value)
        made.append(renewal)
    return made
