"""An act of many rows is worked off in chunks by the worker: killed anywhere it goes on, and nothing is done twice."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import DataError
from django.utils import translation

from accounts import (
    bulk,
    ownership,
    tagging,
    tasks,  # noqa: F401 (its handlers)
)
from accounts.bulk import running
from accounts.models import BulkAct, BulkRow, Customer, User
from config import clock
from config.history.actors import acting
from config.history.models import Entry
from config.outbox.delivery import LAST_ATTEMPT, deliver
from config.outbox.models import Outbox
from playbooks.models import Task
from tests.accounts.bulk.selected import Selected, selected

pytestmark = pytest.mark.django_db


class Killed(BaseException):
    """As when the worker dies: nothing catches it."""


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Selected:
    monkeypatch.setattr(running, "AT_ONCE", 2)
    monkeypatch.setattr(running, "CHUNK", 2)
    return selected(5)


def act(key: str) -> bulk.Act:
    found = bulk.find("customers", key)
    assert found
    return found


def work() -> list[str]:
    """Do what is written down for the worker, until nothing is."""
    came = []
    while row := Outbox.objects.filter(kind=running.KIND, state="pending").order_by("pk").first():
        came.append(deliver(row.pk))
        assert came[-1] != "skipped"
    return came


def kill(monkeypatch: pytest.MonkeyPatch, name: str, times: int = 1) -> None:
    """Let the worker die as often, right before a chunk with its progress is committed."""
    keep, left = getattr(running, name), [times]

    def dies(*given: Any) -> None:
        keep(*given)
        if left[0]:
            left[0] -= 1
            raise Killed

    monkeypatch.setattr(running, name, dies)


def test_an_act_is_said_in_the_language_of_who_reads_it(world: Selected) -> None:
    begun = world.begin(act("tag"))
    with translation.override("en"):
        assert begun.words == "Tag added: “pilot”, “2027”"
    with translation.override("ja"):
        assert begun.words.startswith("タグ")


def test_an_act_goes_on_in_chunks_and_is_found_again_meanwhile(world: Selected) -> None:
    begun = world.begin(act("task"))
    assert (begun.state, begun.reached, Task.objects.filter(title="Call").count()) == ("running", 0, 0)
    row = Outbox.objects.get(kind=running.KIND)
    assert deliver(row.pk) == "done"
    begun.refresh_from_db()
    assert (begun.state, begun.reached, begun.done) == ("running", 2, 2)
    assert work() == ["done", "done"]
    begun.refresh_from_db()
    assert (begun.state, begun.reached, begun.done) == ("done", 5, 5)
    assert Task.objects.filter(title="Call").count() == 5


def test_killed_before_each_commit_it_goes_on_and_does_nothing_twice(
    world: Selected, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = world.begin(act("task"))
    kill(monkeypatch, "_keep", times=2)
    kill(monkeypatch, "_mark", times=1)
    for _ in range(2):
        with pytest.raises(Killed):
            work()
        assert not Task.objects.filter(title="Call").exists()
    work()
    assert sorted(Task.objects.filter(title="Call").values_list("customer", flat=True)) == world.rows["customers"]
    bulk.take_back(BulkAct.objects.get(pk=begun.pk), world.who(), str)
    with pytest.raises(Killed):
        work()
    assert Task.objects.filter(title="Call").count() == 5
    work()
    begun.refresh_from_db()
    assert (begun.state, begun.returned, Task.objects.filter(title="Call").count()) == ("returned", 5, 0)


def test_the_same_work_twice_or_late_does_nothing(world: Selected) -> None:
    begun = world.begin(act("tag"))
    payload = Outbox.objects.get(kind=running.KIND).payload
    work()
    running.work_off(payload["act"], clock.today(), clock.now(), str)
    begun.refresh_from_db()
    assert (begun.state, begun.done, BulkRow.objects.filter(act=begun).count()) == ("done", 5, 5)


def test_rights_are_asked_when_a_chunk_is_done(world: Selected) -> None:
    """What a person lost between the press and the worker's turn is refused."""
    begun = world.begin(act("tag"))
    lost = world.rows["customers"][3]
    Customer.objects.filter(pk=lost).update(owner=User.objects.get(name="Nils"))
    work()
    begun.refresh_from_db()
    assert (begun.done, begun.refused) == (4, 1)
    refused = BulkRow.objects.get(act=begun, state="refused")
    assert (refused.object_id, refused.reason) == (lost, "This is no longer there.")


def test_an_act_that_stops_says_why_and_goes_on_where_it_was(world: Selected, monkeypatch: pytest.MonkeyPatch) -> None:
    begun = world.begin(act("tag"))
    deliver(Outbox.objects.get(kind=running.KIND).pk)
    broken = monkeypatch.context()
    with broken as patch:
        patch.setattr(running, "_do", lambda *_given: 1 / 0)
        for _ in range(LAST_ATTEMPT):
            deliver(Outbox.objects.get(kind=running.KIND, state="pending").pk)
    begun.refresh_from_db()
    assert (begun.state, begun.reached) == ("failed", 2)
    assert "ZeroDivisionError" in begun.problem
    with pytest.raises(ValidationError):
        bulk.take_back(begun, world.who(), str)
    bulk.resume(begun, world.who(), str)
    work()
    begun.refresh_from_db()
    assert (begun.state, begun.done) == ("done", 5)


def test_one_row_that_cannot_be_written_is_refused_alone(world: Selected, monkeypatch: pytest.MonkeyPatch) -> None:
    """A row whose data a statement cannot take keeps no other row from its turn."""
    bad, add = world.rows["customers"][1], tagging.add

    def odd(customers: list[int], tags: list[str]) -> Any:
        if bad in customers:
            raise DataError("odd")
        return add(customers, tags)

    monkeypatch.setattr(tagging, "add", odd)
    begun = world.begin(act("tag"))
    work()
    begun.refresh_from_db()
    assert (begun.done, begun.refused) == (4, 1)
    assert BulkRow.objects.get(act=begun, state="refused").reason == "DataError: odd"


def test_one_customer_that_cannot_go_back_keeps_no_other_from_it(
    world: Selected, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A handover is of many customers: what makes one of them fail is that one's alone, also when it is undone."""
    begun = world.begin(act("owner"))
    work()
    bad, move = world.rows["customers"][1], ownership.move

    def odd(plan: ownership.Plan, **more: Any) -> Any:
        if bad in plan:
            raise DataError("odd")
        return move(plan, **more)

    monkeypatch.setattr(ownership, "move", odd)
    bulk.take_back(BulkAct.objects.get(pk=begun.pk), world.who(), str)
    work()
    begun.refresh_from_db()
    assert (begun.state, begun.returned, begun.kept) == ("returned", 4, 1)
    assert BulkRow.objects.get(act=begun, state="kept").object_id == bad
    theirs = Customer.objects.filter(owner=world.named["mate"]).values_list("pk", flat=True)
    assert list(theirs) == [bad]


def test_history_names_who_asked_for_it(world: Selected) -> None:
    with acting("page", lambda: world.csm.pk):
        world.begin(act("tag"))
    work()
    entries = Entry.objects.filter(kind="customer", after__has_key="tags")
    assert {(entry.actor_id, entry.door) for entry in entries} == {(world.csm.pk, "page")}
    assert entries.count() == 5


def test_what_was_taken_back_or_did_nothing_is_not_taken_back(world: Selected) -> None:
    begun = world.begin(act("tag"), world.rows["customers"][:2])
    assert world.take_back(begun).state == "returned"
    with pytest.raises(ValidationError) as problem:
        world.take_back(begun)
    assert problem.value.messages == ["This was taken back already."]
