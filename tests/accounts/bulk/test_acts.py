"""Every registered act: done to many in as many statements as to one, refused by name, taken back where it still stands."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.db.models import Model
from django.test.utils import CaptureQueriesContext

from accounts import bulk
from accounts.bulk import Who
from accounts.models import BulkAct, BulkRow, Customer, User
from config.web.refusing import reason
from health.models import Case
from playbooks import work
from playbooks.models import Task
from renewals.models import Renewal
from tests.accounts.bulk.selected import VALUES, Selected, registered, selected
from tests.factories import DAY
from tests.playbooks.rows import NOW

pytestmark = pytest.mark.django_db
ACTS = {f"{act.kind}-{act.key}": act for act in registered()}
# What becomes of a row on which the act is done a second time; what is not named is done again.
SECOND = {
    **dict.fromkeys(("customers-owner", "customers-tag", "customers-untag", "customers-pin"), "same"),
    **dict.fromkeys(("cases-due", "renewals-stage", "renewals-call", "tasks-due"), "same"),
    **dict.fromkeys(("customers-playbook", "cases-close", "tasks-done"), "refused"),
}


def told(begun: BulkAct) -> dict[int, tuple[str, str]]:
    rows = BulkRow.objects.filter(act=begun).values_list("object_id", "state", "reason")
    return {pk: (state, why) for pk, state, why in rows}


def cost(act: Callable[[], Any]) -> int:
    with CaptureQueriesContext(connection) as statements:
        act()
    return len(statements)


def test_every_act_is_tried_here() -> None:
    assert {(act.kind, act.key) for act in ACTS.values()} == set(VALUES)


@pytest.mark.parametrize("name", ACTS)
def test_an_act_is_done_refused_by_name_and_taken_back(name: str) -> None:
    act = ACTS[name]
    world = selected(4)
    first, *others = world.rows[act.kind]
    before = world.stand(act.kind)
    once: list[BulkAct] = []
    alone = cost(lambda: once.append(world.begin(act, [first])))
    begun: list[BulkAct] = []
    many = cost(lambda: begun.append(world.begin(act, [*others, world.foreign[act.kind], 10**9])))
    assert many <= alone + 1  # and one asks whether what may not be changed may be seen
    assert (begun[0].state, begun[0].done, begun[0].refused) == ("done", 3, 2)
    rows = told(begun[0])
    assert {pk for pk, (state, _why) in rows.items() if state == "done"} == set(others)
    assert rows[10**9] == ("refused", "This is no longer there.")
    assert world.stand(act.kind) != before
    assert world.take_back(begun[0]).kept == 0, told(begun[0])
    again = world.begin(act, [first, *others])
    rows = told(again)
    assert {pk for pk, (state, _why) in rows.items() if state == "done"} >= set(others), (
        "what was taken back is done anew"
    )
    assert rows[first][0] == SECOND.get(name, "done")
    assert world.take_back(again).kept == 0
    # Waking ends a snooze, whichever of two set it: then nothing is left of the first.
    assert world.take_back(once[0]).kept == (act.key == "snooze")
    assert world.stand(act.kind) == before


def update(model: type[Model], **values: Any) -> Callable[[int, Selected], Any]:
    """Somebody else gives the row other values meanwhile; what is no column is taken from the company."""
    return lambda pk, world: model._default_manager.filter(pk=pk).update(
        **{name: world.named.get(str(value), value) for name, value in values.items()}
    )


CHANGES: dict[str, Callable[[int, Selected], Any]] = {
    "cases-plan": update(Case, plan="Somebody else’s"),
    "cases-due": update(Case, due_on="2027-05-05"),
    "renewals-call": update(Renewal, csm_note="Somebody else’s"),
    "customers-owner": update(Customer, owner="admin"),
    "customers-tag": update(Customer, tags=["kept"]),
    "customers-untag": update(Customer, tags=["old"]),
    "customers-pin": update(Customer, pin_reason="Asked for"),
    "customers-task": lambda pk, _world: Task.objects.filter(customer=pk).update(due_on=DAY),
    "customers-playbook": lambda pk, _world: work.complete(
        Task.objects.get(customer=pk, enrolment__isnull=False),
        "done",
        user=None,
        now=NOW,
        day=DAY,  # type: ignore[arg-type]
    ),
    "cases-snooze": update(Case, snooze_reason="Budget"),
    "cases-hand_on": update(Case, owner="mate"),
    "cases-close": update(Case, resolution="lost"),
    "tasks-done": update(Task, outcome="not_needed"),
    "tasks-due": update(Task, due_on=DAY),
    "tasks-reassign": update(Task, assignee="mate"),
    "tasks-snooze": update(Task, snooze_reason="Budget"),
    "renewals-stage": update(Renewal, stage="agreed"),
}


@pytest.mark.parametrize("name", ACTS)
def test_what_somebody_changed_since_stays_and_is_named(name: str) -> None:
    act, world = ACTS[name], selected(2)
    begun = world.begin(act)
    assert begun.done == 2
    changed = world.rows[act.kind][0]
    CHANGES[name](changed, world)
    back = world.take_back(begun)
    assert (back.returned, back.kept) == (1, 1)
    state, why = told(begun)[changed]
    assert state == "kept"
    assert why


@pytest.mark.parametrize("left", [{"is_active": False}, {"role": "viewer"}], ids=["deactivated", "viewer"])
@pytest.mark.parametrize(("name", "column"), [("cases-hand_on", "owner"), ("tasks-reassign", "assignee")])
def test_no_work_goes_back_to_somebody_who_may_have_none(name: str, column: str, left: dict[str, Any]) -> None:
    act, world = ACTS[name], selected(3)
    stays, *goes = world.rows[act.kind]
    model = {"cases": Case, "tasks": Task}[act.kind]
    model._default_manager.filter(pk=stays).update(**{column: world.named["mate"]})
    begun = world.begin(act)
    User.objects.filter(pk=world.csm.pk).update(**left)
    admin = User.objects.get(pk=world.named["admin"])
    back = bulk.take_back(begun, Who(admin, DAY, NOW), reason)
    assert (back.returned, back.kept) == (1, 2)
    assert all(told(begun)[pk][1].startswith("Mara may not work on ") for pk in goes)
    people = dict(model._default_manager.filter(pk__in=[stays, *goes]).values_list("pk", column))
    assert people == {stays: world.named["mate"], **dict.fromkeys(goes, admin.pk)}
