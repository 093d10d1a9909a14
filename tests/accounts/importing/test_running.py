"""An import in the background: file by file, killed anywhere it goes on, stopped it keeps what is in."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection, transaction
from django.test import Client
from psycopg.errors import DeadlockDetected

from accounts import uploads
from accounts.imports import hearing, loading, progress, requesting, running, taking
from accounts.imports.mapping import OWN_NAMES
from accounts.imports.maps import MappingError
from accounts.imports.recognising import keeping
from accounts.imports.targets import TARGETS, Loaded
from accounts.models import Contact, Contract, Customer, ImportLine, ImportRun
from config import clock
from config.history.models import Entry
from config.outbox.delivery import LAST_ATTEMPT, deliver
from config.outbox.models import Outbox
from tests.accounts.importing.runs import (
    CONTRACTS,
    CUSTOMERS,
    begin,
    counted,
    imported,
    lines,
    previewed,
    work,
    write,
)
from tests.factories import DAY, organisation, user

FILES = {"customers.csv": CUSTOMERS, "contracts.csv": CONTRACTS}
pytestmark = pytest.mark.django_db


class Killed(BaseException):
    """As when the worker dies: nothing catches it."""


@pytest.fixture(autouse=True)
def _organisation(db: None) -> None:
    organisation()


def pending() -> Outbox:
    return Outbox.objects.get(kind=requesting.KIND, state="pending")


def test_an_import_goes_file_by_file_in_the_order_of_the_mapping(tmp_path: Path) -> None:
    folder = write(tmp_path / "in", FILES)
    run = previewed(folder / "contracts.csv", folder / "customers.csv")
    requesting.start(run, DAY, clock.now())
    deliver(pending().pk)
    assert (Customer.objects.count(), Contract.objects.count()) == (2, 0)
    assert counted(run) == [("customers.csv", True, 2, 0, 0, 0), ("contracts.csv", False, 1, 0, 0, 0)]
    work()
    run.refresh_from_db()
    assert (run.state, run.problem) == ("done", "")
    assert run.ended_at is not None
    assert counted(run)[1] == ("contracts.csv", True, 1, 0, 0, 0)
    made = ImportLine.objects.get(file__run=run, object_kind="contract")
    assert (made.object_id, made.customer_id) == (Contract.objects.get().pk, Customer.objects.get(name="Acme").pk)


def test_the_same_files_twice_change_nothing(tmp_path: Path) -> None:
    folder = write(tmp_path / "in", FILES)
    first = imported(folder)
    second = imported(folder, by=first.by)
    assert counted(second) == [("customers.csv", True, 0, 0, 2, 0), ("contracts.csv", True, 0, 0, 1, 0)]
    assert lines(second) == []


def test_what_an_import_changes_is_by_its_person_through_its_door(tmp_path: Path) -> None:
    folder = write(tmp_path / "in", {"customers.csv": CUSTOMERS})
    first = imported(folder)
    write(folder, {"customers.csv": CUSTOMERS.replace("Acme", "Apex")})
    second = imported(folder, by=first.by)
    entry = Entry.objects.get(kind="customer", before__name="Acme")
    assert (entry.actor_id, entry.door) == (first.by_id, f"import:{second.pk}")


@pytest.mark.parametrize("times", [1, 2, 3])
def test_killed_before_a_commit_it_goes_on_and_takes_no_file_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, times: int
) -> None:
    contacts = "external_id,customer,name\nP1,A1,Ann\n"
    run = previewed(write(tmp_path / "in", FILES | {"contacts.csv": contacts}))
    take, left = taking.take, [times]

    def dies(*given: Any, **named: Any) -> Any:
        result = take(*given, **named)
        if left[0]:
            left[0] -= 1
            raise Killed
        return result

    monkeypatch.setattr(running, "take", dies)
    requesting.start(run, DAY, clock.now())
    for _attempt in range(times):
        with pytest.raises(Killed):
            deliver(pending().pk)
    assert not Customer.objects.exists()
    work()
    run.refresh_from_db()
    assert (run.state, sorted(file[:3] for file in counted(run))) == (
        "done",
        [("contacts.csv", True, 1), ("contracts.csv", True, 1), ("customers.csv", True, 2)],
    )
    assert (Customer.objects.count(), Contract.objects.count(), Contact.objects.count()) == (2, 1, 1)


def test_stopped_between_files_it_keeps_what_is_in_and_goes_on_when_started(tmp_path: Path) -> None:
    run = previewed(write(tmp_path / "in", FILES))
    requesting.start(run, DAY, clock.now())
    deliver(pending().pk)
    requesting.stop(run)
    work()
    run.refresh_from_db()
    assert (run.state, Customer.objects.count(), Contract.objects.count()) == ("stopped", 2, 0)
    with pytest.raises(ValidationError, match="not under way"):
        requesting.stop(run)
    requesting.start(run, DAY, clock.now())
    work()
    run.refresh_from_db()
    assert (run.state, Contract.objects.count()) == ("done", 1)
    assert counted(run)[0] == ("customers.csv", True, 2, 0, 0, 0)
    with pytest.raises(ValidationError, match="cannot be started"):
        requesting.start(run, DAY, clock.now())


@pytest.mark.django_db(transaction=True)
def test_stopped_within_a_file_nothing_of_it_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "EVERY_SECONDS", 0.0)
    monkeypatch.setattr(loading, "REPORT_EVERY", 1)
    organisation()
    run = previewed(write(tmp_path / "in", FILES))
    assert (run.state, run.at_file, run.read_since is not None) == ("previewed", "contracts.csv", True)
    requesting.start(run, DAY, clock.now())
    # The worker has looked at the run when somebody asks.
    piece = pending()
    work_off = running._import

    def asked(given: ImportRun) -> bool:
        requesting.stop(given)
        return work_off(given)

    monkeypatch.setattr(running, "_import", asked)
    ImportRun.objects.filter(pk=run.pk).update(stop_asked=True)
    monkeypatch.setattr(ImportRun, "stop_asked", False, raising=False)
    deliver(piece.pk)
    run.refresh_from_db()
    assert run.state == "stopped"
    assert not Customer.objects.exists()


@contextmanager
def at_work(holder: ImportRun | None = None) -> Iterator[None]:
    """Another connection imports, the run ``holder`` or something that is none."""
    other = connection.copy()
    other.set_autocommit(False)
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [loading.LOCK])
    if holder:
        ImportRun.objects.filter(pk=holder.pk).update(state="previewing")
    try:
        yield
    finally:
        other.close()
        if holder:
            ImportRun.objects.filter(pk=holder.pk).update(state="previewed")


@pytest.mark.django_db(transaction=True)
def test_whoever_meets_another_import_reads_nothing_says_for_whom_it_waits_and_can_be_stopped(
    client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A preview, an import and an Undo; each is one row of the outbox, however often it is tried."""
    folder = write(tmp_path / "in", FILES)
    holder = previewed(folder)
    assert holder.by
    client.force_login(holder.by)
    ends: dict[str, list[str]] = {}
    run = begin(folder, by=user("admin", name="Una Undo"))
    for asked in ("preview", "import", "undo"):
        if asked == "import":
            requesting.start(run, DAY, clock.now())
        elif asked == "undo":
            requesting.take_back(run, run.by, DAY, clock.now())  # type: ignore[arg-type]
        for is_stopped in (True, False):
            piece = pending()
            with monkeypatch.context() as blind:
                blind.setattr(running, "files_of", None)
                blind.setattr(running, "SHORT_WAIT", dt.timedelta(milliseconds=5))
                with at_work(holder):
                    assert [deliver(piece.pk) for _ in range(LAST_ATTEMPT + 1)] == ["later"] * (LAST_ATTEMPT + 1)
                    page = client.get(f"/import/runs/{run.pk}/").content.decode()
                    assert "for an import of Ren Admin to end." in page
                    assert f"/import/runs/{run.pk}/stop/" in page
                    told, *others = client.get("/api/v1/imports/").json()["results"]
                    assert (told["awaited"], told["waits_since"] is None) == ("Ren Admin", False)
                    assert {(other["awaited"], other["waits_since"]) for other in others} == {(None, None)}
                with at_work():
                    page = client.get(f"/import/runs/{run.pk}/").content.decode()
                    assert "for somebody else who changes the record." in page
            waiting = pending()
            assert (waiting.pk, waiting.attempts) == (piece.pk, 0)
            assert waiting.publish_after > clock.now() + running.AGAIN_AFTER / 2
            if is_stopped:
                requesting.stop(run)
                assert pending().publish_after <= clock.now()
            work()
            run.refresh_from_db()
            assert run.waits_since is None
            ends.setdefault(asked, []).append(run.state)
            if is_stopped and asked == "preview":
                run = begin(folder, by=run.by)
            elif is_stopped and asked == "import":
                requesting.start(run, DAY, clock.now())
            elif is_stopped:
                assert run.undone_by is None
                requesting.take_back(run, run.by, DAY, clock.now())  # type: ignore[arg-type]
    assert ends == {"preview": ["stopped", "previewed"], "import": ["stopped", "done"], "undo": ["done", "undone"]}


