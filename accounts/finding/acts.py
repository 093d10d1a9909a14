"""Acts by their words: "log a call with Aoba", "青葉物流に電話"."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import override

from accounts.finding.choices import Choice, chosen, without
from accounts.finding.entries import Entry
from accounts.finding.kinds import customers as called
from accounts.finding.registry import registered
from accounts.models import Customer, User
from config.folding import Wanted, fold

CUSTOMERS: Final = 3
FILLERS: Final = frozenset({"a", "an", "the", "with", "for", "to", "of", "on", *"とのにをへでは"})
PARTICLES: Final = re.compile(r"^[とのにをへでは](?=.)|(?<=.)[とのにをへでは]$")


@dataclass(frozen=True)
class Act:
    """Something one does, with a customer where ``address`` takes one.

    ``words`` names it, with ``%(name)s`` for the customer; ``verbs`` are the words, between commas, by which it is asked.
    ``may`` says who does it at all. ``usual``: it is also offered for a customer of whom only the name is typed. ``entries``,
    where given, lists what the act is done to instead: of these customers, in one statement. ``choices``, where given, are what
    its dialog asks first; one that the question names is chosen there.
    """

    key: str
    words: str | Promise
    verbs: str | Promise
    icon: str
    address: Callable[[Customer], str] | Callable[[], str]
    may: Callable[[User], bool]
    customer: bool = True
    dialog: bool = True
    letter: str = ""
    usual: bool = False
    entries: Callable[[User, list[Any], Any], list[Entry]] | None = None
    choices: Callable[[], Iterable[Choice]] | None = None

    def entry(self, customer: Customer | None = None, choice: Choice | None = None) -> Entry:
        title = self.words % {"name": customer.name} if customer else str(self.words)
        url = self.address(customer) if customer else self.address()  # type: ignore[call-arg]
        if choice is None:
            return Entry(url, title, icon=self.icon, dialog=self.dialog, key=self.letter)
        return Entry(f"{url}?{choice.query}", title, choice.label, icon=self.icon, dialog=self.dialog)

    def left_of(self, text: str) -> str | None:
        """The folded question without the act's words; None where it has none of them."""
        matched, other_words = False, []
        for word in text.split(" "):
            if any(verb.startswith(word) and len(word) > 1 for verb in latin(self.verbs)):
                matched = True
            else:
                other_words.append(word)
        remainder = " ".join(other_words)
        for verb in spoken(self.verbs):
            if verb in remainder:
                matched, remainder = True, remainder.replace(verb, " ")
        if not matched:
            return None
        return _plain(remainder)


def _plain(text: str) -> str:
    return " ".join(PARTICLES.sub("", word) for word in text.split() if word not in FILLERS)


@lru_cache(maxsize=50)
def verbs_of(verbs: str | Promise) -> tuple[str, ...]:
    """The verbs in every language, folded, the longest first."""
    listed: set[str] = set()
    for language, _name in settings.LANGUAGES:
        with override(language):
            listed |= {fold(verb) for verb in str(verbs).replace("、", ",").split(",")}
    return tuple(sorted(filter(None, listed), key=len, reverse=True))


@lru_cache(maxsize=50)
def latin(verbs: str | Promise) -> frozenset[str]:
    """The single words of verbs in Latin letters."""
    return frozenset(word for verb in verbs_of(verbs) if verb.isascii() for word in verb.split(" "))


def spoken(verbs: str | Promise) -> list[str]:
    """Verbs of a language that puts no space between words."""
    return [verb for verb in verbs_of(verbs) if not verb.isascii()]


def letters(user: User) -> list[tuple[str, str]]:
    """Keys that act with a customer, each with its address for the customer 0. No statement."""
    placeholder = Customer(pk=0)
    return [(act.letter, act.address(placeholder)) for act in allowed(user) if act.letter and act.customer]  # type: ignore[call-arg]


def allowed(user: User) -> list[Act]:
    return [act for act in registered.acts.values() if act.may(user)]


def offered(user: User, text: str, *, on: int | None, known: Iterable[int], day: Any) -> list[Entry]:
    """Acts that match the question.

    Their customers are those whose name the question contains, else the customer of the page (``on``), else those
    opened before (``known``). One statement for the customers, one for each act that lists its objects.
    """
    folded = fold(text)
    matches = _asked(user, folded)
    if matches:
        rest = matches[0][1]
    else:
        matches, rest = [(act, folded) for act in allowed(user) if act.usual], folded
    recent = list(known) if folded else []
    if of_choice := _chosen(user, matches[0][0] if matches else None, folded, rest, on, recent):
        return of_choice
    customers = _meant(user, rest, on, recent if not rest else [])
    entries: list[Entry] = []
    for act, _rest in matches:
        if act.entries:
            entries += act.entries(user, customers, day) if customers else []
        elif act.customer:
            entries += [
                act.entry(customer) for customer in (customers if act.left_of(folded) is not None else customers[:1])
            ]
        elif folded:
            entries.append(act.entry())
    return entries


def without_customer(user: User, text: str) -> str:
    """The act that the question asks for without saying for whom, in words: ``Log a touch with …``; empty for others.

    One statement where the question names what the act's dialog asks first.
    """
    folded = fold(text)
    for act, rest in _asked(user, folded)[:1]:
        if not act.customer or act.entries:
            continue
        parts = chosen(act.choices(), folded, latin(act.verbs))[1] if rest and act.choices else []
        if not _plain(without(rest, *parts)):
            return act.words % {"name": "…"}
    return ""


def _asked(user: User, folded: str) -> list[tuple[Act, str]]:
    """The acts that understand most of the folded question, each with what it leaves of it."""
    if not folded:
        return []
    matches = [(act, rest) for act in allowed(user) if (rest := act.left_of(folded)) is not None]
    shortest = min((len(rest) for _act, rest in matches), default=0)
    return [(act, rest) for act, rest in matches if len(rest) == shortest]


def _chosen(user: User, act: Act | None, folded: str, rest: str, on: int | None, known: list[int]) -> list[Entry]:
    """The act with what its dialog asks chosen, where the question names a choice and a customer beside it, or one stands on one."""
    if act is None or act.choices is None or act.left_of(folded) is None:
        return []
    choices, parts = chosen(act.choices(), folded, latin(act.verbs))
    rest = _plain(without(rest, *parts))
    customers = _meant(user, rest, on, known if not rest else []) if choices else []
    return [act.entry(customer, choice) for customer in customers for choice in choices[:CUSTOMERS]]


def _meant(user: User, rest: str, on: int | None, recent_pks: list[int]) -> list[Customer]:
    """The customers an act is about, of those that ``user`` may change."""
    customers = Customer.objects.changeable_by(user)
    if rest:
        return list(called(customers, Wanted.of(rest))[:CUSTOMERS])
    if on is None and not recent_pks:
        return []
    pks = [on] if on is not None else recent_pks[:CUSTOMERS]
    by_pk = customers.in_bulk(pks)
    return [by_pk[pk] for pk in pks if pk in by_pk]
