"""The outcome of an act on a set of rows; an act on one row is an act on a set of one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Generic, TypeVar

from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.utils.translation import gettext_lazy as _

from accounts import seen

GONE: Final = _("This is no longer there.")
Row = TypeVar("Row")
Stored = TypeVar("Stored", bound=Model)


@dataclass
class Outcome(Generic[Row]):
    """The outcome by row number: the rows ``done``, as the act left them, the reasons of ``refused`` rows, and
    ``same``, the rows that needed no change.
    """

    done: dict[int, Row] = field(default_factory=dict)
    refused: dict[int, ValidationError] = field(default_factory=dict)
    same: set[int] = field(default_factory=set)

    def refuse(self, reason: Callable[[Row], ValidationError | None]) -> None:
        """Refuse the rows for which ``reason`` gives one."""
        problems = {pk: problem for pk, row in self.done.items() if (problem := reason(row)) is not None}
        self.refused |= problems
        self.done = {pk: row for pk, row in self.done.items() if pk not in problems}

    @property
    def rows(self) -> list[Row]:
        return list(self.done.values())

    def only(self, gone: Any = GONE) -> Row:
        """The row of a set of one. Raises the ValidationError by which it was refused; ``gone`` where there is no such row."""
        for problem in self.refused.values():
            raise problem
        for row in self.done.values():
            return row
        raise ValidationError(gone)


def refuse_changed(outcome: Outcome[Stored], fields: Iterable[str], marks: Mapping[int, str]) -> None:
    """Refuse rows whose ``fields`` differ from their mark (``accounts.seen``); a row without a mark stays."""
    names = list(fields)

    def changed(row: Stored) -> ValidationError | None:
        mark = marks.get(row.pk, "")
        return ValidationError(seen.CHANGED_SINCE) if mark and seen.mark(row, names) != mark else None

    outcome.refuse(changed)


def write(rows: Iterable[Stored], **values: Any) -> None:
    """Give all of ``rows``, which the caller has locked, the same values, stored and in memory. One statement; none without rows."""
    locked_rows = list(rows)
    for row in locked_rows:
        for name, value in values.items():
            setattr(row, name, value)
    if locked_rows:
        stored: QuerySet[Stored] = type(locked_rows[0])._default_manager.filter(pk__in=[row.pk for row in locked_rows])
        stored.update(**values)
