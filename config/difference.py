"""Stored rows made equal to what was said, by writing only what differs: numbers stay, and history reads as what was changed."""

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
        """Delete the rows that are said no more, with all that hangs on them."""
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


def between(model: type[Row], stored: Iterable[Row], said: Sequence[Row], *keys: Sequence[str]) -> Difference[Row]:
    """What makes ``stored`` equal to ``said``, rows without a number yet; those that are stored get theirs.

    ``keys`` name the fields that make two rows the same one, the surest first: a row that the first key does not find is
    looked for by the next, among those not found yet, and each is found once, in the order of both.
    """
    left, waiting = list(stored), list(said)
    found = Difference(model)
    for names in keys:
        by_key: dict[tuple[object, ...], list[Row]] = defaultdict(list)
        for row in left:
            by_key[_values(row, names)].append(row)
        unmatched = []
        for row in waiting:
            same = by_key[_values(row, names)]
            if same:
                _match(found, same.pop(0), row)
            else:
                unmatched.append(row)
        left, waiting = [row for rows in by_key.values() for row in rows], unmatched
    found.new, found.gone = waiting, left
    return found


def _values(row: Model, names: Iterable[str]) -> tuple[object, ...]:
    return tuple(getattr(row, name) for name in names)


def _match(found: Difference[Row], stored: Row, said: Row) -> None:
    said.pk = stored.pk
    said._state.adding = False
    names = [each.attname for each in found.model._meta.concrete_fields if not each.primary_key]
    differing = {name for name in names if getattr(stored, name) != getattr(said, name)}
    if differing:
        found.changed.append(said)
        found.fields |= differing
