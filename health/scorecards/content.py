"""The content of a scorecard version as exact values: the one model that editing, scoring and explaining share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cached_property

from health.models import Purpose


@dataclass(frozen=True)
class Threshold:
    """Other thresholds from so many days after the first contract's start on."""

    from_days: int
    zero_at: Decimal
    full_at: Decimal


@dataclass(frozen=True)
class Line:
    """How one measure counts; window and shelf life in days, thresholds in the measure's unit.

    ``by_tenure`` are its other thresholds, the earliest first.
    """

    measure: str
    weight: Decimal
    window: int
    zero_at: Decimal
    full_at: Decimal
    shelf_life: int = 90
    by_tenure: Sequence[Threshold] = ()

    def slope(self, tenure_days: int | None) -> Line | Threshold:
        """The thresholds for a customer whose first contract began ``tenure_days`` ago.

        None: the start is unknown. Then, and before the first of ``by_tenure``, the line's own thresholds count.
        """
        thresholds = [
            threshold for threshold in self.by_tenure if tenure_days is not None and tenure_days >= threshold.from_days
        ]
        return thresholds[-1] if thresholds else self

    def counts_like(self, other: Line) -> bool:
        """Whether both give the same points to the same amount of the same age, whatever their weights."""
        return (self.zero_at, self.full_at, self.shelf_life, tuple(self.by_tenure)) == (
            other.zero_at,
            other.full_at,
            other.shelf_life,
            tuple(other.by_tenure),
        )


@dataclass(frozen=True)
class Group:
    """Measures under one name; ``weight`` counts against the other groups'. Without ``key`` it is a new group."""

    name: str
    weight: Decimal
    measures: Sequence[Line] = ()
    key: str = ""


@dataclass(frozen=True)
class Place:
    """A line where it counts: ``group`` is the number, from 0, of its group among those that have measures."""

    line: Line
    group: int


@dataclass(frozen=True)
class Cap:
    """While ``condition`` holds, the score is at most ``at_most``."""

    condition: str
    at_most: Decimal


@dataclass(frozen=True)
class Content:
    """Everything an admin decides of a version. No segment or no stage means every one."""

    name: str
    purpose: str = Purpose.HEALTH.value
    position: int = 1
    segments: Sequence[int] = ()
    stages: Sequence[str] = ()
    green_from: Decimal = Decimal(70)
    yellow_from: Decimal = Decimal(45)
    groups: Sequence[Group] = ()
    ceilings: Sequence[Cap] = ()

    @cached_property
    def lines(self) -> tuple[Line, ...]:
        """Every measure's line, in the order of a score's points."""
        return tuple(line for group in self.groups for line in group.measures)

    @cached_property
    def counting(self) -> tuple[Group, ...]:
        """The groups that have a measure; the others weigh nothing."""
        return tuple(group for group in self.groups if group.measures)

    @cached_property
    def places(self) -> tuple[Place, ...]:
        """``lines`` with the number of their group among ``counting``."""
        return tuple(Place(line, number) for number, group in enumerate(self.counting) for line in group.measures)

    @cached_property
    def shares(self) -> dict[str, Fraction]:
        """Each measure's share of the whole when nothing is missing: they sum to 1; weights count in proportion."""
        return self.shares_of({line.measure for line in self.lines})

    def shares_of(self, present: set[str]) -> dict[str, Fraction]:
        """The shares when only the measures ``present`` have data: a weight goes to the others of its group in
        proportion, a whole group's to the other groups. They sum to 1, or there are none.
        """
        present_places = [place for place in self.places if place.line.measure in present]
        group_weights: dict[int, Fraction] = {}
        for place in present_places:
            group_weights[place.group] = group_weights.get(place.group, Fraction(0)) + Fraction(place.line.weight)
        weights = [Fraction(group.weight) for group in self.counting]
        total_weight = sum((weights[group] for group in group_weights), Fraction(0))
        return {
            place.line.measure: weights[place.group]
            / total_weight
            * Fraction(place.line.weight)
            / group_weights[place.group]
            for place in present_places
        }

    @cached_property
    def lowest_first(self) -> tuple[Cap, ...]:
        """The ceilings in the order in which they apply, the lowest first."""
        return tuple(sorted(self.ceilings, key=lambda cap: (cap.at_most, cap.condition)))

    def line(self, measure: str) -> Line | None:
        """The line of ``measure``; None where the card does not count it."""
        return next((line for line in self.lines if line.measure == measure), None)
