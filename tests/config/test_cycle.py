"""The daily cycle: its steps in order, once a day, whatever fails, the same in the foreground and through the outbox."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Sequence

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection, transaction
from django.utils.module_loading import import_string

from accounts import changes
from accounts.models import Customer, Organisation
from config import clock, cycle, schedule
from config.cycle import STEPS, Done, Step, begin_on, run
from config.outbox import delivery, queueing
from config.outbox.delivery import deliver
from config.outbox.models import Batch, Outbox
from config.outbox.relay import claim
from config.setaside import nights, register
from config.setaside.models import SetAside, StepRun
from health.models import CaseRule
from tests import factories as make
from tests.factories import customer

pytestmark = pytest.mark.django_db

DAY = dt.date(2026, 5, 1)
CALLS: list[tuple[object, ...]] = []
FAIL: dict[str, Callable[[], object]] = {}

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
    FAIL.get("undated", lambda: None)()
    CALLS.append(("undated",))
    return 4


def chunks(_day: dt.date) -> list[tuple[int, int]]:
    return [(1, 5000), (5001, 7000)]


def score(first: int, last: int, day: dt.date) -> int:
    FAIL.get(f"score {first}", lambda: None)()
    CALLS.append(("range", first, last, day))
    return last - first + 1


def overflow() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 99999999999::int")


def time_out() -> None:
    raise OperationalError("canceling statement due to statement timeout")


@pytest.fixture(autouse=True)
def frozen() -> None:
    Organisation.objects.all().delete()
    Organisation.objects.create(pk=1, name="Acme", frozen_today=DAY)
    FAIL.clear()
    CALLS.clear()


@pytest.fixture
def short_cycle(monkeypatch: pytest.MonkeyPatch) -> None:
    """Four steps that note their calls, one of them spread over two ranges."""
    steps = (
        Step("first", f"{__name__}.whole"),
        Step("second", f"{__name__}.undated", dated=False, needs=("first",)),
        Step("third", f"{__name__}.score", chunks=f"{__name__}.chunks", needs=("second",)),
        Step("fourth", f"{__name__}.whole", needs=("first", "third")),
    )
    monkeypatch.setattr(cycle.steps, "STEPS", steps)


def work_off() -> list[str]:
    """Deliver until nothing is due, pauses after failures left out; what came of each start."""
    came: list[str] = []
    while ids := claim():
        came += [deliver(pk) for pk in ids]
        Outbox.objects.filter(state="pending").exclude(error="").update(publish_after="2000-01-01T00:00Z")
    return came


def stale() -> dict[str, list[str]]:
    return {one.step: one.stale for one in nights.of(DAY) if one.stale}


def test_foreground_run_counts_each_step(short_cycle: None):
    assert list(run(DAY)) == [
        Done("first", 3),
        Done("second", 4),
        Done("third", 7000),
        Done("fourth", 3),
    ]
    assert CALLS == IN_ORDER
    assert not Outbox.objects.exists()
    assert [(one.step, one.rows, one.state) for one in nights.of(DAY)] == [
        ("first", 3, "done"), ("second", 4, "done"), ("third", 7000, "done"), ("fourth", 3, "done"),
    ]  # fmt: skip


def test_outbox_run_does_the_same_steps(short_cycle: None):
    assert begin_on("2026-05-01") == 1
    assert set(work_off()) == {"done"}
    assert CALLS == IN_ORDER
    assert {one.step: one.rows for one in nights.of(DAY)} == {"first": 3, "second": 4, "third": 7000, "fourth": 3}


def test_step_is_begun_until_its_last_part_is_done(short_cycle: None):
    """The third step is spread over two ranges: killed between them, it does not read done."""
    step = cycle.named("third")
    first, second = cycle.parts(step, DAY)
    cycle.begin(step, DAY, 2)
    states = [StepRun.objects.get().state]
    for part in (first, second):
        cycle.note(step, DAY, part)
        states.append(StepRun.objects.get().state)
    assert states == ["begun", "begun", "done"]


def test_spread_step_of_the_worker_is_begun_while_ranges_wait(short_cycle: None):
    cycle.enqueue_step(DAY, cycle.named("third"))
    seen = []
    while ids := claim():
        for pk in ids:
            deliver(pk)
            seen.append(list(StepRun.objects.filter(step="third").values_list("state", "left")))
    assert seen[:3] == [[("begun", 2)], [("begun", 1)], [("done", 0)]]


def test_step_without_any_part_is_done_at_once(short_cycle: None):
    cycle.begin(cycle.named("third"), DAY, 0)
    assert StepRun.objects.get().state == "done"


def test_step_of_which_a_part_failed_is_not_done_by_the_others(short_cycle: None):
    step = cycle.named("third")
    cycle.begin(step, DAY, 2)
    nights.fail("third", DAY, "time-out")
    for _ in range(2):
        nights.count("third", DAY, 1)
    assert StepRun.objects.get().state == "failed"


def test_cycle_of_a_day_begins_once(short_cycle: None):
    begin_on("2026-05-01")
    work_off()
    assert begin_on("2026-05-01") == 0
    assert work_off() == []
    Organisation.objects.update(frozen_today="2026-05-02")
    assert begin_on("2026-05-02") == 1


@pytest.mark.parametrize("day", ["2026-04-30", "2026-05-02"])
def test_no_cycle_begins_for_another_day(short_cycle: None, day: str):
    assert begin_on(day) == 0
    assert not Outbox.objects.exists()


def test_night_whose_day_is_over_leaves_the_rest_to_the_next(short_cycle: None):
    begin_on("2026-05-01")
    deliver(claim()[0])
    Organisation.objects.update(frozen_today="2026-05-02")
    assert set(work_off()) == {"done"}
    assert IN_ORDER[:1] == CALLS
    assert begin_on("2026-05-02") == 1


def test_step_without_customers_is_followed_at_once(short_cycle: None, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(f"{__name__}.chunks", lambda _day: [])
    begin_on("2026-05-01")
    work_off()
    assert [IN_ORDER[0], IN_ORDER[1], IN_ORDER[4]] == CALLS


def test_spread_step_that_ends_the_cycle(short_cycle: None, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(cycle.steps, "STEPS", cycle.steps.STEPS[:3])
    begin_on("2026-05-01")
    work_off()
    assert not Batch.objects.filter(finished_at=None).exists()
    assert IN_ORDER[:4] == CALLS


def test_row_of_an_earlier_release_begins_its_step_anew(short_cycle: None):
    with transaction.atomic():
        queueing.enqueue("cycle.step", {"day": "2026-05-01", "step": "third"}, dedup_key="cycle:2026-05-01:third")
    assert set(work_off()) == {"done"}
    assert IN_ORDER[2:] == CALLS


# What fails stops nobody.


def test_step_that_fails_by_its_data_is_noted_and_the_rest_runs(short_cycle: None):
    FAIL["undated"] = overflow
    begin_on("2026-05-01")
    assert set(work_off()) == {"done"}
    assert [one for one in IN_ORDER if one != ("undated",)] == CALLS
    aside = SetAside.objects.get()
    assert (aside.step, aside.kind, aside.reason) == ("second", "step", "DataError: integer out of range")
    assert nights.failed(DAY) == {"second"}
    assert stale() == {"third": ["second"]}


def test_step_that_times_out_is_repeated_then_given_up_and_the_rest_runs(short_cycle: None):
    FAIL["undated"] = time_out
    begin_on("2026-05-01")
    came = work_off()
    assert (came.count("retry"), came.count("dead")) == (4, 1)
    assert [one for one in IN_ORDER if one != ("undated",)] == CALLS
    assert not SetAside.objects.exists()
    assert StepRun.objects.get(step="second").reason.startswith("OperationalError: canceling statement")
    assert stale() == {"third": ["second"]}
    FAIL.clear()
    delivery.replay(None)
    assert work_off() == ["done"]
    assert nights.failed(DAY) == set()


def test_range_that_fails_leaves_the_others_and_the_steps_after(short_cycle: None):
    FAIL["score 1"] = time_out
    begin_on("2026-05-01")
    assert work_off().count("dead") == 1
    assert [one for one in IN_ORDER if one != ("range", 1, 5000, DAY)] == CALLS
    third = StepRun.objects.get(step="third")
    assert (third.state, third.rows) == ("failed", 2000)
    assert stale() == {"fourth": ["third"]}


def test_foreground_run_goes_on_and_names_what_failed_at_its_end(short_cycle: None):
    FAIL["undated"] = overflow
    done = []
    with pytest.raises(cycle.StepsFailedError, match=r"second .DataError: integer out of range"):  # noqa: PT012
        for one in run(DAY):
            done.append(one)  # noqa: PERF402  those before the error count
    assert [one.rows for one in done] == [3, 0, 7000, 3]
    assert done[1].failed == "DataError: integer out of range"


def test_foreground_run_tries_three_times_what_is_nobodys_fault(short_cycle: None):
    tries = []

    def twice() -> None:
        tries.append(1)
        if len(tries) < 3:
            time_out()

    FAIL["undated"] = twice
    assert [one.failed for one in run(DAY)] == [""] * 4
    tries.clear()
    FAIL["undated"] = lambda: tries.append(1) or time_out()
    with pytest.raises(cycle.StepsFailedError):
        list(run(DAY))
    assert len(tries) == 3


def test_step_that_went_well_again_leaves_the_register(short_cycle: None):
    FAIL["undated"] = overflow
    with pytest.raises(cycle.StepsFailedError):
        list(run(DAY))
    FAIL.clear()
    list(run(DAY))
    assert not SetAside.objects.exists()
    assert nights.failed(DAY) == set()


# One customer whose data raise.

BAD: set[int] = set()


def scoped(day: dt.date, ids: Sequence[int] | None = None) -> int:
    members = list(Customer.objects.values_list("pk", flat=True)) if ids is None else list(ids)
    if BAD & set(members):
        overflow()
    CALLS.extend((day, pk) for pk in members)
    return len(members)


def ranged(first: int, last: int, day: dt.date) -> int:
    members = Customer.objects.filter(pk__range=(first, last)).order_by("pk")
    return scoped(day, list(members.values_list("pk", flat=True)))


def everybody(_day: dt.date) -> list[tuple[int, int]]:
    ids = list(Customer.objects.order_by("pk").values_list("pk", flat=True))
    return [(ids[0], ids[-1])]


@pytest.fixture(params=["ids", "ranges"])
def five(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Five customers, the third of them bad, and a cycle of one step that takes ids or ranges."""
    ids = sorted(customer(name=f"Customer {n}").pk for n in range(5))
    step = (
        Step("only", f"{__name__}.scoped", scoped=True)
        if request.param == "ids"
        else Step("only", f"{__name__}.ranged", chunks=f"{__name__}.everybody")
    )
    monkeypatch.setattr(cycle.steps, "STEPS", (step,))
    BAD.clear()
    BAD.add(ids[2])
    return ids


