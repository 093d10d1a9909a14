"""Validates conditions: no sweep fails on a condition that passes here. No statement but for states."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.conditions.fields import DAYS, FIGURES, PRESENCE, SPANS, TESTS, Field, Kind, find
from accounts.conditions.trees import STATE, Group, How, Node, leaves
from config.text import narrow, plain_number

DEEPEST: Final = 5
MOST_LEAVES: Final = 50
MOST_VALUES: Final = 100
LONGEST_VALUE: Final = 200
LONGEST_KEY: Final = 120
FINEST: Final = 12  # digits after the point
LARGEST: Final = Decimal(10) ** 12
MOST_DAYS: Final = 36_500
LARGEST_KEY: Final = 2**63
FIRST_DAY: Final = dt.date(1900, 1, 1)
LAST_DAY: Final = dt.date(2199, 12, 31)

Path = tuple[int, ...]


def check(stored: Any, row: str = "") -> None:
    """Raise ValidationError for the first invalid condition, with its place and the reason."""
    for path, problem in problems(stored, row):
        raise ValidationError(at(path, problem))


def at(path: Path, problem: str) -> str:
    """A problem with its place: ``Condition 2.1: …``; a problem of the whole rule has no place."""
    if not path:
        return problem
    return _("Condition %(number)s: %(problem)s") % {"number": ".".join(map(str, path)), "problem": problem}


def problems(stored: Any, row: str = "") -> Iterator[tuple[Path, str]]:
    """Every problem with its place: the numbers of the members from the outermost group in.

    ``row`` is the list whose fields are allowed too.
    """
    if isinstance(stored, dict) and ("field" in stored or STATE in stored):
        stored = [stored]
    if not isinstance(stored, (list, dict)):
        yield (), _("The rule is a list of conditions.")
        return
    walk = _Found(row)
    yield from walk.in_group(stored, ())
    if walk.leaves > MOST_LEAVES:
        yield (
            (),
            ngettext("At most %(most)s condition.", "At most %(most)s conditions.", MOST_LEAVES)
            % {"most": MOST_LEAVES},
        )


def within(members: Iterable[Node], most: int = MOST_LEAVES) -> tuple[list[Node], bool]:
    """The first members, which have at most ``most`` conditions together, and whether others follow."""
    first: list[Node] = []
    number = 0
    for member in members:
        number += sum(1 for _leaf in leaves(Group(How.ALL, (member,))))
        if number > most:
            return first, True
        first.append(member)
    return first, False


class _Found:
    """A walk through a tree that counts its leaves and stops where there are too many."""

    def __init__(self, row: str) -> None:
        self.row, self.leaves = row, 0

    def in_group(self, stored: Any, path: Path) -> Iterator[tuple[Path, str]]:
        members = stored
        if isinstance(stored, dict):
            if len(stored) != 1 or next(iter(stored)) not in list(How):
                yield path, _("needs field, test and value.")
                return
            members = next(iter(stored.values()))
        if not isinstance(members, list):
            yield path, _("A group is a list of conditions.")
        elif len(path) >= DEEPEST:
            yield path, _("Groups stand in one another at most %(most)s deep.") % {"most": DEEPEST}
        elif not members and (path or (isinstance(stored, dict) and stored.keys() != {How.ALL.value})):
            yield path, _("A group needs a condition.")
        else:
            for number, member in enumerate(members[: MOST_LEAVES + 1], start=1):
                yield from self._in_member(member, (*path, number))
            self.leaves += max(len(members) - MOST_LEAVES - 1, 0)

    def _in_member(self, member: Any, path: Path) -> Iterator[tuple[Path, str]]:
        if isinstance(member, dict) and len(member) == 1 and next(iter(member)) in list(How):
            yield from self.in_group(member, path) if self.leaves <= MOST_LEAVES else ()
            return
        self.leaves += 1
        problem = problem_of(member, self.row)
        if problem:
            yield path, problem


def problem_of(leaf: Any, row: str = "") -> str:
    """The problem of one condition; empty when it is valid for customers (and for the rows of a list)."""
    if isinstance(leaf, dict) and set(leaf) == {STATE, "values"}:
        if not isinstance(leaf[STATE], str):
            return _("no field “%(field)s”.") % {"field": printable(leaf[STATE])}
        leaf = {"field": f"{STATE}:{leaf[STATE]}", "test": "holds", "value": leaf["values"]}
    if not isinstance(leaf, dict) or set(leaf) != {"field", "test", "value"}:
        return _("needs field, test and value.")
    key, test = leaf["field"], leaf["test"]
    field = find(key) if is_text(key, LONGEST_KEY) else None
    if field is None or field.row not in {"", row}:
        return _("no field “%(field)s”.") % {"field": printable(key)}
    if not isinstance(test, str) or test not in field.tests:
        test_label = TESTS.get(test, printable(test)) if isinstance(test, str) else printable(test)
        return _("“%(field)s” cannot be tested by “%(test)s”.") % {"field": field.label, "test": test_label}
    return _problem_of_state(field, leaf["value"]) if field.state else _problem_of_value(field, test, leaf["value"])


def number(value: Any) -> Decimal | None:
    """A figure that SQL can hold: finite, below a trillion, with at most twelve digits after the point; else None."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str, Decimal)):
        return None
    if isinstance(value, str) and (len(value) > 30 or plain_number(value) is None):  # noqa: PLR2004 (more digits than any figure in range)
        return None
    try:
        figure = Decimal(narrow(str(value))) if not isinstance(value, int) or abs(value) < LARGEST else None
    except InvalidOperation:
        return None
    if figure is None or not figure.is_finite() or abs(figure) >= LARGEST:
        return None
    exponent = figure.as_tuple().exponent
    return figure if isinstance(exponent, int) and exponent >= -FINEST else None


