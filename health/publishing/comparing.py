"""The differences between two versions of a scorecard, field by field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from accounts.models import Segment, Stage
from config.shipping import translated
from health.measures import Measure, Unit, catalogue
from health.models import Ceiling, Purpose
from health.scorecards import Content, Group, Line, Threshold

Side = Decimal | int | str | None


@dataclass(frozen=True)
class Difference:
    """One field that differs; None where one of the two versions does not have it.

    ``about`` is the measure, group or ceiling of the field ("" for the scorecard), ``unit`` that of a threshold.
    """

    about: str
    what: str
    before: Side
    after: Side
    unit: Unit | None = None


def compare(before: Content, after: Content) -> list[Difference]:
    """The differences of ``after``, in the order a reader sees them. One statement where segments differ."""
    measures = catalogue()
    rows = [*_head(before, after), *_groups(before, after), *_lines(before, after, measures), *_caps(before, after)]
    return [row for row in rows if row.before != row.after]


def _head(before: Content, after: Content) -> Iterator[Difference]:
    pairs: list[tuple[str, Side, Side]] = [
        (_("Name"), before.name, after.name),
        (_("Purpose"), str(Purpose(before.purpose).label), str(Purpose(after.purpose).label)),
        (_("Position"), before.position, after.position),
        (_("Stages"), _stages(before), _stages(after)),
        (_("Green from"), before.green_from, after.green_from),
        (_("Yellow from"), before.yellow_from, after.yellow_from),
    ]
    yield from (Difference("", *pair) for pair in pairs)
    if set(before.segments) != set(after.segments):
        names = dict(Segment.objects.values_list("pk", "name"))
        yield Difference("", _("Segments"), _segments(before, names), _segments(after, names))


def _stages(content: Content) -> str:
    return ", ".join(str(Stage(stage).label) for stage in sorted(content.stages)) or _("every one")


def _segments(content: Content, names: Mapping[int, str]) -> str:
    return ", ".join(sorted(names.get(pk, "?") for pk in content.segments)) or _("every one")


def _groups(before: Content, after: Content) -> Iterator[Difference]:
    old, new = _by_key(before.groups), _by_key(after.groups)
    for key in dict.fromkeys([*old, *new]):
        a, b = old.get(key), new.get(key)
        name = (b or a or Group("", Decimal(1))).name
        if a and b:
            yield Difference(_shown(name), _("name"), a.name, b.name)
        yield Difference(_shown(name), _("weight of the group"), a.weight if a else None, b.weight if b else None)


def _shown(name: str) -> str:
    """A shipped name in the reader's language, any other as it is; gettext would turn "" into its file header."""
    return translated(name)


def _by_key(groups: Sequence[Group]) -> dict[str, Group]:
    return {group.key or group.name: group for group in groups}


def _lines(before: Content, after: Content, measures: Mapping[str, Measure]) -> Iterator[Difference]:
    old, new = _placed(before), _placed(after)
    for key in dict.fromkeys([*old, *new]):
        kind = measures.get(key)
        about = str(kind.name) if kind else key
        if key not in old:
            yield Difference(about, _("added, weight"), None, new[key][1].weight)
        elif key not in new:
            yield Difference(about, _("taken out, weight"), old[key][1].weight, None)
        else:
            yield from _line(about, kind.unit if kind else None, old[key], new[key])


def _line(about: str, unit: Unit | None, old: tuple[Group, Line], new: tuple[Group, Line]) -> Iterator[Difference]:
    (old_group, a), (new_group, b) = old, new
    if (old_group.key or old_group.name) != (new_group.key or new_group.name):
        yield Difference(about, _("group"), _shown(old_group.name), _shown(new_group.name))
    yield Difference(about, _("weight"), a.weight, b.weight)
    yield Difference(about, _("window (days)"), a.window, b.window)
    yield Difference(about, _("0 points at"), a.zero_at, b.zero_at, unit)
    yield Difference(about, _("100 points at"), a.full_at, b.full_at, unit)
    yield Difference(about, _("shelf life (days)"), a.shelf_life, b.shelf_life)
    old_by_day, new_by_day = {t.from_days: t for t in a.by_tenure}, {t.from_days: t for t in b.by_tenure}
    for day in sorted({*old_by_day, *new_by_day}):
        yield from _threshold(about, unit, old_by_day.get(day), new_by_day.get(day), {"day": day})


def _threshold(
    about: str, unit: Unit | None, old: Threshold | None, new: Threshold | None, values: dict[str, int]
) -> Iterator[Difference]:
    zero, full = _("0 points from day %(day)s at") % values, _("100 points from day %(day)s at") % values
    yield Difference(about, zero, old.zero_at if old else None, new.zero_at if new else None, unit)
    yield Difference(about, full, old.full_at if old else None, new.full_at if new else None, unit)


def _placed(content: Content) -> dict[str, tuple[Group, Line]]:
    return {line.measure: (group, line) for group in content.groups for line in group.measures}


def _caps(before: Content, after: Content) -> Iterator[Difference]:
    old: dict[str, Any] = {cap.condition: cap.at_most for cap in before.ceilings}
    new: dict[str, Any] = {cap.condition: cap.at_most for cap in after.ceilings}
    for key in dict.fromkeys([*old, *new]):
        yield Difference(str(Ceiling.Condition(key).label), _("at most"), old.get(key), new.get(key))
