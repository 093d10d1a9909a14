"""The scorecards that come with the product: sensible on day one, to be tuned by an admin."""

from __future__ import annotations

import datetime as dt
from typing import Final

from django.db import transaction
from django.utils.translation import gettext_noop as _

from health import drafting
from health.measures import SHIPPED
from health.models import Ceiling, MeasureGroup, Scorecard, ScorecardMeasure

# group key, name, weight, {measure: weight}
Group = tuple[str, str, int, dict[str, int]]

STANDARD: Final[list[Group]] = [
    (
        "adoption",
        _("Adoption"),
        45,
        {
            "usage_trend": 20,
            "days_since_use": 20,
            "usage_frequency": 10,
            "activation_share": 15,
            "seat_use": 5,
            "stickiness": 5,
            "feature_breadth": 10,
            "core_depth": 15,
            "error_rate": 10,
        },
    ),
    (
        "support",
        _("Support"),
        25,
        {"support_csat": 30, "tickets_balance": 25, "ticket_resolution": 15, "first_response": 15},
    ),
    (
        "relationship",
        _("Relationship"),
        20,
        {"champion_present": 30, "executive_reach": 20, "touch_recency": 25, "nps": 25},
    ),
    ("value", _("Value"), 10, {"outcomes_reached": 10}),
]

# Trends mean nothing in the first weeks; what counts is whether people arrive and do core work.
ONBOARDING: Final[list[Group]] = [
    (
        "adoption",
        _("Adoption"),
        60,
        {
            "activation_share": 35,
            "days_since_use": 25,
            "usage_frequency": 15,
            "feature_breadth": 10,
            "core_depth": 15,
            "error_rate": 10,
        },
    ),
    (
        "support",
        _("Support"),
        20,
        {"tickets_balance": 30, "support_csat": 30, "ticket_resolution": 20},
    ),
    ("relationship", _("Relationship"), 20, {"champion_present": 50, "touch_recency": 50}),
]

CEILINGS: Final = {"champion_left": 69, "login_only": 69, "silent": 69}


@transaction.atomic
def install(day: dt.date) -> int:
    """Make the shipped scorecards where there is none at all; how many were made. Safe to repeat."""
    if Scorecard.objects.exists():
        return 0
    _make("onboarding", _("Onboarding"), 1, ["onboarding"], ONBOARDING, day)
    _make("standard", _("Standard"), 2, [], STANDARD, day)
    return 2


def _make(key: str, name: str, position: int, stages: list[str], groups: list[Group], day: dt.date) -> None:
    card = Scorecard.objects.create(key=key, name=name, position=position, stages=stages, created_on=day)
    for number, (group_key, group_name, weight, measures) in enumerate(groups, start=1):
        group = MeasureGroup.objects.create(
            scorecard=card, key=group_key, name=group_name, position=number, weight=weight
        )
        ScorecardMeasure.objects.bulk_create(_line(group, measure, share) for measure, share in measures.items())
    Ceiling.objects.bulk_create(
        Ceiling(scorecard=card, condition=condition, at_most=limit) for condition, limit in CEILINGS.items()
    )
    publish(card)


def publish(card: Scorecard) -> None:
    """Put ``card`` in use: its order of parts is fixed from now on; the version before it goes out of use."""
    drafting.put_in_use(card)


def _line(group: MeasureGroup, key: str, weight: int) -> ScorecardMeasure:
    measure = SHIPPED[key]
    return ScorecardMeasure(
        group=group,
        measure=key,
        window_days=measure.window,
        zero_at=measure.zero_at,
        full_at=measure.full_at,
        weight=weight,
        shelf_life_days=measure.shelf_life,
    )
