"""Previews of these tests foresee nothing, which takes longer than they do; those that ask for it use ``foreseeing``."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import connection

from accounts import tasks
from accounts.imports.previewing import nothing


@pytest.fixture
def foreseeing() -> None:
    """What else moves is reckoned."""


@pytest.fixture
def hurried(transactional_db: None) -> Iterator[None]:
    """A database that ends transactions which are idle for 0.2 s, and lets nobody wait longer than 0.1 s for a lock."""
    with connection.cursor() as cursor:
        cursor.execute("SET idle_in_transaction_session_timeout = '200ms'; SET lock_timeout = '100ms'")
    yield
    with connection.cursor() as cursor:
        cursor.execute("RESET idle_in_transaction_session_timeout; RESET lock_timeout")


@pytest.fixture(autouse=True)
def _short_sighted(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if "foreseeing" not in request.fixturenames:
        monkeypatch.setattr(tasks, "foresee", nothing)
