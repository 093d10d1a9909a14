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
from health.measures.relationship import RELATIONSHIP
from health.measures.support import SUPPORT
from health.measures.surveys import SURVEYS
from health.measures.usage import USAGE

SHIPPED: Final[dict[str, Measure]] = {
    measure.key: measure for measure in (*USAGE, *ENTITLEMENT, *SUPPORT, *SURVEYS, *RELATIONSHIP, *DEALINGS)
}


def catalogue() -> dict[str, Measure]:
    """Every measure by its key: those that ship, then those an admin made, hidden ones too. One statement."""
    return SHIPPED | own_measures()


def offered() -> dict[str, Measure]:
    """Those that a scorecard may be given: without the hidden ones. One statement."""
    return {key: measure for key, measure in catalogue().items() if not measure.hidden}


def resolved(keys: Iterable[str]) -> dict[str, Measure]:
    """The measures of ``keys`` and perhaps more: no statement when all of them ship, else one.

    A key that this release does not know (a later one wrote it and was taken back) stands for a measure without data.
    """
    asked = set(keys)
    if asked <= SHIPPED.keys():
        return SHIPPED
    known = catalogue()
    return known | {key: unknown(key) for key in asked - known.keys()}


def unknown(key: str) -> Measure:
    """A measure of which nobody has data, so that its weight goes to the others."""
    return Measure(
        key=key, name=key, about="", unit=Unit.COUNT, group="", columns={}, amount="NULL", newest="NULL::date",
        zero_at=0, full_at=1, hidden=True,
    )  # fmt: skip


__all__ = ["SHIPPED", "Measure", "Unit", "catalogue", "offered", "resolved", "unknown"]
