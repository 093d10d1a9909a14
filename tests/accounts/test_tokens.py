"""Tokens of the API: what they let in, how far, how long, and the pages that make and revoke them."""

from __future__ import annotations

import datetime as dt
import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client

from accounts import tokens
from accounts.forms.tokens import TokenForm
from accounts.models import ApiToken, User
from config import clock
from config.outbox import housekeeping
from config.web.api.routes import resources
from tests.factories import customer, organisation, user

pytestmark = pytest.mark.django_db
LIST = "/api/v1/customers/"


@pytest.fixture(autouse=True)
def company():
    organisation()


@pytest.fixture
def owner():
    return user(name="Mara Own")


def made(person, *scopes: str, days=30, now=None):
    now = now or clock.now()
    return tokens.issue(person, "Script", scopes or ["*:read"], days=days, by=person, now=now)


def get(secret, url=LIST, **more):
    return Client().get(url, headers={"authorization": f"Bearer {secret}"}, **more)


def post(secret, url, body):
    client = Client(enforce_csrf_checks=True)
    return client.post(url, body, "application/json", headers={"authorization": f"Bearer {secret}"})


def test_a_token_sees_what_its_user_sees_without_a_session(owner):
    customer(name="Mine", owner=owner)
    customer(name="Not mine", owner=user(name="Nils Other"))
    _token, secret = made(owner)
    answer = get(secret)
    assert [row["name"] for row in answer.json()["results"]] == ["Mine"]
    assert "session" not in answer.cookies


def test_the_secret_is_stored_nowhere(owner):
    token, secret = made(owner)
    assert secret.startswith("tsunagu_")
    assert len(secret) == len("tsunagu_") + 43
    row = ApiToken.objects.values().get(pk=token.pk)
    assert secret not in str(row)
    assert (row["hint"], row["digest"]) == (secret[:12], tokens.digest(secret))


@pytest.mark.parametrize("change", ["revoked", "expired", "left", "unknown", "empty"])
def test_a_token_that_does_not_work_is_a_401(owner, change):
    token, secret = made(owner)
    if change == "revoked":
        assert tokens.revoke(token, clock.now())
        assert not tokens.revoke(token, clock.now())
    if change == "expired":
        ApiToken.objects.update(
            created_at=clock.now() - dt.timedelta(days=2), expires_at=clock.now() - dt.timedelta(seconds=1)
        )
    if change == "left":
        User.objects.filter(pk=owner.pk).update(is_active=False)
    answer = get({"unknown": secret + "x", "empty": ""}.get(change, secret))
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert "not valid" in str(answer.json())


def test_a_bad_token_is_not_saved_by_a_session(client, owner):
    client.force_login(owner)
    assert client.get(LIST, headers={"authorization": "Bearer tsunagu_wrong"}).status_code == 401
    # A page does not read tokens.
    assert client.get("/me/", headers={"authorization": "Bearer tsunagu_wrong"}).status_code == 200
    assert Client().get("/me/", headers={"authorization": f"Bearer {made(owner)[1]}"}).status_code == 302


@pytest.mark.parametrize(
    ("scopes", "reads", "writes", "others"),
    [
        (["touchpoints:read"], 200, 403, 403),
        (["touchpoints:write"], 200, 201, 403),
        (["*:read"], 200, 403, 200),
        (["*:write"], 200, 201, 200),
        (["customers:write"], 403, 403, 200),
    ],
)
def test_scopes_limit_by_resource_and_act(owner, scopes, reads, writes, others):
    one = customer(name="Mine", owner=owner)
    _token, secret = made(owner, *scopes)
    touch = {"customer": one.pk, "kind": "call", "happened_on": "2026-11-23", "proactive": True}
    assert get(secret, "/api/v1/touchpoints/").status_code == reads
    answer = post(secret, "/api/v1/touchpoints/", touch)
    assert answer.status_code == writes, answer.content
    assert get(secret).status_code == others
    if writes == 403:
        assert "touchpoints:write" in str(answer.json())


