"""The configuration of a new installation: three segments that make sense at once."""

from __future__ import annotations

from typing import Any, Final

from accounts.models import Organisation, Segment, TouchModel
from config.shipping import ship

# What an organisation is called until somebody names it.
UNNAMED: Final = "Tsunagu"
SEGMENTS: Final[tuple[dict[str, Any], ...]] = (
    {
        "name": ship("Enterprise"),
        "rule": [{"field": "arr", "test": "at_least", "value": 100_000}],
        "touch_model": TouchModel.HIGH,
        "touch_every_days": 14,
        "qbr_every_days": 91,
        "ebr_every_days": 365,
        "renewal_lead_days": 90,
        "customers_per_csm": 25,
    },
    {
        "name": ship("Mid-market"),
        "rule": [{"field": "arr", "test": "at_least", "value": 20_000}],
        "touch_model": TouchModel.LOW,
        "touch_every_days": 30,
        "qbr_every_days": 182,
        "ebr_every_days": None,
        "renewal_lead_days": 75,
        "customers_per_csm": 75,
    },
    {
        "name": ship("Growth"),
        "rule": [],
        "touch_model": TouchModel.TECH,
        "touch_every_days": 90,
        "qbr_every_days": None,
        "ebr_every_days": None,
        "renewal_lead_days": 60,
        "customers_per_csm": 400,
    },
)


# For currencies with small units, the units that buy about as much as one US dollar, to a power of ten: limits of
# revenue are written for the dollar, and 100,000 yen make no enterprise.
UNITS: Final = {
    **dict.fromkeys(["CZK", "CNY", "DKK", "HKD", "MXN", "NOK", "SEK", "THB", "TRY", "TWD", "UAH", "ZAR"], 10),
    **dict.fromkeys(["HUF", "INR", "ISK", "JPY", "KES", "PHP", "RSD", "RUB"], 100),
    **dict.fromkeys(["ARS", "CLP", "COP", "KRW", "NGN"], 1_000),
    **dict.fromkeys(["IDR", "VND"], 10_000),
}


def install() -> None:
    """The organisation's row and, where there are no segments yet, the shipped three."""
    row, _made = Organisation.objects.get_or_create(pk=1, defaults={"name": UNNAMED})
    if not Segment.objects.exists():
        Segment.objects.bulk_create(
            Segment(position=position, **fields) for position, fields in enumerate(SEGMENTS, start=1)
        )
        fit(row.currency)


def fit(currency: str) -> None:
    """Write the limits of revenue of the shipped segments in units of ``currency``; rules that somebody changed stay."""
    for shipped in SEGMENTS:
        as_shipped = [_rule(shipped, units) for units in (1, *sorted(set(UNITS.values())))]
        target_rule = _rule(shipped, UNITS.get(currency, 1))
        Segment.objects.filter(name=shipped["name"], rule__in=as_shipped).exclude(rule=target_rule).update(
            rule=target_rule
        )


def _rule(shipped: dict[str, Any], units: int) -> list[dict[str, Any]]:
    return [condition | {"value": condition["value"] * units} for condition in shipped["rule"]]
