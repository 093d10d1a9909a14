"""One test of a field as SQL."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from accounts.conditions.checking import day_of, number
from accounts.conditions.fields import Asked, Kind
from accounts.conditions.trees import Leaf


@dataclass(frozen=True)
class Comparison:
    """One test on the expression ``value``; ``empty`` is set where an empty text means "none"."""

    asked: Asked
    leaf: Leaf
    value: str
    empty: str | None

    @property
    def figure(self) -> str:
        return f"{self.asked.bind(number(self.leaf.value))}::numeric"

    @property
    def days(self) -> str:
        return f"{self.asked.bind(int(number(self.leaf.value) or 0))}::int"

    @property
    def keys(self) -> str:
        """The ids of the named rows as an array; rows that an older condition names by a text are looked up by it."""
        values = self.leaf.value if isinstance(self.leaf.value, list) else [self.leaf.value]
        kind = "bigint" if self.empty is None else "text"
        ids = f"{self.asked.bind([value for value in values if isinstance(value, int)])}::{kind}[]"
        names, rows = [value for value in values if isinstance(value, str)], self.leaf.field.rows
        if not names or rows is None:
            return ids
        called = f"SELECT coalesce((SELECT n.id FROM {rows.table} n WHERE n.{rows.said} = w.said), 0)::{kind}"  # noqa: S608
        return f"({ids} || ARRAY({called} FROM unnest({self.asked.bind(names)}::text[]) w(said)))"

    @property
    def key(self) -> str:
        """The right side of "= the one named row": its plain id if the condition has it, so that an index whose
        further columns give the order can serve.
        """
        if isinstance(self.leaf.value, int):
            return f"{self.asked.bind(str(self.leaf.value))}::{'bigint' if self.empty is None else 'text'}"
        return f"ANY({self.keys})"

    @property
    def pattern(self) -> str:
        """The pattern of ``contains``: the text with its wildcards escaped."""
        escaped = re.sub(r"([\\%_])", r"\\\1", str(self.leaf.value))
        return f"{self.asked.bind(f'%{escaped}%')}::text"

    @property
    def text(self) -> str:
        return f"{self.asked.bind(self.leaf.value)}::text"

    def within(self, first: str, last: str) -> str:
        return f"{self.value} BETWEEN {first} AND {last}"


def _is(test: Comparison) -> str:
    if test.leaf.field.kind == Kind.FLAG:
        return f"{test.value} = {test.asked.bind(test.leaf.value == 'yes')}::boolean"
    if test.leaf.field.kind == Kind.KEY:
        return f"{test.value} = {test.key}"
    return f"{test.value} = {test.text}"


def _is_in(test: Comparison) -> str:
    if test.leaf.field.kind == Kind.KEY:
        return f"{test.value} = ANY({test.keys})"
    return f"{test.value} = ANY({test.asked.bind(test.leaf.value)}::text[])"


def _is_not(test: Comparison) -> str:
    if test.leaf.field.kind == Kind.KEY:
        other = f"{test.value} = ANY({test.keys})"
        return f"({other}) IS NOT TRUE" if test.empty is None else f"NOT ({other})"
    return f"{test.value} IS DISTINCT FROM {test.text}" if test.empty is None else f"{test.value} <> {test.text}"


def _known(test: Comparison) -> str:
    return f"{test.value} IS NOT NULL" if test.empty is None else f"{test.value} <> ''"


def _missing(test: Comparison) -> str:
    return f"{test.value} IS NULL" if test.empty is None else f"{test.value} = ''"


# Each gives NULL where there is no value, but for those of ALWAYS_TOLD.
EXPRESSIONS: Final[dict[str, Callable[[Comparison], str]]] = {
    "at_least": lambda test: f"{test.value} >= {test.figure}",
    "at_most": lambda test: f"{test.value} <= {test.figure}",
    "is": _is,
    "is_not": _is_not,
    "is_in": _is_in,
    "contains": lambda test: f"upper({test.value}) LIKE upper({test.pattern})",
    "has": lambda test: f"{test.text} = ANY({test.value})",
    "within_next": lambda test: test.within(test.asked.day, f"{test.asked.day} + {test.days}"),
    "within_last": lambda test: test.within(f"{test.asked.day} - {test.days}", test.asked.day),
    "more_than_ahead": lambda test: f"{test.value} > {test.asked.day} + {test.days}",
    "more_than_ago": lambda test: f"{test.value} < {test.asked.day} - {test.days}",
    "at_least_ago": lambda test: f"{test.value} <= {test.asked.day} - {test.days}",
    "before": lambda test: f"{test.value} < {test.asked.bind(day_of(test.leaf.value))}::date",
    "from": lambda test: f"{test.value} >= {test.asked.bind(day_of(test.leaf.value))}::date",
    "known": _known,
    "missing": _missing,
}
ALWAYS_TOLD: Final = ("is_not", "known", "missing")
LISTED: Final = ("is", "is_in")
