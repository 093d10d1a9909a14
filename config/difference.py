"""Stored rows made equal to wanted ones by writing only what differs: ids stay, and history reads as what was changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from django.db.models import Model

Row = TypeVar("Row", bound=Model)


@dataclass
class Difference(Generic[Row]):
    """What is to be written of one table; ``fields`` are the names of those that differ in a row of ``changed``."""

    model: type[Row]
    new: list[Row] = field(default_factory=list)
    changed: list[Row] = field(default_factory=list)
    gone: list[Row] = field(default_factory=list)
    fields: set[str] = field(default_factory=set)

    def delete(self) -> None:
        """Delete the rows that are no longer wanted, with all that hangs on them."""
        if self.gone:
            self.model._default_manager.filter(pk__in=[row.pk for row in self.gone]).delete()

    def put(self) -> None:
        """Update what changed and add what is new; at most two statements."""
        if self.changed:
            self.model._default_manager.bulk_update(self.changed, sorted(self.fields))
        self.model._default_manager.bulk_create(self.new)

    def write(self) -> None:
        """All of it: what is gone first, so that nothing new stands in its place."""
        self.delete()
        self.put()


def between(model: type[Row], stored: Iterable[Row], wanted: Sequence[Row], *keys: Sequence[str]) -> Difference[Row]:
    """What makes ``stored`` equal to ``wanted``, rows without an id yet; those that are stored get theirs.

    ``keys`` name the fields that make two rows the same one, the surest first: rows that the first key does not match are
    compared by the next. Each row is matched once, in the order of both.
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
    """Give ``wanted`` the id of ``stored``, and note it where a field differs."""
    wanted.pk = stored.pk
    wanted._state.adding = False
    names = [column.attname for column in difference.model._meta.concrete_fields if not column.primary_key]
    differing = {name for name in names if getattr(stored, name) != getattr(wanted, name)}
    if differing:
        difference.changed.append(wanted)
        difference.fields |= differing
