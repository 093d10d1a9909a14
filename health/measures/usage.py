"""Measures of what the customer does in the product, from usage days.

``{seen}`` is the newest day with any use, up to 400 days back: silence after use is a bad amount,
not a missing one, while a customer of whom no use was ever reported has no data.
"""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from health.measures.measure import Measure, Unit
from health.signals.people import LONGEST, of_window

LAST = {"last": "max(u.day) FILTER (WHERE u.uses > 0)"}
USES = {"uses": "sum(u.uses) {in_window}"}
PEAK = {"peak": "max(u.active_users) {in_window}"}
PEAK_BEFORE = {"peak_before": "max(u.active_users) FILTER (WHERE u.day <= {day} - {w} AND u.day > {day} - 2 * {w})"}
USER_DAYS = {"user_days": "sum(u.active_users) {in_window}"}
# People by name; ``unnamed``: some day of the window only counts them.
NAMED = {
    "people": of_window("u.people", "u.day", "{day}", "{w}") + " {in_window}",
    "people_days": "sum(u.people[1] + coalesce(u.people[2], 0)) {in_window}",
    "unnamed": "bool_or(u.people IS NULL AND u.active_users > 0) {in_window}",
}
ALL_NAMED = f"{{people}} > 0 AND NOT {{unnamed}} AND {{w}} <= {LONGEST}"
STICKINESS = f"""CASE WHEN {ALL_NAMED} THEN {{people_days}}::float8 / {{w}} / {{people}}
    ELSE {{user_days}}::float8 / {{w}} / nullif({{peak}}, 0) END"""
SEATS = {"seats": "sum(e.quantity)"}
# Without a feature marked as core work, core work is unknown.
CORE_KNOWN = "(SELECT count(*) > 0 FROM health_feature WHERE is_core)"

