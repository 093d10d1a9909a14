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

# What an act's form said, as JSON keeps it: rows by number, days as text.
Values = Mapping[str, Any]
Before = dict[str, Any]


def plain(said: Mapping[str, Any]) -> dict[str, Any]:
    """What a form said as JSON keeps it."""
    return {name: _plain(value) for name, value in said.items()}


def _plain(value: Any) -> Any:
    match value:
        case Model():
            return value.pk
        case dt.date():
            return value.isoformat()
        case Decimal():
            return str(value)
        case list() | tuple():
            return [_plain(each) for each in value]
    return value


@dataclass(frozen=True)
class Who:
    """Who acts, on which day of the organisation's and at which moment."""

    user: User
    day: dt.date
    now: dt.datetime


@dataclass
class Done:
    """What an act did: by row what taking it back needs, why rows were refused, and which were as it leaves them."""

    before: dict[int, Before] = field(default_factory=dict)
    refused: dict[int, ValidationError] = field(default_factory=dict)
    same: set[int] = field(default_factory=set)

    def add(self, other: Done) -> None:
        self.before |= other.before
        self.refused |= other.refused
        self.same |= other.same


def done(outcome: Outcome[Any], before: Callable[[Any], Before]) -> Done:
    """``outcome`` of an act on a set, with what taking it back needs of each row done."""
    return Done({pk: before(row) for pk, row in outcome.done.items()}, outcome.refused, outcome.same)


@dataclass(frozen=True)
class Act:
    """One act on rows of a kind of list (``accounts.lists``).

    ``words`` name the act, ``said`` what it did by its values ("Tag “pilot” added"). ``form`` makes the form that asks for
    its values: ``form(data, user=…, day=…)``. ``run`` does it to rows that the person may change, in a number of
    statements that does not depend on them. ``back`` takes it back where a row stands as the act left it; the rows it does not
    name stay for the reason it gives. ``changed`` are the events that parts of a page wait for.
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
    """Let people do these with what they select; for ``AppConfig.ready``."""
    for act in acts:
        _acts[act.kind, act.key] = act


def find(kind: str, key: str) -> Act | None:
    return _acts.get((kind, key))


def of_kind(kind: str) -> list[Act]:
    return [act for act in _acts.values() if act.kind == kind]
