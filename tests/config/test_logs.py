"""What logs, mails and browsers keep of customers: as little as they can."""

from __future__ import annotations

import logging
import stat
from types import SimpleNamespace

import psycopg
import pytest
from django.core.handlers.exception import response_for_exception
from django.core.mail import EmailMessage, get_connection
from django.db import DatabaseError, InterfaceError, OperationalError, connection, connections
from psycopg.errors import AdminShutdown, CannotConnectNow, LockNotAvailable, QueryCanceled, TooManyConnections

from config import checks, logs
from config.environment import MAIL, read_environment
from tests.factories import customer, organisation, user

SECRET = "Zyxcanary Ltd"
AWAY = "ERROR django.request: Service Unavailable: /tasks/ (It was so.)"


@pytest.fixture
def lines():
    """What the handler of the settings would write, line by line."""
    found: list[str] = []

    class Kept(logging.Handler):
        def emit(self, record):
            found.extend(self.format(record).splitlines())

    handler = Kept()
    handler.addFilter(logs.Refused())
    handler.setFormatter(logs.Discreet("%(levelname)s %(name)s: %(message)s"))
    logging.getLogger().addHandler(handler)
    yield found
    logging.getLogger().removeHandler(handler)


@pytest.mark.django_db
def test_a_refused_request_is_one_line(client, lines):
    organisation()
    client.force_login(user())
    addresses = (
        "/customers/?after=nonsense",
        "/cases/?after=NaN~5",
        "/scorecards/new/",
        "/customers/987654/",
        "/tasks/?q=%00",
    )
    for address in addresses:
        before = len(lines)
        assert 400 <= client.get(address).status_code < 500
        assert len(lines) - before == 1, (address, lines[before:])


@pytest.mark.parametrize(
    ("error", "cause", "stands", "status", "told"),
    [
        (OperationalError, AdminShutdown, True, 503, AWAY),
        (OperationalError, CannotConnectNow, True, 503, AWAY),
        (OperationalError, TooManyConnections, True, 503, AWAY),
        (OperationalError, psycopg.OperationalError, None, 503, AWAY),
        (OperationalError, psycopg.OperationalError, False, 503, AWAY),
        (OperationalError, psycopg.OperationalError, True, 503, None),
        (InterfaceError, psycopg.InterfaceError, False, 503, AWAY),
        (InterfaceError, psycopg.InterfaceError, True, 503, None),
        (OperationalError, QueryCanceled, True, 503, None),
        (OperationalError, LockNotAvailable, True, 503, None),
        (DatabaseError, AdminShutdown, True, 500, None),
    ],
)
def test_a_request_that_met_a_database_away_is_one_line(rf, lines, monkeypatch, error, cause, stands, status, told):
    session = None if stands is None else SimpleNamespace(broken=not stands)
    monkeypatch.setattr(connections["default"], "connection", session)
    try:
        raise error("It was so.\nDETAIL: more") from cause("It was so.")
    except (DatabaseError, InterfaceError) as caught:
        answer = response_for_exception(rf.get("/tasks/"), caught)
    assert answer.status_code == status
    assert lines == [told] if told else "Traceback (most recent call last):" in lines


@pytest.mark.django_db
def test_a_mistake_of_ours_at_the_database_keeps_its_traceback(rf, lines):
    with connection.cursor() as cursor:
        pass
    with pytest.raises(InterfaceError) as caught:
        cursor.execute("SELECT 1")
    response_for_exception(rf.get("/tasks/"), caught.value)
    assert "Traceback (most recent call last):" in lines


@pytest.mark.django_db
def test_an_error_of_the_database_names_no_row(lines):
    one = customer(name=SECRET)
    try:
        with connection.cursor() as cursor:
            cursor.execute("UPDATE accounts_customer SET country = name, name = '' WHERE id = %s", [one.pk])
    except DatabaseError:
        logging.getLogger("some.task").exception("It failed.")
    try:
        int("kept")
    except ValueError:
        logging.getLogger("some.task").exception("Another.")
    told = "\n".join(lines)
    assert SECRET not in told
    assert "DETAIL" not in told
    assert "Traceback" in told
    assert "ValueError: invalid literal" in told


def test_a_mailed_link_is_not_logged(lines):
    for address in ("/sign-in/password/reset/key/3-abc123/", "/set-up/abc123/"):
        logging.getLogger("django.request").warning("Not Found: %s", address, extra={"status_code": 404})
    assert "abc123" not in "\n".join(lines)
    assert len(lines) == 2


def test_mail_without_a_relay_is_a_private_file(settings, tmp_path):
    settings.EMAIL_FILE_PATH = tmp_path / "mail"
    settings.EMAIL_BACKEND = MAIL["files"]
    assert read_environment({})["EMAIL_URL"]["BACKEND"] == MAIL["files"]
    with get_connection() as relay:
        for number in range(2):
            EmailMessage("Link", f"/reset/{number}/", "a@demo.example", ["b@demo.example"], connection=relay).send()
    (kept,) = (tmp_path / "mail").iterdir()
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert stat.S_IMODE(kept.parent.stat().st_mode) == 0o700
    assert "/reset/1/" in kept.read_text()
    assert [one.id for one in checks.mail(None)] == ["tsunagu.W001"]
    settings.EMAIL_BACKEND = MAIL["smtp"]
    assert checks.mail(None) == []


@pytest.mark.django_db
def test_nobody_keeps_an_answer(client, settings):
    organisation()
    assert client.get("/sign-in/login/").headers["Cache-Control"] == "no-store"
    client.force_login(user())
    for address in ("/customers/", "/api/v1/customers/", "/customers/987654/", "/customers/export/", "/nowhere/"):
        assert client.get(address).headers["Cache-Control"] == "no-store", address
    static = client.get("/static/css/tokens.css")
    static.close()
    assert "no-store" not in static.headers.get("Cache-Control", "")
    assert checks.kept_by_nobody(None) == []
    settings.MIDDLEWARE = [one for one in settings.MIDDLEWARE if "NoStore" not in one]
    assert [one.id for one in checks.kept_by_nobody(None)] == ["tsunagu.E001"]


@pytest.mark.django_db
def test_a_database_that_logs_values_is_named(monkeypatch):
    monkeypatch.setattr(checks, "DISCREET", {"lc_messages": {"no such"}, "log_min_error_statement": {"panic", "error"}})
    (named,) = checks.database_log(None)
    assert "lc_messages" in named.msg
    assert "log_min_error_statement" not in named.msg
