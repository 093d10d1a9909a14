"""/healthz and /readyz: cheap, honest, never waiting for Redis."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from config import probes
from config.outbox import ticks
from config.outbox.delivery import enqueue
from config.outbox.models import Outbox
from config.outbox.relay import beat
from config.setaside import nights, register

QUIET = {
    "status": "ready",
    "redis": "degraded",
    "relay": "silent",
    "oldest_pending_seconds": 0,
    "pending": 0,
    "dead": 0,
    "unknown": 0,
    "set_aside": 0,
    "failed_steps": 0,
    "latest_daily_cycle": None,
}


def test_healthz_asks_no_database(client: Client):
    answer = client.get("/healthz", headers={"host": "10.0.0.7"})
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


@pytest.mark.django_db
def test_readyz_of_a_quiet_house(client: Client, django_assert_max_num_queries: DjangoAssertNumQueries):
    client.get("/readyz")
    with django_assert_max_num_queries(1):
        assert client.get("/readyz").json() == QUIET


@pytest.mark.django_db
def test_readyz_gauges(client: Client):
    beat(redis_ok=True)
    ticks.claim("daily", "2026-01-31")
    ticks.claim("daily", "2026-02-01")
    for state in ("waits", "dead", "unknown", "done"):
        enqueue("note", {}, dedup_key=state)
        if state != "waits":
            settled = Outbox.objects.filter(dedup_key=state)
            settled.update(state=state, settled_at="2026-01-01T00:00Z")
    Outbox.objects.filter(dedup_key="waits").update(created_at="2026-01-01T00:00Z")
    register.record("cases", "rule", 1, "", "bad")
    register.record("scores", "customer", 1, "", "bad")
    for day, failing in ((1, "cases"), (1, "plays"), (2, "cases")):
        nights.fail(failing, dt.date(2026, 2, day), "bad")
    nights.begin("plays", dt.date(2026, 2, 2))
    found = client.get("/readyz").json()
    assert found.pop("oldest_pending_seconds") > 86_400
    expected = QUIET | {
        "redis": "ok",
        "relay": "ok",
        "pending": 1,
        "dead": 1,
        "unknown": 1,
        "set_aside": 2,
        "failed_steps": 1,
        "latest_daily_cycle": "2026-02-01",
    }
    del expected["oldest_pending_seconds"]
    assert found == expected


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("redis_ok", "age", "expected"),
    [(False, 0, ("degraded", "ok")), (True, 29, ("ok", "ok")), (True, 31, ("degraded", "silent"))],
)
def test_readyz_believes_a_living_relay_only(client: Client, *, redis_ok: bool, age: int, expected: tuple[str, str]):
    beat(redis_ok=redis_ok)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE outbox_heartbeat SET beat_at = now() - %s * interval '1 s'", [age])
    found = client.get("/readyz").json()
    assert (found["redis"], found["relay"]) == expected


@pytest.mark.django_db
def test_readyz_with_a_migration_missing(client: Client):
    probes.KNOWN_MIGRATED.clear()
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM django_migrations WHERE name = (SELECT max(name) FROM django_migrations WHERE app = 'outbox')"
        )
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["reason"] == "Migrations are missing: run `manage.py migrate`."


@pytest.mark.django_db(transaction=True)
def test_readyz_without_a_database(client: Client, database_away: None):
    answer = client.get("/readyz")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert answer.json()["reason"] == "The database cannot be reached."
    assert client.get("/healthz").status_code == 200