def test_an_undo_stopped_halfway_says_so_and_those_who_wait_are_told_when_a_run_ends(
    client: Client, tmp_path: Path
) -> None:
    run = imported(write(tmp_path / "in", FILES))
    ended = run.ended_at
    other = begin(tmp_path / "in", by=run.by)
    waits = pending()
    Outbox.objects.filter(pk=waits.pk).update(publish_after=clock.now() + running.AGAIN_AFTER)
    requesting.take_back(run, run.by, DAY, clock.now())  # type: ignore[arg-type]
    undo = Outbox.objects.filter(kind=requesting.KIND, state="pending").latest("pk")
    deliver(undo.pk)
    waits.refresh_from_db()
    assert waits.publish_after > clock.now()
    requesting.stop(run)
    deliver(Outbox.objects.filter(kind=requesting.KIND, state="pending").latest("pk").pk)
    run.refresh_from_db()
    assert (run.state, Contract.objects.get().ended_on, Customer.objects.count()) == ("stopped", dt.date(2026, 1, 1), 2)
    # What is still in came when it was imported.
    assert (run.imported_at, {source.last_at for source in hearing.sources(clock.now(), clock.UTC)}) == (ended, {ended})
    client.force_login(run.by)  # type: ignore[arg-type]
    assert "files that it had not reached are still in" in client.get(f"/import/runs/{run.pk}/").content.decode()
    waits.refresh_from_db()
    assert waits.publish_after <= clock.now()
    work()
    other.refresh_from_db()
    assert other.state == "previewed"


