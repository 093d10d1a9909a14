"""Previews of these tests foresee nothing, which takes longer than they do; those that ask for it use ``foreseeing``."""

from __future__ import annotations

import pytest

from accounts import tasks
from accounts.imports.previewing import nothing


@pytest.fixture
def foreseeing() -> None:
    """What else moves is reckoned."""


@pytest.fixture(autouse=True)
def _short_sighted(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if "foreseeing" not in request.fixturenames:
        monkeypatch.setattr(tasks, "foresee", nothing)
