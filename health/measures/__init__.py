"""The catalogue: every quantity a scorecard can count. To add one, write it in its module here."""

from __future__ import annotations

from typing import Final

from health.measures.dealings import DEALINGS
from health.measures.entitlement import ENTITLEMENT
from health.measures.measure import Measure, Unit
from health.measures.relationship import RELATIONSHIP
from health.measures.support import SUPPORT
from health.measures.usage import USAGE
from health.measures.voice import SURVEYS

SHIPPED: Final[dict[str, Measure]] = {
    measure.key: measure for measure in (*USAGE, *ENTITLEMENT, *SUPPORT, *SURVEYS, *RELATIONSHIP, *DEALINGS)
}


def catalogue() -> dict[str, Measure]:
    """Every measure by its key: those that ship, then those an admin made."""
    return dict(SHIPPED)


__all__ = ["SHIPPED", "Measure", "Unit", "catalogue"]
