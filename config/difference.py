"""Making stored rows equal to wanted ones by writing only differences: ids stay, and history shows only changes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from django.db.models import Model

Row = TypeVar("Row", bound=Model)


@dataclass
class Difference(Generic[Row]):
    """The writes of one table; ``fields`` are the columns that differ in any row of ``changed``."""

    model: type[Row]
    new: list[Row] = field(default_factory=list)
    changed: list[Row] = field(default_factory=list)
    gone: list[Row] = field(default_factory=list)
    fields: set[str] = field(default_factory=set)

    def delete(self) -> None:
        """Delete the rows that are no longer wanted, with everything that cascades."""
        if self.gone:
            self.model._default_manager.filter(pk__in=[row.pk for row in self.gone]).delete()

    def put(self) -> None:
        """Update what changed and add what is new; at most two statements."""
        if self.changed:
            self.model._default_manager.bulk_update(self.changed, sorted(self.fields))
        self.model._default_manager.bulk_create(self.new)

    def write(self) -> None:
        """Delete, then put, so that new rows do not collide with old ones."""
        self.delete()
        self.put()


def between(model: type[Row], stored: Iterable[Row], wanted: Sequence[Row], *keys: Sequence[str]) -> Difference[Row]:
    """The difference that makes ``stored`` equal to ``wanted``, rows without ids; matched ones get the stored id.

    ``keys`` are the fields that identify a row, the strictest first: rows that the first key does not match are matched
    by the next. Each row is matched once, in the order of both.
    """
    unused, unmatched = list(stored), list(wanted)
    difference = Difference(model)
    for names in keys:
        by_key: dict[tuple[object, ...], list[Row]] = defaultdict(list)
        for row in unused:
            by_key[_values(row, names)].append(row)
        candidates, unmatched = unmatched, []
        for row in candidates:
            same = by_key[_values(row, names)]
            if same:
                _match(difference, same.pop(0), row)
            else:
                unmatched.append(row)
        unused = [row for rows in by_key.values() for row in rows]
    difference.new, difference.gone = unmatched, unused
    return difference


def _values(row: Model, names: Iterable[str]) -> tuple[object, ...]:
    return tuple(getattr(row, name) for name in names)


def _match(difference: Difference[Row], stored: Row, wanted: Row) -> None:
    """Give ``wanted`` the id of ``stored``, and add it to ``changed`` where a field differs."""
    wanted.pk = stored.pk
    wanted._state.adding = False
    names = [column.attname for column in difference.model._meta.concrete_fields if not column.primary_key]
    differing = {name for name in names if getattr(stored, name) != getattr(wanted, name)}
    if differing:
        difference.changed.append(wanted)
        difference.fields |= differing
