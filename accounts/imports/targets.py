"""The targets of a file: their fields, a check of a whole row, and the load of staged rows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from django.db.models import Field as Column
from django.db.models import Model
from django.utils.translation import gettext as _

from accounts.identity import ways
from accounts.imports.cells import Field
from accounts.imports.words import target_words

if TYPE_CHECKING:
    from accounts.imports.staging import Staged
    from accounts.imports.undoing import Undoing
    from accounts.models import ImportFile

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


def no_join(_staged: Staged) -> None:
    return None


@dataclass(frozen=True)
class Share:
    """The rows of a target that one file of an export has: those whose columns are as ``where`` says; ``users`` as the mapping says it."""

    name: str
    where: Mapping[str, Any] = field(default_factory=dict)
    users: str = ""


@dataclass(frozen=True)
class Target:
    """``check`` sees the values of one row and the day, and answers (field, reason) or None.

    ``join`` refuses rows and gives keys to rows of the record before anybody asks what the keys of staged rows lead to.
    ``snapshot``: a file is usually all that its source has, so a load looks for rows that it no longer names.
    ``note`` keeps of a load what its lines cannot tell, and ``undo`` takes that back, before anything else; it answers the
    customers concerned.
    ``take_out`` takes rows that a program names out, where they are no rows of the record that go by themselves.
    ``models`` are those whose columns the fields fill, the one of a row first. ``tables`` are the tables that a load
    fills, whose planner statistics are refreshed after it. ``names``: what files call a field, and under "" such a file
    itself, as ``accounts.imports.names`` writes it. ``shares`` are the files of its export, where one does not have all rows.
    """

    name: str
    fields: Sequence[Field]
    load: Callable[[Staged], Loaded]
    check: Callable[[Values, dt.date], Trouble | None] = no_check
    join: Callable[[Staged], None] = no_join
    note: Callable[[Staged, ImportFile], None] | None = None
    undo: Callable[[Undoing], list[int]] | None = None
    take_out: Callable[[dict[str, Any]], None] | None = None
    models: tuple[type[Model], ...] = ()
    snapshot: bool = False
    tables: tuple[str, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    shares: tuple[Share, ...] = ()

    @property
    def ends(self) -> bool:
        """Whether rows that a whole file no longer names can end; customers do not, but their contracts do."""
        return self.snapshot and self.field("customer") is not None

    @property
    def is_keyed(self) -> bool:
        """Whether the file's source and the external id name one row; a row of keys has another system's."""
        return self.field("external_id") is not None and self.field("source") is None

    def field(self, name: str) -> Field | None:
        return next((known_field for known_field in self.fields if known_field.name == name), None)

    @property
    def label(self) -> str:
        """What people call it."""
        return target_words(self.name)

    def column(self, name: str) -> Column[Any, Any]:
        """The column of the record that the field ``name`` fills; a KeyError where there is none."""
        known_field = self.field(name)
        of, _dot, column = (known_field.fills if known_field else "").rpartition(".")
        for model in self.models:
            if of in {"", model.__name__} and (found := columns(model).get(column or name)):
                return found
        raise KeyError(f"{self.name}: {name} fills no column")


def columns(model: type[Model]) -> dict[str, Column[Any, Any]]:
    """The columns of a model, and its sets of rows of others, by name."""
    return {known.name: known for known in (*model._meta.concrete_fields, *model._meta.many_to_many)}


TARGETS: Final[dict[str, Target]] = {}


def register(*targets: Target) -> None:
    """Let files go into ``targets``, by their names."""
    TARGETS.update({target.name: target for target in targets})


def guide_row(target: Target) -> str:
    """The target's row of the table in docs/import.md."""
    return f"| `{target.name}` | {', '.join(map(guide_words, target.fields))} |"


def guide_words(taken: Field) -> str:
    name = f"**{taken.name}**" if taken.required else taken.name
    details = "; ".join(filter(None, (", ".join(taken.choices), taken.unit, taken.hint)))
    return f"{name} ({details})" if details else name


EXTERNAL_ID: Final = Field("external_id", required=True)
CUSTOMER: Final = Field("customer", required=True, longest=ways.LONGEST)


def in_order(values: Values, first: str, second: str, *, strict: bool = False) -> Trouble | None:
    """(``second``, reason) when it lies before ``first``; with ``strict`` also when it equals it."""
    start, end = values.get(first), values.get(second)
    if start is None or end is None or (start < end if strict else start <= end):
        return None
    return second, _("lies before %(first)s") % {"first": first}
