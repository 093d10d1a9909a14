"""Roles, managers and leaving: nobody is left without anybody, and nobody reports in a circle."""

from __future__ import annotations

from collections.abc import Callable
from threading import Barrier, Thread
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.urls import reverse

from accounts import capacity, covering, people, splitting, tokens
from accounts.conditions import record
from accounts.forms.people import DeactivateForm, UserForm
from accounts.lists import saved
from accounts.models import Cover, Customer, User
from config import clock
from health.models import Case, CaseAct
from playbooks.models import Task
from tests.factories import DAY, customer, organisation, user
from tests.waiting import until_somebody_waits

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def company():
    organisation()


def set_to(person: User, **fields: object) -> User:
    for name, value in fields.items():
        setattr(person, name, value)
    return people.change(person, fields, day=DAY)


@pytest.mark.parametrize("role", ["csm", "manager", "admin"])
def test_with_customers_nobody_becomes_a_viewer(role):
    user("admin")
    person = user(role)
    customer(owner=person)
    customer(owner=person)
    with pytest.raises(ValidationError, match="who takes over the 2 customers"):
        set_to(person, role="viewer")
    person.refresh_from_db()
    assert person.role == role
    Customer.objects.update(owner=None)
    set_to(person, role="viewer")
    person.refresh_from_db()
    assert person.role == "viewer"


def test_who_becomes_a_viewer_lets_go_of_what_a_viewer_cannot_have():
    user("admin")
    person, heir, away = user(), user(), user()
    kept, other = customer(owner=person), customer(owner=heir)
    gone = customer(owner=person, merged_into=other)
    case = Case.objects.create(
        customer=other,
        kind="risk",
        reason="r",
        title="Quiet",
        owner=person,
        opened_on=DAY,
        due_on=DAY,
        newest_evidence_on=DAY,
    )
    CaseAct.objects.create(case=case, act="handed_on", by=heir, day=DAY)
    tasks = [
        Task.objects.create(customer=one, title="Ring", assignee=person, assigned_as="person", due_on=DAY)
        for one in (kept, other)
    ]
    cover = Cover.objects.create(owner=away, by=person, starts_on=DAY, ends_on=DAY.replace(day=DAY.day + 3))
    person.role = "viewer"
    people.change(person, ["role"], day=DAY, heirs=[heir])
    for row in (kept, gone, case, cover, *tasks):
        row.refresh_from_db()
    assert {kept.owner, gone.owner, case.owner, *(task.assignee for task in tasks)} == {heir}
    assert (cover.by, cover.ends_on) == (None, DAY.replace(day=DAY.day + 3)), (
        "the absence goes on, and waits for a cover"
    )


@pytest.mark.parametrize(
    ("before", "changes"),
    [
        ("csm", {}),
        ("csm", {"name": "Grace"}),
        ("csm", {"role": "manager"}),
        ("viewer", {"role": "csm"}),
        ("viewer", {}),
    ],
)
def test_an_heir_of_who_becomes_no_viewer_is_refused_in_words(client, before, changes):
    admin, person, heir = user("admin"), user(before, name="Mara"), user()
    client.force_login(admin)
    said = {"name": "Mara", "email": person.email, "role": before, "language": person.language, "manager": ""}
    answer = client.post(reverse("accounts:user", args=[person.pk]), said | changes | {"heir": heir.pk})
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == ["heir"]
    person.refresh_from_db()
    assert (person.name, person.role) == ("Mara", before)


def test_a_customer_merged_away_keeps_nobody_from_becoming_a_viewer():
    user("admin")
    person, owner = user(), user()
    gone = customer(owner=person, merged_into=customer(owner=owner))
    set_to(person, role="viewer")
    gone.refresh_from_db()
    assert gone.owner == owner


@pytest.mark.urls("tests.accounts.test_guarding")
def test_the_plain_admin_changes_no_role(client, settings):
    admin, person = user("admin", is_staff=True, is_superuser=True), user()
    client.force_login(admin)
    url = f"/django-admin/accounts/user/{person.pk}/change/"
    body = {"name": "P", "email": person.email, "role": "viewer", "language": "en", "manager": admin.pk}
    assert client.post(url, body).status_code in {200, 302}
    assert client.post(url.replace("change", "delete"), {"post": "yes"}).status_code == 403
    person.refresh_from_db()
    assert (person.role, person.is_active, person.manager) == ("csm", True, None)


