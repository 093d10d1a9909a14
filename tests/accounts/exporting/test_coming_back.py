"""The record comes back: import of the export of a random record, by command, and as CSV and as JSON over the API, gives the
record, and changes nothing where it is there already, on any day and in any order.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import random
import tempfile
from pathlib import Path
from typing import Any, Final

import pytest
from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from hypothesis import HealthCheck, Phase, assume, given, settings
from rest_framework.test import APIClient

from accounts.imports import exporting, reading, shapes
from accounts.imports import given as giving
from accounts.imports.folders import jobs
from accounts.imports.loading import load
from accounts.imports.mapping import OWN_NAMES, find
from accounts.imports.targets import TARGETS, Target
from accounts.models import Contract, User
from config import clock
from tests import factories as make
from tests import tables
from tests.accounts.exporting.records import SAID, Row, records
from tests.factories import DAY

pytestmark = pytest.mark.django_db
SOURCE: Final = "crm"
ROOT: Final = "/api/v1/record/"
TYPES: Final = {"csv": "text/csv", "json": "application/json"}
HEALTH: Final = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large]
PHASES: Final = (Phase.explicit, Phase.generate)
QUICK: Final = settings(
    max_examples=1, deadline=None, suppress_health_check=HEALTH, derandomize=True, phases=PHASES, database=None
)
LONG: Final = settings(max_examples=200, deadline=None, suppress_health_check=HEALTH, database=None)
# What a repeated import writes besides the record: that it was, and what its source says now.
BESIDE: Final = {
    "once_answered", "history_entry", "accounts_importrun", "accounts_importfile", "accounts_importline", "accounts_word", "accounts_source",
    "accounts_wordchange",
}  # fmt: skip


@pytest.fixture(autouse=True)
def admin() -> User:
    make.organisation()
    return make.user("admin", name="Ren", email="ren@demo.example")


def take(record: dict[str, list[Row]], by: User) -> int:
    """Send the record over the API's door; how many rows were refused."""
    refused = 0
    for name, rows in record.items():
        taken = giving.take(rows, TARGETS[name], giving.Terms(SOURCE), by=by, day=DAY, now=clock.now)
        refused += sum(outcome.status == "refused" for outcome in taken.outcomes)
    return refused


def bring(folder: Path, day: dt.date = DAY, *, shuffled: bool = False) -> dict[str, tuple[int, ...]]:
    """Import an export as the command does; (new, changed, rejected) by file."""
    found = jobs(folder, find(str(folder / exporting.MAPPING)), TARGETS, rejects=folder / "rejects")
    reports = {}
    for job in found:
        if shuffled:
            shuffle(job.path)
        report = load(job.path, job.file, job.target, day=day, rejects=job.rejects)
        reports[job.path.name] = (report.new, report.changed, report.rejected)
    return reports


def shuffle(path: Path) -> None:
    """The same rows in another order."""
    head, *rows, _end = path.read_bytes().decode().split("\r\n")
    random.Random(7).shuffle(rows)
    with path.open("w", encoding="utf-8", newline="") as stream:
        stream.write("\r\n".join([head, *rows, ""]))


def changing(reports: dict[str, tuple[int, ...]]) -> dict[str, tuple[int, ...]]:
    return {name: report for name, report in reports.items() if any(report)}


def record_of(user: User, source: str = SOURCE) -> dict[str, list[dict[str, Any]]]:
    """What is read of every target but its numbers and when it changed, the rows in the order of their content."""
    return {
        name: sorted((content(target, row) for row in reading.rows(target, user, source)), key=repr)
        for name, target in TARGETS.items()
    }


def content(target: Target, row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in reading.plain(target, row).items() if name not in shapes.BESIDE}


@pytest.fixture
def program(admin: User, settings: Any) -> APIClient:
    """Sends and reads as a program of an admin does."""
    settings.API_A_MINUTE = 1_000_000
    client = APIClient()
    client.force_authenticate(admin)
    return client


def pages(program: APIClient, kind: str) -> dict[str, Any]:
    """Every target as the API tells it, by its name: bytes of CSV, or rows."""
    found = {}
    for name in TARGETS:
        answer = program.get(f"{ROOT}{name}/", {"source": SOURCE, "page_size": 1_000}, headers={"accept": TYPES[kind]})
        assert answer.status_code == 200, (name, answer.content)
        found[name] = answer.content if kind == "csv" else answer.json()["results"]
    return found


