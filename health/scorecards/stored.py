"""A scorecard's content in the database: read from its rows, and written to a draft's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from django.db.models import Prefetch, QuerySet
from django.utils.text import slugify

from config.difference import between
from health.models import Ceiling, MeasureGroup, Scorecard, ScorecardMeasure, TenureThreshold
from health.scorecards.content import Cap, Content, Group, Line, Threshold

LONGEST_KEY: Final = 40
SAVED: Final = ("name", "purpose", "position", "stages", "green_from", "yellow_from", "measures")


def parts() -> list[Prefetch[str] | str]:
    """The prefetches with which ``content_of`` runs no query: five statements whatever the number of rows."""
    thresholds = Prefetch("by_tenure", TenureThreshold.objects.order_by("from_days"))
    measures = Prefetch("measures", ScorecardMeasure.objects.order_by("position", "pk").prefetch_related(thresholds))
    groups = MeasureGroup.objects.order_by("position", "pk").prefetch_related(measures)
    return [Prefetch("groups", groups), Prefetch("ceilings", Ceiling.objects.order_by("condition")), "segments"]


def with_content(rows: QuerySet[Scorecard]) -> QuerySet[Scorecard]:
    """``rows`` with all that ``content_of`` reads, in order: five more statements whatever their number."""
    return rows.prefetch_related(*parts())


def content_of(row: Scorecard) -> Content:
    """The content of ``row``; take several rows from ``with_content``."""
    return Content(
        name=row.name,
        purpose=row.purpose,
        position=row.position,
        segments=tuple(sorted(segment.pk for segment in row.segments.all())),
        stages=tuple(sorted(row.stages)),
        green_from=row.green_from,
        yellow_from=row.yellow_from,
        groups=tuple(_group(group) for group in row.groups.all()),
        ceilings=tuple(Cap(ceiling.condition, ceiling.at_most) for ceiling in row.ceilings.all()),
    )


def write(row: Scorecard, content: Content) -> None:
    """Write ``content``, which must be valid, to a draft's rows; rows that match it already are not touched.

    The number of statements does not grow with the content.
    """
    row.name, row.purpose, row.position = content.name.strip(), content.purpose, content.position
    row.stages = sorted(content.stages)
    row.green_from, row.yellow_from = content.green_from, content.yellow_from
    row.measures = [line.measure for line in content.lines]
    row.save(update_fields=SAVED if row.pk else None)
    row.segments.set(content.segments)
    _write_groups(row, content.groups)
    caps = [Ceiling(scorecard=row, condition=cap.condition, at_most=cap.at_most) for cap in content.ceilings]
    between(Ceiling, row.ceilings.all(), caps, ["condition"]).write()


def free_key(name: str, otherwise: str, used_keys: set[str]) -> str:
    """A key made of ``name`` that is not among ``used_keys``: the name's letters, with a number where needed."""
    stem = slugify(name)[: LONGEST_KEY - 4].strip("-") or otherwise
    return next(key for key in [stem, *(f"{stem}-{n}" for n in range(2, 1000))] if key not in used_keys)


def _group(row: MeasureGroup) -> Group:
    return Group(row.name, row.weight, tuple(_line(line) for line in row.measures.all()), row.key)


def _line(row: ScorecardMeasure) -> Line:
    by_tenure = tuple(
        Threshold(threshold.from_days, threshold.zero_at, threshold.full_at) for threshold in row.by_tenure.all()
    )
    return Line(row.measure, row.weight, row.window_days, row.zero_at, row.full_at, row.shelf_life_days, by_tenure)


def _write_groups(row: Scorecard, groups: Sequence[Group]) -> None:
    group_rows = [
        MeasureGroup(scorecard=row, key=key, name=group.name.strip(), position=number, weight=group.weight)
        for number, (key, group) in enumerate(zip(_keys(groups), groups, strict=True), start=1)
    ]
    difference = between(MeasureGroup, MeasureGroup.objects.filter(scorecard=row), group_rows, ["key"])
    difference.put()
    pairs = [(stored, line) for stored, group in zip(group_rows, groups, strict=True) for line in group.measures]
    _write_lines(row, pairs)
    difference.delete()  # only now: a measure may have moved out of such a group


def _write_lines(row: Scorecard, pairs: Sequence[tuple[MeasureGroup, Line]]) -> None:
    line_rows = [
        ScorecardMeasure(
            group=group,
            measure=line.measure,
            position=number,
            weight=line.weight,
            window_days=line.window,
            zero_at=line.zero_at,
            full_at=line.full_at,
            shelf_life_days=line.shelf_life,
        )
        for number, (group, line) in enumerate(pairs, start=1)
    ]
    stored_lines = ScorecardMeasure.objects.filter(group__scorecard=row)
    between(ScorecardMeasure, stored_lines, line_rows, ["group_id", "measure"], ["measure"]).write()
    thresholds = [
        TenureThreshold(line=line, from_days=threshold.from_days, zero_at=threshold.zero_at, full_at=threshold.full_at)
        for line, (_group, content) in zip(line_rows, pairs, strict=True)
        for threshold in content.by_tenure
    ]
    stored_thresholds = TenureThreshold.objects.filter(line__group__scorecard=row)
    between(TenureThreshold, stored_thresholds, thresholds, ["line_id", "from_days"]).write()


def _keys(groups: Sequence[Group]) -> list[str]:
    """A key for each group: its own, else one made of its name; no key twice."""
    keys: list[str] = []
    used_keys = {group.key for group in groups if group.key}
    for group in groups:
        key = group.key if group.key and group.key not in keys else free_key(group.name, "group", used_keys)
        used_keys.add(key)
        keys.append(key)
    return keys
