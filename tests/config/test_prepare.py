"""What a start finds in the database, and what it brings there."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest
from django.db import connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from pytest_django import Settings

from accounts.models import Customer, Segment, User
from config.backup.models import Backup
from config.demo import replacing
from config.environment import read_environment
from config.run import prepare
from config.run.__main__ import Run
from config.run.prepare import fill
from config.telling import Telling
from health.models import CaseRule, Scorecard
from playbooks.models import Playbook


@dataclass
class Clock:
    """Seconds that pass only while somebody sleeps; at the ``end`` the other start is through."""

    other: BaseDatabaseWrapper
    end: int
    now: int = 0

    def monotonic(self) -> int:
        return self.now

    def sleep(self, seconds: int) -> None:
        self.now += seconds
        if self.now == self.end:
            with self.other.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock_all()")


def shipped() -> list[int]:
    return [model.objects.count() for model in (Segment, Scorecard, CaseRule, Playbook)]


@pytest.mark.django_db
@pytest.mark.parametrize("demo", ["off", "auto"])
def test_a_database_of_ones_own_starts_empty_and_says_how_to_begin(
    demo: str, settings: Settings, capsys: pytest.CaptureFixture[str]
):
    settings.DEMO, settings.ALLOWED_HOSTS = demo, ["localhost"]
    fill()
    assert replacing.is_empty()
    assert min(shipped()) > 0
    told = capsys.readouterr().out
    assert "setup --name" in told
    assert re.search(r"^http://127\.0\.0\.1:8000/set-up/[^/]+/$", told, re.MULTILINE)
    assert not User.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("demo", ["on", "off"])
def test_an_upgrade_brings_what_ships_and_touches_nothing_of_ones_own(
    demo: str, settings: Settings, capsys: pytest.CaptureFixture[str]
):
    fill()
    before = shipped()
    User.objects.create_user("ada@hashi.example", name="Ada")
    Customer.objects.create(name="Granite Bank")
    Segment.objects.filter(name="Growth").update(name="Long tail", touch_every_days=77)
    CaseRule.objects.all().delete()
    Scorecard.objects.filter(purpose="adoption").delete()
    capsys.readouterr()
    settings.DEMO = demo
    fill()
    assert shipped() == before
    assert Segment.objects.get(name="Long tail").touch_every_days == 77
    assert Customer.objects.get().name == "Granite Bank"
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("database", "wanted"),
    [("", {"auto": True, "on": True, "off": False}), ("postgresql://h/db", {"auto": False, "on": True, "off": False})],
)
def test_demo_and_backups_come_by_themselves_only_to_the_embedded_server(
    database: str, wanted: dict[str, bool], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("DATABASE_URL", database)
    runs = {
        asked: Run(read_environment({"LOCAL_DIR": str(tmp_path), "TSUNAGU_DEMO": asked, "TSUNAGU_BACKUP": asked}))
        for asked in wanted
    }
    assert {asked: run.demo for asked, run in runs.items()} == wanted
    assert {asked: run.backup for asked, run in runs.items()} == wanted


@pytest.mark.parametrize(
    ("given", "alone"),
    [
        ({}, True),
        ({"BIND": "::1"}, True),
        ({"TSUNAGU_PROXIES": "1"}, False),
        ({"BIND": "0.0.0.0"}, False),
        ({"BIND": "10.0.0.5", "TSUNAGU_PROXIES": "2"}, False),
    ],
)
def test_what_others_can_reach_gets_no_demo_by_itself_and_keeps_https(
    given: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, alone: bool
):
    monkeypatch.delenv("DATABASE_URL", raising=False)
    run = Run(read_environment({"LOCAL_DIR": str(tmp_path)} | given))
    assert (run.alone, run.demo, run.backup) == (alone, alone, True)
    assert Run(read_environment({"LOCAL_DIR": str(tmp_path), "TSUNAGU_DEMO": "on"} | given)).demo


@pytest.mark.django_db
@pytest.mark.parametrize(("waited", "lines"), [(3, 0), (6, 1), (64, 1), (66, 2), (126, 3)])
def test_a_start_that_waits_for_another_says_for_whom_and_again_each_minute(
    waited: int, lines: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    other = connections.create_connection("default")
    other.settings_dict = other.settings_dict | {"OPTIONS": {"application_name": "tsunagu-migrate"}}
    with other.cursor() as cursor:
        assert prepare._taken(cursor)
    clock = Clock(other, waited)
    monkeypatch.setattr(prepare, "time", clock)
    with prepare.one_host_at_a_time():
        assert clock.now == waited
    other.close()
    told = capsys.readouterr().err.splitlines()
    assert len(told) == lines
    words = r"Waiting for another start that prepares this database: tsunagu-migrate from \S.*, connected for \d+ s"
    assert all(re.fullmatch(words, line) for line in told), told


@pytest.mark.django_db
def test_migrations_say_which_they_are_at(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE backup_backup; DELETE FROM django_migrations WHERE app = 'backup'")
    monkeypatch.setattr(prepare, "Telling", partial(Telling, silent=0.001))
    prepare.migrate()
    first, *more = [line.partition(" s  ")[2] for line in capsys.readouterr().err.splitlines()]
    assert first == "Applying migrations: 1"
    assert "1 of 1: backup.0001_backups" in more
    assert not Backup.objects.exists()