def day_of(value: Any) -> dt.date | None:
    """A day written ``2026-11-28`` between 1900 and 2199; else None."""
    if not isinstance(value, str):
        return None
    try:
        day = dt.date.fromisoformat(value)
    except ValueError:
        return None
    return day if FIRST_DAY <= day <= LAST_DAY and day.isoformat() == value else None


def is_text(value: Any, longest: int = LONGEST_VALUE) -> bool:
    """Whether ``value`` is a text with something in it that PostgreSQL can hold."""
    if not isinstance(value, str) or not value.strip() or len(value) > longest or "\x00" in value:
        return False
    return not any("\ud800" <= letter <= "\udfff" for letter in value)


def printable(value: Any) -> str:
    """A short form of anything for a message, without characters that a page or a log cannot take."""
    text = str(value) if isinstance(value, (str, float, bool)) or value is None else type(value).__name__
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < LARGEST:
        text = str(value)
    return text[:40].encode("utf-8", "replace").decode().replace("\x00", "?")


def _problem_of_state(field: Field, values: Any) -> str:
    if not isinstance(values, dict) or field.state is None or not all(is_text(name, LONGEST_KEY) for name in values):
        return _("“%(field)s” needs a value.") % {"field": field.label}
    try:
        field.state.check(values)
    except ValidationError as problem:
        return " ".join(problem.messages)
    return ""


def _problem_of_value(field: Field, test: str, value: Any) -> str:
    problem = ""
    if test in PRESENCE:
        problem = _("“%(field)s” takes no value with this test.") if value is not None else ""
    elif test in FIGURES:
        problem = _("“%(field)s” needs a number.") if number(value) is None else ""
    elif test in SPANS:
        figure = number(value)
        is_whole = figure is not None and figure == figure.to_integral_value() and 0 <= figure <= MOST_DAYS
        problem = "" if is_whole else _("“%(field)s” needs a number of days between 0 and %(most)s.")
    elif test in DAYS:
        problem = _("“%(field)s” needs a day between 1900 and 2199.") if day_of(value) is None else ""
    else:
        return _problem_of_words(field, value if test == "is_in" else [value])
    return problem % {"field": field.label, "most": MOST_DAYS}


def _is_word(field: Field, value: Any) -> bool:
    if field.kind == Kind.KEY and isinstance(value, int) and not isinstance(value, bool):
        return 0 < value < LARGEST_KEY
    return is_text(value)


def _problem_of_words(field: Field, values: Any) -> str:
    if not isinstance(values, list) or not values or not all(_is_word(field, value) for value in values):
        return _("“%(field)s” needs a value.") % {"field": field.label}
    if len(values) > MOST_VALUES:
        return _("“%(field)s” takes at most %(most)s values.") % {"field": field.label, "most": MOST_VALUES}
    allowed = {choice for choice, _label in field.fixed_choices}
    unknown_values = [value for value in values if allowed and value not in allowed]
    if unknown_values:
        return _("“%(value)s” is not a value of “%(field)s”.") % {"value": unknown_values[0], "field": field.label}
    return ""


__all__ = ["Kind", "check", "problems", "within"]
