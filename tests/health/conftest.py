"""Rows of health for its tests: usage days, records, tickets, scorecards."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

import pytest

from accounts.models import Customer
from health.measures import catalogue
from health.models import Ceiling, MeasureGroup, Scorecard, ScorecardMeasure, Ticket, UsageDay
from health.publishing import shipped
from tests import factories as make
from tests.factories import DAY


def ago(days: int) -> dt.date:
    return DAY - dt.timedelta(days=days)


def use(customer: Customer, days: Iterable[int], **fields: Any) -> None:
    """Ten uses by three people on each of the days counted back from DAY."""
    values = {"uses": 10, "active_users": 3, "features": 2} | fields
    rows = [UsageDay(customer=customer, day=ago(back), **values) for back in days]
    UsageDay.objects.bulk_create(rows)


def ticket(customer: Customer, back: int, **fields: Any) -> Ticket:
    opened = dt.datetime.combine(ago(back), dt.time(9), dt.UTC)
    values = {"source": "test", "external_id": str(Ticket.objects.count()), "severity": "low", "opened_at": opened}
    return Ticket.objects.create(customer=customer, **values | fields)


def scorecard(
    groups: dict[str, tuple[float, dict[str, float | dict[str, Any]]]],
    ceilings: dict[str, float] | None = None,
    **fields: Any,
) -> Scorecard:
    """A published card: group → (weight, measure → weight or the fields of its line)."""
    values = {"key": f"card{Scorecard.objects.count()}", "name": "Card", "created_on": DAY} | fields
    card = Scorecard.objects.create(**values)
    for number, (key, (weight, lines)) in enumerate(groups.items()):
        group = MeasureGroup.objects.create(scorecard=card, key=key, name=key, position=number, weight=weight)
        for measure, line in lines.items():
            kind = catalogue()[measure]
            given = line if isinstance(line, dict) else {"weight": line}
            defaults = {"zero_at": kind.zero_at, "full_at": kind.full_at, "window_days": kind.window, "weight": 1}
            defaults["shelf_life_days"] = kind.shelf_life
            ScorecardMeasure.objects.create(group=group, measure=measure, **defaults | given)
    for condition, limit in (ceilings or {}).items():
        Ceiling.objects.create(scorecard=card, condition=condition, at_most=limit)
    shipped.publish(card)
    card.refresh_from_db()
    return card


@pytest.fixture
def months(db: None) -> None:
    """The months a test writes usage to, should one before it have dropped them."""
    make.months()
