"""Ids that a mapping makes of several columns, of which a row leaves one empty: rows of two things may get one id."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Self

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.imports.maps import TOGETHER, FileMap
from accounts.imports.remarks import OPENED, Remark


@dataclass
class MadeIds:
    """The ids made although a cell was empty: how many, and (line, id) of the first 20. ``places`` are the cells that make an id."""

    columns: str = ""
    places: tuple[int, ...] = ()
    count: int = 0
    rows: list[tuple[int, str]] = field(default_factory=list)

    @classmethod
    def of(cls, file: FileMap, columns: Sequence[str]) -> Self:
        """What is to be noted of a file with these columns; nothing where one column is the id, or the first that is filled."""
        made = file.field("external_id")
        if made is None or made.first or len(made.columns) < 2 or not {*made.columns} <= {*columns}:  # noqa: PLR2004  several
            return cls()
        return cls(TOGETHER.join(made.columns), tuple(columns.index(name) for name in made.columns))

    def note(self, line: int, cells: Sequence[str], made: object) -> None:
        """Count the id ``made`` of a row, where one of its cells is empty."""
        if all(cells[place].strip() for place in self.places):
            return
        self.count += 1
        if len(self.rows) < OPENED:
            self.rows.append((line, str(made)))

    @property
    def remarks(self) -> list[Remark]:
        """One remark, where there are such ids."""
        if not self.count:
            return []
        text = ngettext(
            "%(columns)s: %(n)s id is made although one of the cells is empty",
            "%(columns)s: %(n)s ids are made although one of the cells is empty",
            self.count,
        )
        advice = _("rows that differ in the empty cell alone have one id: fill it, or make the id of other columns")
        return [
            Remark("made_ids", self.count, text % {"columns": self.columns, "n": f"{self.count:,}"}, advice, self.rows)
        ]