@pytest.mark.parametrize(("role", "refused"), [("csm", True), ("viewer", True), ("admin", False)])
def test_whoever_has_reports_stays_a_manager_or_admin(role, refused):
    boss = user("manager")
    report = user(manager=boss)
    if refused:
        with pytest.raises(ValidationError, match="another manager first"):
            set_to(boss, role=role)
        report.is_active = False
        report.save()
    set_to(boss, role=role)
    boss.refresh_from_db()
    assert boss.role == role


@pytest.mark.parametrize("act", ["demote", "deactivate"])
def test_last_admin_stays(act):
    last, heir = user("admin"), user()
    user("admin", is_active=False)
    user("admin", is_service=True)
    go = {
        "demote": lambda: set_to(last, role="manager"),
        "deactivate": lambda: people.deactivate(last, [heir], day=DAY),
    }
    with pytest.raises(ValidationError, match="The last admin stays"):
        go[act]()
    last.refresh_from_db()
    assert (last.role, last.is_active) == ("admin", True)


def test_nobody_reports_to_themselves_at_any_step_whatever_the_door():
    top = user("manager")
    middle = user("manager", manager=top)
    low = user("manager", manager=middle)
    with pytest.raises(ValidationError, match="at any step"):
        set_to(top, manager=low)
    with pytest.raises(IntegrityError, match="user_no_circle"), transaction.atomic():
        User.objects.filter(pk=top.pk).update(manager=low)
    with pytest.raises(IntegrityError, match="user_no_circle"), transaction.atomic():
        User.objects.bulk_update([User(pk=top.pk, manager=middle)], ["manager"])
    low.manager = top
    set_to(low, manager=top)
    set_to(middle, manager=low)
    assert list(User.objects.order_by("pk").values_list("manager", flat=True)) == [None, low.pk, top.pk]


def test_a_managers_tasks_follow_a_new_manager():
    old, new = user("manager"), user("manager")
    person = user(manager=old)
    task = Task.objects.create(
        customer=customer(owner=person), title="Call", due_on=DAY, assignee=old, assigned_as="manager"
    )
    set_to(person, manager=new)
    task.refresh_from_db()
    assert task.assignee == new


@pytest.mark.parametrize("below", ["report", "report of a report", "beside"])
def test_reports_of_a_leaver_get_a_manager_without_a_circle(below):
    top = user("manager", name="Top")
    leaver = user("manager", name="Leaver", manager=top)
    first = user("manager", name="First", manager=leaver)
    second = user(name="Second", manager=leaver)
    deep = user("manager", name="Deep", manager=first)
    heir = {"report": first, "report of a report": deep, "beside": top}[below]
    people.deactivate(leaver, [], day=DAY, manager=heir)
    above = dict(User.objects.values_list("name", "manager__name"))
    assert above["Second"] == heir.name
    assert above["First"] == ("Top" if below == "report" else heir.name)
    assert above["Deep"] == ("Top" if below == "report of a report" else "First")
    assert above["Top"] is None
    second.refresh_from_db()
    assert not people.leads_back(second, second.manager)


def test_without_a_word_reports_go_to_the_leavers_manager_else_to_the_first_heir():
    top = user("manager")
    leaver = user("manager", manager=top)
    report = user(manager=leaver)
    people.deactivate(leaver, [], day=DAY)
    report.refresh_from_db()
    assert report.manager == top
    heir = user("manager")
    with pytest.raises(ValidationError, match="take over the reports"):
        people.deactivate(top, [user()], day=DAY)
    people.deactivate(top, [heir], day=DAY)
    report.refresh_from_db()
    assert report.manager == heir


def test_customers_of_a_leaver_are_split_between_heirs():
    leaver, first, second = user(), user(), user()
    for arr in (50, 30, 30, 10):
        customer(owner=leaver, arr=arr)
    with pytest.raises(ValidationError, match="take over the customers"):
        people.deactivate(leaver, [], day=DAY)
    people.deactivate(leaver, [first, second], day=DAY, split="arr")
    of = {heir.pk: list(heir.customers.order_by("-arr").values_list("arr", flat=True)) for heir in (first, second)}
    assert of == {first.pk: [50, 10], second.pk: [30, 30]}
    with pytest.raises(ValidationError, match="deactivated already"):
        people.deactivate(leaver, [first], day=DAY)


def test_nobody_hands_over_to_the_leaver():
    leaver = user()
    customer(owner=leaver)
    with pytest.raises(ValidationError, match="Somebody else"):
        people.deactivate(leaver, [leaver], day=DAY)


