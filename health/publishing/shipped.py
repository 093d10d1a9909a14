"""The scorecards that come with the product: sensible on day one, to be tuned by an admin."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from django.db import transaction

from config.shipping import ship as _
from health import publishing
from health.measures import SHIPPED
from health.models import Purpose, Scorecard
from health.scorecards import Cap, Content, Group, Line, Threshold, write


def line(
    measure: str, weight: int, slope: tuple[str, str] | None = None, later: tuple[int, str, str] | None = None
) -> Line:
    """A line that counts ``measure`` as the catalogue does, but for the thresholds given.

    ``slope`` is (0 points at, 100 points at), ``later`` the same from a day of tenure on.
    """
    kind = SHIPPED[measure]
    zero_at, full_at = slope or (str(kind.zero_at), str(kind.full_at))
    by_tenure = (Threshold(later[0], Decimal(later[1]), Decimal(later[2])),) if later else ()
    return Line(measure, Decimal(weight), kind.window, Decimal(zero_at), Decimal(full_at), kind.shelf_life, by_tenure)


def group(key: str, name: str, weight: int, *lines: Line) -> Group:
    return Group(name, Decimal(weight), lines, key)


# People who are active and do core work predict most; a log-in alone predicts little.
STANDARD: Final = (
    group(
        "adoption",
        _("Adoption"),
        50,
        line("activation_share", 25),
        line("core_depth", 20),
        line("usage_trend", 15),
        line("feature_breadth", 15),
        line("user_growth", 5),
        line("stickiness", 5),
        line("days_since_use", 10),
        line("usage_frequency", 5),
        line("error_rate", 10),
    ),
    group(
        "support",
        _("Support"),
        17,
        line("support_csat", 30),
        line("tickets_balance", 20),
        line("ticket_resolution", 15),
        line("first_response", 10),
        line("repeat_issues", 10),
        line("survey_csat", 15),
    ),
    group(
        "relationship",
        _("Relationship"),
        18,
        line("champion_present", 20),
        line("executive_reach", 15),
        line("touch_recency", 15),
        line("contacts_in_touch", 10),
        line("nps_weighted", 25),
        line("renewal_intent", 15),
    ),
    group(
        "value",
        _("Value"),
        10,
        line("outcomes_reached", 70),
        line("ces", 30),
    ),
    group(
        "commercial",
        _("Commercial"),
        5,
        line("payment_overdue", 10),
    ),
)

# Trends mean nothing in the first weeks; what counts is whether people arrive and do core work.
ONBOARDING: Final = (
    group(
        "adoption",
        _("Adoption"),
        60,
        line("milestones_reached", 25),
        line("activation_share", 30, ("0.1", "0.4"), later=(28, "0.2", "0.7")),
        line("days_since_use", 20),
        line("usage_frequency", 10),
        line("feature_breadth", 10),
        line("core_depth", 15),
        line("error_rate", 10),
    ),
    group(
        "support",
        _("Support"),
        20,
        line("tickets_balance", 30),
        line("support_csat", 30),
        line("ticket_resolution", 20),
    ),
    group(
        "relationship",
        _("Relationship"),
        20,
        line("champion_present", 50),
        line("touch_recency", 50),
    ),
)

# Who may buy more. Use close to the limit is what holds health back and what speaks for growth.
EXPANSION: Final = (
    group(
        "growth",
        _("Growth"),
        45,
        line("limit_reached", 30, ("0.5", "1")),
        line("seat_use", 20, ("0.3", "0.8")),
        line("user_growth", 20, ("-0.1", "0.2")),
        line("unentitled_features", 30),
    ),
    group(
        "breadth",
        _("Breadth"),
        20,
        line("feature_share", 50),
        line("core_depth", 25),
        line("integrations_in_use", 25),
    ),
    group(
        "relationship",
        _("Relationship"),
        35,
        line("champion_present", 25),
        line("executive_reach", 25),
        line("nps_weighted", 20),
        line("outcomes_reached", 20),
        line("community_activity", 10),
    ),
)

# How deeply the product is used, by people and by work; a habit takes a season to form.
ADOPTION: Final = (
    group(
        "people",
        _("People"),
        40,
        line("activation_share", 40, ("0.1", "0.5"), later=(90, "0.2", "0.7")),
        line("usage_frequency", 25, ("0", "3"), later=(90, "0", "4")),
        line("usage_level", 10),
        line("user_growth", 25),
    ),
    group(
        "depth",
        _("Depth"),
        60,
        line("core_depth", 30),
        line("feature_share", 30, ("0.1", "0.4"), later=(90, "0.2", "0.7")),
        line("usage_intensity", 15),
        line("pes", 15),
        line("integrations_in_use", 10),
    ),
)

CEILINGS: Final = tuple(
    Cap(condition, Decimal(69)) for condition in ("champion_left", "login_only", "silent", "no_value", "overdue")
)


@dataclass(frozen=True)
class Shipped:
    """A scorecard of ours; its place among the others is its place in ``CARDS``."""

    key: str
    content: Content


CARDS: Final = (
    Shipped("onboarding", Content(_("Onboarding"), stages=("onboarding",), groups=ONBOARDING, ceilings=CEILINGS)),
    Shipped("standard", Content(_("Standard"), position=2, groups=STANDARD, ceilings=CEILINGS)),
    Shipped(
        "expansion",
        Content(
            _("Expansion"),
            Purpose.EXPANSION,
            position=3,
            stages=("growth", "mature"),
            groups=EXPANSION,
            ceilings=(Cap("silent", Decimal(44)), Cap("overdue", Decimal(69))),
        ),
    ),
    Shipped(
        "adoption",
        Content(
            _("Adoption"),
            Purpose.ADOPTION,
            position=4,
            groups=ADOPTION,
            ceilings=(Cap("login_only", Decimal(69)), Cap("silent", Decimal(44))),
        ),
    ),
)


@transaction.atomic
def install(day: dt.date) -> int:
    """Create the shipped scorecards of each purpose that has none at all; returns how many. Safe to repeat."""
    purposes = set(Scorecard.objects.values_list("purpose", flat=True))
    missing = [shipped for shipped in CARDS if shipped.content.purpose not in purposes]
    for shipped in missing:
        card = Scorecard(key=shipped.key, created_on=day)
        write(card, shipped.content)
        publish(card)
    return len(missing)


def publish(card: Scorecard) -> None:
    """Put ``card`` in use: its order of parts is fixed from then on; the version before it goes out of use."""
    publishing.put_in_use(card)
