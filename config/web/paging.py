"""One stretch of a long list, found by key rather than by counting past rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from django.http import HttpRequest

Row = TypeVar("Row")


@dataclass(frozen=True)
class Page(Generic[Row]):
    """Rows of one page and the keys of its neighbours.

    ``before`` and ``after`` are opaque keys for the address (``?before=…``, ``?after=…``), None at
    the ends. ``total`` is the number of all rows, None where nobody counts them.
    """

    rows: list[Row]
    before: str | None = None
    after: str | None = None
    total: int | None = None

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)


def with_changes(request: HttpRequest, **changes: object) -> str:
    """The request's own address with some of its filters changed; None and ``""`` take one away."""
    query = request.GET.copy()
    for name, value in changes.items():
        query.pop(name, None)
        if value not in (None, ""):
            query[name] = str(value)
    return f"{request.path}?{query.urlencode()}" if query else str(request.path)
