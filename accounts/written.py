"""Querysets compiled to SQL once a process, and run again for other people and other days.

The ORM takes longer to write a page's statements than PostgreSQL to answer them, and writes the same text for everybody
with the same kind of access. A builder is called with stand-ins for the person and the day; each run of the statement
replaces the stand-ins among its parameters.
"""

from __future__ import annotations

import copy
import datetime as dt
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, Final, Self

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import EmptyResultSet
from django.db import connections
from django.db.models import BigIntegerField, BooleanField, F, Func, QuerySet, Value

from accounts import access
from accounts.models import User

# Far from every key and number in a statement.
_PERSON: Final = -(10**15)
_ROW: Final = 10**15
_FIRST: Final = dt.date(1, 1, 1)

Build = Callable[..., QuerySet[Any]]

# In a builder of SQL: the parameter for the ids that ``bound`` is given.
IDS: Final = [_ROW]
# In a builder: only the rows that ``ask`` is given by their ids.
NAMED: Final = Func(
    F("pk"),
    Value(IDS, output_field=ArrayField(BigIntegerField())),
    template="(%(expressions)s))",
    arg_joiner=" = ANY(",
    output_field=BooleanField(),
)


class _Day(dt.date):
    """A stand-in for a day that is known later, and the days ``away`` from it. Every other use raises ValueError."""

    away: dt.timedelta = dt.timedelta()

    def __add__(self, other: dt.timedelta) -> Self:
        shifted = type(self)(_FIRST.year, _FIRST.month, _FIRST.day)
        shifted.away = self.away + other
        return shifted

    def __sub__(self, other: Any) -> Self:  # type: ignore[override]  # a builder takes days from a day, never a day from a day
        return self + -other

    def __deepcopy__(self, _memo: object) -> Self:
        return self

    def __lt__(self, other: object) -> bool:
        raise ValueError(_UNKNOWN)

    __le__ = __gt__ = __ge__ = __lt__

    def __getattribute__(self, name: str) -> Any:
        if name in _PARTS:
            raise ValueError(_UNKNOWN)
        return super().__getattribute__(name)


_PARTS: Final = frozenset(name for name in dir(dt.date) if not name.startswith("_"))
_UNKNOWN: Final = "This day is named when the statement is asked: only add days to it, or take days from it."


@dataclass(frozen=True)
class Statement:
    """SQL whose parameters may contain stand-ins for people and days."""

    sql: str
    parameters: tuple[Any, ...]

    def bound(self, user: User, day: dt.date, ids: Sequence[int] = ()) -> list[Any]:
        """The parameters for this person, day and rows."""
        people = {_PERSON - place: pk for place, pk in enumerate(_people(user))}
        return [_bound(parameter, people, day, ids) for parameter in self.parameters]


@dataclass
class Written:
    """A queryset and its statement."""

    rows: QuerySet[Any]

    @cached_property
    def compiler(self) -> Any:
        compiler = self.rows.query.get_compiler(self.rows.db)
        compiler.kept = _checked(*compiler.as_sql())
        return compiler

    def asked(self, user: User, day: dt.date, ids: Sequence[int]) -> QuerySet[Any]:
        """The queryset for this person, day and rows: it may be read, not refined. One statement."""
        try:
            compiler = copy.copy(self.compiler)
        except EmptyResultSet:
            return self.rows.none()
        # A connection belongs to its thread; the statement is everybody's.
        compiler.connection = connections[compiler.using]
        text = compiler.kept
        compiler.as_sql = lambda *_args, **_kwargs: (text.sql, text.bound(user, day, ids))
        queryset = self.rows.all()
        queryset.query.get_compiler = lambda *_args, **_kwargs: compiler  # type: ignore[method-assign]
        return queryset


def ask(build: Build, user: User, day: dt.date, *given: Hashable, ids: Sequence[int] = ()) -> QuerySet[Any]:
    """``build(user, day, *given)``, written once for all who see alike; ``build`` is a function of a module.

    It may ask the person's id, role and circle, and take days from the day or add them. Whatever else it looks at has
    to be among ``given``.
    """
    return _written(build, _shape(user), given).asked(user, day, ids)


def text(build: Callable[..., tuple[str, Sequence[Any]]], user: User, *given: Hashable) -> Statement:
    """As ``ask``, for a builder of SQL and its parameters; ``Statement.bound`` gives those to run it with."""
    return _text(build, _shape(user), given)


@dataclass(frozen=True)
class _Shape:
    """The traits of a person that decide a statement's text: the role, and the number of people in the circle."""

    role: str
    is_active: bool
    team: int
    covered: int

    def user(self) -> User:
        stand_in = User(pk=_PERSON, role=self.role, is_active=self.is_active)
        ids = [_PERSON - place for place in range(self.team + self.covered)]
        stand_in._circle = access.Circle(ids[: self.team], dict.fromkeys(ids[self.team :], ""))  # type: ignore[attr-defined]
        return stand_in


def _shape(user: User) -> _Shape:
    circle = access.circle(user)
    return _Shape(user.role, user.is_active, len(circle.team), len(circle.covered))


def _people(user: User) -> list[int]:
    """The person, the rest of the team, then the people covered: in the order in which the stand-ins are numbered."""
    circle = access.circle(user)
    return [user.pk, *(pk for pk in circle.team if pk != user.pk), *circle.covered]


@lru_cache(maxsize=500)
def _written(build: Build, shape: _Shape, given: tuple[Hashable, ...]) -> Written:
    return Written(build(shape.user(), _Day(_FIRST.year, _FIRST.month, _FIRST.day), *given))


@lru_cache(maxsize=100)
def _text(build: Callable[..., tuple[str, Sequence[Any]]], shape: _Shape, given: tuple[Hashable, ...]) -> Statement:
    return _checked(*build(shape.user(), _Day(_FIRST.year, _FIRST.month, _FIRST.day), *given))


def _checked(sql: str, parameters: Any) -> Statement:
    """Refuse a statement that has a day of its own among its parameters, or a stand-in in its text."""
    own_days = [parameter for parameter in parameters if type(parameter) is dt.date]
    if own_days or f"{_FIRST}" in sql or f"{_PERSON}" in sql:
        message = f"A statement holds what cannot be put back: {own_days or sql}"
        raise ValueError(message)
    return Statement(sql, tuple(parameters))


def _bound(value: Any, people: Mapping[int, int], day: dt.date, ids: Sequence[int]) -> Any:
    if isinstance(value, _Day):
        return day + value.away
    if value == IDS:
        return list(ids)
    if isinstance(value, list | tuple):
        return [_bound(item, people, day, ids) for item in value]
    # Some fields hand their number over in a type of the driver's.
    return people.get(value, value) if isinstance(value, int) else value
