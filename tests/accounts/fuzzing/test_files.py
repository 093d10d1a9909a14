"""Whatever file comes, for whatever target: refused by line or whole in one sentence, nothing half-written, no traceback."""

from __future__ import annotations

import tempfile
import tracemalloc
import zipfile
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from hypothesis import HealthCheck, Phase, given, settings

from accounts.imports.dialects import Dialect
from accounts.imports.folders import jobs
from accounts.imports.guessing import guess
from accounts.imports.loading import Report, load
from accounts.imports.mapping import find
from accounts.imports.maps import MappingError
from accounts.imports.opening import opened
from accounts.imports.recognising import recognise
from accounts.imports.rows import OURS, Unreadable
from accounts.imports.targets import TARGETS
from accounts.models import Contact, Contract, Customer, Objective, User
from accounts.uploads.archives import contents, unpack
from tests import factories as make
from tests.accounts.fuzzing.making import Made, files, nested, packed
from tests.accounts.imports import bring, counts, write
from tests.accounts.workbooks import workbook
from tests.examples import dear
from tests.factories import DAY

pytestmark = pytest.mark.django_db
HEALTH: Final = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large]
PHASES: Final = (Phase.explicit, Phase.generate)
QUICK: Final = settings(
    max_examples=dear(50), deadline=None, suppress_health_check=HEALTH, derandomize=True, phases=PHASES, database=None
)
LONG: Final = settings(max_examples=4_000, deadline=None, suppress_health_check=HEALTH, phases=PHASES, database=None)
MEGABYTE: Final = 1_000_000


@pytest.fixture(autouse=True)
def _world() -> None:
    """A customer with a contract, a contact and an objective that rows may name."""
    make.organisation()
    customer = make.customer()
    customer.external_keys.create(source="csv", external_id="A1")
    make.user(email="boss@example.org", role="admin")
    key = {"customer": customer, "source": "csv"}
    Contract.objects.create(**key, external_id="K1", starts_on=DAY)
    Contact.objects.create(**key, external_id="P1", name="Ann", state_on=DAY)
    Objective.objects.create(**key, external_id="O1", title="Less", agreed_on=DAY)


def sizes() -> list[int]:
    """How many rows each table of the record has."""
    models = {model for target in TARGETS.values() for model in target.models}
    tables = sorted({model._meta.db_table for model in models} | {"accounts_change", "health_rollupmark"})
    with connection.cursor() as cursor:
        cursor.execute("SELECT " + ", ".join(f"(SELECT count(*) FROM {table})" for table in tables))
        return list(cursor.fetchone())


def brought(made: Made, path: Path) -> Report | str:
    """The report of the import, or the sentence that refuses the file."""
    try:
        (job,) = jobs(path, find("tsunagu"), TARGETS, kind=made.target, rejects=path.with_suffix(".rejects"))
        file = replace(job.file, encoding=made.encoding, delimiter=made.delimiter) if made.said else job.file
        return load(job.path, file, job.target, day=DAY, rejects=job.rejects)
    except (Unreadable, MappingError) as refused:
        return str(refused)


def check(made: Made) -> None:
    with tempfile.TemporaryDirectory() as folder, transaction.atomic():
        path = write(Path(folder) / made.name, made.content)
        before = sizes()
        first = brought(made, path)
        if isinstance(first, str):
            assert_is_sentence(first)
            assert sizes() == before
        else:
            assert min(counts(first)) >= 0, first
            assert_says_why(made, path, first)
            assert not User.objects.exclude(email="boss@example.org").exclude(password__startswith="!").exists()
            again = brought(made, path)
            assert isinstance(again, Report)
            assert (again.new, again.rejected) == (0, first.rejected)
        recognised(path)
        transaction.set_rollback(True)


def assert_is_sentence(text: str) -> None:
    assert text.strip()
    assert len(text.splitlines()) == 1, text
    assert "Traceback" not in text