def test_customer_that_raises_is_set_aside_alone(five: list[int]):
    assert list(run(DAY)) == [Done("only", 4)]
    aside = SetAside.objects.get()
    assert (aside.kind, aside.object_id, aside.words) == ("customer", five[2], "Customer 2")
    assert [pk for _, pk in CALLS] == [pk for pk in five if pk != five[2]]


def test_customer_is_tried_alone_every_night_and_comes_back_when_repaired(five: list[int]):
    list(run(DAY))
    CALLS.clear()
    list(run(DAY))
    assert SetAside.objects.get().times == 2
    assert sorted(pk for _, pk in CALLS) == [pk for pk in five if pk != five[2]]
    BAD.clear()
    CALLS.clear()
    assert list(run(DAY)) == [Done("only", 5)]
    assert not SetAside.objects.exists()
    assert sorted(pk for _, pk in CALLS) == five


def test_customer_that_is_gone_leaves_the_register(five: list[int]):
    list(run(DAY))
    Customer.objects.filter(pk=five[2]).delete()
    list(run(DAY))
    assert not SetAside.objects.exists()


def test_customer_set_aside_is_tried_again_by_hand(five: list[int]):
    begin_on("2026-05-01")
    work_off()
    aside = SetAside.objects.get()
    assert cycle.run_again(aside) is True
    assert cycle.run_again(aside) is False
    CALLS.clear()
    assert work_off() == ["done"]
    assert (SetAside.objects.get().times, CALLS) == (2, [])
    BAD.clear()
    cycle.run_again(SetAside.objects.get())
    assert work_off() == ["done"]
    assert not SetAside.objects.exists()
    assert [pk for _, pk in CALLS] == [five[2]]


