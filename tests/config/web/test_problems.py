"""Every refusal of the API is a problem of RFC 9457, whoever refuses it, and names its fields."""

from __future__ import annotations

import json
import time
from io import BytesIO
from unittest.mock import Mock

import pytest
from django.test import Client
from rest_framework.exceptions import ParseError

from accounts import tokens
from accounts.imports import given
from accounts.imports.loading import Busy
from config import clock
from config.web.api.parsing import StrictJSONParser
from config.web.api.problems import CHANGED, INVALID, OUT_OF_SCOPE
from tests.factories import customer, organisation, user
from tests.problems import told

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner(client):
    organisation()
    person = user(name="Mara Own")
    client.force_login(person)
    return person


def plain(answer, status, title, kind="about:blank"):
    assert answer.headers["Content-Type"] == "application/problem+json"
    body = json.loads(answer.content)
    assert (body["status"], body["title"], body["type"], answer.status_code) == (status, title, kind, status)
    assert body["detail"]
    return body


def test_refusals_of_the_framework(client, owner):
    plain(client.get("/api/v1/customers/999999/"), 404, "Not Found")
    plain(client.get("/api/v1/nothing/"), 404, "Not Found")
    wrong_method = client.delete("/api/v1/customers/")
    plain(wrong_method, 405, "Method Not Allowed")
    assert "GET" in wrong_method.headers["Allow"]
    plain(client.get("/api/v1/customers/", headers={"accept": "text/html"}), 406, "Not Acceptable")
    plain(client.post("/api/v1/touchpoints/", "a,b", "text/csv"), 415, "Unsupported Media Type")
    plain(client.post("/api/v1/touchpoints/", "{", "application/json"), 400, "Bad Request")
    answer = client.post("/api/v1/touchpoints/", '{"kind": "call", "kind": "email"}', "application/json")
    assert plain(answer, 400, "Bad Request")["detail"] == "The key “kind” stands twice in one object of the body."


def test_among_100_000_keys_the_one_that_stands_twice_is_named_in_one_pass():
    keys = [*(f'"k{number}":1' for number in range(100_000)), '"k7":1']
    begun = time.process_time()
    with pytest.raises(ParseError, match="“k7” stands twice"):
        StrictJSONParser().parse(BytesIO(f"{{{','.join(keys)}}}".encode()))
    assert time.process_time() - begun < 5


def test_nobody_is_let_in_and_told_how(client):
    organisation()
    answer = client.get("/api/v1/customers/")
    plain(answer, 401, "Unauthorized")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_limits_say_when_to_come_again(client, owner, settings):
    settings.API_A_MINUTE = 1
    client.get("/api/v1/customers/")
    answer = client.get("/api/v1/customers/")
    plain(answer, 429, "Too Many Requests")
    assert int(answer.headers["Retry-After"]) >= 1


def test_who_comes_beside_an_import_is_no_fault_of_the_server(client, monkeypatch, caplog):
    """Documented: a watch that rings at each ERROR stays quiet."""
    organisation()
    client.force_login(user("admin"))

    monkeypatch.setattr(given, "take", Mock(side_effect=Busy))
    body = {"source": "crm", "rows": [{"external_id": "A", "name": "A"}]}
    answer = client.post("/api/v1/record/customers/bulk/", body, "application/json")
    plain(answer, 503, "Service Unavailable")
    assert answer.headers["Retry-After"] == "5"
    told_of = [(row.levelname, row.getMessage()) for row in caplog.records if row.name.startswith("django")]
    assert told_of == [("WARNING", "Occupied: /api/v1/record/customers/bulk/")]


def test_a_field_is_named_where_it_stands(client, owner):
    answer = client.post("/api/v1/touchpoints/", {"kind": "call", "nonsense": 1}, "application/json")
    assert plain(answer, 400, "Bad Request", INVALID)["detail"].startswith("nonsense: There is nothing of this name.")
    answer = client.post("/api/v1/touchpoints/", {"kind": "call"}, "application/json")
    assert told(answer).keys() == {"customer", "happened_on"}
    answer = client.post("/api/v1/customers/owners/", {"rows": [{"owner": "a\u0000b"}]}, "application/json")
    assert told(answer).keys() == {"rows.0.owner"}


def test_what_somebody_changed_meanwhile_comes_with_the_problem(client, owner):
    one = customer(owner=owner)
    answer = client.post(
        f"/api/v1/customers/{one.pk}/owner/", {"owner": None}, "application/json", headers={"if-match": '"old"'}
    )
    body = plain(answer, 412, "Precondition Failed", CHANGED)
    assert (body["now"]["id"], body["sent"]) == (one.pk, {"owner": None})


def test_a_scope_that_is_missing_is_named(owner):
    _token, secret = tokens.issue(owner, "Script", ["usage:read"], days=1, by=owner, now=clock.now())
    answer = Client().get("/api/v1/customers/", headers={"authorization": f"Bearer {secret}"})
    assert "customers:read" in plain(answer, 403, "Forbidden", OUT_OF_SCOPE)["detail"]
