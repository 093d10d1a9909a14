"""Kinds of records: each is found in one statement, whatever the number of rows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from django.db.models import Case, IntegerField, Q, QuerySet, Value, When
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation.trans_real import translation

from accounts.finding.entries import Entry, Group
from accounts.finding.registry import registered
from accounts.models import User
from config.folding import Wanted, fold, having, searched

FEW: Final = 5
# At most so many matches are ranked, any of them where there are more: a person narrows them by typing on, and no
# answer waits for thousands.
CANDIDATES: Final = 300
LONGEST_SHOWN: Final = 200  # a title's width
SHIPPED: Final = 5  # texts of our own that are looked for by their translation


@dataclass(frozen=True)
class Kind:
    """Records of one model. ``rows`` gives those a person may see, ``search`` those of them that have the words,
    best first.

    ``sign`` typed first finds this kind alone. ``entry`` draws a row without a further statement.
    """

    key: str
    label: str | Promise
    rows: Callable[[User], QuerySet[Any]]
    search: Callable[[QuerySet[Any], Wanted], QuerySet[Any]]
    entry: Callable[[Any, dt.date], Entry]
    sign: str = ""
    hint: str | Promise = ""

    def found(self, user: User, wanted: Wanted, day: dt.date) -> Group:
        rows = self.search(self.rows(user), wanted)[:FEW]
        return Group(self.label, [self.entry(row, day) for row in rows], self.hint)


def match(rows: QuerySet[Any], wanted: Wanted, *columns: str) -> QuerySet[Any]:
    """``rows`` whose ``columns`` have the words, those that begin with the first word first. Their table keeps and indexes ``KeptGrams(*columns)``."""
    rows = searched(rows, *columns)
    matching = rows.filter(having(wanted, "searched_text", "searched_grams"))
    return best_first(rows.filter(pk__in=some(matching)), wanted, "searched_text")


def customers(rows: QuerySet[Any], wanted: Wanted) -> QuerySet[Any]:
    """Customers of ``rows`` that have the words in name, reading or domain, best first."""
    matching = rows.filter(having(wanted, "searched__text", "searched__grams"))
    return best_first(rows.filter(pk__in=some(matching)), wanted, "searched__text").order_by("rank", "name", "pk")


def dealings(rows: QuerySet[Any], wanted: Wanted) -> QuerySet[Any]:
    """``rows`` whose title has the words, or whose customer has."""
    return rows.filter(pk__in=some(titled(rows, wanted)).union(some(by_customer(rows, wanted))))


def some(matching: QuerySet[Any]) -> QuerySet[Any, Any]:
    return matching.order_by().values("pk")[:CANDIDATES]


def titled(rows: QuerySet[Any], wanted: Wanted, column: str = "title") -> QuerySet[Any]:
    """``rows`` whose ``column`` has the words as it is stored or, where it is a text that we ship, as the reader sees it."""
    rows = searched(rows, column)
    condition = having(wanted, "searched_text", "searched_grams")
    for original in originals(wanted):
        condition |= Q(searched_grams__contains=Wanted.of(original).grams, **{column: original})
    return rows.filter(condition)


def by_customer(rows: QuerySet[Any], wanted: Wanted) -> QuerySet[Any]:
    """``rows`` of customers that have the words in name, reading or domain."""
    return rows.filter(having(wanted, "customer__searched__text", "customer__searched__grams"))


def best_first(rows: QuerySet[Any], wanted: Wanted, text: str) -> QuerySet[Any]:
    first_word = wanted.words[0] if wanted else ""
    rank = Case(
        When(**{f"{text}__startswith": f" {first_word}"}, then=Value(0)),
        When(**{f"{text}__contains": f" {first_word}"}, then=Value(1)),
        default=Value(2),
        output_field=IntegerField(),
    )
    return rows.annotate(rank=rank)


def originals(wanted: Wanted) -> list[str]:
    """Up to a few shipped texts whose translation for the reader has the words."""
    language = get_language() or ""
    if language.startswith("en") or not wanted:
        return []
    return [text for text, rendering in _shown_texts(language) if all(part in rendering for part in wanted.parts)][
        :SHIPPED
    ]


@lru_cache(maxsize=4)
def _shown_texts(language: str) -> list[tuple[str, str]]:
    """Every text of a line that the product shows in this language, folded, after its English one."""
    catalogue = translation(language)._catalog  # type: ignore[attr-defined]
    return [
        (text, f" {fold(rendering)} ")
        for text, rendering in catalogue.items()
        if isinstance(text, str)
        and isinstance(rendering, str)
        and text
        and "%" not in text
        and "\x04" not in text
        and len(text) <= LONGEST_SHOWN
    ]


def found(user: User, wanted: Wanted, day: dt.date, sign: str = "") -> list[Group]:
    """Records that have the words, a group a kind; one statement each, and one for the people whom ``user`` covers."""
    kinds = [kind for kind in registered.kinds.values() if not sign or kind.sign == sign]
    groups = [kind.found(user, wanted, day) for kind in kinds] if wanted else []
    return [group for group in groups if group.entries]


def recent(user: User, records: Iterable[tuple[str, int]], day: dt.date) -> list[Entry]:
    """The records that ``user`` opened last and may still see, in the order given: one statement a kind."""
    pks_by_kind: dict[str, list[int]] = {}
    for key, pk in records:
        if key in registered.kinds:
            pks_by_kind.setdefault(key, []).append(pk)
    entries = {
        (key, row.pk): registered.kinds[key].entry(row, day)
        for key, pks in pks_by_kind.items()
        for row in registered.kinds[key].rows(user).filter(pk__in=pks)
    }
    return [entries[record] for record in records if record in entries]
