"""A score taken apart: its parts under the groups of its scorecard."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from health.measures import Measure, resolved
from health.models import ScorecardMeasure
from health.models.scores import Part, ScoreRow


@dataclass(frozen=True)
class PlacedPart:
    """A part with its measure and its scorecard's line; ``stale`` when its newest input is past the shelf life."""

    part: Part
    measure: Measure
    rule: ScorecardMeasure

    @property
    def stale(self) -> bool:
        """Whether there is an amount that is too old to count."""
        return self.part.points is None and self.part.amount is not None


@dataclass(frozen=True)
class Group:
    """A group's lines under its ``key``; ``weight`` and ``contribution`` are sums over them."""

    name: str
    lines: Sequence[PlacedPart]
    key: str = ""

    @property
    def weight(self) -> float:
        return sum(line.part.weight for line in self.lines)

    @property
    def contribution(self) -> float:
        return sum(line.part.contribution for line in self.lines)


def groups_of(score: ScoreRow) -> list[Group]:
    """The parts of ``score`` under the groups of its scorecard, in its order. One statement."""
    rules = ScorecardMeasure.objects.filter(group__scorecard=score.scorecard_id).select_related("group")
    by_measure = {rule.measure: rule for rule in rules}
    measures = resolved(score.scorecard.measures)
    lines = [PlacedPart(part, measures[part.measure], by_measure[part.measure]) for part in score.parts]
    return [
        Group(group.name, list(group_lines), group.key)
        for group, group_lines in groupby(lines, key=lambda line: line.rule.group)
    ]
