"""Backups as an operator makes, tries and needs them: on a real PostgreSQL, with its own programs."""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import signal
import sys
import threading
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import psycopg
import pytest
from django.core.mail import EmailMultiAlternatives
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from accounts.models import Customer, FirstLoad
from config.backup import archive, contents, programs, restoring
from config.backup.address import Address, ours
from config.backup.contents import Contents, Say, silent
from config.embedded import Trouble
from config.history import triggers
from config.history.models import Entry
from config.mail import queue_mail
from config.outbox.models import Outbox
from tests.factories import customer

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]

NOW = dt.datetime(2026, 11, 25, 3, 4, 5, tzinfo=dt.UTC)
LATER = NOW + dt.timedelta(hours=1)


@pytest.fixture
def database() -> Iterator[Address]:
    """The test's database; what a restore has kept or left beside it goes at the end."""
    address = ours()
    yield address
    connection.close()
    for name in beside(address):
        restoring.drop(address, name)


def beside(address: Address) -> list[str]:
    """The databases that a backup or a restore has made next to this one."""
    with address.at("postgres").session() as session:
        names = [name for (name,) in session.execute("SELECT datname FROM pg_database ORDER BY 1")]
    return [name for name in names if name.startswith((f"{address.name}_back_", f"{address.name}_before_"))]


def described(**held: object) -> str:
    """A description of an empty backup, but for what is ``held``."""
    nothing: dict[str, object] = {"tables": {}, "sequences": {}, "migrations": []}
    outside = {"format": 1, "made_at": NOW.isoformat(), "version": 18, "digest": ""}
    return json.dumps(outside | {"held": nothing | held})


def said(command: str, *arguments: str) -> str:
    out = StringIO()
    call_command(command, *arguments, stdout=out, stderr=StringIO())
    return out.getvalue()


def names() -> list[str]:
    return list(Customer.objects.order_by("pk").values_list("name", flat=True))


def state_of_mail() -> str:
    return Outbox.objects.get(kind="mail").state


