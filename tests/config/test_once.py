"""A form that is sent twice acts once, whatever it adds."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.contrib.messages.storage.cookie import CookieStorage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.http import HttpResponse, HttpResponseRedirect
from django.test import Client
from django.urls import reverse

from accounts.models import Contact, Customer, Role, Sentiment, Touchpoint, User
from config.once import pressing
from config.once.models import Sent
from playbooks.models import Task
from tests.access.policy import CONTACT, TOUCH
from tests.factories import DAY, customer, organisation, user

KEY = re.compile(r'name="form_key" value="([^"]+)"')
TASK = {"title": "Ring Ada", "due_on": str(DAY), "note": ""}
NEW = {"name": "Cobalt", "employees": "5", "country": "JP"}
KINDS = [
    ("accounts:touch_new", TOUCH, Touchpoint),
    ("accounts:contact_new", CONTACT | {"state_on": str(DAY)}, Contact),
    ("accounts:sentiment", {"value": "4", "note": "They said so"}, Sentiment),
    ("playbooks:task_new", TASK, Task),
]


@pytest.fixture
def book(client: Client) -> Customer:
    organisation()
    client.force_login(user("admin", name="Ren"))
    return customer(name="Harbor", owner=user(name="Mara"))


def drawn(client: Client, url: str) -> str:
    return KEY.findall(client.get(url).content.decode())[-1]


@pytest.mark.django_db
@pytest.mark.parametrize(("name", "body", "model"), KINDS, ids=["touch", "contact", "sentiment", "task"])
def test_a_second_press_adds_nothing_and_gets_the_first_answer(client, book, name, body: dict[str, Any], model: Any):
    url = reverse(name, args=[book.pk])
    body = body | ({"to": book.owner_id} if name == "playbooks:task_new" else {})
    for headers in ({}, {"HX-Request": "true"}):
        before = model.objects.count()
        sent = body | {"form_key": drawn(client, url)}
        first, second = (client.post(url, sent, headers=headers) for _press in range(2))
        assert (first.status_code, first.content) == (second.status_code, second.content)
        assert first.headers.get("Location") == second.headers.get("Location")
        assert model.objects.count() == before + 1


@pytest.mark.django_db
def test_other_content_another_form_and_another_person_act_on_their_own(client, book):
    url = reverse("accounts:customer_new")
    key = drawn(client, url)
    assert key != drawn(client, url)
    for sent in (NEW, NEW | {"name": "Basalt"}):
        assert client.post(url, sent | {"form_key": key}).status_code == 302
    client.post(url, NEW | {"form_key": drawn(client, url)})
    client.force_login(user("admin", name="Ada"))
    client.post(url, NEW | {"form_key": key})
    assert Customer.objects.filter(name="Cobalt").count() == 3


def test_a_file_is_told_apart_by_what_it_holds(rf):
    def digest(*contents: bytes) -> str:
        request = rf.post("/", {"file": [SimpleUploadedFile("a.csv", one) for one in contents]})
        request.user = AnonymousUser()
        found = pressing.digest(request, "key")
        assert [file.read() for file in request.FILES.getlist("file")] == list(contents)
        return found

    assert digest(b"1", b"2") == digest(b"1", b"2")
    assert len({digest(b"1"), digest(b"2"), digest(b"1", b"2"), digest(b"3", b"2")}) == 4


@pytest.mark.django_db
def test_what_was_refused_is_tried_again(client, book):
    url = reverse("accounts:customer_new")
    sent = NEW | {"country": "??", "form_key": drawn(client, url)}
    assert [client.post(url, sent).status_code for _press in range(2)] == [422, 422]
    assert not Sent.objects.exists()


@pytest.mark.django_db
def test_what_was_sent_is_forgotten_after_half_an_hour(client, book):
    url = reverse("accounts:customer_new")
    sent = NEW | {"form_key": drawn(client, url)}
    client.post(url, sent)
    assert pressing.tidy() == 0
    for _housekeeping_is in ("late", "done"):
        with connection.cursor() as cursor:
            cursor.execute("UPDATE once_sent SET at = now() - interval '31 minutes'")
        client.post(url, sent)
        assert pressing.tidy() == 0
    assert Customer.objects.filter(name="Cobalt").count() == 3


@pytest.mark.django_db
def test_an_answer_is_not_for_another_role(client, book):
    url = reverse("accounts:customer_new")
    sent = NEW | {"form_key": drawn(client, url)}
    client.post(url, sent)
    User.objects.update(role=Role.VIEWER)
    assert client.post(url, sent).status_code == 403


PART: bytes = b"<tr>Ada, 400</tr>"
WORDS: bytes = b'<div id="toasts" hx-swap-oob="beforeend"><div>Saved.</div></div>'
ANSWERS = {
    "page": (HttpResponse(PART), None),
    "refused": (HttpResponse(PART, status=422), None),
    "said why not": (pressing.refusal(HttpResponse(WORDS)), None),
    "led back": (pressing.refusal(HttpResponseRedirect("/there/")), None),
    "redirect": (HttpResponseRedirect("/there/"), b""),
    "toast": (HttpResponse(WORDS), WORDS),
    "part": (HttpResponse(PART + WORDS), WORDS),
    "event": (HttpResponse(PART, headers={"HX-Trigger": "done"}), b""),
    "nothing": (HttpResponse(status=204), b""),
}


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ANSWERS)
def test_of_an_answer_only_what_says_that_it_was_done_is_kept(rf, kind):
    request = rf.post("/")
    request._messages = CookieStorage(request)
    answer, body = ANSWERS[kind]
    acts = [pressing._pressed("key", request, lambda: answer) for _press in range(2)]
    assert [bytes(sent.body) for sent in Sent.objects.all()] == ([] if body is None else [body])
    if body is not None:
        assert (acts[1].status_code, acts[1].headers.get("Location")) == (answer.status_code, answer.get("Location"))
        assert (acts[1].get("HX-Reswap") == "none") == (PART in answer.content)


@pytest.mark.django_db(transaction=True)
def test_a_second_press_waits_longer_than_a_page_for_a_lock_and_then_says_so(client, monkeypatch):
    organisation()
    client.force_login(user("admin"))
    monkeypatch.setattr(pressing, "digest", lambda *_of: "key")
    monkeypatch.setattr(pressing, "PATIENCE", dt.timedelta(seconds=1))
    with connection.cursor() as cursor:
        cursor.execute("SHOW lock_timeout")
        limit = cursor.fetchone()
    with psycopg.connect(**connection.get_connection_params() | {"cursor_factory": None}) as first:
        first.execute("INSERT INTO once_sent (digest) VALUES ('key')")
        answer = client.post(reverse("accounts:customer_new"), NEW | {"form_key": "k"})
        first.rollback()
    assert answer.status_code == 409
    assert "still being saved" in answer.content.decode()
    assert client.post(reverse("accounts:customer_new"), NEW | {"form_key": "k"}).status_code == 302
    with connection.cursor() as cursor:
        cursor.execute("SHOW lock_timeout")
        assert cursor.fetchone() == limit


WHY_NOT = re.compile(r"\.messages\)|[ (]say\(")


def test_every_page_that_says_why_nothing_was_done_marks_its_answer():
    """A refusal that looks like an answer, a toast or the way back, is told apart from what was done."""
    lines = [
        f"{path.name}: {line.strip()}"
        for path in Path(settings.BASE_DIR).glob("*/views/**/*.py")
        for line in path.read_text().splitlines()
    ]
    unmarked = [line for line in lines if "(request" in line and WHY_NOT.search(line) and "refusal(" not in line]
    assert unmarked == []
