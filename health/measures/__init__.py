"""The catalogue: every quantity a scorecard can count. To add one, write it in its module here, or in the folder of its source
(``health.feeds``).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from health.measures.activity import DEALINGS
from health.measures.custom import own_measures
from health.measures.entitlement import ENTITLEMENT
from health.measures.measure import Measure, Unit
from health.measures.people import PEOPLE
from health.measures.relationship import RELATIONSHIP
from health.measures.support import SUPPORT
from health.measures.surveys import SURVEYS
from health.measures.usage import USAGE

SHIPPED: Final[dict[str, Measure]] = {
    measure.key: measure for measure in (*USAGE, *PEOPLE, *ENTITLEMENT, *SUPPORT, *SURVEYS, *RELATIONSHIP, *DEALINGS)
}


def catalogue() -> dict[str, Measure]:
    """Every measure by its key: those that ship, then those an admin made, hidden ones too. One statement."""
    return SHIPPED | own_measures()


def offered() -> dict[str, Measure]:
    """The measures offered to scorecards: without the hidden ones. One statement."""
    return {key: measure for key, measure in catalogue().items() if not measure.hidden}


def resolved(keys: Iterable[str]) -> dict[str, Measure]:
    """The measures of ``keys`` and perhaps more: no statement when all of them ship, else one.

    A key unknown to this release (a later one wrote it and was rolled back) becomes a measure without data.
    """
    needed = set(keys)
    if needed <= SHIPPED.keys():
        return SHIPPED
    by_key = catalogue()
    return by_key | {key: unknown(key) for key in needed - by_key.keys()}


def unknown(key: str) -> Measure:
    """A measure without data for any customer, so that its weight goes to the others."""
    return Measure(
        key=key, name=key, about="", unit=Unit.COUNT, group="", columns={}, amount="NULL", newest="NULL::date",
        zero_at=0, full_at=1, hidden=True,
    )  # fmt: skip


__all__ = ["SHIPPED", "Measure", "Unit", "catalogue", "offered", "resolved", "unknown"]
