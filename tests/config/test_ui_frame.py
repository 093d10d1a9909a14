"""The frame, signing in, errors and toasts, through the whole request where it matters."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import translation

from accounts.models import Role
from config import errors
from config.ui import context
from config.web.toast import toast
from tests import factories

PAGE = (
    '{% extends "base.html" %}{% load ui %}{% block title %}Try{% endblock %}'
    "{% block bar %}<h1>Try</h1>{% endblock %}{% block main %}{{ d|day }}{{ d|day }}{% endblock %}"
)
INLINE = re.compile(r"\sstyle=|\son[a-z]+=|<script(?![^>]*\ssrc=)|<style|javascript:|hx-on|hx-vals='js")


def draw(request: HttpRequest, source: str = PAGE, **values: object) -> str:
    return engines["django"].from_string(source).render(values, request)


def asked(path: str = "/", **cookies: str) -> HttpRequest:
    request = RequestFactory().get(path)
    request.COOKIES.update(cookies)
    request.user = AnonymousUser()
    request._messages = []  # type: ignore[attr-defined]
    return request


@pytest.fixture(autouse=True)
def english():
    """A request leaves its person's language behind in the thread; each test starts in English."""
    with translation.override("en"):
        yield


@pytest.fixture
def places(monkeypatch: pytest.MonkeyPatch):
    """Every place is routed, at an address made of its first name."""
    monkeypatch.setattr(context, "address_of", lambda names: f"/{names[0]}/")


