"""The catalogue: every quantity a scorecard can count. To add one, write it in its module here."""

from __future__ import annotations

from typing import Final

from health.measures.measure import Measure, Unit
from health.measures.relationship import RELATIONSHIP
from health.measures.support import SUPPORT
from health.measures.usage import USAGE

CATALOGUE: Final[dict[str, Measure]] = {measure.key: measure for measure in (*USAGE, *SUPPORT, *RELATIONSHIP)}

__all__ = ["CATALOGUE", "Measure", "Unit"]