def test_a_session_still_needs_its_csrf_token(owner):
    client = Client(enforce_csrf_checks=True)
    client.force_login(owner)
    assert client.post("/api/v1/touchpoints/", {}, "application/json").status_code == 403
    assert Client().get(LIST).status_code == 401


def test_last_use_is_noted_once_a_minute(owner):
    token, secret = made(owner)
    assert token.last_used_at is None
    get(secret)
    token.refresh_from_db()
    first = token.last_used_at
    assert clock.now() - first < dt.timedelta(minutes=1)
    get(secret)
    token.refresh_from_db()
    assert token.last_used_at == first
    ApiToken.objects.update(last_used_at=first - dt.timedelta(seconds=61))
    get(secret)
    token.refresh_from_db()
    assert token.last_used_at > first - dt.timedelta(seconds=1)


def test_twenty_work_at_a_time(owner):
    for _number in range(20):
        token, _secret = made(owner)
    with pytest.raises(ValidationError, match="20 tokens"):
        made(owner)
    tokens.revoke(token, clock.now())
    made(owner)


def test_each_token_has_a_limit_of_its_own(owner, settings):
    settings.API_A_MINUTE = 2
    one, other = made(owner)[1], made(owner)[1]
    assert [get(one).status_code for _try in range(3)] == [200, 200, 429]
    assert get(other).status_code == 200
    assert int(get(one).headers["Retry-After"]) >= 1


@pytest.mark.django_db(transaction=True)
def test_the_limit_holds_under_calls_at_the_same_time(owner, settings):
    settings.API_A_MINUTE = 5
    secret = made(owner)[1]

    def ask(_number):
        try:
            return get(secret, "/api/v1/measures/").status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        answers = sorted(pool.map(ask, range(12)))
    assert answers == [200] * 5 + [429] * 7


def test_a_person_makes_a_token_and_sees_it_once(client, owner):
    client.force_login(owner)
    body = {"name": "Sheet", "access": "some", "reads": ["customers"], "writes": ["usage"], "days": "7"}
    page = client.post("/me/tokens/new/", body)
    (secret,) = re.findall(r'value="(tsunagu_[\w-]{43})"', page.content.decode())
    token = ApiToken.objects.get()
    assert (token.user, token.made_by, token.scopes) == (owner, owner, ["customers:read", "usage:write"])
    assert dt.timedelta(days=6, hours=23) < token.expires_at - clock.now() <= dt.timedelta(days=7)
    assert get(secret).status_code == 200
    page = client.get("/me/tokens/").content.decode()
    assert secret not in page
    assert secret[:12] in page
    assert client.post(f"/me/tokens/{token.pk}/revoke/").status_code == 302
    assert get(secret).status_code == 401
    assert "Revoked" in client.get("/me/tokens/").content.decode()


def test_all_of_a_room_is_chosen_at_once_but_people_of_the_team_only_by_name(client, owner):
    client.force_login(owner)
    page = client.get("/me/tokens/new/").content.decode()
    assert page.count("<legend>The record</legend>") == 2
    rooms = TokenForm().fields["reads"].choices
    assert sorted(name for _room, options in rooms for name, _words in options[1:]) == resources()
    body = {
        "name": "Sheet",
        "access": "some",
        "reads": ["all of renewals", "cases"],
        "writes": ["all of record"],
        "days": "7",
    }
    client.post("/me/tokens/new/", body)
    scopes = set(ApiToken.objects.get().scopes)
    assert {"renewals:read", "qbrs:read", "cases:read", "customers:write", "usage:write", "record:write"} <= scopes
    assert scopes.isdisjoint({"users:write", "scores:read", "uploads:write"})
    client.post("/me/tokens/new/", body | {"writes": ["all of record", "users"]})
    assert "users:write" in ApiToken.objects.latest("pk").scopes


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"access": "some"}, "reads"),
        ({"writes": ["all of nothing"]}, "writes"),
        ({"days": "0"}, "days"),
        ({"days": "367"}, "days"),
        ({"reads": ["nothing"]}, "reads"),
        ({"name": ""}, "name"),
    ],
)
def test_a_form_that_cannot_be_taken_makes_nothing(client, owner, body, field):
    client.force_login(owner)
    answer = client.post("/me/tokens/new/", {"name": "Sheet", "access": "read", "days": "7"} | body)
    assert answer.status_code == 422
    assert answer.context["form"].has_error(field)
    assert not ApiToken.objects.exists()


