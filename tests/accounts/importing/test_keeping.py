"""Runs of imports are forgotten after 90 days, with their lines; killed commands are found."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from accounts.imports import keeping
from accounts.models import ForgottenLoad, ImportFile, ImportLine, ImportRun
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


def test_as_many_small_runs_go_at_once_as_have_the_lines_of_a_large_one() -> None:
    """A program sends hundreds of requests a day, each of them a run; a run larger than the bound goes alone."""
    now = clock.now()
    for new in (2, 1, 400_000, 600_000, 1_000_001, 1):
        old = run(state="done", ended_at=now - dt.timedelta(days=100))
        about = {"name": "x", "target": "customers", "source": "crm"}
        file = ImportFile.objects.create(run=old, position=1, written=True, new=new, act=new, undone=True, **about)
        if new == 1:
            ImportLine.objects.create(file=file, kind="changed", object_kind="customer")
    assert [keeping.tidy(now) for _night in range(5)] == [3, 1, 1, 1, 0]
    loads = list(ForgottenLoad.objects.values_list("act", "source", "undone"))
    assert loads == [(1, "crm", True)], "only what has a history"


def test_a_command_that_fell_silent_was_killed() -> None:
    now = clock.now()
    silent = run(state="running", started_at=now - dt.timedelta(hours=7))
    heard = run(state="running", started_at=now - dt.timedelta(hours=7), read_at=now - dt.timedelta(hours=1))
    keeping.tidy(now)
    silent.refresh_from_db()
    heard.refresh_from_db()
    assert (silent.state, silent.problem) == ("failed", "The command ended without a word.")
    assert heard.state == "running"
