"""Columns of days that the other order of day and month fits as well: the report says so, with the days it would be."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.imports.dating import example
from accounts.imports.guessing.ends import STARTS
from accounts.imports.remarks import OPENED, Remark

if TYPE_CHECKING:
    from accounts.imports.maps import FileMap
    from accounts.imports.parts import Part
    from accounts.imports.planning import Plan
    from accounts.imports.staging import Staged

PART_OF_A_DAY: Final = re.compile(r"%-?([a-zA-Z])")
# Days that read as others where day and month change places; ``open`` while no day of the column, or of the other end of its
# period, says which comes first.
SWAPPABLE: Final = """
    SELECT min(s.line), s.day, count(*) OVER () FROM (
        SELECT line, {day} AS day, bool_and(coalesce(greatest({days}) <= 12, true)) OVER () AS open
        FROM import_staged WHERE isfinite({name}) AND NOT coalesce('{name}' = ANY(unread), false)) s
    WHERE s.open AND extract(day FROM s.day) <> extract(month FROM s.day) GROUP BY s.line, s.day ORDER BY 1 LIMIT {opened}
"""


def note_dates(staged: Staged, plan: Plan) -> None:
    """Remark columns of days that the other order of day and month fits as well; before the record fills any of them."""
    for part in plan.parts:
        patterns = of_part(staged.file, part)
        if part.field.kind not in {"date", "instant"} or len(patterns) != 1 or not is_swappable(patterns[0]):
            continue
        zone = staged.file.formats.zone.key
        alike = [other for other in beside(plan, part) if of_part(staged.file, other) == patterns]
        days = ", ".join(
            f"CASE WHEN isfinite({one.field.name}) THEN extract(day FROM {written(one)}) END" for one in (part, *alike)
        )
        statement = SWAPPABLE.format(day=written(part), days=days, name=part.field.name, opened=OPENED)
        if not (found := staged.rows(statement, {"zone": zone})):
            continue
        count = found[0][-1]
        told = {"column": part.column, "n": f"{count:,}", "example": example(patterns[0])}
        staged.remark(
            Remark(
                "dates", count, in_words(patterns[0], count) % told,
                _("look one of them up in the source; where it is the other day, change the order of this column"),
                [(line, f"{found_day} ({swapped(found_day)}?)") for line, found_day, _n in found],
            )
        )  # fmt: skip


def in_words(pattern: str, count: int) -> str:
    """That so many days are read in the order of the pattern: a sentence of its own for each order, which is said again whole."""
    if next(part for part in PART_OF_A_DAY.findall(pattern) if part in "dm") == "d":
        return ngettext(
            "%(column)s: %(n)s day can be read in two orders, and no other day of the column says which is meant; it is read with the day first, as %(example)s",
            "%(column)s: %(n)s days can be read in two orders, and no other day of the column says which is meant; they are read with the day first, as %(example)s",
            count,
        )
    return ngettext(
        "%(column)s: %(n)s day can be read in two orders, and no other day of the column says which is meant; it is read with the month first, as %(example)s",
        "%(column)s: %(n)s days can be read in two orders, and no other day of the column says which is meant; they are read with the month first, as %(example)s",
        count,
    )


def written(part: Part) -> str:
    """The day of a staged row as its cell says it."""
    day = f"({part.field.name} AT TIME ZONE %(zone)s)::date" if part.field.kind == "instant" else part.field.name
    return f"({day} - 1)" if part.last_day else day


def beside(plan: Plan, part: Part) -> list[Part]:
    """The other end of a period of which the part is one."""
    names = {STARTS.get(part.field.name), *(end for end, start in STARTS.items() if start == part.field.name)}
    return [other for other in plan.parts if other.field.name in names and other.field.kind == part.field.kind]


def of_part(file: FileMap, part: Part) -> tuple[str, ...]:
    """The notations by which the cells of a day or an instant are read."""
    field_map = file.field(part.field.name)
    formats = field_map.formats(file.formats) if field_map else file.formats
    return formats.dates if part.field.kind == "date" else formats.instants


def is_swappable(pattern: str) -> bool:
    """Whether day and month are numbers, side by side, of which either could come first."""
    return [part for part in PART_OF_A_DAY.findall(pattern) if part in "dmYyBb"][:2] in (["d", "m"], ["m", "d"])


def swapped(day: Any) -> str:
    return str(day.replace(day=day.month, month=day.day))
