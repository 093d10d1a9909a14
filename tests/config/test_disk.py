"""Writing stops while there is still room, and begins again by itself."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from django.test import Client
from pytest_django import Settings

from config import disk, tasks
from config.outbox.management.commands.relay import Command
from config.outbox.models import Outbox
from config.outbox.queueing import enqueue
from tests.config.test_probes import live

pytestmark = pytest.mark.django_db


@pytest.fixture
def room(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Leaves so many times the reserve free: the reserve is set by what the disk really has."""
    settings.DATA_FOLDER = tmp_path
    monkeypatch.setattr(disk, "LOOKED_AT_EVERY", 0.0)
    monkeypatch.setattr(disk, "MOST_MARGIN", 10**15)
    monkeypatch.setattr(disk, "ROOM", disk.Room())

    def leave(times: float) -> None:
        found = disk.free()
        assert found
        settings.DISK_RESERVE = round(found / disk.MEGABYTE / times)

    return leave


def test_writing_stops_below_the_reserve_and_begins_again_above_it(room: Callable[[float], None]):
    found = []
    for times in (2, 1.1, 0.9, 1.1, 1.2, 1.3, 1.1):
        room(times)
        found.append(disk.is_low())
    assert found == [False, False, True, True, True, False, False]


def test_a_database_elsewhere_is_not_watched(settings: Settings, tmp_path: Path):
    settings.DATA_FOLDER = None
    assert disk.free() is None
    settings.DATA_FOLDER = tmp_path / "absent"
    assert disk.free() is None


def test_log_of_changes_on_a_disk_of_its_own_counts(settings: Settings, tmp_path: Path):
    (tmp_path / "pg_wal").symlink_to("/proc")  # a file system without room
    settings.DATA_FOLDER = tmp_path
    assert disk.free() == 0


def test_pages_and_api_say_so_and_reading_goes_on(client: Client, room: Callable[[float], None]):
    live()
    room(0.5)
    refused = [client.post(path) for path in ("/customers/", "/api/v1/customers/")]
    assert [(answer.status_code, answer.headers["Retry-After"]) for answer in refused] == [(503, "60")] * 2
    assert "disk is full" in refused[0].content.decode()
    assert "disk is full" in json.loads(refused[1].content)["detail"]
    assert client.get("/sign-in/login/").status_code == 200
    assert client.post("/sign-in/login/").status_code == 200
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["reasons"]) == (503, ["The disk of the database is full."])
    room(2)
    assert client.post("/customers/").status_code != 503
    assert client.get("/readyz").status_code == 200


def test_work_waits_for_room(room: Callable[[float], None]):
    enqueue("nobody.knows", {}, dedup_key="waits")
    relay = Command()
    room(0.5)
    assert relay.publish() > 0
    tasks.deliver_row(Outbox.objects.get().pk)
    tasks.run_schedule("housekeeping")
    assert Outbox.objects.get().publications == 0