def test_rule_set_aside_is_tried_again_with_its_step(short_cycle: None):
    register.record("second", "rule", 7, "Quiet", "absurd")
    register.record("imports", "import", 9, "customers.csv", "broken")
    for aside in SetAside.objects.order_by("step"):
        cycle.run_again(aside)
    assert work_off() == ["done", "done"]
    assert CALLS == [("undated",)]
    assert not SetAside.objects.exists()


def test_stretches_leave_each_one_set_aside_alone():
    assert list(cycle.stretches([1, 2, 3, 4, 5], {1, 3, 4})) == [[1], [2], [3], [4], [5]]
    assert list(cycle.stretches([1, 2, 3, 4, 5], {3})) == [[1, 2], [3], [4, 5]]
    assert list(cycle.stretches([1, 2], set())) == [[1, 2]]
    assert list(cycle.stretches([], {3})) == []


# The command.


def test_run_cycle_prints_steps(short_cycle: None, capsys: pytest.CaptureFixture[str]):
    call_command("run_cycle", "--day", "2026-05-01")
    assert capsys.readouterr().out.split() == ["first", "3", "second", "4", "third", "7000", "fourth", "3"]


def test_run_cycle_takes_the_organisations_day(short_cycle: None, capsys: pytest.CaptureFixture[str]):
    call_command("run_cycle", "--json")
    assert json.loads(capsys.readouterr().out) == {
        "day": "2026-05-01",
        "steps": {"first": 3, "second": 4, "third": 7000, "fourth": 3},
    }


