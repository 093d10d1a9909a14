"""Conditions as sentences, and why one holds for a customer, or not, as lines. For the edges of every app."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from asgiref.local import Local
from django.core.signals import request_started
from django.dispatch import receiver
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext, pgettext_lazy

from accounts.conditions.checking import day_of, number
from accounts.conditions.explaining import Explained
from accounts.conditions.fields import DAYS, FIGURES, Field, Kind, Rows, find
from accounts.conditions.trees import How, Leaf, Node, Stored, read
from config.setaside.reading import UNREADABLE, readable
from config.ui import figures

HOW: Final = {
    How.ALL: gettext_lazy("All of these hold"),
    How.ANY: gettext_lazy("At least one of these holds"),
    How.NONE: gettext_lazy("None of these holds"),
}
MOST_DIGITS: Final = 2
_asked = Local()


@dataclass(frozen=True)
class Line:
    """One required condition, the customer's value, and whether it holds (None: it cannot be told).

    A group's ``members`` stand below it.
    """

    words: str
    actual: str
    holds: bool | None
    members: tuple[Line, ...] = ()


def phrases(stored: Stored, today: dt.date) -> list[str]:
    """A condition as sentences that must all hold; no sentence means everybody. ``today`` decides how a day is written.

    An unreadable condition gives one sentence that reports it.
    """
    return readable(lambda: _phrases(stored, today), [str(UNREADABLE)])


def _phrases(stored: Stored, today: dt.date) -> list[str]:
    tree = read(stored)
    if tree.how == How.ALL:
        return [_phrase(member, today) for member in tree.members]
    return [_phrase(tree, today)]


def sentence(leaf: Leaf, today: dt.date) -> str:
    """One condition in the reader's language: ``ARR is at least 50,000``."""
    field = find(leaf.key)
    label = field.label if field else leaf.key
    if field and field.state:
        return field.state.asks(leaf.value)
    if leaf.test in COUNTED:
        return COUNTED[leaf.test](str(label), int(number(leaf.value) or 0))
    values = leaf.value if isinstance(leaf.value, list) else [leaf.value]
    if leaf.test in DAYS:
        texts = [figures.day(day_of(value), today) for value in values]
    else:
        texts = [figure(number(value)) if leaf.test in FIGURES else choice(field, value) for value in values]
    pattern = (
        YES_OR_NO if field and field.kind == Kind.FLAG and leaf.test == "is" else SENTENCES.get(leaf.test, YES_OR_NO)
    )
    return str(pattern) % {"field": label, "values": figures.listed(texts)}


def lines(explained: Explained, today: dt.date) -> tuple[Line, ...]:
    """The required conditions, one line each; a group's conditions are below the group."""
    return tuple(line(part, today) for part in explained.required)


def line(explained: Explained, today: dt.date) -> Line:
    """One node with its value and whether it holds."""
    if isinstance(explained.node, Leaf):
        actual = _actual(explained, today)
        return Line(sentence(explained.node, today), actual, explained.holds)
    members = tuple(line(member, today) for member in explained.members)
    return Line(str(HOW[explained.node.how]), "", explained.holds, members)


def _phrase(node: Node, today: dt.date) -> str:
    if isinstance(node, Leaf):
        return sentence(node, today)
    inner = pgettext("between conditions in a row", "; ").join(_phrase(member, today) for member in node.members)
    return GROUPS[node.how] % {"conditions": inner}


GROUPS: Final = {
    How.ALL: gettext_lazy("all of (%(conditions)s)"),
    How.ANY: gettext_lazy("at least one of (%(conditions)s)"),
    How.NONE: gettext_lazy("none of (%(conditions)s)"),
}