def test_a_program_acts_as_a_user_of_its_own(client):
    admin = user("admin", name="Ren Admin")
    client.force_login(admin)
    body = {"name": "Billing run", "role": "admin", "access": "write", "days": "90"}
    page = client.post("/me/tokens/program/", body)
    (secret,) = re.findall(r'value="(tsunagu_[\w-]{43})"', page.content.decode())
    program = User.objects.get(is_service=True)
    assert (program.name, program.role, program.has_usable_password(), program.may_own) == (
        "Billing run", "admin", False, False,
    )  # fmt: skip
    one = customer(name="Anybody's", owner=admin)
    answer = post(secret, "/api/v1/sentiments/", {"customer": one.pk, "value": 4})
    assert answer.status_code == 201
    assert one.sentiments.get().author == program
    assert program not in User.objects.may_own()
    # It is none of the people.
    assert "Billing run" not in client.get("/settings/users/").content.decode()
    assert "Billing run" in client.get("/me/tokens/").content.decode()


def test_others_see_only_their_own(client, owner):
    made(owner)
    other = user(name="Nils Other")
    client.force_login(other)
    assert "Script" not in client.get("/me/tokens/").content.decode()
    assert client.post(f"/me/tokens/{ApiToken.objects.get().pk}/revoke/").status_code == 404
    assert client.get("/me/tokens/program/").status_code == 404


def test_a_program_goes_on_with_another_token_and_ends_with_its_last(client):
    client.force_login(user("admin", name="Ren Admin"))
    body = {"name": "Billing run", "role": "admin", "access": "read", "days": "90"}
    client.post("/me/tokens/program/", body)
    program = User.objects.get(is_service=True)
    again = body | {"program": program.pk, "name": "Billing run 2"}
    refused = client.post("/me/tokens/program/", again | {"role": "viewer"})
    assert refused.status_code == 422
    assert "“Billing run” keeps its role, Admin" in refused.content.decode()
    assert "Billing run (Admin)" in refused.content.decode()
    page = client.post("/me/tokens/program/", again)
    (secret,) = re.findall(r'value="(tsunagu_[\w-]{43})"', page.content.decode())
    assert get(secret).status_code == 200
    assert [(user.name, user.role) for user in User.objects.filter(is_service=True)] == [("Billing run", "admin")]
    for token, is_active in zip(program.tokens.order_by("pk"), (True, False), strict=True):
        client.post(f"/me/tokens/{token.pk}/revoke/")
        program.refresh_from_db()
        assert program.is_active == is_active
    assert client.post("/me/tokens/program/", again).status_code == 200
    program.refresh_from_db()
    assert program.is_active


def test_a_program_ends_when_its_last_token_expires(client):
    admin = user("admin", name="Ren Admin")
    now = clock.now()
    one, other = (
        tokens.issue_service(name, "viewer", ["*:read"], days=days, by=admin, now=now)[0]
        for name, days in (("Short", 1), ("Long", 30))
    )
    assert tokens.end_programs in housekeeping.JOINED
    assert tokens.end_programs(now) == 0
    assert tokens.end_programs(now + dt.timedelta(days=2)) == 1
    assert [User.objects.get(pk=token.user_id).is_active for token in (one, other)] == [False, True]
    assert User.objects.get(pk=admin.pk).is_active