def test_run_cycle_says_what_failed_and_ends_with_an_error(short_cycle: None, capsys: pytest.CaptureFixture[str]):
    FAIL["undated"] = overflow
    with pytest.raises(CommandError, match="Failed on 2026-05-01: second"):
        call_command("run_cycle", "--json")
    told = json.loads(capsys.readouterr().out)
    assert (told["steps"]["fourth"], told["failed"]) == (3, {"second": "DataError: integer out of range"})


def test_run_cycle_refuses_a_day_that_is_none():
    with pytest.raises(CommandError, match="--day must be a day like 2026-11-22, not '2026-02-30'"):
        call_command("run_cycle", "--day", "2026-02-30")


@pytest.mark.parametrize("day", [DAY - dt.timedelta(days=1), DAY + dt.timedelta(days=1)])
def test_run_cycle_refuses_another_day_than_the_frozen_one(short_cycle: None, day: dt.date):
    with pytest.raises(CommandError, match="run for 2026-05-01 only"):
        call_command("run_cycle", "--day", day.isoformat())
    assert CALLS == []


def test_run_cycle_refuses_a_day_after_the_real_one(short_cycle: None):
    tomorrow = clock.real_today() + dt.timedelta(days=1)
    Organisation.objects.update(frozen_today=tomorrow)
    with pytest.raises(CommandError, match="has not come yet"):
        call_command("run_cycle")
    assert begin_on(tomorrow.isoformat()) == 0
    with transaction.atomic():
        cycle.enqueue_step(tomorrow, cycle.steps.STEPS[0])
    assert deliver(Outbox.objects.get().pk) == "done"
    cycle.range_due({"day": tomorrow.isoformat(), "step": cycle.steps.STEPS[0].name, "first": 1, "last": 9})
    register.record(cycle.steps.STEPS[0].name, "rule", 1, "Quiet", "bad")
    cycle.again_due({"set_aside": SetAside.objects.get().pk})
    assert SetAside.objects.exists()
    assert CALLS == []


def test_run_cycle_of_the_real_day(short_cycle: None):
    Organisation.objects.update(frozen_today=None)
    call_command("run_cycle", "--day", clock.real_today().isoformat())
    assert CALLS[0] == ("whole", clock.real_today())
    yesterday = clock.real_today() - dt.timedelta(days=1)
    with pytest.raises(CommandError, match="would write that day's figures over today's"):
        call_command("run_cycle", "--day", yesterday.isoformat())


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.name)
def test_every_step_exists(step: Step):
    assert callable(import_string(step.call))
    if step.chunks:
        assert callable(import_string(step.chunks))


# What is settled for the day.

SWEPT: list[str] = []


