"""Counting the statements a piece of code asks, savepoints left out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection
from django.test.utils import CaptureQueriesContext


@contextmanager
def statements() -> Iterator[list[str]]:
    """The statements asked inside the block, as a list that is filled when it ends."""
    asked: list[str] = []
    with CaptureQueriesContext(connection) as queries:
        yield asked
    asked += [one["sql"] for one in queries if "SAVEPOINT" not in one["sql"]]
