from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from health.measures import Measure, Unit

KNOWN = "EXISTS (SELECT FROM accounts_communityactivity WHERE happened_on <= {day})"

MEASURES = (
    Measure(
        key="community_activity",
        name=_("Community activity"),
        about=_(
            "Questions, answers, posts and events of the customer's people in the window; "
            "no data while nobody's are known."
        ),
        unit=Unit.COUNT,
        group="relationship",
        columns={"community": {"acts": "count(*) {in_window}"}},
        amount=f"CASE WHEN {KNOWN} THEN coalesce({{acts}}, 0)::float8 END",
        newest="{day}",
        zero_at=0,
        full_at=3,
        window=90,
        literature="Field guide 43 (community activity is a measure).",
    ),
)