def test_a_drill_from_backup_to_restore_and_back(database: Address, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    first = customer(name="Granite Bank – 花崗岩銀行")
    with transaction.atomic():
        queue_mail(EmailMultiAlternatives("Subject", "Text", "a@b.example", ["c@d.example"]), dedup_key="one")
    assert "rows of" in said("backup", "--to", str(tmp_path))
    (file,) = tmp_path.glob("tsunagu-*.dump")
    assert file.stat().st_mode & 0o777 == 0o600
    assert archive.opened(file).held.tables["public.accounts_customer"][0] == 1
    archive.beside(file).rename(tmp_path / "-x.dump.json")
    file = file.rename(tmp_path / "-x.dump")
    monkeypatch.chdir(tmp_path)
    assert "holds what it says" in said("verify", "./-x.dump")
    assert beside(database) == []

    Customer.objects.filter(pk=first.pk).update(name="Renamed since")
    customer(name="Come since")
    words = said("restore", str(file), "--yes")
    assert names() == ["Granite Bank – 花崗岩銀行"]
    assert triggers.install() == []  # history is kept as before
    Customer.objects.filter(pk=first.pk).update(industry="Banking")
    assert Entry.objects.get().after == {"industry": "Banking"}
    assert customer(name="The next").pk > first.pk  # sequences go on
    assert state_of_mail() == "unknown"  # nobody knows whether it has been sent since
    with database.session() as session:
        assert session.execute("SELECT reltuples FROM pg_class WHERE relname = 'accounts_customer'").fetchone() == (1,)
    (kept,) = beside(database)
    assert kept in words

    said("restore", "--kept", kept, "--yes")
    assert names() == ["Renamed since", "Come since"]
    assert state_of_mail() == "pending"
    (now_kept,) = beside(database)
    assert "is gone" in said("restore", "--drop", now_kept, "--yes")
    assert beside(database) == []


def test_the_sums_are_of_the_snapshot_whatever_is_written_meanwhile(
    database: Address, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    customer(name="Before")
    read = contents.read

    def written_meanwhile(session: psycopg.Connection, say: Say = silent) -> Contents:
        with database.session() as other:
            other.execute("UPDATE accounts_customer SET name = 'Meanwhile'")
            other.execute("SELECT nextval('accounts_customer_id_seq') FROM generate_series(1, 50)")
        return read(session, say)

    monkeypatch.setattr(contents, "read", written_meanwhile)
    made = archive.create(database, tmp_path, NOW)
    monkeypatch.setattr(contents, "read", read)
    assert names() == ["Meanwhile"]
    restoring.verify(made, database)


def test_a_backup_under_load_is_equal_to_what_it_says(database: Address, tmp_path: Path):
    people = [customer(name=f"Customer {number}") for number in range(20)]
    stop = threading.Event()

    def write() -> None:
        with database.session() as session:
            while not stop.is_set():
                session.execute("UPDATE accounts_customer SET name = md5(random()::text) WHERE id = %s", [people[0].pk])
                session.execute("DELETE FROM accounts_customer WHERE id = %s", [people.pop().pk if people[1:] else 0])
                session.execute("INSERT INTO cache_entry VALUES (md5(random()::text), 'x', now())")
                session.execute("SELECT nextval('accounts_customer_id_seq')")

    writer = threading.Thread(target=write)
    writer.start()
    try:
        made = archive.create(database, tmp_path, NOW)
    finally:
        stop.set()
        writer.join()
    restoring.verify(made, database)
    assert beside(database) == []


def test_a_damaged_backup_is_refused_and_changes_nothing(database: Address, tmp_path: Path):
    customer(name="Here")
    made = archive.create(database, tmp_path, NOW)
    whole = made.file.read_bytes()
    middle = len(whole) // 2
    for damaged in (whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :], whole[:-1], b""):
        made.file.write_bytes(damaged)
        with pytest.raises(CommandError, match="digest differs"):
            call_command("verify", str(made.file))
        with pytest.raises(CommandError, match="digest differs"):
            call_command("restore", str(made.file), "--yes")
    assert names() == ["Here"]
    assert beside(database) == []


def test_a_dump_that_cannot_be_read_or_holds_something_else_is_dropped(database: Address, tmp_path: Path):
    customer(name="Here")
    made = archive.create(database, tmp_path, NOW)
    description = json.loads(made.description.read_text())
    description["held"]["tables"]["public.accounts_customer"] = [1, "4711"]
    made.description.write_text(json.dumps(description))
    with pytest.raises(Trouble, match=r"does not hold what it says: table public\.accounts_customer"):
        restoring.verify(archive.opened(made.file), database)
    assert beside(database) == []

    made.file.write_bytes(b"no dump at all")
    description["digest"] = archive.digest_of(made.file)
    made.description.write_text(json.dumps(description))
    with pytest.raises(Trouble, match="could not be restored"):
        restoring.restore(archive.opened(made.file), database, LATER)
    assert beside(database) == []
    assert names() == ["Here"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (None, "belongs beside it"),
        ("[]", "is no description"),
        ('{"format": 1}', "is no description"),
        ("\x00", "is no description"),
        ('{"format": 1e400}', "is no description"),
        ("[" * 100_000, "is no description"),
        (described(sequences={"public.a": "one"}), "is no description"),
        (described(tables={"public.a": [float("inf"), "1"]}), "is no description"),
    ],
)
def test_a_backup_without_its_description_is_refused(tmp_path: Path, text: str | None, words: str):
    file = tmp_path / "some.dump"
    file.write_bytes(b"x")
    if text is not None:
        archive.beside(file).write_text(text)
    with pytest.raises(Trouble, match=words):
        archive.opened(file)


