"""Runs of imports are forgotten after 90 days, with their lines; killed commands are found."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from accounts.imports import keeping
from accounts.models import ImportFile, ImportLine, ImportRun
from config import clock
from config.outbox import housekeeping
from tests.accounts.importing.runs import CUSTOMERS, imported, write
from tests.factories import DAY, organisation

pytestmark = pytest.mark.django_db


def run(**given: object) -> ImportRun:
    return ImportRun.objects.create(title="mine.toml", day=DAY, **given)


def test_runs_stay_90_days_after_they_ended(tmp_path: Path) -> None:
    organisation()
    old = imported(write(tmp_path / "in", {"customers.csv": CUSTOMERS}))
    now = clock.now()
    old.ended_at = now - dt.timedelta(days=90, seconds=1)
    old.save(update_fields=["ended_at"])
    run(state="done", ended_at=now - dt.timedelta(days=90))
    run(state="running", by=old.by, begun_at=now - dt.timedelta(days=200))
    run(state="previewed", begun_at=now - dt.timedelta(days=91))
    assert keeping.tidy(now) == 2
    assert [kept.state for kept in ImportRun.objects.order_by("pk")] == ["done", "running"]
    assert not ImportFile.objects.exists()
    assert not ImportLine.objects.exists()
    assert keeping.tidy in housekeeping.JOINED


def test_at_most_three_at_once() -> None:
    now = clock.now()
    for _number in range(4):
        run(state="done", ended_at=now - dt.timedelta(days=100))
    assert [keeping.tidy(now), keeping.tidy(now)] == [3, 1]


def test_a_command_that_fell_silent_was_killed() -> None:
    now = clock.now()
    silent = run(state="running", started_at=now - dt.timedelta(hours=7))
    heard = run(state="running", started_at=now - dt.timedelta(hours=7), read_at=now - dt.timedelta(hours=1))
    keeping.tidy(now)
    silent.refresh_from_db()
    heard.refresh_from_db()
    assert (silent.state, silent.problem) == ("failed", "The command ended without a word.")
    assert heard.state == "running"
