"""The import rules: what the contract lets through and what it refuses."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from tests.directions import Direction

PROJECT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def contract() -> Direction:
    """The contract exactly as pyproject.toml configures it."""
    told = tomllib.loads((PROJECT / "pyproject.toml").read_text())["tool"]["importlinter"]
    options = told["contracts"][0]
    return Direction(name=options["name"], session_options=told, contract_options=options)


@pytest.mark.parametrize(
    ("importer", "imported"),
    [
        ("health.scoring", "accounts.models.customers"),
        ("playbooks.triggers", "renewals.forecast"),
        ("health.scoring", "config.clock"),
        ("accounts.models.users", "config.outbox"),
        ("accounts.views", "playbooks.models"),
        ("accounts.views", "accounts.forms.customers"),
        ("renewals.views", "accounts.book"),
        ("accounts.book", "health.models"),
        ("config.urls", "health.urls"),
        ("config.outbox.management.commands.relay", "config.carrier"),
    ],
)
def test_allowed(contract: Direction, importer: str, imported: str) -> None:
    assert contract.objection(importer, imported) is None


@pytest.mark.parametrize(
    ("importer", "imported", "reason"),
    [
        ("health.scoring", "renewals.models", "a domain imports leftwards only"),
        ("accounts.models", "health.models", "a domain imports leftwards only"),
        ("renewals.views", "health.views", "no edge imports another app's edge"),
        ("health.scoring", "health.views", "a domain imports no edge"),
        ("health.scoring", "accounts.book", "a domain imports no edge"),
        ("health.scoring.overriding", "config.ui.figures", "of config a domain imports only what lies below it"),
        ("health.scoring", "config.settings", "of config a domain imports only what lies below it"),
        ("config.outbox.delivery", "accounts.models", "what lies below the apps imports none of them"),
    ],
)
def test_refused(contract: Direction, importer: str, imported: str, reason: str) -> None:
    assert contract.objection(importer, imported) == reason
