"""Walking a long list by key: the next rows cost the same on the first page and on the last."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from config import days
from config.text import plain_number, row_number

END: Final = "end"


class BadKey(ValueError):  # noqa: N818 (an answer to an address, not an error of ours)
    """A key in an address that no page ever gave out."""


@dataclass(frozen=True)
class Order:
    """A column to walk along, the primary key breaking ties; rows without a value come last."""

    column: str
    read: Callable[[str], Any]
    descending: bool = False


@dataclass(frozen=True)
class Stretch:
    """Rows in order, and the keys that lead on from both ends (None: there is nothing more)."""

    rows: list[Any]
    before: str | None
    after: str | None


def read_date(text: str) -> dt.date:
    return days.read(text)


def read_number(text: str) -> Decimal:
    plain = plain_number(text)
    if plain is None:
        raise ValueError(text)
    return Decimal(plain)


def walk(rows: QuerySet[Any], order: Order, *, after: str = "", before: str = "", size: int = 50) -> Stretch:
    """The ``size`` rows after (or before) a key; the first ones without a key.

    ``before="end"`` gives the last rows. One statement, two where the page crosses from rows with
    a value to rows without. Raises BadKey.
    """
    backwards = bool(before)
    key = parse(before or after, order.read)
    page_rows: list[Any] = []
    for part in _parts(rows, order, key, backwards=backwards):
        page_rows += part[: size + 1 - len(page_rows)]
        if len(page_rows) > size:
            break
    more = len(page_rows) > size
    page_rows = page_rows[:size]
    if backwards:
        page_rows.reverse()
    return _stretch(page_rows, order, more=more, backwards=backwards, came_from=bool(key))


def _stretch(page_rows: list[Any], order: Order, *, more: bool, backwards: bool, came_from: bool) -> Stretch:
    if not page_rows:
        return Stretch([], None, None)
    earlier, later = (more, came_from) if backwards else (came_from, more)
    return Stretch(
        page_rows,
        key_of(page_rows[0], order) if earlier else None,
        key_of(page_rows[-1], order) if later else None,
    )


def key_of(row: Any, order: Order) -> str:
    """The key of a row in this order, as it stands in addresses."""
    value = getattr(row, order.column)
    return f"{'' if value is None else value}~{row.pk}"


def parse(key: str, read: Callable[[str], Any]) -> tuple[Any, int] | None:
    """Value (None: without one) and primary key; None for no key or the end. Raises BadKey."""
    if key in {"", END}:
        return None
    text, _mark, pk = key.rpartition("~")
    number = row_number(pk)
    try:
        if number is None or "~" not in key:
            raise ValueError(key)  # noqa: TRY301 (one message for every broken key)
        return (read(text) if text else None), number
    except ValueError as error:
        raise BadKey(_("The address names a page that does not exist.")) from error


def _parts(
    rows: QuerySet[Any], order: Order, key: tuple[Any, int] | None, *, backwards: bool
) -> Iterator[QuerySet[Any]]:
    """Stretches to read one after another until a page is full, each an index range."""
    down = order.descending != backwards
    sign = "-" if down else ""
    valued = rows.exclude(**{f"{order.column}__isnull": True}).order_by(f"{sign}{order.column}", f"{sign}pk")
    empty = rows.filter(**{f"{order.column}__isnull": True}).order_by(f"{sign}pk")
    step = "lt" if down else "gt"
    if key is None:
        yield from (empty, valued) if backwards else (valued, empty)
    elif key[0] is None:
        yield empty.filter(**{f"pk__{step}": key[1]})
        if backwards:
            yield valued
    else:
        # The first half names the index range, the second cuts inside it.
        yield valued.filter(
            Q(**{f"{order.column}__{step}": key[0]}) | Q(**{f"pk__{step}": key[1]}),
            **{f"{order.column}__{step}e": key[0]},
        )
        if not backwards:
            yield empty
