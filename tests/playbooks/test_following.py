"""Plays follow what happens to their customers and renewals, and come back where it is undone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts import leaving, lifecycle
from accounts.models import Alternative, Contract, Customer
from playbooks import enrolment, entrants, following, why
from playbooks.models import Enrolment, Task
from playbooks.shortlist import due
from renewals import board, calls, closing, forecast, loss, notices, pipeline
from renewals.models import Renewal
from tests.factories import DAY, customer, organisation, user
from tests.playbooks.rows import NOW, case, entered, playbook, renewal, stage
from tests.renewals.factories import due_in, renewal_due_in

pytestmark = pytest.mark.django_db
IS_CHURNED = {"field": "status", "test": "is", "value": "churned"}
IN_CHURNED = {"field": "status", "test": "is_in", "value": ["prospect", "churned"]}
LARGE = {"field": "arr", "test": "at_least", "value": 0}
LOSS = loss.Loss("price", "price", False, Alternative.values[0])


@pytest.fixture(autouse=True)
def company(db: Any) -> None:
    organisation()


def states() -> list[tuple[str, str]]:
    return list(Enrolment.objects.order_by("customer").values_list("state", "exit_reason"))


def outcomes() -> list[str]:
    return list(Task.objects.order_by("pk").values_list("outcome", flat=True))


@pytest.mark.parametrize(
    ("audience", "takes"),
    [
        ([IS_CHURNED], True),
        ([IN_CHURNED], True),
        ({"any": [IS_CHURNED, LARGE]}, True),
        ({"all": [{"any": [LARGE, IS_CHURNED]}]}, True),
        ([], False),
        ([LARGE], False),
        ({"none": [IS_CHURNED]}, False),
        ({"all": [LARGE, {"none": [IN_CHURNED]}]}, False),
        ([{"field": "status", "test": "is_not", "value": "churned"}], False),
    ],
)
def test_who_enters_and_stays_is_what_the_audience_names(audience: Any, *, takes: bool) -> None:
    play = playbook("stage_entered", audience=audience)
    people = {status: customer(status=status) for status in ("prospect", "live", "notice", "churned")}
    for one in people.values():
        stage(one, "onboarding", 3)
    enrolment.sweep(DAY)
    inside = {pk for pk, _ in entered(play)}
    assert people["prospect"].pk not in inside
    assert (people["churned"].pk in inside) is takes
    assert entrants.win_back() == ([play.published_id] if takes else [])
    enrolment.sweep(DAY)
    enrolment.sweep(DAY + dt.timedelta(days=1))
    assert set(states()) <= {("running", "")}
    version = play.published
    assert version is not None
    current = {
        status: next(check.holds for check in why.explain(one, version, DAY).checks if check.key == "current")
        for status, one in people.items()
    }
    assert current == {"prospect": False, "live": True, "notice": True, "churned": takes}


def test_a_customer_that_churns_leaves_the_plays_that_are_not_for_churned_ones() -> None:
    usual = playbook("stage_entered", name="Usual")
    back = playbook("stage_entered", audience={"any": [IS_CHURNED, LARGE]}, name="Win back")
    one = customer(arr=5)
    stage(one, "onboarding", 3)
    enrolment.sweep(DAY)
    Customer.objects.filter(pk=one.pk).update(status="churned")
    enrolment.sweep(DAY)
    left = dict(Enrolment.objects.values_list("playbook", "exit_reason"))
    assert left == {usual.pk: "churned", back.pk: ""}
    Customer.objects.filter(pk=one.pk).update(merged_into=customer())
    enrolment.sweep(DAY)
    assert Enrolment.objects.get(playbook=back).state == "running", "it sleeps until the merge is taken back"


def end_and_undo(one: Renewal) -> Callable[[], None]:
    before, after = notices.act(one.contract, "end", one.due_on, DAY)
    return lambda: notices.undo(one.contract, before, after, DAY)


def end_and_correct(one: Renewal) -> Callable[[], None]:
    notices.act(one.contract, "end", one.due_on, DAY)

    def correct() -> None:
        Contract.objects.filter(pk=one.contract_id).update(ended_on=None)
        pipeline.sweep(DAY)

    return correct


def close_and_reopen(one: Renewal) -> Callable[[], None]:
    closing.churn(one, user(), DAY, LOSS)
    return lambda: closing.reopen(one, DAY)


def end_by_today_and_undo(one: Renewal) -> Callable[[], None]:
    before, after = notices.act(one.contract, "end", DAY, DAY)
    return lambda: notices.undo(one.contract, before, after, DAY)


@pytest.mark.parametrize("act", [end_and_undo, end_and_correct, close_and_reopen, end_by_today_and_undo])
def test_what_ended_a_play_of_a_renewal_gives_it_back_when_undone(act: Callable[[Renewal], Callable[[], None]]) -> None:
    playbook("renewal_due", reentry_days=0)
    one = renewal_due_in(40)
    lifecycle.sweep(DAY)
    enrolment.sweep(DAY)
    assert states() == [("running", "")]
    undo = act(one)
    enrolment.sweep(DAY)
    assert [state for state, _ in states()] == ["exited"]
    assert outcomes() == ["not_needed"]
    undo()
    enrolment.sweep(DAY)
    assert states() == [("running", "")]
    assert outcomes() == [""]
    enrolment.sweep(DAY)
    assert states() == [("running", "")]


def test_a_play_stopped_by_hand_does_not_come_back_with_its_renewal() -> None:
    playbook("renewal_due", reentry_days=0)
    one = renewal_due_in(40)
    enrolment.sweep(DAY)
    enrolment.stop(Enrolment.objects.get(), DAY)
    undo = end_and_undo(one)
    enrolment.sweep(DAY)
    undo()
    enrolment.sweep(DAY)
    assert states() == [("exited", "stopped")]


@pytest.mark.parametrize(("terms_later", "leaves"), [(0, True), (1, False)])
@pytest.mark.parametrize("known", ["end", "notice"])
def test_leaving_is_asked_of_the_term_by_trigger_list_and_sweep(terms_later: int, known: str, *, leaves: bool) -> None:
    """A contract that renews by itself, whose end lies at the end of this term or of the next one."""
    play = playbook("renewal_due", reentry_days=0)
    csm = user()
    one = renewal_due_in(40, customer(owner=csm), auto_renews=True, notice_days=60 if known == "notice" else 0)
    if known == "end":
        leaving.confirm_end(one.contract, one.due_on + dt.timedelta(days=365 * terms_later), day=DAY)
    elif leaves:
        leaving.give_notice(one.contract, one.due_on - dt.timedelta(days=70), day=DAY)
    else:
        leaving.give_notice(one.contract, DAY, day=DAY)
    pipeline.sweep(DAY)
    one.refresh_from_db()
    lifecycle.sweep(DAY)
    assert bool(one.leaving) is leaves
    enrolment.sweep(DAY)
    asked = list(due.asking(csm, "mine", DAY).values_list("asks", flat=True))
    assert asked == ([] if leaves else ["call"])
    prepared = not (leaves and known == "end")
    assert [pk for pk, _ in entered(play)] == ([one.customer_id] if prepared else [])
    enrolment.sweep(DAY)
    assert {state for state, _ in states()} <= {"running"}


def test_by_hand_a_play_starts_on_the_renewal_that_can_be_renewed() -> None:
    play = playbook("renewal_due", reentry_days=0)
    of = customer(owner=user())
    ending, going = due_in(20, of), due_in(80, of)
    pipeline.sweep(DAY)
    notices.act(ending, "end", DAY + dt.timedelta(days=20), DAY)
    lifecycle.sweep(DAY)
    of.refresh_from_db()
    begun = enrolment.enrol_by_hand(of, play, user(), DAY)
    assert begun.renewal is not None
    assert begun.renewal.contract_id == going.pk
    assert begun.renewal.due_on == of.next_renewal_on
    following.sweep(DAY)
    assert states() == [("running", "")]


def test_following_a_few_leaves_the_others_alone() -> None:
    play = playbook("stage_entered")
    one, other = customer(), customer()
    for each in (one, other):
        stage(each, "onboarding", 3)
    enrolment.sweep(DAY)
    Customer.objects.filter(pk__in=[one.pk, other.pk]).update(status="churned")
    with CaptureQueriesContext(connection) as few:
        following.sweep(DAY, [one.pk])
    assert dict(play.enrolments.values_list("customer", "state")) == {one.pk: "exited", other.pk: "running"}
    following.sweep(DAY, [])
    assert play.enrolments.filter(state="running").count() == 1
    with CaptureQueriesContext(connection) as everybody:
        following.sweep(DAY)
    assert not play.enrolments.filter(state="running").exists()
    assert len(few) == len(everybody)


@pytest.mark.parametrize("whose", ["owner", "case"])
def test_every_statement_of_following_heeds_whom_it_is_asked_about(whose: str) -> None:
    heir = user()
    people = [customer(owner=user()) for _ in range(2)]
    play = playbook("case_opened" if whose == "case" else "stage_entered")
    for one in people:
        case(one, 1)
        stage(one, "onboarding", 3)
    enrolment.sweep(DAY)
    if whose == "owner":
        Customer.objects.update(owner=heir)
    else:
        Task.objects.update(done_at="2026-11-24T09:00Z", outcome="done")
    following.sweep(DAY, [people[0].pk])
    if whose == "owner":
        assert [task.assignee_id == heir.pk for task in Task.objects.order_by("customer")] == [True, False]
    else:
        assert [row.state for row in play.enrolments.order_by("customer")] == ["done", "running"]


# What was said of a renewal that ends within 60 days: (decide, call) that the day, the board and the forecast ask for.
SAID = [
    ({}, (False, True)),
    ({"csm": ("0.9", ""), "model": "0.5"}, (True, False)),
    ({"csm": ("0.65", ""), "model": "0.5"}, (True, False)),
    ({"csm": ("0.649", ""), "model": "0.5"}, (False, False)),
    ({"csm": (None, "commit"), "model": "0.5"}, (False, False)),
    ({"csm": ("0.9", ""), "model": "0.5", "final": (None, "omitted")}, (False, False)),
    ({"csm": ("0.9", ""), "model": "0.5", "final": ("0.7", "")}, (False, False)),
    ({"csm": ("0.9", ""), "model": "0.5", "leaving": "notice"}, (False, False)),
    ({"csm": ("0.9", ""), "model": "0.5", "leaving": "confirmed"}, (False, False)),
]


@pytest.mark.parametrize(("said", "asked"), SAID)
def test_day_list_board_forecast_and_pages_ask_for_the_same(
    client: Client, said: dict[str, Any], asked: tuple[bool, bool]
) -> None:
    boss = user("manager")
    csm = user(manager=boss)
    one = renewal(customer(owner=csm), 50, model_likelihood=said.get("model"), leaving=said.get("leaving", ""),
                  leaves_on=DAY if "leaving" in said else None)  # fmt: skip
    for who, act, more in [(csm, calls.call, {}), (boss, calls.decide, {"reason": "So it is"})]:
        if words := said.get("csm" if who == csm else "final"):
            likelihood = Decimal(words[0]) if words[0] else None
            act(one, who, NOW, DAY, likelihood=likelihood, category=words[1], **more)  # type: ignore[operator]
    one.refresh_from_db()
    found = [line.asks for line in due.asking(csm, "mine", DAY)]
    assert ("decide" in found, "call" in found) == asked
    assert forecast.needs_decision(Renewal.objects.all(), DAY).exists() is asked[0]
    assert board.with_prep([one], DAY)[0].wants_decision is asked[0]
    client.force_login(csm)
    for address in (f"/renewals/{one.pk}/", f"/customers/{one.customer_id}/renewal/"):
        assert ("no call yet" in client.get(address).text) is ("csm" not in said), address
