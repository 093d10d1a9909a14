"""Pages of a list: by key where the list may be long, by number where it is short and people count pages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.core.exceptions import BadRequest
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _

from accounts.keyset import BadKey, Order, Stretch, parse, walk

Row = TypeVar("Row")


@dataclass(frozen=True)
class Page(Generic[Row]):
    """Rows of one page and the keys of its neighbours.

    ``before`` and ``after`` are opaque keys for the address (``?before=…``, ``?after=…``), None at the ends; of a numbered
    page (``number`` of ``pages``) its neighbours' numbers (``?page=…``). ``total`` is the number of all rows, None where
    nobody counts them.
    """

    rows: list[Row]
    before: str | None = None
    after: str | None = None
    total: int | None = None
    number: int | None = None
    pages: int | None = None

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)


def keys_of(request: HttpRequest) -> dict[str, str]:
    """The keys of the address, as ``accounts.keyset.walk`` takes them."""
    return {"after": request.GET.get("after", ""), "before": request.GET.get("before", "")}


def after(request: HttpRequest, read: Callable[[str], Any], *, empty: bool = False) -> tuple[Any, int] | None:
    """Value and primary key of the row after which the page begins, for lists with a statement of their own.

    ``empty``: the value may be missing.
    """
    try:
        key = parse(request.GET.get("after", ""), read)
    except BadKey as error:
        raise BadRequest(str(error)) from error
    if key and key[0] is None and not empty:
        raise BadRequest(_("The address names a page that does not exist."))
    return key


def walked(request: HttpRequest, rows: QuerySet[Any], order: Order, size: int = 50) -> Page[Any]:
    """The rows after (or before) the key of the address; BadRequest for an invalid key."""
    try:
        return page_of(walk(rows, order, **keys_of(request), size=size))
    except BadKey as error:
        raise BadRequest(str(error)) from error


def page_of(stretch: Stretch) -> Page[Any]:
    return Page(stretch.rows, stretch.before, stretch.after)


def numbered(request: HttpRequest, rows: QuerySet[Any] | list[Any], size: int) -> Page[Any]:
    """The page whose number the address names: the first without a valid number, the last for a number beyond it.

    One statement where the first page holds all rows; else one more counts them: for lists that stay short.
    """
    if request.GET.get("page", "1") == "1":
        first = list(rows[: size + 1])
        total = len(first)
        if total > size:
            total = len(rows) if isinstance(rows, list) else rows.count()
        pages = max(1, -(-total // size))
        return Page(first[:size], None, "2" if pages > 1 else None, total, 1, pages)
    page = Paginator(rows, size).get_page(request.GET.get("page"))
    before = str(page.previous_page_number()) if page.has_previous() else None
    after = str(page.next_page_number()) if page.has_next() else None
    return Page(list(page), before, after, page.paginator.count, page.number, page.paginator.num_pages)


def neighbours(request: HttpRequest, page: Page[Any]) -> tuple[str, str]:
    """The addresses of the pages before and after, with the filters of this one."""
    if page.number is not None:
        return with_changes(request, page=page.before), with_changes(request, page=page.after)
    return with_changes(request, before=page.before, after=None), with_changes(request, after=page.after, before=None)


def with_changes(request: HttpRequest, **changes: object) -> str:
    """The request's own address with some of its filters changed; None and ``""`` remove one."""
    query = request.GET.copy()
    for name, value in changes.items():
        query.pop(name, None)
        if value not in (None, ""):
            query[name] = str(value)
    return f"{request.path}?{query.urlencode()}" if query else str(request.path)
