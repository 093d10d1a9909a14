"""Invitations: who invites to what, one link that works once and not for ever, sent again, withdrawn."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from accounts import inviting
from accounts.inviting import Presence
from accounts.models import Organisation, Role, User
from config import clock
from config.environment import MAIL
from config.outbox.models import Outbox
from tests.factories import customer, organisation, user

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 11, 24, 9, tzinfo=dt.UTC)


@pytest.fixture
def admin(client: Client) -> User:
    organisation(name="Hashi KK", time_zone="Asia/Tokyo")
    person = user("admin", name="Ada Brandt", email="ada@hashi.example")
    client.force_login(person)
    return person


def ask(client: Client, **fields: str) -> User:
    given = {"name": "Nora Quist", "email": "Nora@Hashi.example", "role": "csm", "language": "en"} | fields
    assert client.post(reverse("accounts:user_new"), given).status_code == 302
    return User.objects.get(email=given["email"].lower())


def mails() -> list[dict[str, str]]:
    return [row.payload for row in Outbox.objects.filter(kind="mail").order_by("pk")]


def link_in(mail: dict[str, str]) -> str:
    found = re.search(r"https?://\S+?(/sign-in/\S+)", mail["text"])
    assert found
    return found[1]


def opens(link: str) -> bool:
    page = Client().get(link, follow=True).content.decode()
    return 'name="password1"' in page


def says(client: Client, name: str, person: User) -> str:
    """What the users page says after the act ``name`` on ``person``."""
    answer = client.post(reverse(f"accounts:{name}", args=[person.pk]), follow=True)
    return " ".join(answer.content.decode().split())


@pytest.mark.parametrize("role", Role.values)
@pytest.mark.parametrize(
    ("language", "invites", "company", "until"),
    [("en", "Ada Brandt invites you to Hashi KK", "where Hashi KK looks after", r"until \d+ \w+ \d\d:\d\d \(Asia/Tokyo\)"),
     ("ja", "Ada Brandt", "Hashi KK", r"\d+月\d+日|\d{4}/\d\d/\d\d \d\d:\d\d")],
)  # fmt: skip
def test_the_mail_says_who_invites_to_what_in_the_language_of_who_is_invited(
    client: Client, admin: User, language: str, invites: str, company: str, until: str, role: str
):
    nora = ask(client, language=language, role=role)
    (mail,) = mails()
    assert mail["to"] == ["nora@hashi.example"]
    assert invites in mail["subject"]
    assert all(words in mail["text"] for words in ("Nora Quist", "ada@hashi.example", company))
    assert re.search(until, mail["text"]), mail["text"]
    assert "password, nothing" not in mail["text"]
    assert ("You come as" in mail["text"]) is (language == "en")
    assert (nora.has_joined, nora.invited_at is not None) == (False, True)
    page = Client().get(link_in(mail), follow=True).content.decode()
    assert f'<html lang="{language}"' in page
    assert "nora@hashi.example" in page


def test_links_begin_with_the_address_of_the_installation(client: Client, admin: User):
    Organisation.objects.update(url="https://cs.hashi.example/")
    ask(client)
    assert "https://cs.hashi.example/sign-in/" in mails()[0]["text"]


def test_of_two_invitations_the_newer_works_and_a_withdrawn_one_never(client: Client, admin: User):
    nora = ask(client)
    assert "Invitation sent to" in says(client, "user_invite", nora)
    first, second = map(link_in, mails())
    assert (opens(first), opens(second)) == (False, True)
    assert "no longer works" in says(client, "user_withdraw", nora)
    assert not opens(second)
    nora.refresh_from_db()
    assert (nora.is_active, nora.invited_at) == (False, None)
    assert client.post(reverse("accounts:user_withdraw", args=[nora.pk])).status_code == 404
    assert "let them in again first" in says(client, "user_invite", nora)
    client.post(reverse("accounts:user_reactivate", args=[nora.pk]))
    assert not opens(second)
    says(client, "user_invite", nora)
    assert opens(link_in(mails()[-1]))


def test_the_toast_says_whether_the_mail_goes_out(client: Client, admin: User, settings: Settings):
    nora = ask(client)
    settings.EMAIL_BACKEND = MAIL["files"]
    assert "Hand its link over yourself" in says(client, "user_invite", nora)
    settings.EMAIL_BACKEND = MAIL["smtp"]
    assert "Invitation sent to nora@hashi.example." in says(client, "user_invite", nora)


def test_who_has_joined_is_not_invited_and_not_withdrawn(client: Client, admin: User):
    nora = ask(client)
    guest = Client()
    page = guest.get(link_in(mails()[0]), follow=True).request["PATH_INFO"]
    chosen = dict.fromkeys(("password1", "password2"), "a bridge of stone")
    assert guest.post(page, chosen).status_code == 302
    nora.refresh_from_db()
    assert nora.has_joined
    for act in ("user_invite", "user_withdraw"):
        assert "Nora Quist has joined already." in says(client, act, nora)
    nora.refresh_from_db()
    assert nora.is_active
    assert len(mails()) == 1


def test_customers_that_wait_for_somebody_are_not_left_alone(client: Client, admin: User):
    nora = ask(client)
    customer(owner=nora)
    assert "say who takes over" in says(client, "user_withdraw", nora)
    assert opens(link_in(mails()[0]))
    shown = client.get(reverse("accounts:users")).content.decode()
    assert reverse("accounts:user_deactivate", args=[nora.pk]) in shown
    assert reverse("accounts:user_withdraw", args=[nora.pk]) not in shown


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"password": "a long password"}, Presence.ACTIVE),
        ({"last_login": NOW}, Presence.ACTIVE),
        ({}, Presence.UNINVITED),
        ({"invited_at": NOW - inviting.VALID + dt.timedelta(seconds=1)}, Presence.INVITED),
        ({"invited_at": NOW - inviting.VALID}, Presence.EXPIRED),
        ({"invited_at": NOW, "is_active": False}, Presence.DEACTIVATED),
        ({"password": "a long password", "is_active": False}, Presence.DEACTIVATED),
    ],
)
def test_where_everybody_stands(fields: dict[str, object], expected: Presence):
    person = User.objects.create_user("nora@hashi.example", name="Nora", **fields)
    assert inviting.presence(person, NOW) == expected
    assert User.objects.joined().exists() is person.has_joined


def test_the_list_shows_where_everybody_stands(client: Client, admin: User):
    User.objects.create_user("i@hashi.example", name="Ines", invited_at=clock.now() - dt.timedelta(hours=5))
    User.objects.create_user("x@hashi.example", name="Xaver", invited_at=clock.now() - dt.timedelta(days=9))
    User.objects.create_user("u@hashi.example", name="Uma")
    user(name="Dora", is_active=False)
    page = client.get(reverse("accounts:users")).content.decode()
    rows = {row.split("</a>")[0].rsplit(">", 1)[-1]: " ".join(row.split()) for row in page.split("<tr data-row>")[1:]}
    assert "Active" in rows["Ada Brandt"]
    assert "signed in under a minute ago" in rows["Ada Brandt"]
    assert "Invited" in rows["Ines"]
    assert "5 hours ago" in rows["Ines"]
    assert "Send again" in rows["Ines"]
    assert "Withdraw" in rows["Ines"]
    assert "has run out" in rows["Xaver"]
    assert "Not invited yet" in rows["Uma"]
    assert "Send invitation" in rows["Uma"]
    assert "Let in again" in rows["Dora"]
