"""Backups by themselves: each is made, tried, noted and in the end removed, whatever breaks off."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client

from config import clock, schedule
from config.backup import archive, keeping, restoring
from config.backup.address import Address, ours
from config.backup.management.commands import keep_backups
from config.backup.models import Backup
from config.embedded import Trouble
from tests.factories import customer, organisation, user

PAGE = "/settings/backups/"
NOW = dt.datetime(2026, 11, 25, 3, tzinfo=dt.UTC)


@pytest.fixture
def on(settings, tmp_path: Path) -> Path:
    """Backups are made by themselves, in the folder that comes back."""
    settings.BACKUP, settings.BACKUP_FOLDER, settings.BACKUPS_KEPT = "on", tmp_path, 2
    return tmp_path


@pytest.fixture
def database(transactional_db: None) -> Iterator[Address]:
    yield ours()
    connection.close()


@pytest.fixture
def night(on: Path, monkeypatch: pytest.MonkeyPatch):
    """One round of the keeper after its start."""
    command = keep_backups.Command()
    command.place, command.began, command.resumed = keeping.here(), -keep_backups.NIGHTS_AFTER, False
    return command.one_round


def made(days_ago: float = 0, **facts: object) -> Backup:
    """A backup that was made so many days ago, of which no file lies anywhere."""
    whole = {"file": "/nowhere/x.dump", "digest": "d", "size": 2_500_000, "rows": 12_345, "place": "h:/nowhere"}
    instant = clock.now() - dt.timedelta(days=days_ago)
    return Backup.objects.create(**(whole | {"made_at": instant, "begun_at": instant, "ended_at": instant} | facts))


@pytest.mark.timeout(120)
def test_a_night_makes_tries_notes_and_removes(database: Address, on: Path, night):
    customer(name="Here")
    for old in range(3):
        file = on / f"tsunagu-2026112{old}T000000Z.dump"
        for part in (file, archive.beside(file)):
            part.write_text("{}")
        verified = clock.now() if old == 0 else None
        made(9 - old, file=str(file), place=keeping.here(), nightly=True, verified_at=verified)
    (on / ".tsunagu-20261125T000000Z.dump.part").touch()

    schedule.run("backup")
    schedule.run("backup")  # the night is claimed once
    assert night() == 0
    row = Backup.objects.latest("pk")
    assert (row.error, row.starts) == ("", 1)
    assert row.rows == archive.opened(Path(row.file)).held.rows
    assert row.size == Path(row.file).stat().st_size
    assert keeping.newest_verified() == row.made_at
    assert 0 <= keeping.verified_age() < 60
    # Two stay; the one that was proven before is no longer the newest such.
    assert Backup.objects.filter(removed_at=None).count() == 2
    assert len(list(on.glob("*.dump"))) == len(list(on.glob("*.dump.json"))) == 2
    assert night() == keep_backups.PAUSE


def test_what_breaks_off_is_begun_anew_and_given_up_in_the_end(database: Address, on: Path):
    row = Backup.objects.create(nightly=True)
    left = restoring.copy_of(database, f"{row.pk:08x}")  # of the third trial, killed
    with restoring._maintenance(database) as session:
        restoring._create(session, left)
    for start in range(1, keeping.STARTS + 1):
        taken = keeping.take(keeping.here())
        assert taken == row
        assert taken.starts == start
        assert keeping.take(keeping.here()) is None
        keeping.resume("elsewhere")
        assert keeping.take(keeping.here()) is None
        keeping.resume(keeping.here())
    row.refresh_from_db()
    assert row.error == "Broken off each time."
    assert row.ended_at
    assert not restoring.exists(database, left)
    Backup.objects.create(begun_at=clock.now() - dt.timedelta(days=2), place="gone")
    assert keeping.take(keeping.here()) is None
    assert Backup.objects.latest("pk").error == "Its process is gone."


@pytest.mark.django_db
def test_a_night_that_waits_is_not_asked_for_twice_and_gives_way_to_people(on: Path, settings):
    assert [keeping.ask_nightly(), keeping.ask_nightly()] == [1, 0]
    asked = Backup.objects.create(asked_by="ada@x.example")
    assert keeping.take("h", nightly=False) == asked
    assert keeping.take("h", nightly=False) is None
    settings.BACKUP = "off"
    assert keeping.ask_nightly() == 0


def test_a_trial_that_was_killed_is_dropped_and_tried_with_the_same_file(database: Address, on: Path):
    row = made(1, ended_at=None, file=str(archive.create(database, on, NOW).file))
    left = restoring.copy_of(database, f"{row.pk:08x}")  # what a killed one leaves
    with restoring._maintenance(database) as session:
        restoring._create(session, left)
    keeping.perform(row, database, on)
    row.refresh_from_db()
    assert (row.error, bool(row.verified_at)) == ("", True)
    assert len(list(on.glob("*.dump"))) == 1
    assert not restoring.exists(database, left)


@pytest.mark.parametrize("nightly", [True, False])
def test_what_is_found_in_the_folder_is_removed_in_time_only_if_it_was_made_by_itself(
    database: Address, on: Path, *, nightly: bool
):
    for day in range(2):
        archive.create(database, on, NOW + dt.timedelta(days=day), nightly=nightly)
    keeping.take_stock("h", on)
    assert keeping.remove_old("h", 1) == nightly
    assert len(list(on.glob("*.dump"))) == 2 - nightly


def test_what_fails_is_said_in_the_row(database: Address, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "file").touch()
    for where, words in ((tmp_path / "file", "File exists"), (tmp_path, "no backup was begun")):
        row = Backup.objects.create()
        keeping.perform(row, database, where)
        row.refresh_from_db()
        assert words in row.error
        assert row.ended_at
        monkeypatch.setattr(keeping, "SIZE", "SELECT 1e18::bigint")


@pytest.mark.django_db
@pytest.mark.parametrize(("size", "stay"), [(1, 4), (10**18, 3)])
def test_the_databases_disk_holds_the_trial_too_and_the_oldest_gives_way_where_that_helps(
    on: Path, settings, size, stay
):
    settings.DATA_FOLDER = on
    kept = [made(5 - day, nightly=True, place="h", size=size, file=str(on / f"{day}.dump")) for day in range(4)]
    for row in kept:
        Path(row.file).touch()
    Backup.objects.filter(pk=kept[0].pk).update(verified_at=clock.now())
    row = Backup.objects.create(place="h")
    settings.DISK_RESERVE = 0
    keeping.refuse_without_room(on, row)
    settings.DISK_RESERVE = 10**9
    with pytest.raises(Trouble, match="no backup was begun"):
        keeping.refuse_without_room(on, row)
    assert len(list(on.glob("*.dump"))) == Backup.objects.filter(removed_at=None).exclude(file="").count() == stay
    assert Path(kept[0].file).exists()  # the one that is proven
    assert Path(kept[1].file).exists() == (stay == 4)


@pytest.mark.timeout(120)
def test_the_command_line_notes_what_it_makes_and_tries(database: Address, on: Path):
    call_command("backup")
    row = Backup.objects.get()
    assert not row.verified_at
    call_command("verify", row.file)
    row.refresh_from_db()
    assert row.verified_at
    description = archive.beside(Path(row.file))
    description.write_text(description.read_text().replace('"public.accounts_user": [', '"public.nobody": ['))
    with pytest.raises(CommandError, match="does not hold"):
        call_command("verify", row.file)
    assert keeping.newest_verified() is None
    # A restored database knows older ones only: what lies in the folder is found, what is gone is noted.
    Backup.objects.all().delete()
    keeping.take_stock(keeping.here(), on)
    assert Backup.objects.get().digest == row.digest
    Path(row.file).unlink()
    keeping.take_stock(keeping.here(), on)
    assert Backup.objects.get().removed_at


@pytest.mark.parametrize(
    ("instant", "night"),
    [("2026-11-24T16:59Z", "2026-11-24"), ("2026-11-24T17:00Z", "2026-11-25"), ("2026-11-25T16:59Z", "2026-11-25")],
)
@pytest.mark.django_db
def test_the_night_is_the_organisations_and_not_frozen(instant: str, night: str):
    organisation(time_zone="Asia/Tokyo", frozen_today=dt.date(2025, 1, 1))
    assert schedule.nightly(dt.datetime.fromisoformat(instant)) == night


@pytest.fixture
def admin(client: Client, db: None) -> Client:
    organisation(time_zone="Asia/Tokyo")
    client.force_login(user("admin"))
    return client


def shown(client: Client) -> str:
    return client.get(PAGE).content.decode()


def test_the_page_says_how_old_the_newest_proven_one_is(admin: Client, on: Path):
    assert "No backup has been proven to hold yet" in shown(admin)
    assert "Each night from 02:00 (Asia/Tokyo)" in shown(admin)
    made(3, verified_at=clock.now(), nightly=True)
    assert "proven to hold is 3 days old" in shown(admin)
    made(0.5, verified_at=clock.now(), nightly=True)
    assert "found equal is 12 hours old" in shown(admin)
    made(0.1, error="table public.x differs", verified_at=clock.now())  # proven once, not any more
    made(0.2, removed_at=clock.now())
    Backup.objects.create(ended_at=clock.now(), error="No space left")
    Backup.objects.create(asked_by="ada@x.example")
    made(0.3)
    found = shown(admin)
    for words in ("found equal is 12 hours old", "12,345", "Restored and equal", "Not sound", "Removed", "Failed",
                  "Waiting", "Not tried", "table public.x differs", "ada@x.example", "The night"):  # fmt: skip
        assert words in found


def test_a_person_asks_for_one_backup_at_a_time(admin: Client, on: Path, settings):
    for _ in range(2):
        assert admin.post(f"{PAGE}new/").status_code == 302
    assert "@" in Backup.objects.get().asked_by
    settings.BACKUP = "off"
    Backup.objects.all().delete()
    admin.post(f"{PAGE}new/")
    assert not Backup.objects.exists()
    assert "No backup is made by itself here" in shown(admin)


@pytest.mark.parametrize("rows", [1, 3])
def test_the_page_asks_as_much_for_many_as_for_one(admin: Client, on: Path, rows: int, django_assert_num_queries):
    for _ in range(rows):
        made(1, verified_at=clock.now())
    admin.get(PAGE)
    with django_assert_num_queries(7):
        admin.get(PAGE)


@pytest.mark.parametrize("note", ["", "x_back_1 may have been left."])
def test_ending_in_order_says_only_what_was_left_behind(on: Path, monkeypatch: pytest.MonkeyPatch, note: str):
    def stopped(_command: object) -> None:
        stop = KeyboardInterrupt()
        if note:
            stop.add_note(note)
        raise stop

    monkeypatch.setattr(keep_backups.Command, "one_round", stopped)
    with pytest.raises(KeyboardInterrupt) if note else nullcontext():
        keep_backups.Command().act({})
