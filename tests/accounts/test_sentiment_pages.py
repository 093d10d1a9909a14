"""Saying how a customer feels, on its page."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts import sentiment
from accounts.models import Customer, Sentiment, User
from tests.counting import statements
from tests.factories import DAY, customer, organisation, user
from tests.markup import tight

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def owner() -> User:
    organisation()
    return user()


@pytest.fixture
def one(owner: User) -> Customer:
    return customer(owner=owner, name="Cobalt Freight")


def say(client: Client, one: Customer, **fields: str) -> Any:
    return client.post(reverse("accounts:sentiment", args=[one.pk]), fields, headers=HTMX)


def test_one_press_says_it_and_offers_undo(client: Client, owner: User, one: Customer) -> None:
    client.force_login(owner)
    answer = say(client, one, value="2", note="Asks what it saved")
    text = answer.content.decode()
    found = Sentiment.objects.get()
    assert (found.value, found.author, found.note, found.day) == (2, owner, "Asks what it saved", DAY)
    assert "accounts:changed" in answer["HX-Trigger"]
    panel = tight(client.get(reverse("accounts:sentiment", args=[one.pk]), headers=HTMX).content.decode())
    assert 'aria-pressed="true">2<' in panel
    assert 'id="sentiment-now" hx-swap-oob="true"> 2 of 5' in panel
    undo = reverse("accounts:sentiment_undo", args=[one.pk, found.pk])
    assert undo in text
    assert client.post(undo, headers=HTMX).status_code == 204
    one.refresh_from_db()
    assert (one.sentiment, Sentiment.objects.count()) == (None, 0)


@pytest.mark.parametrize("value", ["0", "6", "", "x"])
def test_what_is_no_sentiment_is_refused_and_the_note_kept(
    client: Client, owner: User, one: Customer, value: str
) -> None:
    client.force_login(owner)
    answer = say(client, one, value=value, note="Kept")
    assert answer.status_code == 422
    assert 'value="Kept"' in answer.content.decode()
    assert 'role="alert"' in answer.content.decode()
    assert not Sentiment.objects.exists()


def test_enter_in_the_note_says_what_is_said_already(client: Client, owner: User, one: Customer) -> None:
    """The form's first button is the one that Enter presses."""
    client.force_login(owner)
    url = reverse("accounts:sentiment", args=[one.pk])
    first = r'<button [^>]*name="value" value="(\d?)"'
    for value in ("", "4"):
        if value:
            sentiment.say(one, int(value), author=owner, day=DAY)
        found = re.search(first, client.get(url, headers=HTMX).content.decode())
        assert found
        assert found[1] == value


def test_nobody_takes_back_what_another_said(client: Client, owner: User, one: Customer) -> None:
    said = sentiment.say(one, 4, author=user(), day=DAY)
    client.force_login(owner)
    assert client.post(reverse("accounts:sentiment_undo", args=[one.pk, said.pk])).status_code == 404
    assert Sentiment.objects.exists()


def test_a_viewer_reads_it_and_may_not_say(client: Client, owner: User, one: Customer) -> None:
    sentiment.say(one, 4, author=owner, day=DAY)
    client.force_login(user("viewer"))
    text = client.get(reverse("accounts:sentiment", args=[one.pk]), headers=HTMX).content.decode()
    assert "4 of 5" in text
    assert "<button" not in text
    assert say(client, one, value="1").status_code == 403


def test_the_history_is_paged_and_costs_the_same(client: Client, owner: User, one: Customer) -> None:
    client.force_login(owner)
    url, asked = reverse("accounts:sentiment", args=[one.pk]), []
    for count in (1, 11):
        for number in range(count):
            sentiment.say(one, 1 + number % 5, author=owner, day=DAY)
        with statements() as seen:
            text = client.get(url, headers=HTMX).content.decode()
        asked.append(len(seen))
    assert asked[1] == asked[0] + 1  # where more pages follow, how many there are
    assert f'hx-get="{url}?page=2"' in text
    assert client.get(url, {"page": 2}).status_code == 200