@pytest.fixture
def day(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The day without a database; the list grows by one each time somebody asks."""
    calls: list[int] = []
    monkeypatch.setattr("config.clock.standing", lambda _also: calls.append(1) or (factories.DAY, None, dt.UTC, None))
    return calls


def test_frame_holds_to_the_content_policy(places: None, day: list[int]):
    html = draw(asked("/accounts:portfolio/7/"), d=dt.date(2026, 11, 24))
    assert not INLINE.search(html)
    assert html.count("<h1") == 1
    assert 'href="#main"' in html
    assert '"allowEval": false' in html
    assert '<html lang="en">' in html


def test_rail_marks_the_place_of_a_page_below_it(places: None, day: list[int]):
    html = " ".join(draw(asked("/accounts:portfolio/7/"), d=None).split())
    assert '<a href="/accounts:portfolio/" aria-current="page" data-go="c">' in html
    assert html.count("aria-current") == 1
    assert '<span class="count" data-count="cases"></span>' in html
    below = " ".join(draw(asked("/health:cases/7/"), d=None).split())
    assert '<a href="/health:cases/" aria-current="page" data-go="k">' in below
    assert below.count("aria-current") == 1


def test_places_that_are_not_routed_are_not_shown(monkeypatch: pytest.MonkeyPatch, day: list[int]):
    monkeypatch.setattr(context, "address_of", lambda _names: "")
    html = draw(asked(), d=None)
    assert "data-go=" not in html
    assert 'id="command"' not in html


def test_only_admins_see_configuration(places: None):
    request = asked()
    for role, seen in ((Role.ADMIN, len(context.CONFIGURE)), (Role.CSM, 0), (Role.MANAGER, 0)):
        request.user = type("Person", (), {"role": role})()  # type: ignore[assignment]
        assert len(context.Frame(request).configure) == seen


@pytest.mark.parametrize(("cookie", "shown"), [("dark", ' data-theme="dark"'), ("system", ""), ('"><script>', "")])
def test_theme_comes_from_its_cookie(cookie: str, shown: str, day: list[int]):
    assert f'<html lang="en"{shown}>' in draw(asked(theme=cookie), d=None)


def test_a_page_asks_for_the_day_once(day: list[int]):
    draw(asked(), d=dt.date(2026, 11, 24))
    assert len(day) == 1


def test_age_of_the_data_is_shown_once_it_was_looked_for(monkeypatch: pytest.MonkeyPatch, day: list[int]):
    assert "Data" not in draw(asked(), d=None)
    now = dt.datetime(2026, 11, 24, 9, 40, tzinfo=dt.UTC)
    monkeypatch.setattr("config.clock.now", lambda: now)
    monkeypatch.setattr(
        "config.clock.standing", lambda _also: (factories.DAY, now - dt.timedelta(minutes=4), dt.UTC, None)
    )
    assert "Data 4 minutes old" in draw(asked(), d=None)


@pytest.mark.django_db
def test_sign_in_keeps_the_email_and_names_the_mistake(client: Client):
    person = factories.user()
    answer = client.post(reverse("account_login"), {"login": person.email, "password": "not this one"})
    html = answer.content.decode()
    assert f'value="{person.email}"' in html
    assert 'aria-invalid="true"' in html
    assert 'role="alert"' in html
    assert not INLINE.search(html)
    answer = client.post(reverse("account_login"), {"login": person.email, "password": "a long password"})
    assert answer.status_code == 302
    assert answer.headers["Location"] == "/"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "name", ["account_login", "account_reset_password", "account_reset_password_done", "account_signup"]
)
def test_pages_outside_the_frame_have_our_look(client: Client, name: str):
    answer = client.get(reverse(name))
    assert answer.status_code == 200
    html = answer.content.decode()
    assert '<main class="gate"' in html
    assert html.count("<h1") == 1
    assert not INLINE.search(html)


@pytest.mark.django_db
def test_a_dead_reset_link_offers_a_new_one(client: Client):
    answer = client.get(reverse("account_reset_password_from_key", kwargs={"uidb36": "1", "key": "x-y"}), follow=True)
    assert "This link no longer works" in answer.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["account_change_password", "account_logout", "account_reauthenticate"])
def test_pages_of_ones_own_account_have_our_look(client: Client, name: str):
    client.force_login(factories.user())
    html = client.get(reverse(name)).content.decode()
    assert '<main class="gate"' in html
    assert not INLINE.search(html)


@pytest.mark.django_db
def test_language_is_kept_with_the_person(client: Client):
    person = factories.user()
    client.force_login(person)
    answer = client.post(reverse("set_language"), {"language": "ja", "next": "/sign-in/logout/"})
    assert answer.status_code == 302
    person.refresh_from_db()
    assert person.language == "ja"
    client.post(reverse("set_language"), {"language": "xx"})
    person.refresh_from_db()
    assert person.language == "ja"
    assert client.get(reverse("set_language")).status_code == 405


def test_errors_need_no_database():
    answer = errors.server_error(asked("/"))
    html = answer.content.decode()
    assert answer.status_code == 500
    assert "<h1>Something broke on our side</h1>" in html
    assert not INLINE.search(html)


def test_a_miss_of_a_stranger_offers_to_log_in():
    html = errors.not_found(asked("/nowhere/")).content.decode()
    assert '<p class="code">404</p>' in html
    assert reverse("account_login") in html


def test_toast_joins_an_htmx_answer():
    request = RequestFactory().post("/x/", headers={"HX-Request": "true"})
    answer = toast(request, HttpResponse("<p>row</p>"), "“A < B” is done.", "/undo/")
    html = answer.content.decode()
    assert html.startswith("<p>row</p>")
    assert '<div id="toasts" hx-swap-oob="beforeend">' in html
    assert "“A &lt; B” is done." in html
    assert 'hx-post="/undo/"' in html
    assert "csrfmiddlewaretoken" in html


def test_toast_turns_an_empty_answer_into_one_that_swaps_nothing():
    request = RequestFactory().post("/x/", headers={"HX-Request": "true"})
    answer = toast(request, HttpResponse(status=204), "Done.")
    assert answer.status_code == 200
    assert answer.headers["HX-Reswap"] == "none"


@pytest.mark.django_db
def test_toast_waits_as_a_message_for_the_next_page(client: Client, day: list[int]):
    request = asked()
    request._messages = kept = Kept()  # type: ignore[attr-defined]
    toast(request, HttpResponse(status=302), "Done.", "/undo/7/")
    request._messages = kept.found  # type: ignore[attr-defined]
    html = draw(request, d=None)
    assert "<span>Done.</span>" in html
    assert 'action="/undo/7/"' in html


class Kept:
    """A message store that keeps what it is given."""

    def __init__(self) -> None:
        self.found: list[object] = []

    def add(self, level: int, message: str, extra_tags: str = "") -> None:
        from django.contrib.messages.storage.base import Message

        self.found.append(Message(level, message, extra_tags))
