"""The targets of a file: their fields, a check of a whole row, and the load of staged rows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from django.utils.translation import gettext as _

from accounts.imports.cells import Field

if TYPE_CHECKING:
    from accounts.imports.staging import Staged

Values = Mapping[str, Any]
Trouble = tuple[str, str]


@dataclass
class Loaded:
    """The result of a load: new rows, rows that changed something, and remarks on the data."""

    new: int = 0
    changed: int = 0
    notes: list[str] = field(default_factory=list)


def no_check(_values: Values, _day: dt.date) -> Trouble | None:
    return None


@dataclass(frozen=True)
class Target:
    """``check`` sees the values of one row and the day, and answers (field, reason) or None.

    ``snapshot``: a file is usually all that its source has, so a load looks for rows that it no longer names.
    ``tables`` are the tables that a load fills, whose planner statistics are refreshed after it. ``names``: what files
    call a field, and under "" such a file itself, as ``accounts.imports.names`` writes it.
    """

    name: str
    fields: Sequence[Field]
    load: Callable[[Staged], Loaded]
    check: Callable[[Values, dt.date], Trouble | None] = no_check
    snapshot: bool = False
    tables: tuple[str, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)

    def field(self, name: str) -> Field | None:
        return next((known_field for known_field in self.fields if known_field.name == name), None)


TARGETS: Final[dict[str, Target]] = {}


def register(*targets: Target) -> None:
    """Let files go into ``targets``, by their names."""
    TARGETS.update({target.name: target for target in targets})


def guide_row(target: Target) -> str:
    """The target's row of the table in docs/import.md, for one whose fields need no words but their choices."""
    fields = []
    for taken in target.fields:
        name = f"**{taken.name}**" if taken.required else taken.name
        fields.append(f"{name} ({', '.join(taken.choices)})" if taken.choices else name)
    return f"| `{target.name}` | {', '.join(fields)} |"


EXTERNAL_ID: Final = Field("external_id", required=True)
CUSTOMER: Final = Field("customer", required=True)


def in_order(values: Values, first: str, second: str, *, strict: bool = False) -> Trouble | None:
    """(``second``, reason) when it lies before ``first``; with ``strict`` also when it equals it."""
    start, end = values.get(first), values.get(second)
    if start is None or end is None or (start < end if strict else start <= end):
        return None
    return second, _("lies before %(first)s") % {"first": first}
