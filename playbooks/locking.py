"""One writer of enrolments at a time, so that two sweeps cannot lock the same rows crosswise."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from config import locks


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """A transaction that holds the advisory lock of enrolments until it ends. One statement."""
    with locks.alone("playbooks.enrolments"):
        yield
