"""Cells of every list that are edited where they stand: saved, taken back, refused beside the cell, and only by who may."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from django.test import Client

from accounts import customers, lists
from accounts.lists.editing import url_of
from accounts.models import Cover, Customer, Segment, User
from health.models import Case
from playbooks.models import Task
from renewals import calling
from renewals.models import Renewal
from tests.access.test_edits import Form
from tests.accounts.bulk.selected import Selected, selected
from tests.accounts.lists.test_lists_pages import PAGES
from tests.factories import DAY, user
from tests.playbooks.rows import NOW

pytestmark = pytest.mark.django_db
HTMX = {"HTTP_HX_REQUEST": "true"}
LATER = (DAY + dt.timedelta(days=9)).isoformat()
# By column what is typed, and what is refused; None: nothing is.
TYPED: dict[tuple[str, str], tuple[dict[str, str], dict[str, str] | None]] = {
    ("customers", "owner"): ({"owner": "mate"}, {"owner": ""}),
    ("customers", "tags"): ({"tags": "kept, pilot"}, {"tags": "x" * 41}),
    ("customers", "segment"): ({"segment": "segment", "reason": "Key account"}, {"segment": "segment", "reason": ""}),
    ("cases", "owner"): ({"to": "admin"}, {"to": ""}),
    ("cases", "due"): ({"due_on": LATER}, {"due_on": "2026-01-01"}),
    ("cases", "state"): ({"resolution": "resolved", "note": ""}, {"resolution": "not_valid", "note": ""}),
    ("tasks", "task"): ({"title": "Ring Ada"}, {"title": " "}),
    ("tasks", "due"): ({"due_on": LATER}, {"due_on": "2026-01-01"}),
    ("tasks", "assignee"): ({"to": "admin"}, {"to": ""}),
    ("renewals", "stage"): ({"stage": "proposed"}, {"stage": "closed"}),
    ("renewals", "call"): ({"likelihood": "70"}, {"likelihood": "170"}),
    ("renewals", "note"): ({"note": "Met them"}, None),
}
EDITABLE = [(kind.key, column.key) for kind in lists.every() for column in kind.columns if column.edit]


@pytest.fixture
def world(client: Client) -> Selected:
    made = selected(1)
    client.force_login(made.csm)
    small = Segment.objects.create(name="Small", position=91, touch_model="tech")
    customers.pin_all(made.rows["customers"], small, "Asked", day=DAY)
    calling.call_all(made.rows["renewals"], made.csm, NOW, DAY, {"category": "commit"})
    return made


def posted(world: Selected, given: dict[str, str]) -> dict[str, Any]:
    return {name: world.named.get(value, value) for name, value in given.items()}


def plain(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def test_every_editable_column_is_tried_here() -> None:
    assert set(EDITABLE) == set(TYPED)


@pytest.mark.parametrize(("kind", "column"), EDITABLE)
def test_a_cell_is_saved_by_those_columns_alone_and_taken_back(
    kind: str, column: str, world: Selected, client: Client
) -> None:
    [pk] = world.rows[kind]
    url, before = url_of(kind, column, pk), world.stand(kind)
    assert f'href="{url}"' in plain(client.get(f"{PAGES[kind]}?columns=tags" if column == "tags" else PAGES[kind]))
    form = client.get(url, **HTMX)
    sent = Form(form.content.decode(), url).sent
    assert sent["shown"][0]
    left = client.post(url, sent, **HTMX)
    assert (left.status_code, world.stand(kind)) == (200, before)
    saved = client.post(url, sent | posted(world, TYPED[kind, column][0]), **HTMX)
    assert saved.status_code == 200
    assert world.stand(kind) != before
    undo = re.search(r'action="(/lists/[^"]+/back/[^"]+)"', saved.content.decode())
    assert undo is not None
    assert client.post(undo[1].replace("&amp;", "&"), **HTMX).status_code in {200, 204}
    assert world.stand(kind) == before


@pytest.mark.parametrize(("kind", "column"), [key for key, (_given, wrong) in TYPED.items() if wrong])
def test_what_is_refused_is_said_at_the_cell(kind: str, column: str, world: Selected, client: Client) -> None:
    [pk] = world.rows[kind]
    url, before = url_of(kind, column, pk), world.stand(kind)
    wrong = TYPED[kind, column][1] or {}
    answer = client.post(url, Form(client.get(url, **HTMX).content.decode(), url).sent | posted(world, wrong), **HTMX)
    assert (answer.status_code, 'role="alert"' in plain(answer)) == (422, True)
    assert world.stand(kind) == before


@pytest.mark.parametrize("kind", PAGES)
def test_a_cell_is_for_those_who_may_change_its_row(kind: str, world: Selected, client: Client) -> None:
    column = next(column for of, column in EDITABLE if of == kind)
    mine, theirs = url_of(kind, column, world.rows[kind][0]), url_of(kind, column, world.foreign[kind])
    assert client.get(theirs).status_code == 404
    assert client.get(url_of(kind, "health", world.rows[kind][0])).status_code == 404
    assert client.get(mine + "back/").status_code == 405
    assert client.post(f"{mine}back/?was=made-up").status_code == 400
    client.force_login(user("viewer"))
    assert "data-edit" not in plain(client.get(PAGES[kind]))
    assert client.post(mine, {}).status_code == 403


def test_a_call_is_its_csms_and_is_not_offered_to_a_manager(world: Selected, client: Client) -> None:
    [pk] = world.rows["renewals"]
    client.force_login(User.objects.get(role="admin"))
    page = plain(client.get(PAGES["renewals"]))
    assert url_of("renewals", "stage", pk) in page
    assert url_of("renewals", "note", pk) not in page
    assert client.post(url_of("renewals", "note", pk), {"note": "x"}).status_code == 403


def test_what_ended_meanwhile_is_said_and_what_was_typed_stays(world: Selected, client: Client) -> None:
    [pk] = world.rows["tasks"]
    url = url_of("tasks", "task", pk)
    sent = Form(client.get(url, **HTMX).content.decode(), url).sent
    Task.objects.filter(pk=pk).update(done_at=NOW, outcome="done")
    answer = client.post(url, sent | {"title": "Ring Ada"}, **HTMX)
    assert (answer.status_code, "Ring Ada" in plain(answer)) == (422, True)
    assert "data-edit" not in plain(client.get("/tasks/?state=done"))


def test_an_undo_gives_nothing_back_where_somebody_else_went_on(world: Selected, client: Client) -> None:
    [pk] = world.rows["cases"]
    url = url_of("cases", "due", pk)
    saved = client.post(url, {"due_on": LATER}, **HTMX)
    Case.objects.filter(pk=pk).update(due_on=DAY + dt.timedelta(days=30))
    undo = re.search(r'action="(/lists/[^"]+/back/[^"]+)"', saved.content.decode())
    assert undo
    assert "changed since" in plain(client.post(undo[1].replace("&amp;", "&"), **HTMX))
    assert Case.objects.get(pk=pk).due_on == DAY + dt.timedelta(days=30)


def test_a_segment_that_rules_give_and_a_past_day_are_only_read(world: Selected, client: Client) -> None:
    [pk] = world.rows["customers"]
    assert url_of("customers", "segment", pk) in plain(client.get("/customers/"))
    assert "data-edit" not in plain(client.get(f"/customers/?as_of={DAY - dt.timedelta(days=3)}"))
    Customer.objects.update(pinned_segment=None, pin_reason="")
    assert url_of("customers", "segment", pk) not in plain(client.get("/customers/"))


def test_a_plain_form_works_without_a_script_and_a_snoozed_case_wakes(world: Selected, client: Client) -> None:
    [pk] = world.rows["cases"]
    Case.objects.filter(pk=pk).update(state="snoozed", snoozed_until=DAY + dt.timedelta(days=9), snooze_reason="Away")
    url = url_of("cases", "state", pk)
    assert "<h1>State: " in plain(client.get(url))
    answer = client.post(url, {"resolution": "awake", "note": "", "next": "/cases/"})
    assert (answer.status_code, answer["Location"]) == (302, "/cases/")
    assert Case.objects.get(pk=pk).state == "new"
    after = client.get("/cases/").content.decode()
    undo = re.search(r'action="(/lists/[^"]+/back/[^"]+)"', after)
    assert undo
    client.post(undo[1].replace("&amp;", "&"))
    assert Case.objects.filter(pk=pk, state="snoozed", snooze_reason="Away").exists()


def test_a_colleague_who_covers_speaks_for_the_owner(world: Selected, client: Client) -> None:
    mate = User.objects.get(name="Bo")
    Cover.objects.create(owner=world.csm, by=mate, starts_on=dt.date(2020, 1, 1), ends_on=dt.date(2100, 1, 1))
    client.force_login(mate)
    [pk] = world.rows["renewals"]
    assert client.post(url_of("renewals", "note", pk), {"note": "Met"}, **HTMX).status_code == 200
    assert Renewal.objects.get(pk=pk).csm_note == "Met"
