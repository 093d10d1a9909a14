"""Rows above a row: the managers of a person, the parents of a customer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

from django.db.models import Model

Row = TypeVar("Row", bound=Model)


def upward(row: Row | None, link: str) -> Iterator[Row]:
    """``row`` and every row above it by the foreign key ``link``, the nearest first; in a circle each once.

    One statement a step that the caller has not fetched.
    """
    passed: set[int] = set()
    while row is not None and row.pk not in passed:
        passed.add(row.pk)
        yield row
        row = getattr(row, link)
