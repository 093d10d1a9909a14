"""The scorecards that come with the product: sensible on day one, to be tuned by an admin."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Final

from django.db import transaction
from django.utils.translation import gettext_noop as _

from health import drafting
from health.measures import SHIPPED
from health.models import Ceiling, MeasureGroup, Purpose, Scorecard, ScorecardMeasure, TenureThreshold

# Weight, or weight and what differs from the measure's own start: thresholds, and others from a day of tenure on.
Lines = dict[str, "int | Line"]
# group key, name, weight, measures
Group = tuple[str, str, int, Lines]


@dataclass(frozen=True)
class Line:
    """``later`` are (from day, 0 points at, 100 points at)."""

    weight: int
    zero_at: float | None = None
    full_at: float | None = None
    later: tuple[tuple[int, float, float], ...] = ()


# People who are there and do what it was bought for tell most; that somebody logged in tells little.
STANDARD: Final[list[Group]] = [
    (
        "adoption",
        _("Adoption"),
        50,
        {
            "activation_share": 25,
            "core_depth": 20,
            "usage_trend": 15,
            "feature_breadth": 15,
            "user_growth": 5,
            "stickiness": 5,
            "days_since_use": 10,
            "usage_frequency": 5,
            "error_rate": 10,
        },
    ),
    (
        "support",
        _("Support"),
        17,
        {
            "support_csat": 30,
            "tickets_balance": 20,
            "ticket_resolution": 15,
            "first_response": 10,
            "repeat_issues": 10,
            "survey_csat": 15,
        },
    ),
    (
        "relationship",
        _("Relationship"),
        18,
        {
            "champion_present": 20,
            "executive_reach": 15,
            "touch_recency": 15,
            "contacts_in_touch": 10,
            "nps_weighted": 25,
            "renewal_intent": 15,
        },
    ),
    ("value", _("Value"), 10, {"outcomes_reached": 70, "ces": 30}),
    ("commercial", _("Commercial"), 5, {"payment_overdue": 10}),
]

# Trends mean nothing in the first weeks; what counts is whether people arrive and do core work.
ONBOARDING: Final[list[Group]] = [
    (
        "adoption",
        _("Adoption"),
        60,
        {
            "milestones_reached": 25,
            "activation_share": Line(30, 0.1, 0.4, later=((28, 0.2, 0.7),)),
            "days_since_use": 20,
            "usage_frequency": 10,
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

# Who may buy more. Use close to the limit is what holds health back and what speaks for growth.
EXPANSION: Final[list[Group]] = [
    (
        "growth",
        _("Growth"),
        45,
        {
            "limit_reached": Line(30, 0.5, 1),
            "seat_use": Line(20, 0.3, 0.8),
            "user_growth": Line(20, -0.1, 0.2),
            "unentitled_features": 30,
        },
    ),
    ("breadth", _("Breadth"), 20, {"feature_share": 50, "core_depth": 25, "integrations_in_use": 25}),
    (
        "relationship",
        _("Relationship"),
        35,
        {
            "champion_present": 25,
            "executive_reach": 25,
            "nps_weighted": 20,
            "outcomes_reached": 20,
            "community_activity": 10,
        },
    ),
]

# How deeply the product is used, by people and by work; a habit takes a season to form.
ADOPTION: Final[list[Group]] = [
    (
        "people",
        _("People"),
        40,
        {
            "activation_share": Line(40, 0.1, 0.5, later=((90, 0.2, 0.7),)),
            "usage_frequency": Line(25, 0, 3, later=((90, 0, 4),)),
            "usage_level": 10,
            "user_growth": 25,
        },
    ),
    (
        "depth",
        _("Depth"),
        60,
        {
            "core_depth": 30,
            "feature_share": Line(30, 0.1, 0.4, later=((90, 0.2, 0.7),)),
            "usage_intensity": 15,
            "pes": 15,
            "integrations_in_use": 10,
        },
    ),
]

CEILINGS: Final = {"champion_left": 69, "login_only": 69, "silent": 69, "no_value": 69, "overdue": 69}


@dataclass(frozen=True)
class Shipped:
    """A scorecard of ours."""

    key: str
    name: str
    groups: list[Group]
    purpose: str = Purpose.HEALTH
    stages: tuple[str, ...] = ()
    ceilings: dict[str, int] = field(default_factory=dict)


CARDS: Final = (
    Shipped("onboarding", _("Onboarding"), ONBOARDING, stages=("onboarding",), ceilings=CEILINGS),
    Shipped("standard", _("Standard"), STANDARD, ceilings=CEILINGS),
    Shipped(
        "expansion", _("Expansion"), EXPANSION, Purpose.EXPANSION, ("growth", "mature"), {"silent": 44, "overdue": 69}
    ),
    Shipped("adoption", _("Adoption"), ADOPTION, Purpose.ADOPTION, ceilings={"login_only": 69, "silent": 44}),
)


@transaction.atomic
def install(day: dt.date) -> int:
    """Make the shipped scorecards of each purpose that has none at all; how many were made. Safe to repeat."""
    there = set(Scorecard.objects.values_list("purpose", flat=True))
    missing = [(place, shipped) for place, shipped in enumerate(CARDS, start=1) if shipped.purpose not in there]
    for place, shipped in missing:
        _make(shipped, place, day)
    return len(missing)


def _make(shipped: Shipped, position: int, day: dt.date) -> None:
    card = Scorecard.objects.create(
        key=shipped.key,
        name=shipped.name,
        purpose=shipped.purpose,
        position=position,
        stages=list(shipped.stages),
        created_on=day,
    )
    for number, (key, name, weight, measures) in enumerate(shipped.groups, start=1):
        group = MeasureGroup.objects.create(scorecard=card, key=key, name=name, position=number, weight=weight)
        lines = {measure: line if isinstance(line, Line) else Line(line) for measure, line in measures.items()}
        made = ScorecardMeasure.objects.bulk_create(_line(group, key, line) for key, line in lines.items())
        TenureThreshold.objects.bulk_create(
            TenureThreshold(line=row, from_days=days, zero_at=zero_at, full_at=full_at)
            for row in made
            for days, zero_at, full_at in lines[row.measure].later
        )
    Ceiling.objects.bulk_create(
        Ceiling(scorecard=card, condition=condition, at_most=limit) for condition, limit in shipped.ceilings.items()
    )
    publish(card)


def publish(card: Scorecard) -> None:
    """Put ``card`` in use: its order of parts is fixed from now on; the version before it goes out of use."""
    drafting.put_in_use(card)


def _line(group: MeasureGroup, key: str, line: Line) -> ScorecardMeasure:
    measure = SHIPPED[key]
    return ScorecardMeasure(
        group=group,
        measure=key,
        window_days=measure.window,
        zero_at=measure.zero_at if line.zero_at is None else line.zero_at,
        full_at=measure.full_at if line.full_at is None else line.full_at,
        weight=line.weight,
        shelf_life_days=measure.shelf_life,
    )