def send(program: APIClient, kind: str, found: dict[str, Any]) -> set[str]:
    """The statuses of all rows of what ``pages`` told, sent back."""
    statuses = set()
    for name, rows in found.items():
        address = f"{ROOT}{name}/bulk/"
        if kind == "csv":
            if len(list(csv.reader(io.StringIO(rows.decode("utf-8-sig"))))) < 2:
                continue
            answer = program.generic("POST", f"{address}?source={SOURCE}", rows, TYPES[kind])
        elif rows:
            given = [{field: value for field, value in row.items() if value is not None} for row in rows]
            answer = program.post(address, {"source": SOURCE, "rows": given}, format="json")
        else:
            continue
        assert answer.status_code == 200, (name, answer.content)
        statuses |= {row["status"] for row in answer.json()["rows"]}
    return statuses


def is_rich(record: dict[str, list[Row]]) -> bool:
    """Whether of half of the targets more is given than what rows need: the first record that is tried is the barest."""
    more = [name for name, rows in record.items() if rows and set(rows[0]) - required(TARGETS[name])]
    return len(more) * 2 > len(record)


def required(target: Target) -> set[str]:
    return SAID | {field.name for field in target.fields if field.required}


def check(record: dict[str, list[Row]], admin: User, program: APIClient) -> None:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        with transaction.atomic():
            take(record, admin)
            kept = record_of(admin)
            written, _remark = exporting.write(folder, admin, SOURCE)
            assert sum(written.values()) == sum(map(len, kept.values()))
            before = tables.rows(without=BESIDE)
            for day in (DAY, DAY + dt.timedelta(days=1)):
                reports = bring(folder, day, shuffled=day > DAY)
                after = tables.rows(without=BESIDE)
                assert sorted((before - after) + (after - before)) == []
                assert changing(reports) == {}
            told = {kind: pages(program, kind) for kind in TYPES}
            for kind, found in told.items():
                assert send(program, kind, found) <= {"unchanged"}, kind
                assert sorted((before - tables.rows(without=BESIDE)) + (tables.rows(without=BESIDE) - before)) == []
            transaction.set_rollback(True)
        with transaction.atomic():
            assert {rejected for _new, _changed, rejected in bring(folder).values()} == {0}
            assert record_of(admin) == kept
            transaction.set_rollback(True)
    for kind, found in told.items():
        with transaction.atomic():
            assert send(program, kind, found) <= {"created", "changed", "unchanged"}, kind
            assert record_of(admin) == kept, kind
            transaction.set_rollback(True)
    with transaction.atomic():
        assert take(json.loads(json.dumps(kept, cls=DjangoJSONEncoder)), admin) == 0
        assert record_of(admin) == kept
        transaction.set_rollback(True)


@QUICK
@given(records())
def test_the_export_of_a_record_gives_the_record(admin: User, program: APIClient, record: dict[str, list[Row]]) -> None:
    assume(is_rich(record))
    check(record, admin, program)


@pytest.mark.long
@pytest.mark.timeout(3_600)
@LONG
@given(records())
def test_the_export_of_a_record_gives_the_record_for_long(
    admin: User, program: APIClient, record: dict[str, list[Row]]
) -> None:
    check(record, admin, program)


def test_what_came_by_a_short_file_comes_back_and_changes_nothing(admin: User, tmp_path: Path) -> None:
    """A file that says nothing of renewals, and names no contract that another replaces: the export says both."""
    make.user("csm", email="gone@demo.example", is_active=False)
    make.user("viewer", email="app@service.invalid", is_service=True)
    short = tmp_path / "short"
    short.mkdir()
    (short / "customers.csv").write_text("external_id,name\nC1,Acme\n")
    (short / "contracts.csv").write_text(
        "external_id,customer,starts_on,ends_on,product,annual_amount\n"
        "K1,C1,2025-01-01,2026-01-01,Suite,12000\nK2,C1,2026-01-01,2027-01-01,Suite,13000\n"
    )
    text = OWN_NAMES.read_text().replace('into = "contracts"', 'into = "contracts"\nfollows = "customer+product"')
    (short / exporting.MAPPING).write_text(text)
    assert changing(bring(short)) == {"customers.csv": (1, 0, 0), "contracts.csv": (2, 0, 0)}
    assert Contract.objects.get(external_id="K1").replaced_by == Contract.objects.get(external_id="K2")
    folder = tmp_path / "out"
    folder.mkdir()
    exporting.write(folder, admin, Contract.objects.first().source)
    people = (folder / "users.csv").read_text()
    assert (people.count("demo.example"), people.count("service.invalid")) == (1, 0), (
        "nobody who was deactivated, no program"
    )
    assert changing(bring(folder)) == {}
    # What the source has said now is kept as said: a person's word on it stays.
    Contract.objects.filter(external_id="K2").update(auto_renews=True)
    assert changing(bring(folder)) == {}
    assert Contract.objects.get(external_id="K2").auto_renews