def first(_day: dt.date, ids: Sequence[int] | None = None) -> int:
    SWEPT.append("first" if ids is None else f"first of {len(ids)}")
    return len(FAIL)


def second(_day: dt.date, _ids: Sequence[int] | None = None) -> int:
    SWEPT.append("second")
    return 0


def always(_day: dt.date) -> int:
    SWEPT.append("always")
    return 0


@pytest.fixture
def settling(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two steps that settle, the second of which needs the first, and one that never does."""
    steps = (
        Step("first", f"{__name__}.first", scoped=True, reader="segments", settles=True),
        Step("second", f"{__name__}.second", scoped=True, reader="cases", settles=True, needs=("first",)),
        Step("always", f"{__name__}.always", reader="cases", needs=("second",)),
    )
    monkeypatch.setattr(cycle.steps, "STEPS", steps)
    list(run(DAY))
    SWEPT.clear()


def swept(*, anew: bool = False) -> list[str]:
    """The steps that a run of the day called."""
    SWEPT.clear()
    list(run(DAY, anew=anew))
    return list(SWEPT)


ALL = ["first", "second", "always"]


def test_settled_steps_are_not_asked_again(settling: None):
    assert swept() == swept() == ["always"]
    assert swept(anew=True) == ALL
    assert swept() == ["always"]


def test_nothing_is_settled_on_another_day(settling: None):
    list(run(DAY + dt.timedelta(days=1)))
    assert SWEPT == ALL


def test_a_change_that_waits_for_its_reader_unsettles_a_step(settling: None):
    changes.mark([customer().pk])
    assert swept() == ALL
    changes.take("segments", 10)
    assert swept() == ["second", "always"]
    changes.take("cases", 10)
    assert swept() == ["always"]


@pytest.mark.parametrize(
    "edit",
    [
        make.segment,
        lambda: Organisation.objects.update(alerts_per_day=9),
        make.user,
        lambda: CaseRule.objects.create(key="quiet", name="Quiet", reason="quiet", detector="silence"),
    ],
    ids=["segment", "organisation", "user", "rule"],
)
def test_changed_rules_unsettle_every_step(settling: None, edit: Callable[[], object]):
    edit()
    assert swept() == ALL
    assert swept() == ["always"]


def test_what_sweeps_and_signing_in_write_into_rules_unsettles_nothing(settling: None):
    CaseRule.objects.create(key="quiet", name="Quiet", reason="quiet", detector="silence")
    person = make.user()
    list(run(DAY))
    CaseRule.objects.update(swept_on=DAY)
    type(person).objects.update(last_login="2026-05-01T10:00Z")
    assert swept() == ["always"]


def test_a_step_that_wrote_unsettles_those_that_need_it(settling: None):
    FAIL["wrote one row"] = time_out
    cycle.run_here(cycle.steps.STEPS[0], DAY)
    FAIL.clear()
    assert swept() == ["second", "always"]


def test_failed_or_stale_steps_and_customers_set_aside_are_not_settled(settling: None):
    nights.fail("first", DAY, "time-out")
    assert swept() == ["first", "always"]
    nights.fail("first", DAY, "time-out")
    cycle.run_here(cycle.steps.STEPS[1], DAY)
    assert nights.of(DAY)[-1].stale == ["first"]
    assert swept() == ALL
    one = customer()
    register.record("first", "customer", one.pk, one.name, "bad")
    assert swept() == ["first of 1", "always"]


def test_the_night_leaves_settled_steps_out(settling: None):
    begin_on("2026-05-01")
    assert set(work_off()) == {"done"}
    assert SWEPT == ["always"]


def test_run_cycle_anew(settling: None, capsys: pytest.CaptureFixture[str]):
    call_command("run_cycle", "--anew")
    assert SWEPT == ALL


def test_every_step_that_settles_has_a_reader_of_changes():
    assert all(step.reader in changes.READERS for step in STEPS if step.settles)


def test_day_that_is_frozen_once_more_is_run_anew(short_cycle: None):
    assert schedule.run("daily") == 1
    work_off()
    done = list(CALLS)
    assert (schedule.run("daily"), nights.of(DAY) != []) == (0, True)
    cycle.forget(DAY)
    assert nights.of(DAY) == []
    assert schedule.run("daily") == 1
    work_off()
    assert done * 2 == CALLS
