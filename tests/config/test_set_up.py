"""The first admin of an empty installation comes through a link that works once."""

from __future__ import annotations

import datetime as dt
from urllib.parse import urlsplit

import pytest
from django.test import Client
from pytest_django import Settings

from accounts.models import Organisation, Role, Segment, User
from config import set_up
from tests.factories import organisation, user

pytestmark = pytest.mark.django_db

GIVEN = {
    "name": "Hashi KK",
    "time_zone": "Asia/Tokyo",
    "currency": "jpy",
    "person": "Ada",
    "email": "Ada@Hashi.example",
    "password1": "a bridge of stone",
    "password2": "a bridge of stone",
}


def path() -> str:
    return urlsplit(set_up.link()).path


def test_company_and_first_admin_are_made_once_and_signed_in(client: Client):
    link = path()
    assert "Set up Tsunagu" in client.get(link).content.decode()
    assert client.post(link, GIVEN).status_code == 302
    ada = User.objects.get()
    assert (ada.email, ada.name, ada.role, ada.check_password("a bridge of stone")) == (
        "ada@hashi.example", "Ada", Role.ADMIN, True,
    )  # fmt: skip
    row = Organisation.objects.get()
    assert (row.name, row.time_zone, row.currency) == ("Hashi KK", "Asia/Tokyo", "JPY")
    assert Segment.objects.exists()
    assert client.get("/settings/organisation/").status_code == 200
    for again in (Client().get(link), Client().post(link, GIVEN | {"email": "eve@x.example"})):
        assert again.status_code == 404
        assert "no longer works" in again.content.decode()
    assert User.objects.count() == 1


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"password2": "another bridge"}, "not the same"),
        ({"password1": "short", "password2": "short"}, "too short"),
        ({"password1": "bridge-to-renewal", "password2": "bridge-to-renewal"}, "everybody knows it"),
        ({"currency": "yen!"}, "at most 3 characters"),
        ({"currency": "UER"}, "UER is no currency that is in force"),
        ({"currency": "BGN"}, "BGN is no currency that is in force"),
        ({"time_zone": "Mars/Olympus"}, "Select a valid choice"),
        ({"email": "ada"}, "valid email"),
        ({"name": ""}, "required"),
    ],
)
def test_what_cannot_be_is_said_and_nothing_is_made(client: Client, given: dict[str, str], words: str):
    answer = client.post(path(), GIVEN | given)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not User.objects.exists()


def test_a_link_that_is_old_or_made_up_opens_nothing(client: Client, monkeypatch: pytest.MonkeyPatch):
    link = path()
    assert client.get(f"{link[:-2]}x/").status_code == 404
    monkeypatch.setattr(set_up, "VALID", dt.timedelta(seconds=-1))
    assert client.post(link, GIVEN).status_code == 404
    assert not User.objects.exists()


def test_of_two_at_once_one_is_made():
    user("csm")
    assert set_up.make(email="a@b.example", password="x", person="A", name="X") is None


def test_the_link_names_the_address_that_is_known(settings: Settings):
    settings.ALLOWED_HOSTS = ["localhost"]
    assert set_up.address() == "http://127.0.0.1:8000"
    settings.ALLOWED_HOSTS = ["localhost", "tsunagu.hashi.example"]
    assert set_up.address() == "https://tsunagu.hashi.example"
    organisation(url="https://cs.hashi.example/")
    assert set_up.address() == "https://cs.hashi.example"
