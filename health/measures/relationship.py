"""Measures of people and of results: contacts, touchpoints, outcomes.

Touches are two-way ones (``health.measures.sources``); ``accounts.periods.present`` defines who is there on a day.
"""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from accounts.periods import present
from health.measures.measure import Measure, Unit

THERE = present("p", "{day}")
CHAMPION = f"count(*) FILTER (WHERE 'champion' = ANY(p.roles) AND {THERE})"
IS_KNOWN = "(p.state <> 'active' OR p.state_on <= {day})"
# Of whom it is unknown what they were, it is unknown that they were no champion.
ROLES_KNOWN = {"known": f"count(*) FILTER (WHERE {IS_KNOWN} AND p.roles IS NOT NULL)"}
# Touches no longer say that a contact took part who has been deleted since.
KNOWN_AND_GONE = {
    "known": f"count(*) FILTER (WHERE {IS_KNOWN})",
    "gone": f"count(*) FILTER (WHERE p.is_gone AND {THERE})",
}

RELATIONSHIP = (
    Measure(
        key="champion_present",
        name=_("Champions"),
        about=_(
            "Contacts named as champion who are there; no data where no contact is known. A past day counts the roles of that day."
        ),
        unit=Unit.COUNT,
        group="relationship",
        columns={"contacts": ROLES_KNOWN | {"champions": CHAMPION}},
        amount="CASE WHEN {known} > 0 THEN {champions}::float8 END",
        newest="CASE WHEN {known} > 0 THEN {day} END",
        zero_at=0,
        full_at=1,
        literature="Field guide 71 (key person moved or left).",
    ),
    Measure(
        key="executive_reach",
        name=_("Decision makers known"),
        about=_(
            "Economic buyers and executive sponsors who are there; no data where no contact is known. A past day counts the roles of that day."
        ),
        unit=Unit.COUNT,
        group="relationship",
        columns={
            "contacts": ROLES_KNOWN
            | {"executives": f"count(*) FILTER (WHERE p.roles && ARRAY['buyer', 'sponsor']::varchar[] AND {THERE})"}
        },
        amount="CASE WHEN {known} > 0 THEN {executives}::float8 END",
        newest="CASE WHEN {known} > 0 THEN {day} END",
        zero_at=0,
        full_at=2,
        literature="Field guide 21 (single-threaded and no-executive flags), 35.",
    ),
    Measure(
        key="touch_recency",
        name=_("Days since last touch"),
        about=_(
            "Days since the last two-way touch: a call, a meeting, an event the customer came to or an email from it; "
            "emails that we sent do not count, one by one or to many."
        ),
        unit=Unit.DAYS,
        group="relationship",
        columns={"touches": {"touched": "max(h.happened_on)"}},
        amount="({day} - {touched})::float8",
        newest="{touched}",
        zero_at=90,
        full_at=21,
        window=400,
        shelf_life=400,
        literature="Field guide 44 (no two-way touch in 90 days).",
    ),
    Measure(
        key="contacts_in_touch",
        name=_("Contacts in touch"),
        about=_(
            "Contacts who are there and took part in a two-way touch in the window: "
            "with one or none the relationship hangs by a thread. No data where no contact is known."
        ),
        unit=Unit.COUNT,
        group="relationship",
        columns={
            "met": {"met": f"count(DISTINCT a.contact_id) FILTER (WHERE {THERE} {{and_in_window}})"},
            "contacts": KNOWN_AND_GONE,
        },
        amount="CASE WHEN {known} > 0 AND {gone} = 0 THEN coalesce({met}, 0)::float8 END",
        newest="CASE WHEN {known} > 0 AND {gone} = 0 THEN {day} END",
        zero_at=0,
        full_at=3,
        window=180,
        rows="touches",
        literature="Field guide 21 (single-threaded flag).",
    ),
    Measure(
        key="outcomes_reached",
        name=_("Outcomes reached"),
        about=_("Share of the measured outcomes that were achieved; a partial one counts half."),
        unit=Unit.SHARE,
        group="value",
        columns={
            "outcomes": {
                "reached": "avg(CASE o.state WHEN 'achieved' THEN 1 WHEN 'partial' THEN 0.5 ELSE 0 END) {in_window}",
                "measured": "max(o.measured_on)",
            }
        },
        amount="{reached}::float8",
        newest="{measured}",
        zero_at=0,
        full_at=0.8,
        window=365,
        shelf_life=365,
        literature="Field guide 39 and 55 (value against price).",
    ),
)
