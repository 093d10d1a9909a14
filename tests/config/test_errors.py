"""What an address that cannot be read is answered."""

import json
from types import SimpleNamespace
from urllib.parse import unquote_to_bytes, urlencode

import psycopg
import pytest
from django.core.handlers.exception import response_for_exception
from django.db import InterfaceError, OperationalError, connections
from psycopg.errors import (
    AdminShutdown,
    DeadlockDetected,
    DiskFull,
    LockNotAvailable,
    QueryCanceled,
    TooManyConnections,
)

from tests.factories import organisation, user

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "address", ["/search/?q=%00", "/tasks/?q=a%00", "/settings/rates/E%00R/2026/", "/api/v1/customers/?search=%00"]
)
def test_a_nul_in_the_address_is_a_400(client, address):
    organisation()
    client.force_login(user("admin"))
    assert client.get(address).status_code == 400


LONG, HELD, FAILED, AWAY = (
    "This took too long. ", "Somebody else is changing the same. ", "The database could not do this. ",
    "The database cannot be reached. ",
)  # fmt: skip


@pytest.mark.parametrize(
    ("error", "cause", "stands", "says"),
    [
        (OperationalError, QueryCanceled, True, LONG),
        (OperationalError, LockNotAvailable, True, HELD),
        (OperationalError, DeadlockDetected, True, HELD),
        (OperationalError, DiskFull, True, FAILED),
        (InterfaceError, psycopg.InterfaceError, True, FAILED),
        (OperationalError, AdminShutdown, True, AWAY),
        (OperationalError, TooManyConnections, True, AWAY),
        (OperationalError, psycopg.OperationalError, False, AWAY),
        (InterfaceError, psycopg.InterfaceError, False, AWAY),
    ],
)
def test_a_statement_given_up_is_told_from_a_database_away(rf, monkeypatch, error, cause, stands, says):
    """As the log tells them: by the error's SQLSTATE, else by whether the connection still stands."""
    monkeypatch.setattr(connections["default"], "connection", SimpleNamespace(broken=not stands))
    try:
        raise error("It was so.") from cause("It was so.")
    except (OperationalError, InterfaceError) as caught:
        answer = response_for_exception(rf.get("/api/v1/tasks/"), caught)
        events = response_for_exception(rf.post("/v1/batch"), caught)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert json.loads(answer.content)["detail"].startswith(says)
    # Who sends events reads a code and a message.
    told = json.loads(events.content)
    assert (told["code"], told["message"].startswith(says)) == ("service_unavailable", True)


BYTES = [b"%ff", b"\xff\xfe", b"%ed%a0%80", b"\xed\xa0\x80", b"%E3%81", b"%C0%80"]


@pytest.mark.parametrize("sent", BYTES)
def test_bytes_that_are_no_utf_8_are_a_400_in_a_form_an_address_and_json(client, sent):
    organisation()
    one = user(name="Mara")
    client.force_login(one)
    form = b"name=" + sent + b"&language=en"
    answers = [
        client.generic("POST", "/me/", form, "application/x-www-form-urlencoded"),
        client.generic("GET", "/customers/", QUERY_STRING="q=" + sent.decode("latin-1")),
        client.generic("POST", "/api/v1/tasks/", b'{"title": "' + unquote_to_bytes(sent) + b'"}', "application/json"),
    ]
    parts = b'--x\r\nContent-Disposition: form-data; name="name"\r\n\r\n' + unquote_to_bytes(sent) + b"\r\n--x--\r\n"
    answers.append(client.generic("POST", "/me/", parts, "multipart/form-data; boundary=x"))
    assert [answer.status_code for answer in answers] == [400] * 4
    assert "UTF-8" in answers[0].content.decode()
    one.refresh_from_db()
    assert one.name == "Mara"


@pytest.mark.parametrize("name", ["橋本 愛", "Zoë 🌉", "a%ffb", "50% + 1"])
def test_whatever_is_utf_8_is_kept_as_it_was_sent(client, name):
    organisation()
    one = user()
    client.force_login(one)
    assert (
        client.post(
            "/me/", urlencode({"name": name, "language": "en"}), "application/x-www-form-urlencoded"
        ).status_code
        == 302
    )
    one.refresh_from_db()
    assert one.name == name
