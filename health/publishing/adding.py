"""Changes of one line of a draft's content by an admin: add a measure, move it, remove it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Final

from config.shipping import ship as _
from health.measures import Measure
from health.scorecards import Content, Group, Line

# The weight of a new line and a new group; weights count in proportion, so it suits any other weights.
WEIGHT: Final = Decimal(10)
GROUPS: Final = {
    "adoption": _("Adoption"),
    "experience": _("Experience"),
    "support": _("Support"),
    "relationship": _("Relationship"),
    "value": _("Value"),
    "growth": _("Growth"),
    "commercial": _("Commercial"),
    "own": _("Own measures"),
}


def with_measure(content: Content, kind: Measure, group: str = "", name: str = "") -> Content:
    """``content`` with the measure under the catalogue's thresholds.

    It goes into a new group called ``name``; else into the group with the key ``group``; else into that of its kind,
    which is added where it is missing.
    """
    zero_at, full_at = Decimal(str(kind.zero_at)), Decimal(str(kind.full_at))
    new = Line(kind.key, WEIGHT, kind.window, zero_at, full_at, kind.shelf_life)
    if name.strip():
        return replace(content, groups=(*content.groups, Group(name.strip(), WEIGHT, (new,))))
    keys = {one.key for one in content.groups}
    target = group if group in keys else kind.group
    if target not in keys:
        new_group = Group(GROUPS.get(kind.group, kind.group.capitalize()), WEIGHT, (new,), kind.group)
        return replace(content, groups=(*content.groups, new_group))
    groups = (replace(one, measures=(*one.measures, new)) if one.key == target else one for one in content.groups)
    return replace(content, groups=tuple(groups))


def with_line(content: Content, measure: str, new: Line | None, group: str) -> Content:
    """``content`` with ``new`` as the line of ``measure``, in its place or at the end of the group ``group``.

    None removes the line, and with it a group that is left empty.
    """
    groups = [_replaced(one, measure, new, group) for one in content.groups]
    return replace(content, groups=tuple(one for one in groups if one.measures or not _had(content, one.key, measure)))


def _had(content: Content, group: str, measure: str) -> bool:
    """Whether the group had this measure."""
    return any(one.key == group and any(line.measure == measure for line in one.measures) for one in content.groups)


def _replaced(one: Group, measure: str, new: Line | None, group: str) -> Group:
    here = any(line.measure == measure for line in one.measures)
    if new is None or one.key != group:
        return replace(one, measures=tuple(line for line in one.measures if line.measure != measure))
    if here:
        return replace(one, measures=tuple(new if line.measure == measure else line for line in one.measures))
    return replace(one, measures=(*one.measures, new))