def test_an_undo_that_is_stopped_before_it_did_anything_leaves_the_import_as_it_was(tmp_path: Path) -> None:
    failed = previewed(write(tmp_path / "in", FILES))
    by = failed.by
    assert by
    requesting.start(failed, DAY, clock.now())
    deliver(pending().pk)
    Outbox.objects.filter(state="pending").delete()
    running.give_up(failed.pk, "The worker was lost.", clock.now())
    done, last = imported(tmp_path / "in", by=by), imported(tmp_path / "in", by=by)
    later = DAY + dt.timedelta(days=3)
    runs = ImportRun.objects.order_by("pk").values("pk", *requesting.OF_UNDO, "undone_by", "stop_asked", "before_undo")
    before = [*runs]
    assert [(row["state"], row["problem"]) for row in before] == [
        ("failed", "The worker was lost."),
        ("done", ""),
        ("done", ""),
    ]
    for run in (failed, done):
        requesting.take_back(run, by, later, clock.now())
        requesting.stop(run)
        work()
    assert [*runs] == before
    assert {row.file.run_id for row in hearing.sums("csv")} == {last.pk}
    requesting.start(failed, DAY, clock.now())


def test_a_run_to_which_the_database_gave_no_way_is_tried_five_times(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = previewed(write(tmp_path / "in", FILES))
    requesting.start(run, DAY, clock.now())

    def crossed(*_given: Any, **_named: Any) -> None:
        with loading.told("customers.csv"):
            raise OperationalError from DeadlockDetected()

    monkeypatch.setattr(running, "take", crossed)
    assert [deliver(pending().pk) for _attempt in range(LAST_ATTEMPT)] == ["retry"] * (LAST_ATTEMPT - 1) + ["dead"]
    run.refresh_from_db()
    assert (run.state, run.problem.partition(",")[0]) == ("failed", "customers.csv: nothing was imported")


@pytest.mark.usefixtures("hurried")
def test_a_page_may_recognise_a_file_for_longer_than_a_transaction_may_be_idle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recognise = keeping.recognise

    def slowly(*given: Any) -> Any:
        time.sleep(0.5)
        return recognise(*given)

    monkeypatch.setattr(keeping, "recognise", slowly)
    path = write(tmp_path / "in", {"customers.csv": CUSTOMERS}) / "customers.csv"
    with transaction.atomic():
        found = keeping.recognised(path)
        assert keeping.recognised(path) == found
        assert not Customer.objects.exists()


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize("through", ["the worker", "the command"])
def test_a_file_may_be_read_for_longer_than_a_transaction_may_be_idle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, through: str
) -> None:
    organisation()
    folder = write(tmp_path / "in", {"customers.csv": CUSTOMERS})
    write_out = loading.write_out

    def slowly(*given: Any) -> None:
        time.sleep(0.5)
        write_out(*given)

    monkeypatch.setattr(loading, "write_out", slowly)
    if through == "the worker":
        imported(folder)
    else:
        call_command("import_data", folder, "--mapping", "tsunagu")
    assert ImportRun.objects.get().state == "done"
    assert Customer.objects.count() == 2


