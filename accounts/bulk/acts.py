"""The register of acts on many rows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db.models import Model

from accounts.models import User
from accounts.sets import Outcome

# The cleaned data of an act's form as JSON: rows by number, days as text.
Values = Mapping[str, Any]
Before = dict[str, Any]


def plain(answers: Mapping[str, Any]) -> dict[str, Any]:
    """A form's cleaned data as JSON."""
    return {name: _plain(value) for name, value in answers.items()}


def _plain(value: Any) -> Any:
    match value:
        case Model():
            return value.pk
        case dt.date():
            return value.isoformat()
        case Decimal():
            return str(value)
        case list() | tuple():
            return [_plain(item) for item in value]
    return value


@dataclass(frozen=True)
class Who:
    """The acting person, the organisation's day and the moment."""

    user: User
    day: dt.date
    now: dt.datetime


@dataclass
class Done:
    """The result of an act by row: values for its undo, reasons of refused rows, and rows that were right already."""

    before: dict[int, Before] = field(default_factory=dict)
    refused: dict[int, ValidationError] = field(default_factory=dict)
    same: set[int] = field(default_factory=set)

    def add(self, other: Done) -> None:
        self.before |= other.before
        self.refused |= other.refused
        self.same |= other.same


def done(outcome: Outcome[Any], before: Callable[[Any], Before]) -> Done:
    """``outcome`` of an act on a set, with the values that its undo needs of each row done."""
    return Done({pk: before(row) for pk, row in outcome.done.items()}, outcome.refused, outcome.same)


@dataclass(frozen=True)
class Act:
    """One act on rows of a kind of list (``accounts.lists``).

    ``words`` name the act, ``said`` what it did by its values ("Tag “pilot” added"). ``form`` makes the form that asks for
    its values: ``form(data, user=…, day=…)``. ``run`` does it to rows that the person may change, in a number of
    statements that does not depend on them. ``back`` undoes it on rows that are unchanged since and returns the other
    rows, each with the reason why it stays. ``changed`` are the events that parts of a page wait for.
    """

    key: str
    kind: str
    words: Any
    icon: str
    form: Callable[..., Any]
    said: Callable[[Values], str]
    run: Callable[[list[int], Values, Who], Done]
    back: Callable[[dict[int, Before], Values, Who], dict[int, ValidationError]] | None = None
    changed: tuple[str, ...] = ()
    letter: str = ""


_acts: Final[dict[tuple[str, str], Act]] = {}


def register(acts: Iterable[Act]) -> None:
    """Offer these acts on selected rows; for ``AppConfig.ready``."""
    for act in acts:
        _acts[act.kind, act.key] = act


def find(kind: str, key: str) -> Act | None:
    return _acts.get((kind, key))


def of_kind(kind: str) -> list[Act]:
    return [act for act in _acts.values() if act.kind == kind]