USAGE = (
    Measure(
        key="usage_trend",
        name=_("Usage trend"),
        about=_("Uses in the window against the window before: −20% means a fifth fewer."),
        unit=Unit.SHARE,
        group="adoption",
        columns={
            "usage": LAST
            | USES
            | {"before": "sum(u.uses) FILTER (WHERE u.day <= {day} - {w} AND u.day > {day} - 2 * {w})"}
        },
        amount="CASE WHEN {before} > 0 THEN coalesce({uses}, 0)::float8 / {before} - 1 END",
        newest="{seen}",
        zero_at=-0.5,
        full_at=0.1,
        reach=2,
        literature="Field guide 71 (low or falling usage), 90 (frequency).",
    ),
    Measure(
        key="usage_frequency",
        name=_("Days of use a week"),
        about=_("Days with any use in the window, as an average a week."),
        unit=Unit.DAYS,
        group="adoption",
        columns={"usage": LAST | {"days": "count(*) FILTER (WHERE u.uses > 0 {and_in_window})"}},
        amount="CASE WHEN {seen} IS NOT NULL THEN coalesce({days}, 0) * 7.0::float8 / {w} END",
        newest="{seen}",
        zero_at=0,
        full_at=4,
        literature="Field guide 84 (health = usage frequency + support + NPS).",
    ),
    Measure(
        key="usage_intensity",
        name=_("Uses a user and day"),
        about=_("Uses in the window divided by the active users of each of its days, added up."),
        unit=Unit.COUNT,
        group="adoption",
        columns={"usage": LAST | USES | USER_DAYS},
        amount="{uses}::float8 / nullif({user_days}, 0)",
        newest="{last}",
        zero_at=1,
        full_at=6,
        literature="Field guide 90 (frequency).",
    ),
    Measure(
        key="usage_level",
        name=_("Uses a week and seat"),
        about=_(
            "Uses in the window as an average a week, for each seat under contract: small and large customers alike."
        ),
        unit=Unit.COUNT,
        group="adoption",
        columns={"usage": LAST | USES, "seats": SEATS},
        amount="CASE WHEN {seen} IS NOT NULL THEN coalesce({uses}, 0) * 7.0::float8 / {w} / nullif({seats}, 0) END",
        newest="{seen}",
        zero_at=1,
        full_at=12,
        literature="Field guide 28 (usage), 77 (usage against entitlement).",
    ),
    Measure(
        key="user_growth",
        name=_("Growth of users"),
        about=_("The most users of one day in the window against the window before: +10% means a tenth more."),
        unit=Unit.SHARE,
        group="adoption",
        columns={"usage": LAST | PEAK | PEAK_BEFORE},
        amount="CASE WHEN {peak_before} > 0 THEN coalesce({peak}, 0)::float8 / {peak_before} - 1 END",
        newest="{seen}",
        zero_at=-0.4,
        full_at=0.05,
        reach=2,
        literature="Field guide 35 (growth of users), 95 (PES: growth).",
    ),
    Measure(
        key="days_since_use",
        name=_("Days since last use"),
        about=_("Days from the newest use to the day of the score; looked for up to 400 days back."),
        unit=Unit.DAYS,
        group="adoption",
        columns={"usage": LAST},
        amount="({day} - {seen})::float8",
        newest="{seen}",
        zero_at=45,
        full_at=7,
        shelf_life=400,
        literature="Field guide 90 (long engagement gap), 95 (inactivity).",
    ),
    Measure(
        key="activation_share",
        name=_("Users activated"),
        about=_(
            "Different people who came in the window, as a share of the seats under contract. Where a source only "
            "counts, the most users of one day stand in for them."
        ),
        unit=Unit.SHARE,
        group="adoption",
        columns={"usage": LAST | PEAK | NAMED, "seats": SEATS},
        amount=f"CASE WHEN {ALL_NAMED} THEN {{people}} ELSE nullif({{peak}}, 0) END::float8 / nullif({{seats}}, 0)",
        newest="{last}",
        zero_at=0.2,
        full_at=0.7,
        literature="Field guide 34 (70% of users activated).",
    ),
    Measure(
        key="seat_use",
        name=_("Seat use"),
        about=_("Average users on a day with use in the window, as a share of the seats under contract."),
        unit=Unit.SHARE,
        group="adoption",
        columns={
            "usage": LAST | {"users_a_day": "avg(u.active_users) FILTER (WHERE u.active_users > 0 {and_in_window})"},
            "seats": SEATS,
        },
        amount="{users_a_day}::float8 / nullif({seats}, 0)",
        newest="{last}",
        zero_at=0.05,
        full_at=0.5,
        literature="Field guide 77 (usage against entitlement).",
    ),
    Measure(
        key="stickiness",
        name=_("Stickiness"),
        about=_(
            "Average people a day over the different people of the window (DAU / MAU). Where a source only counts, the "
            "most users of one day stand in for them, which are at most as many."
        ),
        unit=Unit.SHARE,
        group="adoption",
        columns={"usage": LAST | PEAK | USER_DAYS | NAMED},
        amount=STICKINESS,
        newest="{last}",
        zero_at=0.15,
        full_at=0.6,
        literature="Field guide 95 (PES: stickiness).",
    ),
    Measure(
        key="feature_breadth",
        name=_("Features used"),
        about=_("Different features used in the window; at least the most of any one day."),
        unit=Unit.COUNT,
        group="adoption",
        columns={"usage": LAST | {"bits": "bit_or(u.feature_bits) {in_window}", "most": "max(u.features) {in_window}"}},
        amount="nullif(greatest(bit_count({bits}::bit(64)), {most}), 0)::float8",
        newest="{last}",
        zero_at=1,
        full_at=8,
        window=90,
        literature="Field guide 35 and 90 (breadth of use).",
    ),
    Measure(
        key="core_depth",
        name=_("Core work"),
        about=_("Share of uses in the window that are core work; log-ins alone are 0%."),
        unit=Unit.SHARE,
        group="adoption",
        columns={"usage": LAST | USES | {"core": "sum(u.core_uses) {in_window}"}},
        amount=f"CASE WHEN {CORE_KNOWN} THEN {{core}}::float8 / nullif({{uses}}, 0) END",
        newest="{last}",
        zero_at=0.1,
        full_at=0.6,
        literature="Field guide 18 (core-workflow depth apart from log-ins).",
    ),
    Measure(
        key="error_rate",
        name=_("Errors"),
        about=_("Errors reported for every use in the window."),
        unit=Unit.SHARE,
        group="experience",
        columns={"usage": LAST | USES | {"errors": "sum(u.errors) {in_window}"}},
        amount="{errors}::float8 / nullif({uses}, 0)",
        newest="{last}",
        zero_at=0.15,
        full_at=0.02,
        literature="Field guide 19 (experience warning signs).",
    ),
)
