"""Runs of imports for tests: small files, begun and worked off as the worker does."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path

from accounts import tasks  # noqa: F401 (its handlers)
from accounts.imports import requesting
from accounts.imports.mapping import OWN_NAMES
from accounts.models import ImportLine, ImportRun, User
from config import clock
from config.outbox.delivery import deliver
from config.outbox.models import Outbox
from tests.factories import DAY, user

CUSTOMERS = "external_id,name,country,employees\nA1,Acme,JP,12\nB2,Beta,,\n"
CONTRACTS = "external_id,customer,starts_on,product,annual_amount\nK1,A1,2026-01-01,Suite,12000\n"
Line = tuple[int | None, str, str, str, dict[str, list[object]]]


def write(folder: Path, files: Mapping[str, str]) -> Path:
    """The folder, with these files in it."""
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text)
    return folder


def begin(*places: Path, by: User | None = None, mapping: Path = OWN_NAMES) -> ImportRun:
    return requesting.begin(places, mapping.read_text(), mapping.name, by or user("admin", name="Ren Admin"), DAY)


def work() -> list[str]:
    """Do what waits for the worker; the outcome of each piece."""
    came = []
    while row := Outbox.objects.filter(kind=requesting.KIND, state="pending").order_by("pk").first():
        came.append(deliver(row.pk))
        assert came[-1] != "skipped"
        if came[-1] == "retry":
            raise AssertionError(Outbox.objects.get(pk=row.pk).error)
    return came


def previewed(*places: Path, by: User | None = None, mapping: Path = OWN_NAMES) -> ImportRun:
    run = begin(*places, by=by, mapping=mapping)
    work()
    run.refresh_from_db()
    return run


def imported(*places: Path, by: User | None = None, mapping: Path = OWN_NAMES) -> ImportRun:
    run = previewed(*places, by=by, mapping=mapping)
    assert run.state == "previewed", run.problem
    requesting.start(run, DAY, clock.now())
    work()
    run.refresh_from_db()
    return run


def put_in(*places: Path, by: User, mapping: Path = OWN_NAMES, day: dt.date = DAY) -> ImportRun:
    """As ``imported``, without a preview, which takes as long once more."""
    run = begin(*places, by=by, mapping=mapping)
    Outbox.objects.filter(kind=requesting.KIND).delete()
    ImportRun.objects.filter(pk=run.pk).update(state="previewed")
    run.refresh_from_db()
    requesting.start(run, day, clock.now())
    work()
    run.refresh_from_db()
    assert run.state == "done", run.problem
    return run


def taken_back(run: ImportRun) -> ImportRun:
    """The run, undone by the only admin."""
    requesting.take_back(run, User.objects.get(role="admin"), DAY, clock.now())
    work()
    run.refresh_from_db()
    return run


def lines(run: ImportRun, kind: str = "") -> list[Line]:
    """(line, kind, object kind, title, fields) of the lines of a run, by file and line; unchanged ones when asked for."""
    rows = ImportLine.objects.filter(file__run=run)
    rows = rows.filter(kind=kind) if kind else rows.exclude(kind="same")
    return [
        (row.line, row.kind, row.object_kind, row.title, row.fields)
        for row in rows.order_by("file__position", "line", "pk")
    ]


def counted(run: ImportRun) -> list[tuple[str, bool, int, int, int, int]]:
    """(file, written, new, changed, unchanged, refused) of each file."""
    return [
        (file.name, file.written, file.new, file.changed, file.unchanged, file.rejected)
        for file in run.files.order_by("position")
    ]
