"""One stretch of a long list, found by key rather than by counting past rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

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