def test_absences_of_a_leaver_end_and_those_a_leaver_covers_wait_for_another():
    leaver, other, away = user(), user(), user()
    day = {n: DAY.replace(day=DAY.day + n) for n in (-2, -1, 0, 1, 3)}
    running = Cover.objects.create(owner=away, by=leaver, starts_on=day[-2], ends_on=day[3])
    ahead = Cover.objects.create(owner=leaver, by=other, starts_on=day[1], ends_on=day[3])
    over = Cover.objects.create(owner=leaver, by=other, starts_on=day[-2], ends_on=day[-1])
    past = Cover.objects.create(owner=other, by=leaver, starts_on=day[-1], ends_on=DAY)
    people.deactivate(leaver, [], day=DAY)
    covers = {cover.pk: (cover.by, cover.ends_on) for cover in Cover.objects.select_related("by")}
    assert covers == {
        running.pk: (None, day[3]), past.pk: (leaver, DAY), ahead.pk: (other, day[1]), over.pk: (other, day[-1]),
    }  # fmt: skip
    assert list(covering.uncovered(away, DAY)) == [running]
    assert sum(capacity.capacities([away], DAY)[away.pk]) < sum(capacity.capacities([other], DAY)[other.pk])


def at_once(*works: Callable[[], object]) -> list[str]:
    """The problems of works done at once, each on a connection of its own."""
    start, problems = Barrier(len(works)), []

    def act(work: Callable[[], object]) -> None:
        try:
            start.wait(5)
            work()
        except ValidationError as problem:
            problems.extend(problem.messages)
        finally:
            connection.close()

    threads = [Thread(target=act, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return problems


@pytest.mark.django_db(transaction=True)
def test_two_admins_at_once_make_no_circle():
    organisation()
    one, two = user("manager"), user("manager")
    problems = at_once(lambda: set_to(one, manager=two), lambda: set_to(two, manager=one))
    assert problems == ["Nobody can report to themselves, at any step."]
    assert User.objects.filter(manager__isnull=False).count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_last_admins_at_once_do_not_both_go():
    organisation()
    one, two = user("admin"), user("admin")
    problems = at_once(lambda: set_to(one, role="manager"), lambda: people.deactivate(two, [], day=DAY))
    assert problems == ["The last admin stays."]
    assert User.objects.filter(role="admin", is_active=True).count() == 1


def test_user_page_says_what_stands_in_the_way(client):
    admin, person = user("admin"), user()
    customer(owner=person)
    client.force_login(admin)
    body = {"name": "P", "email": person.email, "role": "viewer", "manager": "", "language": "en"}
    answer = client.post(reverse("accounts:user", args=[person.pk]), body)
    assert answer.status_code == 422
    assert "who takes over the 1 customer" in answer.content.decode()
    own = body | {"email": admin.email, "role": "csm"}
    answer = client.post(reverse("accounts:user", args=[admin.pk]), own)
    assert answer.status_code == 422
    assert "The last admin stays." in answer.content.decode()
    heir = user()
    taken = body | {"heir": heir.pk}
    assert client.post(reverse("accounts:user", args=[person.pk]), taken).status_code == 302
    assert heir.customers.count() == 1
    body["role"] = "manager"
    assert client.post(reverse("accounts:user", args=[person.pk]), body).status_code == 302
    person.refresh_from_db()
    assert (person.role, person.name) == ("manager", "P")


@pytest.mark.parametrize("acts", [("demote", "demote"), ("demote", "deactivate"), ("deactivate", "deactivate")])
@pytest.mark.parametrize("admins", [2, 3])
@pytest.mark.django_db(transaction=True)
def test_admins_who_act_on_each_other_wait_instead_of_failing(acts, admins):
    """Each begins with the other's row: whatever the order, nobody meets a deadlock and an admin stays."""
    organisation()
    made = [user("admin") for _ in range(admins)]
    heir = user()
    for one in made:
        customer(owner=one)
    todo = {
        "demote": lambda person: set_to(person, role="manager"),
        "deactivate": lambda person: people.deactivate(person, [heir], day=DAY),
    }
    problems = at_once(lambda: todo[acts[0]](made[-1]), lambda: todo[acts[1]](made[0]))
    assert problems == (["The last admin stays."] if admins == 2 else [])
    assert User.objects.filter(role="admin", is_active=True).count() == 1


@pytest.mark.django_db(transaction=True)
def test_leavers_who_are_each_others_heirs_wait_instead_of_failing():
    organisation()
    user("admin")
    one, two = user(), user()
    customer(owner=one)
    customer(owner=two)
    problems = at_once(lambda: people.deactivate(one, [two], day=DAY), lambda: people.deactivate(two, [one], day=DAY))
    assert len(problems) == 1
    assert "cannot look after customers" in problems[0]
    assert User.objects.filter(is_active=False).count() == 1


def named_heir(leaver: User, other: User) -> Callable[[], object]:
    customer(owner=leaver)
    return lambda: people.deactivate(leaver, [other], day=DAY)


def named_manager(leaver: User, other: User) -> Callable[[], object]:
    user(manager=leaver)
    return lambda: people.deactivate(leaver, [], manager=other, day=DAY)


def reporting(leaver: User, other: User) -> Callable[[], object]:
    User.objects.filter(pk=other.pk).update(manager=leaver)
    return lambda: people.deactivate(leaver, [], manager=User.objects.get(role="admin"), day=DAY)


def having_what_was_merged(leaver: User, other: User) -> Callable[[], object]:
    customer(owner=leaver, merged_into=customer(owner=other))
    return lambda: people.deactivate(leaver, [], day=DAY)


def heir_of_a_viewer(leaver: User, other: User) -> Callable[[], object]:
    customer(owner=leaver)
    leaver.role = "viewer"
    return lambda: people.change(leaver, ["role"], heirs=[other], day=DAY)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("how", [named_heir, named_manager, reporting, having_what_was_merged, heir_of_a_viewer])
def test_people_are_locked_in_one_order_whatever_an_act_touches(how):
    """A cover that begins locks two people: who waits for the first of them does not hold the second."""
    organisation()
    other, leaver = user("manager"), user("manager")
    user("admin")
    act = how(leaver, other)
    thread = Thread(target=lambda: (act(), connection.close()))
    rows = User.objects.select_for_update(no_key=True)
    with transaction.atomic():
        rows.get(pk=other.pk)
        thread.start()
        until_somebody_waits()
        assert rows.select_for_update(no_key=True, nowait=True).get(pk=leaver.pk) == leaver
    thread.join()
    now = User.objects.get(pk=leaver.pk)
    assert (now.is_active, now.role) != (True, "manager")


def test_after_a_deactivation_no_undo_is_offered_that_could_do_nothing(client):
    admin, leaver, heir = user("admin"), user(), user()
    customer(owner=leaver)
    client.force_login(admin)
    url, asked = reverse("accounts:user_deactivate", args=[leaver.pk]), {"heirs": [heir.pk]}
    seen = client.post(url, asked).context["digest"]
    page = client.post(url, asked | {"seen": seen}, follow=True).content.decode()
    assert "Deactivated and handed over." in page
    assert "/undo/" not in page


def test_who_was_given_a_customer_while_the_owner_left_keeps_it(monkeypatch):
    leaver, heir, given = user(), user(), user()
    lost, left = customer(owner=leaver), customer(owner=leaver)
    split = splitting.split

    def meanwhile(*args: Any) -> Any:
        Customer.objects.filter(pk=lost.pk).update(owner=given)
        return split(*args)

    monkeypatch.setattr(splitting, "split", meanwhile)
    people.deactivate(leaver, [heir], day=DAY)
    assert set(Customer.objects.values_list("pk", "owner")) == {(lost.pk, given.pk), (left.pk, heir.pk)}


def test_the_tokens_of_a_leaver_do_not_come_back_with_the_leaver():
    admin, leaver = user("admin"), user()
    token, secret = tokens.issue(leaver, "Script", ["*:read"], days=9, by=leaver, now=clock.now())
    other, _secret = tokens.issue(admin, "Script", ["*:read"], days=9, by=admin, now=clock.now())
    people.deactivate(leaver, [], day=DAY)
    User.objects.filter(pk=leaver.pk).update(is_active=True)
    assert tokens.find(secret, clock.now()) is None
    token.refresh_from_db()
    other.refresh_from_db()
    assert (token.revoked_at is None, other.revoked_at) == (False, None)


def test_a_program_is_none_of_the_people():
    admin = user("admin", name="Ren Admin")
    program = user("admin", name="Sync", is_service=True)
    assert program not in people.team()
    assert [*User.objects.people()] == [*User.objects.visible_to(admin)] == [admin]
    assert [name for _pk, name in record.owners()] == ["Ren Admin"]
    assert program not in UserForm().fields["manager"].queryset
    assert program not in DeactivateForm(leaver=admin).fields["manager"].queryset
    user("manager", name="Sync 2", is_service=True)
    assert saved.teams(admin) == []


def test_a_program_has_no_page_of_a_person(client):
    client.force_login(user("admin"))
    program = user("admin", name="Sync", is_service=True)
    for address in ("", "deactivate/"):
        assert client.get(f"/settings/users/{program.pk}/{address}").status_code == 404
