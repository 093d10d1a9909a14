"""A play that a case started ends with the case, and comes back with it; a play that is done asks to close its case."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import Customer, User
from health.models import Case
from playbooks import enrolment, following, shortlist, work
from playbooks.models import Enrolment, Playbook
from playbooks.steps import task_step
from renewals.models import PrepPart
from tests.factories import DAY, customer, organisation, user
from tests.playbooks.rows import NOW, before, begun, case, parts, playbook, renewal

pytestmark = pytest.mark.django_db
CALL, WRITE = task_step("Call"), task_step("Write")


@pytest.fixture
def csm() -> User:
    organisation()
    return user()


@pytest.fixture
def one(csm: User) -> Customer:
    return customer(owner=csm, arr=9_000)


def play_of(opened: Case, play: Playbook) -> Enrolment:
    """A play with two tasks that the case started."""
    return begun(play, opened.customer, f"case:{opened.pk}")


@pytest.fixture
def opened(one: Customer, csm: User) -> Case:
    return case(one, 2, owner=csm, due_on=DAY, value=9_000)


@pytest.fixture
def play(opened: Case) -> Enrolment:
    return play_of(opened, playbook(steps=(CALL, WRITE)))


def post(client: Client, csm: User, address: str, **body: str) -> int:
    client.force_login(csm)
    kind = {"content_type": "application/json"} if address.startswith("/api/") else {}
    return client.post(address, body, headers={"HX-Request": "true"}, **kind).status_code


@pytest.mark.parametrize("door", ["", "/api/v1"])
def test_closing_a_case_ends_its_play_and_leaves_what_people_closed(
    client: Client, csm: User, opened: Case, play: Enrolment, door: str
) -> None:
    call, write = play.tasks.order_by("pk")
    work.complete(call, "done", user=csm, now=NOW, day=DAY)
    assert post(client, csm, f"{door}/cases/{opened.pk}/close/", resolution="resolved") == 200
    play.refresh_from_db()
    assert (play.state, play.exit_reason, play.finished_on) == ("exited", "case", DAY)
    assert list(play.tasks.order_by("pk").values_list("outcome", flat=True)) == ["done", "not_needed"]
    assert post(client, csm, f"{door}/cases/{opened.pk}/reopen/") == 200
    play.refresh_from_db()
    assert (play.state, play.exit_reason, play.finished_on) == ("running", "", None)
    assert list(play.tasks.order_by("pk").values_list("outcome", "done_by")) == [("done", csm.pk), ("", None)]
    assert write.pk in set(play.tasks.open().values_list("pk", flat=True))


def test_the_sweep_ends_plays_of_cases_closed_elsewhere(
    opened: Case, play: Enrolment, one: Customer, csm: User
) -> None:
    other = play_of(case(one, 1, reason="other", owner=csm), playbook(name="Other", steps=(CALL,)))
    Case.objects.filter(pk=opened.pk).update(state="closed", resolution="resolved", closed_on=DAY)
    for _ in range(2):
        following.sweep(DAY)
    assert dict(Enrolment.objects.values_list("pk", "exit_reason")) == {play.pk: "case", other.pk: ""}


def test_a_case_of_another_customer_ends_nothing(opened: Case, play: Enrolment, csm: User) -> None:
    play.customer = customer(owner=csm)
    play.save()
    Case.objects.filter(pk=opened.pk).update(state="closed", resolution="resolved", closed_on=DAY)
    following.sweep(DAY)
    play.refresh_from_db()
    assert play.state == "running"


def test_a_play_that_runs_anew_is_not_doubled_by_reopening(opened: Case, play: Enrolment, csm: User) -> None:
    following.close_case(opened, "resolved", user=csm, day=DAY, now=NOW)
    again = enrolment.enrol_by_hand(opened.customer, play.playbook, csm, DAY)
    following.reopen_case(opened, user=csm, day=DAY)
    assert dict(Enrolment.objects.values_list("pk", "state")) == {play.pk: "exited", again.pk: "running"}


def test_a_finished_play_asks_to_close_its_case(opened: Case, play: Enrolment, csm: User) -> None:
    assert [line.case.play_done for line in shortlist.today(csm, "mine", DAY, kind="case").lines] == [False]
    for task in play.tasks.all():
        work.complete(task, "done", user=csm, now=NOW, day=DAY)
    assert [line.case.play_done for line in shortlist.today(csm, "mine", DAY, kind="case").lines] == [True]


def test_progress_counts_prep_that_was_done_on_the_renewal(one: Customer, csm: User) -> None:
    """Of two steps that stand for parts, one's part is done on the renewal and its task still open: 1 of 2."""
    due = renewal(one, 60)
    made = parts(due)
    play = playbook("renewal_due", steps=(task_step("Call", prep_part="health"), task_step("Write", prep_part="value")))
    begun(play, one, f"renewal:{due.pk}", renewal=due)
    PrepPart.objects.filter(pk=made[0].pk).update(done_on=before(1), done_by=csm)
    (found,) = Enrolment.objects.with_progress()
    assert (found.done, found.steps) == (1, 2)