SENTENCES: Final = {
    "at_least": pgettext_lazy("a condition", "%(field)s is at least %(values)s"),
    "at_most": pgettext_lazy("a condition", "%(field)s is at most %(values)s"),
    "is": pgettext_lazy("a condition", "%(field)s is %(values)s"),
    "is_not": pgettext_lazy("a condition", "%(field)s is not %(values)s"),
    "is_in": pgettext_lazy("a condition", "%(field)s is one of %(values)s"),
    "has": pgettext_lazy("a condition", "%(field)s has %(values)s"),
    "contains": pgettext_lazy("a condition", "%(field)s contains %(values)s"),
    "before": pgettext_lazy("a condition", "%(field)s before %(values)s"),
    "from": pgettext_lazy("a condition", "%(field)s on or after %(values)s"),
    "known": pgettext_lazy("a condition", "%(field)s is known"),
    "missing": pgettext_lazy("a condition", "%(field)s is missing"),
}
YES_OR_NO: Final = pgettext_lazy("a condition", "%(field)s: %(values)s")


def _within_next(field: str, days: int) -> str:
    template = ngettext("%(field)s within the next %(n)s day", "%(field)s within the next %(n)s days", days)
    return template % {"field": field, "n": figures.number(days)}


def _within_last(field: str, days: int) -> str:
    template = ngettext("%(field)s within the last %(n)s day", "%(field)s within the last %(n)s days", days)
    return template % {"field": field, "n": figures.number(days)}


def _ahead(field: str, days: int) -> str:
    template = ngettext("%(field)s more than %(n)s day ahead", "%(field)s more than %(n)s days ahead", days)
    return template % {"field": field, "n": figures.number(days)}


def _ago(field: str, days: int) -> str:
    template = ngettext("%(field)s more than %(n)s day ago", "%(field)s more than %(n)s days ago", days)
    return template % {"field": field, "n": figures.number(days)}


def _at_least_ago(field: str, days: int) -> str:
    template = ngettext("%(field)s at least %(n)s day ago", "%(field)s at least %(n)s days ago", days)
    return template % {"field": field, "n": figures.number(days)}


COUNTED: Final[dict[str, Callable[[str, int], str]]] = {
    "within_next": _within_next, "within_last": _within_last, "more_than_ahead": _ahead, "more_than_ago": _ago,
    "at_least_ago": _at_least_ago,
}  # fmt: skip


def _actual(explained: Explained, today: dt.date) -> str:
    """The customer's value in words; a missing one is "none", or "cannot be told" where the truth is unknown."""
    value = explained.actual
    if value in (None, "", []):
        return _("cannot be told") if explained.holds is None else _("none")
    field = find(explained.node.key) if isinstance(explained.node, Leaf) else None
    if field and field.state:
        return field.state.says(json.loads(value))
    return _value(field, value, today)


def _value(field: Field | None, value: Any, today: dt.date) -> str:
    if isinstance(value, bool):
        return pgettext("a condition", "yes") if value else pgettext("a condition", "no")
    if isinstance(value, dt.date):
        return figures.day(value, today)
    if isinstance(value, list):
        return figures.listed(choice(field, item) for item in value)
    if field and field.rows:
        return choice(field, int(value))
    return choice(field, value) if isinstance(value, str) else figure(Decimal(str(value)))


def choice(field: Field | None, value: Any) -> str:
    if field and field.rows and isinstance(value, int):
        return _name(field, field.rows, value)
    if field is None or not isinstance(value, str):
        return str(value)
    return str(dict(field.fixed_choices).get(value, value))


def _name(field: Field, rows: Rows, pk: int) -> str:
    """What a row is called; one statement a field and request."""
    names_by_field: dict[str, Mapping[int, str]] = getattr(_asked, "names", {})
    if pk not in names_by_field.get(field.key, {}):
        _asked.names = names_by_field = names_by_field | {field.key: rows.names()}
    return names_by_field[field.key].get(pk) or _("no longer there")


@receiver(request_started)
def _forget(**_signal: Any) -> None:
    _asked.names = {}


def figure(value: Decimal | None) -> str:
    """A figure with as many digits after the point as it has, at most two."""
    if value is None:
        return figures.NONE
    exponent = value.normalize().as_tuple().exponent
    digits = -exponent if isinstance(exponent, int) else 0
    return figures.number(value, min(max(digits, 0), MOST_DIGITS))


def listed(stored: Stored, today: dt.date) -> str:
    """A condition in one line; "everybody" for an empty one."""
    return pgettext("between conditions in a row", "; ").join(phrases(stored, today)) or _("everybody")
