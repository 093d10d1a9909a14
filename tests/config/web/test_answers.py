"""How pages ask and answer: the same for every app, with and without script."""

from __future__ import annotations

import datetime as dt
import json
import re
from pathlib import Path
from typing import Any

import pytest
from django import forms
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404
from django.template import Context, Template
from django.test import RequestFactory
from django.urls import reverse
from django.utils import translation

from accounts.models import Customer, Role
from accounts.request import SignedIn
from accounts.seen import Ended
from config.web import acting, asking, coming, finding
from config.web.api import problems
from health.models import Case
from playbooks.models import Task
from renewals.models import Renewal
from tests.factories import DAY, contract, customer, organisation, user
from tests.problems import fields

FORM = "/cases/7/close/"
LIST = "/cases/?state=late"
HTMX = {"HX-Request": "true"}
APPS = ("accounts", "health", "renewals", "playbooks", "config")


class Question(forms.Form):
    note = forms.CharField(label="Note")


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("config.clock.standing", lambda _also: (DAY, None, dt.UTC, None))
    with translation.override("en"):
        yield


def sent(path: str = FORM, body: dict[str, str] | None = None, **headers: str) -> Any:
    """A request of somebody, without a database; a post where there is a body."""
    make = RequestFactory().get if body is None else RequestFactory().post
    request: Any = make(path, body or {}, headers=headers)
    request.user, request.htmx, request._messages = AnonymousUser(), "HX-Request" in request.headers, Notes()
    return request


class Notes(list[tuple[str, str]]):
    def add(self, _level: int, message: str, extra_tags: str = "") -> None:
        self.append((message, extra_tags))


def events(answer: Any) -> set[str]:
    return set(json.loads(answer.headers.get("HX-Trigger", "{}")))


def test_a_form_is_asked_in_the_dialog_and_on_a_page_of_its_own():
    fragment = asking.ask(sent(**HTMX), Question(), "Close: 8 of 9", "Close the case").content.decode()
    page = asking.ask(sent(FORM, referer=f"http://testserver{LIST}"), Question(), "Close: 8 of 9").content.decode()
    for text in (fragment, page):
        assert f'action="{FORM}"' in text
        assert 'name="note"' in text
        assert "Close: 8 of 9" in text
    assert f'hx-post="{FORM}" hx-target="#ask"' in fragment
    assert "<html" not in fragment
    assert "Close the case" in fragment
    assert "<html" in page
    assert f'<input type="hidden" name="next" value="http://testserver{LIST}">' in page
    assert ">Save<" in page


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "htmx"])
def test_what_came_back_with_errors_is_a_422(headers: dict[str, str]):
    assert asking.ask(sent(body={"note": "x"}, **headers), Question({"note": "x"}), "Title").status_code == 200
    wrong = asking.ask(sent(body={"note": ""}, **headers), Question({"note": ""}), "Title")
    assert wrong.status_code == 422
    assert "This field is required." in wrong.content.decode()


@pytest.mark.parametrize(
    ("body", "referer", "back"),
    [
        ({"next": LIST}, "/elsewhere/", LIST),
        ({"next": ""}, f"http://testserver{LIST}", f"http://testserver{LIST}"),
        ({"next": "https://evil.example/"}, f"http://testserver{LIST}", f"http://testserver{LIST}"),
        ({"next": "//evil.example/"}, "https://evil.example/", "/"),
        ({"next": FORM}, f"http://testserver{FORM}?x=1", "/"),
        ({}, "", "/"),
    ],
)
def test_people_go_back_to_a_page_of_ours_and_not_to_the_form_itself(body: dict[str, str], referer: str, back: str):
    assert coming.came_from(sent(body=body, referer=referer)) == back


def test_an_act_is_answered_by_toast_and_events_or_by_the_page_it_was_done_on():
    answer = acting.acted(sent(body={}, **HTMX), "Closed.", "/undo/", changed=("cases:changed",))
    assert answer.status_code == 200
    assert answer.headers["HX-Reswap"] == "none"
    assert events(answer) == {"ask:close", "cases:changed"}
    assert "Closed." in answer.content.decode()
    assert 'hx-post="/undo/"' in answer.content.decode()
    request = sent(body={"next": LIST})
    answer = acting.acted(request, "Closed.", "/undo/", changed=("cases:changed",))
    assert (answer.status_code, answer["Location"]) == (302, LIST)
    assert events(answer) == set()
    assert request._messages == [("Closed.", "undo:/undo/")]
    assert acting.acted(sent(body={"next": LIST}), "Closed.", back="/there/")["Location"] == "/there/"


def test_an_act_without_words_has_no_toast():
    request = sent(body={}, **HTMX)
    answer = acting.acted(request, "", changed=("cases:changed",))
    assert (answer.status_code, answer.content, events(answer)) == (204, b"", {"ask:close", "cases:changed"})


