"""The published scorecards as plain values, ready for the formula."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from django.db.models import Prefetch

from health.models import MeasureGroup, Purpose, Scorecard, ScorecardMeasure, TenureThreshold


@dataclass(frozen=True)
class Line:
    """One measure on a scorecard; ``share`` is its share of the whole when nothing is missing.

    ``by_tenure`` are its other thresholds, (from day, 0 points at, 100 points at), the earliest first.
    """

    measure: str
    group: int
    window: int
    zero_at: float
    full_at: float
    weight: float
    shelf_life: int
    share: float
    by_tenure: Sequence[tuple[int, float, float]] = ()

    def thresholds(self, tenure_days: int | None) -> tuple[float, float]:
        """(0 points at, 100 points at) for a customer whose first contract began so many days ago.

        None: it is not known, and the line's own thresholds count, as they do before the first other ones.
        """
        begun = [later for later in self.by_tenure if tenure_days is not None and tenure_days >= later[0]]
        return begun[-1][1:] if begun else (self.zero_at, self.full_at)


@dataclass(frozen=True)
class Card:
    """A scorecard's rules; ``groups`` are the groups' weights, which ``Line.group`` counts from 0."""

    pk: int
    segments: Sequence[int]
    stages: Sequence[str]
    green_from: float
    yellow_from: float
    groups: Sequence[float]
    lines: Sequence[Line]
    ceilings: Sequence[tuple[str, float]]
    key: str = ""
    purpose: str = Purpose.HEALTH
    position: int = 1


def published() -> list[Card]:
    """Every scorecard in use, the one that goes first first. Six statements."""
    found = Scorecard.objects.filter(is_published=True).order_by("position", "pk")
    return [card(row) for row in found.prefetch_related(*parts_of_a_card())]


def in_place(draft: Card) -> list[Card]:
    """The scorecards in use of the draft's purpose with it in the place of its published version, in their order."""
    others = [card for card in published() if card.purpose == draft.purpose and card.key != draft.key]
    return sorted([*others, draft], key=lambda card: (card.position, card.pk))


def parts_of_a_card() -> list[Prefetch[str] | str]:
    """What to prefetch so that a scorecard's groups, measures, ceilings and segments are at hand, in order."""
    tenures = Prefetch("by_tenure", TenureThreshold.objects.order_by("from_days"))
    measures = Prefetch("measures", ScorecardMeasure.objects.order_by("pk").prefetch_related(tenures))
    groups = MeasureGroup.objects.order_by("position", "pk").prefetch_related(measures)
    return [Prefetch("groups", groups), "ceilings", "segments"]


def card(row: Scorecard) -> Card:
    """``row`` (with its parts prefetched) as values."""
    groups = [group for group in row.groups.all() if group.measures.all()]
    return Card(
        pk=row.pk,
        key=row.key,
        purpose=row.purpose,
        position=row.position,
        segments=sorted(segment.pk for segment in row.segments.all()),
        stages=sorted(row.stages),
        green_from=float(row.green_from),
        yellow_from=float(row.yellow_from),
        groups=[float(group.weight) for group in groups],
        lines=list(_lines(groups)),
        ceilings=sorted(
            ((ceiling.condition, float(ceiling.at_most)) for ceiling in row.ceilings.all()),
            key=lambda pair: (pair[1], pair[0]),
        ),
    )


def order_of(row: Scorecard) -> list[str]:
    """The keys of its measures in the order that ``Scorecard.measures`` fixes when it is published."""
    return [line.measure for line in card(row).lines]


def repeated(row: Scorecard) -> list[str]:
    """Measures that stand on the card more than once, which a published one may not have."""
    return [key for key, same in groupby(sorted(order_of(row))) if len(list(same)) > 1]


def _lines(groups: Sequence[MeasureGroup]) -> list[Line]:
    whole = sum(float(group.weight) for group in groups)
    lines = []
    for number, group in enumerate(groups):
        inside = sum(float(measure.weight) for measure in group.measures.all())
        for measure in group.measures.all():
            share = float(group.weight) / whole * float(measure.weight) / inside
            lines.append(_line(measure, number, share))
    return lines


def _line(measure: ScorecardMeasure, group: int, share: float) -> Line:
    return Line(
        measure=measure.measure,
        group=group,
        window=measure.window_days,
        zero_at=float(measure.zero_at),
        full_at=float(measure.full_at),
        weight=float(measure.weight),
        shelf_life=measure.shelf_life_days,
        share=share,
        by_tenure=[(other.from_days, float(other.zero_at), float(other.full_at)) for other in measure.by_tenure.all()],
    )
