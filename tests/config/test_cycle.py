"""The daily cycle: its steps in order, once a day, the same in the foreground and through the outbox."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from django.core.management import CommandError, call_command
from django.utils.module_loading import import_string

from accounts.models import Organisation
from config import cycle
from config.cycle import STEPS, Done, Step, begin_on, run
from config.outbox.delivery import deliver
from config.outbox.models import Batch, Outbox
from config.outbox.relay import claim

pytestmark = pytest.mark.django_db

DAY = dt.date(2026, 5, 1)
CALLS: list[tuple[object, ...]] = []

IN_ORDER = [
    ("whole", DAY),
    ("undated",),
    ("range", 1, 5000, DAY),
    ("range", 5001, 7000, DAY),
    ("whole", DAY),
]


def whole(day: dt.date) -> int:
    CALLS.append(("whole", day))
    return 3


def undated() -> int:
    CALLS.append(("undated",))
    return 4


def chunks(_day: dt.date) -> list[tuple[int, int]]:
    return [(1, 5000), (5001, 7000)]


def score(first: int, last: int, day: dt.date) -> int:
    CALLS.append(("range", first, last, day))
    return last - first + 1


@pytest.fixture
def short_cycle(monkeypatch: pytest.MonkeyPatch) -> None:
    """Four steps that note their calls, one of them spread over two ranges."""
    CALLS.clear()
    steps = (
        Step("first", f"{__name__}.whole"),
        Step("second", f"{__name__}.undated", dated=False),
        Step("third", f"{__name__}.score", chunks=f"{__name__}.chunks"),
        Step("fourth", f"{__name__}.whole"),
    )
    monkeypatch.setattr(cycle, "STEPS", steps)


def work_off() -> int:
    """Deliver until nothing is due; return how many rows were."""
    rows = 0
    while ids := claim():
        rows += len(ids)
        assert {deliver(pk) for pk in ids} == {"done"}
    return rows


def test_foreground_run_counts_each_step(short_cycle: None):
    assert list(run(DAY)) == [
        Done("first", 3),
        Done("second", 4),
        Done("third", 7000),
        Done("fourth", 3),
    ]
    assert CALLS == IN_ORDER
    assert not Outbox.objects.exists()


def test_outbox_run_does_the_same_steps(short_cycle: None):
    assert begin_on("2026-05-01") == 1
    assert work_off() == 6
    assert CALLS == IN_ORDER


def test_cycle_of_a_day_begins_once(short_cycle: None):
    begin_on("2026-05-01")
    work_off()
    assert begin_on("2026-05-01") == 0
    assert work_off() == 0
    assert begin_on("2026-05-02") == 1


def test_step_without_customers_is_followed_at_once(short_cycle: None, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(f"{__name__}.chunks", lambda _day: [])
    begin_on("2026-05-01")
    assert work_off() == 4
    assert [IN_ORDER[0], IN_ORDER[1], IN_ORDER[4]] == CALLS


def test_spread_step_that_ends_the_cycle(short_cycle: None, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(cycle, "STEPS", cycle.STEPS[:3])
    begin_on("2026-05-01")
    assert work_off() == 5
    assert Batch.objects.get().finished_at is not None


def test_run_cycle_prints_steps(short_cycle: None, capsys: pytest.CaptureFixture[str]):
    call_command("run_cycle", "--day", "2026-05-01")
    assert capsys.readouterr().out.split() == ["first", "3", "second", "4", "third", "7000", "fourth", "3"]


def test_run_cycle_takes_the_organisations_day(short_cycle: None, capsys: pytest.CaptureFixture[str]):
    Organisation.objects.all().delete()
    Organisation.objects.create(pk=1, name="Acme", frozen_today=DAY)
    call_command("run_cycle", "--json")
    assert json.loads(capsys.readouterr().out) == {
        "day": "2026-05-01",
        "steps": {"first": 3, "second": 4, "third": 7000, "fourth": 3},
    }


def test_run_cycle_refuses_a_day_that_is_none():
    with pytest.raises(CommandError, match="--day '2026-02-30' is not a date"):
        call_command("run_cycle", "--day", "2026-02-30")


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.name)
def test_every_step_exists(step: Step):
    assert callable(import_string(step.call))
    if step.chunks:
        assert callable(import_string(step.chunks))