def test_a_refusal_says_who_was_faster_and_is_no_act():
    problem = Ended("It is closed already.", user_named("Mara"), DAY)
    answer = acting.refused(sent(body={}, **HTMX), problem, changed=("cases:changed",))
    assert "It is closed already. Closed by Mara, 24 Nov." in answer.content.decode()
    assert answer.is_refusal
    assert "cases:changed" in events(answer)
    page = acting.refused(sent(body={}), problem)
    assert page.status_code == 409
    assert "It is closed already." in page.content.decode()
    request = sent(body={})
    assert acting.refused(request, problem, back=LIST)["Location"] == LIST
    assert request._messages[0][0].startswith("It is closed already.")


def test_a_refusal_can_leave_standing_what_was_typed():
    answer = acting.refused(sent(body={}, **HTMX), ValidationError("No."), changed=("x:changed",), stays=True)
    assert (answer.status_code, answer.headers["HX-Reswap"], events(answer)) == (422, "none", set())
    assert answer.is_refusal
    assert acting.refused(sent(body={}), ValidationError("No."), stays=True).status_code == 409


def user_named(name: str) -> Any:
    return type("Person", (), {"name": name})()


@pytest.mark.django_db
def test_a_row_is_found_by_who_may_see_it_and_changed_by_who_may_change_it():
    organisation()
    owner, viewer, other = user(name="Mara"), user(Role.VIEWER), user(name="Nils")
    book = customer(owner=owner)
    dates = {"opened_on": DAY, "due_on": DAY, "newest_evidence_on": DAY}
    case = Case.objects.create(customer=book, kind="risk", reason="a", title="A", **dates)
    task = Task.objects.create(customer=book, title="Call", due_on=DAY)
    renewal = Renewal.objects.create(customer=book, contract=contract(book), term_number=1, due_on=DAY)
    rows: list[tuple[Any, Any]] = [(Customer.objects, book), (Case.objects, case), (Renewal.objects, renewal)]
    rows.append((Task.objects.select_related("customer"), task))
    for manager, row in rows:
        for person, sees, changes in ((owner, True, True), (viewer, True, False), (other, False, False)):
            request = sent()
            request.user = person
            assert outcome(finding.visible, request, manager, row.pk) == (None if sees else Http404)
            refusal = Http404 if not sees else None if changes else PermissionDenied
            assert outcome(finding.changeable, request, manager, row.pk) == refusal
            assert finding.may_change(request, row) is changes


def outcome(find: Any, request: SignedIn, rows: Any, pk: int) -> type[Exception] | None:
    try:
        assert find(request, rows, pk).pk == pk
    except (Http404, PermissionDenied) as error:
        return type(error)
    return None


def test_a_link_that_asks_is_a_link_of_its_page_too():
    page = Template('{% load ui %}<a {% ask_link "renewals:call" 7 %}></a>|<a {% ask_link url query="a=1&b=2" %}></a>')
    named, given = page.render(Context({"url": "/here/"})).split("|")
    url = reverse("renewals:call", args=[7])
    assert named == f'<a href="{url}" hx-get="{url}" hx-target="#ask" hx-swap="innerHTML"></a>'
    assert given.startswith('<a href="/here/?a=1&amp;b=2" hx-get="/here/?a=1&amp;b=2"')


@pytest.mark.parametrize(
    ("refused", "body"),
    [
        (ValidationError("Not now."), {"non_field_errors": ["Not now."]}),
        (ValidationError(["Not now.", "Nor then."]), {"non_field_errors": ["Not now.", "Nor then."]}),
        (
            ValidationError({"__all__": ["No."], "ended_on": ["Too late."]}),
            {"non_field_errors": ["No."], "on": ["Too late."]},
        ),
        (Ended("Closed already.", None, None), {"non_field_errors": ["Closed already."]}),
    ],
)
def test_what_the_domain_refuses_is_a_400_of_the_api(refused: ValidationError, body: dict[str, list[str]]):
    view = type("Contracts", (), {"renamed": {"ended_on": "on"}})
    answer = problems.problem(refused, {"view": view})
    assert answer is not None
    assert (answer.status_code, fields(answer.data)) == (400, body)
    assert problems.problem(ZeroDivisionError(), {"view": view}) is None


def test_a_form_with_errors_is_answered_in_one_place():
    """No view says 422 by itself, no template wires the dialog by hand, nobody counts pages but config.web."""
    wrong = []
    for path in (path for app in APPS for path in (Path(settings.BASE_DIR) / app).rglob("*.py")):
        text = path.read_text()
        if "config/web" not in path.as_posix() and re.search(r"UNREADABLE\b.*= *422|status=422|Paginator\(", text):
            wrong.append(path.name)
    by_hand = re.compile(r'<a\b[^>]*hx-target="#ask"|class="pages"')
    templates = (Path(settings.BASE_DIR) / "templates").rglob("*.html")
    wrong += [path.name for path in templates if by_hand.search(path.read_text()) and path.name != "pagination.html"]
    assert wrong == []