def test_one_import_at_a_time(tmp_path: Path) -> None:
    folder = write(tmp_path / "in", FILES)
    first = previewed(folder)
    second = previewed(folder, by=first.by)
    requesting.start(first, DAY, clock.now())
    with pytest.raises(ValidationError, match="Another import"):
        requesting.start(second, DAY, clock.now())
    work()
    requesting.start(second, DAY, clock.now())


def test_a_run_given_up_by_the_worker_says_why_and_can_be_started_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = previewed(write(tmp_path / "in", FILES))
    requesting.start(run, DAY, clock.now())
    with monkeypatch.context() as broken:
        broken.setattr(running, "take", lambda *_given, **_named: 1 // 0)
        for _attempt in range(LAST_ATTEMPT):
            deliver(pending().pk)
    run.refresh_from_db()
    assert (run.state, run.problem.partition(":")[0]) == ("failed", "ZeroDivisionError")
    requesting.start(run, DAY, clock.now())
    work()
    assert Contract.objects.count() == 1


def test_a_preview_that_failed_or_was_stopped_cannot_be_imported(tmp_path: Path) -> None:
    failed = begin(write(tmp_path / "in", FILES | {"contracts.csv": "a,b\n1,2\n"}))
    work()
    stopped = begin(write(tmp_path / "other", FILES), by=failed.by)
    requesting.stop(stopped)
    work()
    for run, state in ((failed, "failed"), (stopped, "stopped")):
        run.refresh_from_db()
        assert run.state == state
        with pytest.raises(ValidationError, match="cannot be started"):
            requesting.start(run, DAY, clock.now())


def test_a_stop_of_a_run_that_was_given_up_does_not_stop_its_undo(tmp_path: Path) -> None:
    run = previewed(write(tmp_path / "in", FILES))
    requesting.start(run, DAY, clock.now())
    deliver(pending().pk)
    requesting.stop(run)
    running.give_up(run.pk, "The worker was lost.", clock.now())
    run.refresh_from_db()
    assert (run.state, run.stop_asked) == ("failed", False)
    ImportRun.objects.filter(pk=run.pk).update(stop_asked=True)
    requesting.take_back(run, user("admin", name="Una Undo"), DAY, clock.now())
    work()
    run.refresh_from_db()
    assert (run.state, Customer.objects.count()) == ("undone", 0)


def test_a_piece_that_would_not_be_queued_is_no_silence(tmp_path: Path) -> None:
    run = previewed(write(tmp_path / "in", FILES))
    now = clock.now()
    requesting.queue(run, now)
    with pytest.raises(RuntimeError, match="was queued before"):
        requesting.queue(run, now)


def test_a_file_that_is_gone_fails_the_run_with_a_sentence(tmp_path: Path) -> None:
    folder = write(tmp_path / "in", {"customers.csv": CUSTOMERS})
    run = previewed(folder / "customers.csv")
    (folder / "customers.csv").unlink()
    requesting.start(run, DAY, clock.now())
    work()
    run.refresh_from_db()
    assert (run.state, run.problem) == ("failed", f"There is no file or folder {folder / 'customers.csv'}.")


def test_a_mapping_that_cannot_be_read_begins_nothing(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text("source = 3\n")
    with pytest.raises(MappingError, match=r"mine\.toml"):
        begin(tmp_path, mapping=tmp_path / "mine.toml")
    assert not ImportRun.objects.exists()


def test_as_of_and_correction_hold_for_the_run(tmp_path: Path) -> None:
    folder = write(tmp_path / "in", FILES)
    first = imported(folder)
    write(folder, {"contracts.csv": CONTRACTS.replace("12000", "18000")})
    run = requesting.begin([folder], OWN_NAMES.read_text(), OWN_NAMES.name, first.by, DAY, time={"correction": True})  # type: ignore[arg-type]
    work()
    run.refresh_from_db()
    assert (2, "changed", "contractline", "Suite", {"annual_amount": [12000.0, 18000.0]}) in lines(run)


def test_the_command_leaves_a_run_as_well(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write(tmp_path / "in", FILES)
    call_command("import_data", folder, "--mapping", "tsunagu", "--rejects", tmp_path / "r.csv")
    run = ImportRun.objects.get()
    assert (run.state, run.by, run.title, run.rows_total) == ("done", None, "tsunagu.toml", 5)
    assert counted(run) == [("customers.csv", True, 2, 0, 0, 0), ("contracts.csv", True, 1, 0, 0, 0)]
    assert "customers.csv: 2 customers: 2 new" in capsys.readouterr().out
    call_command("import_data", folder, "--mapping", "tsunagu", "--dry-run")
    assert ImportRun.objects.count() == 1


def refused_by_the_database(_staged: object) -> Loaded:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 / 0")
    return Loaded()


def test_a_command_that_fails_leaves_what_it_did_and_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = write(tmp_path / "in", FILES)
    monkeypatch.setitem(TARGETS, "contracts", replace(TARGETS["contracts"], load=refused_by_the_database))
    with pytest.raises(CommandError):
        call_command("import_data", folder, "--mapping", "tsunagu")
    run = ImportRun.objects.get()
    assert (run.state, run.problem.startswith("contracts.csv"), Customer.objects.count()) == ("failed", True, 2)
    assert counted(run) == [("customers.csv", True, 2, 0, 0, 0)]


def test_progress_is_told_beside_the_transaction_at_most_once_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = iter([0.0, 0.5, 1.5, 1.5, 1.6])
    monkeypatch.setattr(progress, "time", SimpleNamespace(monotonic=lambda: next(seconds)))
    told: list[int] = []
    monkeypatch.setattr(progress.Telling, "_tell", lambda self: told.append(self._before + self._in_file))
    with progress.Telling(ImportRun(pk=1), before=100) as telling:
        for rows in (5, 10, 15):
            telling(SimpleNamespace(path=Path("a.csv")), rows)  # type: ignore[arg-type]
    assert told == [110]


def test_an_upload_is_imported_under_any_name(tmp_path: Path) -> None:
    mapping = 'source = "csv"\n[[file]]\nname = "customers.csv"\ninto = "customers"\n[file.fields]\nexternal_id = "external_id"\nname = "name"\n'
    admin = user("admin", name="Ren Admin")
    content = CUSTOMERS.encode()
    upload = uploads.begin("顧客一覧 (1).csv", len(content), by=admin, now=clock.now())
    uploads.put(upload, 1, content)
    uploads.complete(upload, now=clock.now())
    run = requesting.begin([upload], mapping, "mine.toml", admin, DAY)
    work()
    run.refresh_from_db()
    assert (run.state, run.problem) == ("previewed", "")
    requesting.start(run, DAY, clock.now())
    uploads.remove(upload)
    work()
    run.refresh_from_db()
    assert (run.state, run.problem) == ("failed", "“顧客一覧 (1).csv” is here no more: upload it again.")
