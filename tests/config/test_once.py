"""A form that is sent twice acts once, whatever it adds."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from accounts.models import Contact, Customer, Sentiment, Touchpoint
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


@pytest.mark.django_db
def test_what_was_refused_is_tried_again(client, book):
    url = reverse("accounts:customer_new")
    sent = NEW | {"country": "??", "form_key": drawn(client, url)}
    assert [client.post(url, sent).status_code for _press in range(2)] == [422, 422]
    assert not Sent.objects.exists()


@pytest.mark.django_db
def test_what_was_sent_is_forgotten_after_a_day(client, book):
    url = reverse("accounts:customer_new")
    client.post(url, NEW | {"form_key": drawn(client, url)})
    assert pressing.tidy() == 0
    with connection.cursor() as cursor:
        cursor.execute("UPDATE once_sent SET at = now() - interval '25 hours'")
    assert pressing.tidy() == 1