def test_a_backup_of_a_newer_version_is_refused(database: Address, tmp_path: Path):
    made = archive.create(database, tmp_path, NOW)
    made.description.write_text(made.description.read_text().replace('"format": 1', '"format": 2'))
    with pytest.raises(Trouble, match="newer Tsunagu"):
        archive.opened(made.file)


def test_a_backup_with_migrations_of_a_newer_version_is_refused(database: Address, tmp_path: Path):
    made = archive.create(database, tmp_path, NOW)
    made.held.migrations.append("accounts.9999_from_tomorrow")
    with pytest.raises(Trouble, match=r"accounts\.9999_from_tomorrow is not known here"):
        restoring.restore(made, database, LATER)
    assert beside(database) == []


def test_what_cannot_be_is_said_in_a_sentence(database: Address, tmp_path: Path):
    with pytest.raises(CommandError, match="There is no file"):
        call_command("verify", str(tmp_path / "none.dump"))
    (tmp_path / "file").write_text("")
    with pytest.raises(CommandError, match="cannot be made"):
        call_command("backup", "--to", str(tmp_path / "file"))
    for option in ("--kept", "--drop"):
        for name in (database.name, "postgres", f"{database.name}_before_launch", f"{database.name}_back_office"):
            with pytest.raises(CommandError, match="no database that a restore has kept"):
                call_command("restore", option, name, "--yes")
    with pytest.raises(CommandError, match="There is no database"):
        call_command(
            "restore", "--kept", restoring.kept_name(database, dt.datetime(2020, 1, 1, tzinfo=dt.UTC)), "--yes"
        )
    with pytest.raises(CommandError, match="File name too long"):
        call_command("verify", "x" * 300)
    archive.create(database, tmp_path, NOW)
    with pytest.raises(Trouble, match="is there already"):
        archive.create(database, tmp_path, NOW)


def test_of_several_programs_the_oldest_that_fits_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    for version in (18, 15, 17):
        (folder := tmp_path / "usr/lib/postgresql" / str(version) / "bin").mkdir(parents=True)
        (folder / "pg_dump").write_text(f"#!/bin/sh\necho 'pg_dump (PostgreSQL) {version}.4'\n")
        (folder / "pg_dump").chmod(0o700)
    monkeypatch.setattr(programs, "INSTALLED", (f"{str(tmp_path)[1:]}/usr/lib/postgresql/*/bin",))
    assert "postgresql/17/bin" in str(programs.program("pg_dump", 16))
    with pytest.raises(Trouble, match="of PostgreSQL 99 or newer"):
        programs.program("pg_dump", 99)


