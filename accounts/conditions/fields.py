"""The fields of customers that conditions can use; each app registers its own when it loads.

A field's SQL is an expression about the customer of an alias on a day (see ``Asked``); NULL means that the customer
has no such value. Fields with a ``row`` are about a row of that list (``cases:severity``), and only filters of that
list can use them. A family is an open set of fields, one for each of its members: ``attribute:plan``,
``contacts:champion``.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

CUSTOMER: Final = _("Customer")
PEOPLE: Final = "accounts_user"
Choices = Iterable[tuple[str, Any]]


class Kind(StrEnum):
    """The kind of a field's value, which decides its tests."""

    NUMBER = "number"
    MONEY = "money"
    COUNT = "count"
    DATE = "date"
    TEXT = "text"
    CHOICE = "choice"
    KEY = "key"
    TAGS = "tags"
    FLAG = "flag"
    STATE = "state"


TESTS: Final[dict[str, Promise]] = {
    "at_least": pgettext_lazy("a condition", "is at least"),
    "at_most": pgettext_lazy("a condition", "is at most"),
    "is": pgettext_lazy("a condition", "is"),
    "is_not": pgettext_lazy("a condition", "is not"),
    "is_in": pgettext_lazy("a condition", "is one of"),
    "contains": pgettext_lazy("a condition", "contains"),
    "has": pgettext_lazy("a condition", "has"),
    "within_next": pgettext_lazy("a condition", "within the next … days"),
    "within_last": pgettext_lazy("a condition", "within the last … days"),
    "more_than_ahead": pgettext_lazy("a condition", "more than … days ahead"),
    "more_than_ago": pgettext_lazy("a condition", "more than … days ago"),
    "at_least_ago": pgettext_lazy("a condition", "at least … days ago"),
    "before": pgettext_lazy("a condition", "before the day"),
    "from": pgettext_lazy("a condition", "on or after the day"),
    "known": pgettext_lazy("a condition", "is known"),
    "missing": pgettext_lazy("a condition", "is missing"),
    "holds": pgettext_lazy("a condition", "holds"),
}
FIGURES: Final = ("at_least", "at_most")
# How a day is counted, in one place (docs/decisions.md, "The edges of days"): today and the last day named belong to
# "within"; "at least N days ago" begins on the day on which N whole days have passed, "more than" the day after.
SPANS: Final = ("within_next", "within_last", "more_than_ahead", "more_than_ago", "at_least_ago")
DAYS: Final = ("before", "from")
PRESENCE: Final = ("known", "missing")
WORDS: Final = ("is", "is_not", "is_in")
TESTS_OF: Final[dict[Kind, tuple[str, ...]]] = {
    Kind.NUMBER: (*FIGURES, *PRESENCE),
    Kind.MONEY: FIGURES,
    Kind.COUNT: FIGURES,
    Kind.DATE: (*SPANS, *DAYS, *PRESENCE),
    Kind.TEXT: (*WORDS, "contains", *PRESENCE),
    Kind.CHOICE: (*WORDS, *PRESENCE),
    Kind.KEY: (*WORDS, *PRESENCE),
    Kind.TAGS: ("has",),
    Kind.FLAG: ("is",),
    Kind.STATE: ("holds",),
}
YES_NO: Final = (("yes", pgettext_lazy("a condition", "yes")), ("no", pgettext_lazy("a condition", "no")))


@dataclass
class Asked:
    """The context in which a field is compiled: the customer's alias ``c``, the day as SQL, and the parameters
    bound so far.

    ``on`` is the day itself, ``only`` the customers concerned where they are few. ``row`` is the alias of a row of
    the customer's, in filters of a list; the fields of the row see it as ``c``.
    """

    c: str
    day: str
    params: dict[str, Any]
    prefix: str
    on: dt.date
    only: Sequence[int] | None = None
    row: str = ""

    def bind(self, value: Any) -> str:
        """The placeholder of ``value``."""
        name = f"{self.prefix}_{len(self.params)}"
        self.params[name] = value
        return f"%({name})s"


Expression = Callable[[Asked], str]


@dataclass(frozen=True)
class StateOf:
    """Makes a field a state with values, which holds or not, without a comparison.

    ``fields`` are the form fields of its values, ``check`` cleans them or raises ValidationError. ``found`` is a query
    of ``customer_id, facts`` for the customers in the state. ``asks`` is the state in words, ``says`` what was found.
    """

    fields: Mapping[str, Any]
    check: Callable[[Any], dict[str, Any]]
    found: Callable[[Asked, Mapping[str, Any]], str]
    asks: Callable[[Mapping[str, Any]], str]
    says: Callable[[Mapping[str, Any]], str]


