"""/healthz, /readyz and /metrics: cheap, honest, never waiting for Redis, mute to strangers."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from config import gauges, probes
from config.outbox import ticks
from config.outbox.heartbeats import beat
from config.outbox.models import Heartbeat, Outbox
from config.outbox.queueing import enqueue
from config.setaside import nights, register

QUIET = {
    "redis": "ok",
    "relay": "ok",
    "oldest_pending_seconds": 0,
    "pending": 0,
    "dead": 0,
    "unknown": 0,
    "set_aside": 0,
    "failed_steps": 0,
    "latest_daily_cycle": None,
}


def live() -> None:
    """A heartbeat of everybody who must have one."""
    for member in ("worker", "beat"):
        beat(member)
    beat("relay", redis_ok=True, redis_version="valkey 8.1.4")


def age(member: str, seconds: int) -> None:
    with connection.cursor() as cursor:
        query = "UPDATE outbox_heartbeat SET beat_at = now() - %s * interval '1 s' WHERE member = %s"
        cursor.execute(query, [seconds, member])


@pytest.fixture(autouse=True)
def own_gauges(monkeypatch: pytest.MonkeyPatch) -> None:
    """What apps have registered is theirs to test; nothing is known from the test before."""
    monkeypatch.setattr(gauges, "REGISTERED", {})
    monkeypatch.setattr(probes, "GLANCE", probes.Glance())


def test_healthz_asks_no_database(client: Client):
    answer = client.get("/healthz", headers={"host": "10.0.0.7"})
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


@pytest.mark.django_db
def test_readyz_of_a_quiet_house(client: Client, django_assert_max_num_queries: DjangoAssertNumQueries):
    live()
    client.get("/readyz")
    with django_assert_max_num_queries(1):
        answer = client.get("/readyz")
    found = answer.json()
    assert (answer.status_code, found["status"], found["heartbeat_ages"]["worker"]) == (200, "ready", 0)
    assert QUIET.items() <= found.items()
    assert found["versions"]["redis"] == "valkey 8.1.4"
    assert found["clock_difference_seconds"] < 5


@pytest.mark.django_db
def test_readyz_gauges(client: Client):
    live()
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
    expected = {"pending": 1, "dead": 1, "unknown": 1, "set_aside": 2, "failed_steps": 1}
    assert (expected | {"latest_daily_cycle": "2026-02-01"}).items() <= found.items()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("redis_ok", "seconds", "expected"),
    [(False, 0, ("degraded", "ok")), (True, 29, ("ok", "ok")), (True, 31, ("degraded", "silent"))],
)
def test_readyz_believes_a_living_relay_only(
    client: Client, *, redis_ok: bool, seconds: int, expected: tuple[str, str]
):
    beat("relay", redis_ok=redis_ok)
    age("relay", seconds)
    found = client.get("/readyz").json()
    assert (found["redis"], found["relay"]) == expected


@pytest.mark.django_db
@pytest.mark.parametrize("member", probes.NEEDED)
def test_not_ready_while_somebody_is_silent_for_long(client: Client, member: str):
    live()
    age(member, probes.SILENT_AFTER - 1)
    assert client.get("/readyz").status_code == 200
    age(member, probes.SILENT_AFTER + 1)
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["reasons"]) == (503, [f"The {member} is silent."])
    beat(member)  # another one, elsewhere, is enough
    assert client.get("/readyz").status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/readyz", "/metrics"])
@pytest.mark.parametrize(
    ("environ", "token", "told"),
    [
        ({"REMOTE_ADDR": "127.0.0.1"}, "", True),
        ({"REMOTE_ADDR": "::1"}, "", True),
        ({"REMOTE_ADDR": "10.0.0.7"}, "", False),
        ({"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "127.0.0.1"}, "", False),
        ({"REMOTE_ADDR": "127.0.0.1"}, "secret", False),
        ({"REMOTE_ADDR": "10.0.0.7", "HTTP_AUTHORIZATION": "Bearer secret"}, "secret", True),
        ({"REMOTE_ADDR": "10.0.0.7", "HTTP_AUTHORIZATION": "Bearer sécret"}, "secret", False),
        ({"REMOTE_ADDR": "10.0.0.7", "HTTP_AUTHORIZATION": "Bearer "}, "", False),
    ],
)
def test_strangers_are_told_a_status_and_nothing_else(
    client: Client, settings: Settings, address: str, environ: dict[str, str], token: str, *, told: bool
):
    settings.METRICS_TOKEN = token
    live()
    answer = client.get(address, **environ)
    if told:
        assert (answer.status_code, b"pending" in answer.content) == (200, True)
    elif address == "/metrics":
        assert (answer.status_code, answer.content) == (404, b"")
    else:
        assert (answer.status_code, answer.json()) == (200, {"status": "ready"})


@pytest.mark.django_db
def test_strangers_cost_one_statement_a_second_and_no_gauge(
    client: Client, monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: DjangoAssertNumQueries
):
    def asked() -> float:
        raise AssertionError

    gauges.register("costly", "Costly", asked)
    live()
    age("worker", probes.SILENT_AFTER + 1)
    probes.migrated()
    now = [100.0]
    monkeypatch.setattr(probes.time, "monotonic", lambda: now[0])
    with django_assert_num_queries(1):
        answers = [client.get("/readyz", REMOTE_ADDR="10.0.0.7") for _ in range(5)]
    assert {(answer.status_code, answer.headers["Retry-After"]) for answer in answers} == {(503, "5")}
    assert [answer.json() for answer in answers] == [{"status": "not ready"}] * 5
    beat("worker")
    now[0] += probes.GLANCES_EVERY
    with django_assert_num_queries(1):
        assert client.get("/readyz", REMOTE_ADDR="10.0.0.7").json() == {"status": "ready"}


@pytest.mark.django_db
def test_metrics_in_the_format_of_prometheus(client: Client):
    live()
    gauges.register("backup_verified_age_seconds", "Age of the latest verified backup", lambda: 42.0)
    gauges.register("unknown_age", "Cannot be told", lambda: None)
    answer = client.get("/metrics")
    lines = answer.content.decode().splitlines()
    assert answer.headers["Content-Type"].startswith("text/plain; version=")
    for line in (
        "tsunagu_ready 1.0",
        "tsunagu_pending 0.0",
        "tsunagu_oldest_pending_seconds 0.0",
        'tsunagu_heartbeat_age_seconds{member="worker"} 0.0',
        "tsunagu_backup_verified_age_seconds 42.0",
        "# HELP tsunagu_backup_verified_age_seconds Age of the latest verified backup",
    ):
        assert line in lines
    assert any(line.startswith("tsunagu_versions_info{") and 'redis="valkey 8.1.4"' in line for line in lines)
    assert not any(line.startswith("tsunagu_unknown_age ") for line in lines)


@pytest.mark.django_db
def test_a_registered_gauge_warns_and_a_broken_one_hides_nothing(client: Client):
    live()
    gauges.register("old", "Old", lambda: 3.0, warns=lambda figure: f"It is {figure:.0f} days old.")

    def broken() -> float:
        raise OSError

    gauges.register("broken", "Broken", broken, warns=lambda _figure: "There is none yet.")
    found = client.get("/readyz").json()
    assert (found["status"], found["old"], found["broken"]) == ("ready", 3.0, None)
    assert {"It is 3 days old.", "broken could not be told (OSError)."} <= set(found["warnings"])
    assert "There is none yet." not in found["warnings"]


@pytest.mark.django_db
def test_clocks_apart_and_servers_behind_are_warned_of(client: Client):
    live()
    Heartbeat.objects.filter(member="worker").update(clock_ahead=-601)
    Heartbeat.objects.filter(member="relay").update(redis_version="redis 6.2.14")
    found = client.get("/readyz").json()
    assert (found["status"], found["clock_difference_seconds"]) == ("ready", 601)
    assert "Clocks of this product's machines and of the database differ by 601 s." in found["warnings"]
    assert "Redis 6.2.14 is behind: update it to Redis 7.2, Valkey 8 or newer." in found["warnings"]


@pytest.mark.django_db
def test_readyz_with_a_migration_missing(client: Client):
    probes.KNOWN_MIGRATED.clear()
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM django_migrations WHERE name = (SELECT max(name) FROM django_migrations WHERE app = 'outbox')"
        )
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["reasons"] == ["Migrations are missing: run `manage.py migrate`."]


@pytest.mark.django_db(transaction=True)
def test_readyz_without_a_database(client: Client, database_away: None):
    answer = client.get("/readyz")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert answer.json()["reasons"] == ["The database cannot be reached."]
    assert client.get("/healthz").status_code == 200