def test_a_command_that_is_told_to_end_cleans_up(database: Address, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def told(*_arguments: object) -> None:
        assert beside(database) != []
        os.kill(os.getpid(), signal.SIGTERM)

    made = archive.create(database, tmp_path, NOW)
    monkeypatch.setattr(restoring, "run", told)
    with pytest.raises(CommandError, match="Stopped"):
        call_command("verify", str(made.file))
    assert beside(database) == []
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


def test_who_ends_the_input_at_a_question_changes_nothing(
    database: Address, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def ended(_question: str) -> str:
        raise EOFError

    made = archive.create(database, tmp_path, NOW)
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    monkeypatch.setattr("builtins.input", ended)
    with pytest.raises(CommandError, match="Nothing was changed"):
        call_command("restore", str(made.file))
    assert beside(database) == []


def test_a_backup_broken_off_leaves_no_backup(database: Address, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def broken(_session: psycopg.Connection, _say: Say) -> Contents:
        raise KeyboardInterrupt

    monkeypatch.setattr(contents, "read", broken)
    with pytest.raises(KeyboardInterrupt):
        archive.create(database, tmp_path, NOW)
    assert list(tmp_path.iterdir()) == []


def test_two_backups_of_one_second_share_no_file(database: Address, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    read = contents.read

    def another_begins(session: psycopg.Connection, say: Say = silent) -> Contents:
        with pytest.raises(Trouble, match="is being written by another backup"):
            archive.create(database, tmp_path, NOW)
        return read(session, say)

    monkeypatch.setattr(contents, "read", another_begins)
    made = archive.create(database, tmp_path, NOW)
    assert sorted(tmp_path.iterdir()) == [made.file, made.description]
    assert archive.opened(made.file) == made
    made.file.unlink()
    with pytest.raises(Trouble, match="is there already"):
        archive.create(database, tmp_path, NOW)
    assert list(tmp_path.iterdir()) == [made.description]


def test_a_backup_that_cannot_be_kept_leaves_no_description(
    database: Address, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def full(_part: Path, place: Path) -> None:
        if place.suffix == archive.ENDING:
            raise OSError(28, "No space left on device")
        place.write_text("{}")

    monkeypatch.setattr(archive, "_keep", full)
    with pytest.raises(Trouble, match="No space left on device"):
        archive.create(database, tmp_path, NOW)
    assert list(tmp_path.iterdir()) == []


def test_an_older_backup_is_brought_to_the_migrations_of_this_code(database: Address, tmp_path: Path):
    last = "0003_finish_mark"  # the last of its app, and no other needs it
    with database.session() as session:
        session.execute("ALTER TABLE demo_portfolio DROP COLUMN lived_until")
        session.execute("DELETE FROM django_migrations WHERE app = 'demo' AND name = %s", [last])
    connection.close()
    kept = restoring.restore(archive.create(database, tmp_path, NOW), database, LATER)
    applied = "SELECT count(*) FROM django_migrations WHERE app = 'demo' AND name = %s"
    for name, there in ((database.name, 1), (kept, 0)):
        with database.at(name).session() as session:
            assert session.execute(applied, [last]).fetchone() == (there,)  # type: ignore[call-overload]
    assert restoring.bring_back(kept, database, LATER + dt.timedelta(hours=1))
    with database.session() as session:
        assert session.execute(applied, [last]).fetchone() == (1,)  # type: ignore[call-overload]


def test_what_cannot_take_the_place_stays_and_is_named(
    database: Address, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def refused(*_names: object) -> None:
        raise psycopg.errors.InsufficientPrivilege("must be owner of database")

    customer(name="Here")
    made = archive.create(database, tmp_path, NOW)
    connection.close()
    monkeypatch.setattr(restoring, "_rename", refused)
    with pytest.raises(restoring.NotExchanged, match="must be owner"):
        restoring.restore(made, database, LATER)
    (left,) = beside(database)
    assert restoring.is_ours(left, database.name)
    assert names() == ["Here"]
    connection.close()
    assert "is gone" in said("restore", "--drop", left, "--yes")


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"PORT": "1"}, "onnection refused"),
        ({"PASSWORD": "wrong"}, "password authentication failed"),
        ({"NAME": "nowhere"}, 'database "nowhere" does not exist'),
    ],
)
def test_a_database_that_cannot_be_reached_is_one_sentence_before_anything_is_copied(
    database: Address, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wrong: dict[str, str], words: str
):
    made = archive.create(database, tmp_path, NOW)
    connection.close()
    for name, value in wrong.items():
        monkeypatch.setitem(connection.settings_dict, name, value)
    for command in (["restore", str(made.file), "--yes"], ["verify", str(made.file)], ["backup", f"--to={tmp_path}"]):
        with pytest.raises(CommandError) as caught:
            call_command(command[0], *command[1:])
        told = str(caught.value)
        assert told.startswith("The database in DATABASE_URL cannot be reached (")
        assert told.count(words) == 1
        assert "left" not in told
    monkeypatch.undo()
    with database.at("postgres").session() as session:
        assert session.execute("SELECT 1 FROM pg_database WHERE datname LIKE 'nowhere%'").fetchone() is None
    assert beside(database) == []


def test_what_failed_before_a_copy_was_begun_claims_nothing_left(database: Address, tmp_path: Path):
    made = archive.create(database, tmp_path, NOW)
    nobody = Address(database.name, {**database.server, "port": "1"}, database.password)
    with pytest.raises(psycopg.OperationalError) as caught:
        restoring.verify(made, nobody)
    assert not getattr(caught.value, "__notes__", [])


def test_what_is_left_of_a_database_that_is_nowhere_can_be_dropped(database: Address):
    left, others = (
        restoring.copy_of(database.at("nowhere"), "e004b41b"),
        restoring.copy_of(database.at("postgres"), "0" * 8),
    )
    with database.at("postgres").session() as session:
        for name in (left, others):
            session.execute(f"CREATE DATABASE {name}")  # type: ignore[arg-type, unused-ignore]
    try:
        for option, name in (("--drop", others), ("--kept", left)):
            with pytest.raises(CommandError, match="no database that a restore has kept"):
                call_command("restore", option, name, "--yes")
        assert "is gone" in said("restore", "--drop", left, "--yes")
        with pytest.raises(CommandError, match="There is no database"):
            call_command("restore", "--drop", left, "--yes")
    finally:
        restoring.drop(database, left)
        restoring.drop(database, others)


def test_where_nobody_can_be_asked_nothing_is_done_without_a_yes(database: Address, tmp_path: Path):
    made = archive.create(database, tmp_path, NOW)
    with pytest.raises(CommandError, match="say --yes"):
        call_command("restore", str(made.file))
    assert beside(database) == []


@pytest.mark.parametrize("name", ["tsunagu", "x" * 63, "é" * 31])
def test_names_of_kept_databases_fit_and_are_known_again(name: str):
    kept = restoring.kept_name(Address(name, {}, ""), NOW)
    assert len(kept.encode()) <= 63
    assert kept != restoring.kept_name(Address(name, {}, ""), NOW + dt.timedelta(microseconds=1))
    assert restoring.is_ours(kept, name)
    assert not restoring.is_ours(kept, f"other_{name}"[:40])


def test_the_password_is_on_no_command_line(database: Address):
    assert database.password
    assert database.password not in database.conninfo
    assert database.password not in repr(database)


def test_every_session_ends_before_the_names_change(database: Address, tmp_path: Path):
    customer(name="Here")
    made = archive.create(database, tmp_path, NOW)
    with database.session() as reader:
        reader.execute("BEGIN; SELECT 1 FROM accounts_customer")
        connection.close()
        kept = restoring.restore(made, database, LATER)
        with pytest.raises(psycopg.OperationalError):
            reader.execute("SELECT 1")
    assert re.fullmatch(r".*_before_20261125_040405000000", kept)
    with database.at(kept).session() as session:  # what was before can be looked into
        assert session.execute("SELECT name FROM accounts_customer").fetchall() == [("Here",)]


def test_contents_tell_a_row_more_a_row_twice_and_a_changed_one_apart(database: Address):
    def held() -> Contents:
        with database.session() as session:
            return contents.read(session)

    nothing = held()
    with transaction.atomic():
        customer(name="A")
        # A table of which nothing else keeps that it changed.
        first = FirstLoad.objects.create(source="a", target="customers", loaded_on=NOW)
    one = held()
    assert one.rows > nothing.rows
    assert "table public.accounts_customer" in one.not_in(nothing)
    assert "sequence public.accounts_customer_id_seq" in one.not_in(nothing)
    assert "sequence public.accounts_customer_id_seq" not in nothing.not_in(one)  # it has gone on
    FirstLoad.objects.filter(pk=first.pk).update(source="b")
    assert one.not_in(held()) == ["table public.accounts_firstload"]
    FirstLoad.objects.filter(pk=first.pk).update(source="a")
    assert one.not_in(held()) == []
    assert Contents.from_json(json.loads(json.dumps(one.as_json()))) == one