@dataclass(frozen=True)
class Rows:
    """The rows of a table that a field names by their ids, so that a new name changes no condition.

    ``names`` reads the present name of each. A condition from before ids were stored has the text of the column
    ``said``; it still means the row with that text.
    """

    table: str
    said: str
    names: Callable[[], Mapping[int, str]]


@dataclass(frozen=True)
class Field:
    """A field that conditions can use.

    ``sql`` gives its value as of ``Asked.day``. Where ``every_day`` is false the record has only the present value;
    ``then`` is its value on an earlier day; for texts NULL means unknown and an empty text means none. Without either
    a condition on an earlier day is unknown. ``untold``: NULL means "cannot be told", not "none", always or where its
    SQL is true. ``blank``: an empty text means "none" and NULL never occurs, so that the plain column is compared.
    ``rows`` are those that a field of kind KEY names, ``held`` is a query of the ids of the customers whose value is
    one of a bound list. ``row`` is the list whose rows have it, empty for the customer's. ``in_row``: the value stands in
    the customer's own row, so that lists can be sorted by it. ``of_health`` marks fields
    that move with the score, ``state`` makes it a state with values. ``choices`` are its values, read anew where they
    are a function.
    """

    key: str
    label: Any
    kind: Kind
    sql: Expression
    group: Any = CUSTOMER
    choices: Choices | Callable[[], Choices] = ()
    every_day: bool = False
    then: Expression | None = None
    untold: bool | Expression = False
    of_health: bool = False
    state: StateOf | None = None
    blank: bool = False
    rows: Rows | None = None
    held: Callable[[Asked, str], str] | None = None
    row: str = ""
    in_row: bool = False

    @property
    def tests(self) -> tuple[str, ...]:
        """Its possible tests, in the order in which they are offered."""
        # A flag in the customer's own row may be neither; the others are questions, which have an answer.
        return (*TESTS_OF[self.kind], *PRESENCE) if self.kind == Kind.FLAG and self.in_row else TESTS_OF[self.kind]

    @property
    def of_people(self) -> bool:
        """Whether its values are people."""
        return self.rows is not None and self.rows.table == PEOPLE

    @property
    def fixed_choices(self) -> list[tuple[str, Any]]:
        """Its values where they never change; of a flag yes and no."""
        if self.kind == Kind.FLAG:
            return list(YES_NO)
        return [] if callable(self.choices) else list(self.choices)

    @property
    def options(self) -> list[tuple[str, Any]]:
        """Its values as they are now; at most one statement."""
        return list(self.choices()) if callable(self.choices) else self.fixed_choices


@dataclass(frozen=True)
class Family:
    """Fields named ``key:member``. ``member`` makes one without a statement, or None where the name is none;
    ``offered`` lists those that make sense today, in at most one statement.
    """

    key: str
    member: Callable[[str], Field | None]
    offered: Callable[[], list[Field]]


@dataclass
class _Registered:
    fields: dict[str, Field] = field(default_factory=dict)
    families: dict[str, Family] = field(default_factory=dict)


_registered = _Registered()


def registered() -> list[Field]:
    """Every field of a customer that is no member of a family."""
    return [entry for entry in _registered.fields.values() if not entry.row]


def register(*entries: Field | Family) -> None:
    """Register fields and families; for ``AppConfig.ready``. A key that is taken already is replaced."""
    for entry in entries:
        if isinstance(entry, Family):
            _registered.families[entry.key] = entry
        else:
            _registered.fields[entry.key] = entry


def find(key: Any) -> Field | None:
    """The field of this key; None where there is none. No statement."""
    if not isinstance(key, str):
        return None
    if key in _registered.fields:
        return _registered.fields[key]
    family, colon, member = key.partition(":")
    if not colon:
        return None
    return _registered.families[family].member(member) if family in _registered.families else None


def named(key: str) -> Field:
    """The field of this key; raises KeyError where there is none."""
    entry = find(key)
    if entry is None:
        raise KeyError(key)
    return entry


def offered(row: str = "") -> list[tuple[Any, list[Field]]]:
    """The fields offered now by group, in the order of registration: first those of the list's rows, then those of
    customers. At most one statement a family.
    """
    groups: dict[str, tuple[Any, list[Field]]] = {}
    members = [entry for family in _registered.families.values() for entry in family.offered()]
    rows = [row_field for row_field in _registered.fields.values() if row and row_field.row == row]
    for entry in [*rows, *registered(), *members]:
        groups.setdefault(str(entry.group), (entry.group, []))[1].append(entry)
    return list(groups.values())


def is_past(day: dt.date, today: dt.date | None) -> bool:
    """Whether ``day`` lies before the day whose facts the record holds (None: it holds those of ``day``)."""
    return today is not None and day < today
