"""What an installation starts with: three segments that make sense at once."""

from __future__ import annotations

from typing import Any, Final

from django.utils.translation import gettext_noop

from accounts.models import Organisation, Segment, TouchModel

# What an organisation is called until somebody names it.
UNNAMED: Final = "Tsunagu"
SEGMENTS: Final[tuple[dict[str, Any], ...]] = (
    {
        "name": gettext_noop("Enterprise"),
        "rule": [{"field": "arr", "test": "at_least", "value": 100_000}],
        "touch_model": TouchModel.HIGH,
        "touch_every_days": 14,
        "qbr_every_days": 91,
        "ebr_every_days": 365,
        "renewal_lead_days": 90,
        "customers_per_csm": 25,
    },
    {
        "name": gettext_noop("Mid-market"),
        "rule": [{"field": "arr", "test": "at_least", "value": 20_000}],
        "touch_model": TouchModel.LOW,
        "touch_every_days": 30,
        "qbr_every_days": 182,
        "ebr_every_days": None,
        "renewal_lead_days": 75,
        "customers_per_csm": 75,
    },
    {
        "name": gettext_noop("Growth"),
        "rule": [],
        "touch_model": TouchModel.TECH,
        "touch_every_days": 90,
        "qbr_every_days": None,
        "ebr_every_days": None,
        "renewal_lead_days": 60,
        "customers_per_csm": 400,
    },
)


def install() -> None:
    """The organisation's row and, where there are no segments yet, the shipped three."""
    Organisation.objects.get_or_create(pk=1, defaults={"name": UNNAMED})
    if not Segment.objects.exists():
        Segment.objects.bulk_create(
            Segment(position=position, **fields) for position, fields in enumerate(SEGMENTS, start=1)
        )