def assert_says_why(made: Made, path: Path, report: Report) -> None:
    """Every refused row says its line, and the reason in one sentence; the file is one that can come back."""
    rejects = path.with_suffix(".rejects")
    assert rejects.exists() is bool(report.rejected)
    if not report.rejected:
        return
    with opened(rejects, Dialect(encoding=made.encoding, delimiter=made.delimiter)) as table:
        assert table.columns[: len(OURS)] == list(OURS)
        rows = list(table.rows())
    # A row of which nobody knows where it ends has its further lines below it.
    assert sum("belongs to line" not in row.cells[2] for row in rows) == report.rejected
    for row in rows:
        line, _field, reason, _on = row.cells[: len(OURS)]
        assert line.isdigit()
        assert_is_sentence(reason)


def recognised(path: Path) -> None:
    try:
        found = recognise(path)
    except Unreadable as refused:
        assert_is_sentence(str(refused))
    else:
        guess(found, TARGETS)


@QUICK
@given(files())
def test_any_file_is_a_report_or_a_sentence(made: Made) -> None:
    check(made)


@pytest.mark.long
@pytest.mark.timeout(3_600)
@LONG
@given(files())
def test_any_file_is_a_report_or_a_sentence_for_long(made: Made) -> None:
    check(made)


@settings(QUICK, max_examples=8)
@given(nested())
def test_an_archive_in_an_archive_is_a_sentence(nest: tuple[Made, bytes]) -> None:
    """As the file itself, and as what an uploaded ZIP holds: nothing of it goes in, however deep it lies."""
    made, outer = nest
    with tempfile.TemporaryDirectory() as folder:
        path, before = write(Path(folder) / made.name, made.content), sizes()
        archive = write(Path(folder) / "all.zip", outer)
        (member,) = contents(archive).members
        unpack(archive, member.name, path)
        assert path.read_bytes() == made.content
        told = brought(made, path)
        assert isinstance(told, str)
        assert_is_sentence(told)
        recognised(path)
        assert sizes() == before
        with pytest.raises(ValidationError) as refused:
            contents(write(Path(folder) / "deep.zip", packed("all.zip", outer)))
        assert_is_sentence(refused.value.messages[0])


@settings(QUICK, max_examples=8)
@given(files().filter(lambda made: made.is_whole and made.content.startswith(b"PK")))
def test_a_workbook_gives_values_and_never_what_its_formulas_and_macros_say(made: Made) -> None:
    check(made)
    with tempfile.TemporaryDirectory() as folder, suppress(Unreadable):
        path = write(Path(folder) / made.name, made.content)
        with opened(path, Dialect()) as table:
            cells = {cell for row in table.rows() for cell in row.cells}
        assert not {cell for cell in cells if cell in {"1+1", "EXEC"}}


@pytest.mark.parametrize("quote", ["", '"'])
@pytest.mark.parametrize("end", ["\n", ""])
def test_a_cell_of_ten_megabytes_takes_no_memory(tmp_path: Path, quote: str, end: str) -> None:
    """A quoted cell that never ends is the file's worst: each line of it is one more to remember."""
    path = tmp_path / "customers.csv"
    with path.open("w") as stream:
        stream.write("external_id,name\nA,First\n")
        for number in range(3):
            stream.write(f"{number},{quote}")
            for _piece in range(10):
                stream.write("x" * MEGABYTE)
            stream.write(f"{quote}\n")
        stream.write(f"B,Last{end}")
    tracemalloc.start()
    report = bring(path)
    _now, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    # Of two quoted ones in a row the second could be the tail of the first: one refusal names both lines.
    assert counts(report) == (2, 0, 0, 2 if quote else 3)
    assert most < 30 * MEGABYTE
    assert path.with_suffix(".rejects").stat().st_size < MEGABYTE


def test_a_workbook_with_macros_gives_its_values_only(tmp_path: Path) -> None:
    path = workbook(tmp_path / "customers.xlsm", ["external_id", "name"], ["A", "<c><f>CALL()</f><v>7</v></c>"])
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("xl/vbaProject.bin", b"\xcc\x61\x57\x72" + b"\0" * 500)
    assert counts(bring(path)) == (1, 0, 0, 0)
    assert Customer.objects.filter(name="7").exists()
