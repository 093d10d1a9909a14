"""Filters as chips: each reads as a sentence of field, test and value, can be changed and taken away."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from accounts.conditions import Group, How, Leaf
from accounts.conditions.checking import day_of, number
from accounts.conditions.fields import DAYS, FIGURES, PRESENCE, SPANS, TESTS, find
from accounts.conditions.trees import Node
from accounts.conditions.words import choice, figure, sentence
from accounts.lists.persons import WORDS
from accounts.models import User
from config.ui import figures

# Beside a value the test is shorter than in a sentence.
SHORT: Final = {
    "at_least": gettext_lazy("≥"),
    "at_most": gettext_lazy("≤"),
    "is_in": pgettext_lazy("a condition", "is"),
    "before": pgettext_lazy("a filter", "before"),
    "from": pgettext_lazy("a filter", "from"),
}


@dataclass(frozen=True)
class Part:
    """One condition of a chip: the words of its field, test and value."""

    field: str
    test: str
    value: str


@dataclass(frozen=True)
class Chip:
    """One member of a filter: its conditions, joined by "or" (``joint``) or "and", whether it is negated, and the
    addresses of the list without it and of the form that changes it.
    """

    parts: tuple[Part, ...]
    joint: str
    negated: bool
    without: str
    change: str

    @property
    def words(self) -> str:
        """The chip in one line, for screen readers."""
        text = f" {self.joint} ".join(f"{part.field} {part.test} {part.value}".strip() for part in self.parts)
        return _("not %(test)s") % {"test": text} if self.negated else text


class Speaker:
    """Puts filters into words for one reader; names a person only where the reader may see them."""

    def __init__(self, reader: User, today: dt.date) -> None:
        self.reader, self.today = reader, today

    @cached_property
    def people(self) -> dict[int, str]:
        return dict(User.objects.visible_to(self.reader).values_list("pk", "name"))

    def chip(self, member: Node, without: str, change: str) -> Chip:
        """The chip of a member."""
        if isinstance(member, Leaf):
            return Chip((self._part(member),), "", negated=False, without=without, change=change)
        parts = tuple(map(self._part, member.members))
        return Chip(parts, _joint(member), negated=member.how == How.NONE, without=without, change=change)

    def _part(self, node: Node) -> Part:
        if isinstance(node, Group):
            phrases = (f"{part.field} {part.test} {part.value}".strip() for part in map(self._part, node.members))
            return Part(_("not") if node.how == How.NONE else "", "", f"({f' {_joint(node)} '.join(phrases)})")
        field = find(node.key)
        if field is None or field.state or node.test in SPANS:
            return Part(sentence(node, self.today), "", "")
        test = str(SHORT.get(node.test, TESTS[node.test]))
        if node.test in PRESENCE:
            return Part(str(field.label), test, "")
        values = node.value if isinstance(node.value, list) else [node.value]
        return Part(str(field.label), test, figures.listed(self._value(node, value) for value in values))

    def _value(self, leaf: Leaf, value: Any) -> str:
        if leaf.field.of_people:
            return str(WORDS.get(value) or self.people.get(value) or value)
        if leaf.test in DAYS:
            return figures.day(day_of(value), self.today)
        return figure(number(value)) if leaf.test in FIGURES else choice(leaf.field, value)


def _joint(group: Group) -> str:
    return _("and") if group.how == How.ALL else _("or")
