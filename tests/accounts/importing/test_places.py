"""Where the files of a run are read: a page looks into a file without copying it, a worker opens the next one alone."""

from __future__ import annotations

import tempfile
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts import uploads
from accounts.imports import mapping, places
from accounts.imports.folders import jobs
from accounts.imports.recognising import recognise, sampling
from accounts.imports.targets import TARGETS
from accounts.models import ImportRun, Upload
from accounts.uploads import Copies, archives, samples
from config import clock
from tests import factories as make
from tests.factories import DAY

pytestmark = pytest.mark.django_db
ROWS = "Kunde;Beginn;Betrag\n" + "".join(f"C{n};{n % 28 + 1:02}.05.2026;1.{n % 900 + 100},50\n" for n in range(90_000))
MAPPING = 'source = "crm"\n[[file]]\nname = "{name}"\ninto = "rates"\n[file.fields]\ncurrency = "Currency"\nfiscal_year = "Year"\nrate = "Rate"\n'


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    cache.clear()
    return tmp_path


def received(name: str, content: bytes) -> Upload:
    return uploads.receive(name, BytesIO(content), len(content), by=make.user("admin"), now=clock.now())


def zipped(**members: str) -> bytes:
    packed = BytesIO()
    with ZipFile(packed, "w", ZIP_DEFLATED) as archive:
        for name, text in members.items():
            archive.writestr(f"{name}.csv", text)
    return packed.getvalue()


def on_disk(folder: Path) -> int:
    """Bytes that the files of a folder take."""
    return sum(path.stat().st_blocks * 512 for path in folder.rglob("*") if path.is_file())


def test_a_long_text_is_recognised_from_the_pieces_that_recognition_reads(own_folder: Path, settings: object) -> None:
    settings.UPLOAD_PIECE = 2**16  # type: ignore[attr-defined]
    content = ROWS.encode()
    upload = received("liste.csv", content)
    whole = own_folder / "whole.csv"
    whole.write_bytes(content)
    before = on_disk(own_folder)
    with Copies() as copies, places.sampled(places.stored(upload), copies) as path:
        assert path.stat().st_size == len(content)
        assert on_disk(own_folder) - before < len(content) - 300_000
        assert sampling.pieces(path) == sampling.pieces(whole)
        found = recognise(path)
    assert (found.columns, found.delimiter, found.is_whole) == (("Kunde", "Beginn", "Betrag"), ";", False)
    assert [path.name for path in own_folder.iterdir()] == ["whole.csv"]


@pytest.mark.parametrize("size", [0, 1, 5, sampling.BEGINNING, sampling.BEGINNING + 2 * sampling.ELSEWHERE + 1, 2**30])
def test_stretches_lie_within_the_file_in_order(size: int) -> None:
    stretches = sampling.stretches(size)
    assert all(0 <= start <= end <= size for start, end in stretches)
    assert stretches[-1][1] == size
    assert sum(end - start for start, end in stretches) <= sampling.BEGINNING + 2 * sampling.ELSEWHERE + 8


def test_a_member_is_unpacked_once_while_its_import_is_set_up(
    own_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = received("all.zip", zipped(first=ROWS, second="id;name\n1;Acme\n"))
    unpacked: list[str] = []
    unpack = archives.unpack

    def counted(path: Path, member: str, into: Path) -> None:
        unpacked.append(member)
        unpack(path, member, into)

    monkeypatch.setattr(archives, "unpack", counted)
    for _view in range(3):
        for member in ("first.csv", "second.csv"):
            with Copies() as copies, places.sampled(places.stored((upload, member)), copies) as path:
                assert recognise(path).columns[0] == ("Kunde" if member == "first.csv" else "id")
    assert unpacked == ["first.csv", "second.csv"]
    assert list(own_folder.iterdir()) == []


def test_the_worker_opens_the_next_file_alone_and_each_zip_once(own_folder: Path) -> None:
    rates = "Currency,Year,Rate\nEUR,2026,1.1\n"
    upload = received("all.zip", zipped(a=rates, b=rates, c=rates))
    names = ["a.csv", "b.csv", "c.csv"]
    set_up = [places.stored((upload, name)) | {"into": "rates", "mapping": MAPPING.format(name=name)} for name in names]
    run = ImportRun.objects.create(title="all.zip", places=set_up, day=DAY, state="draft")
    with places.files_of(run) as found:
        assert [(position, job.path.name) for position, job in found] == list(enumerate(names, 1))
        assert all(job.file.is_part for _position, job in found)
        assert len([path for path in own_folder.rglob("*") if path.name == "all.zip"]) == 1
    with places.files_of(run, {1, 2}) as found:
        assert [(position, job.path.name, job.file.is_part) for position, job in found] == [(3, "c.csv", True)]
        assert {path.name for path in own_folder.rglob("*") if path.is_file()} == {"all.zip", "c.csv"}


@pytest.mark.parametrize("whole", [True, False])
def test_a_file_is_a_part_where_another_that_is_there_brings_such_rows(tmp_path: Path, *, whole: bool) -> None:
    """With one mapping for all, by the run or by the command, and with one for each file; what corrects a file is no other file."""
    text = MAPPING.format(name="a.csv") + MAPPING.format(name="b.csv").partition("\n")[2]
    names = ["a.csv"] if whole else ["a.csv", "b.csv"]
    folder = tmp_path / "in"
    folder.mkdir()
    for name in names:
        (folder / name).write_text("Currency,Year,Rate\n")
    (tmp_path / "own.toml").write_text(text)
    by_command = jobs(folder, mapping.find(str(tmp_path / "own.toml")), TARGETS)
    stored = [places.stored(folder / name) for name in names]
    own = [
        place | {"name": name, "mapping": MAPPING.format(name=name)} for name, place in zip(names, stored, strict=True)
    ]
    again = own[0] | {"corrects": "1/"}
    runs = [ImportRun(mapping=text, places=stored), ImportRun(places=own), ImportRun(places=[*own, again])]
    for run in runs:
        with places.files_of(run) as found:
            assert [job.file.is_part for _position, job in found][: len(names)] == [not whole] * len(names)
    assert [job.file.is_part for job in by_command] == [not whole] * len(names)


def test_what_was_read_of_a_member_goes_with_the_upload(own_folder: Path) -> None:
    upload = received("alles.zip", zipped(a=ROWS, b="x;y\n1;2\n"))
    for member in ("a.csv", "b.csv"):
        with Copies() as copies, places.sampled(places.stored((upload, member)), copies):
            assert samples.of(upload, member)
    with CaptureQueriesContext(connection) as asked:
        samples.keep(upload, "b.csv", (1, []))
    assert "pg_advisory_xact_lock" in next(query["sql"] for query in asked if "SAVEPOINT" not in query["sql"]), (
        "of two pages at once none loses the other's member"
    )
    uploads.remove(upload)
    assert [samples.of(upload, member) for member in ("a.csv", "b.csv")] == [None, None]
