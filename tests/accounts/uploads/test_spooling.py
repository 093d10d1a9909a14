"""An upload as a file: private, gone afterwards, flat in memory."""

from __future__ import annotations

import errno
import io
import stat
import tempfile
import tracemalloc
import zipfile
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError

from accounts import uploads
from accounts.uploads import spooling
from tests.accounts.uploads import begun, whole
from tests.counting import statements

MEGABYTE = 2**20
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def zipped(**members: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(f"{name}.csv", content)
    return packed.getvalue()


def test_file_is_private_named_as_the_upload_and_gone_afterwards(own_folder):
    with uploads.as_file(whole(b"id\n1\n", "契約.CSV")) as path:
        assert path.read_bytes() == b"id\n1\n"
        assert path.name == "契約.csv"
        modes = [stat.S_IMODE(place.stat().st_mode) for place in (path.parent, path)]
        assert modes == [0o700, 0o600]
    assert list(own_folder.iterdir()) == []


def test_file_is_gone_where_its_reader_fails(own_folder):
    upload = whole(b"id\n")
    with pytest.raises(RuntimeError), uploads.as_file(upload):
        raise RuntimeError
    assert list(own_folder.iterdir()) == []


def test_name_fits_on_a_disk():
    with uploads.as_file(whole(b"id\n", "契" * 190 + ".csv")) as path:
        assert path.name == "契" * 60 + ".csv"


def test_member_of_a_zip_is_a_file_of_its_own(own_folder):
    upload = whole(zipped(contracts=b"id\n1\n", customers=b"id\n2\n"), "all.zip")
    assert uploads.is_archive(upload)
    assert [member.name for member in uploads.contents(upload).members] == ["contracts.csv", "customers.csv"]
    with uploads.as_file(upload, "customers.csv") as path:
        assert (path.name, path.read_bytes()) == ("customers.csv", b"id\n2\n")
        assert {found.name for found in own_folder.rglob("*") if found.is_file()} == {"all.zip", "customers.csv"}
    assert list(own_folder.iterdir()) == []


def test_member_of_another_file_and_one_that_is_not_there_are_refused(own_folder):
    for upload, sentence in (
        (whole(zipped(contracts=b"id\n"), "all.zip"), "“all.zip” holds no file called “x.csv”."),
        (whole(b"id\n"), "“contracts.csv” is no ZIP that can be read, or it is damaged: pack it again."),
    ):
        with pytest.raises(ValidationError) as refused, uploads.as_file(upload, "x.csv"):
            pass
        assert refused.value.messages == [sentence]
    assert list(own_folder.iterdir()) == []


def test_unfinished_upload_is_refused():
    with pytest.raises(ValidationError) as refused, uploads.as_file(begun(b"id\n")):
        pass
    assert refused.value.messages == ["“contracts.csv” has not arrived whole yet."]


def test_upload_removed_meanwhile_is_refused():
    upload = whole(b"id\n")
    uploads.remove(upload)
    with pytest.raises(ValidationError) as refused, uploads.as_file(upload):
        pass
    assert refused.value.messages == ["“contracts.csv” was removed meanwhile: upload it again."]


def test_full_disk_is_said(own_folder, monkeypatch):
    def full(_upload: object, _folder: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(spooling, "written", full)
    with pytest.raises(ValidationError, match=r"no room for a temporary copy of “contracts\.csv”"):  # noqa: SIM117
        with uploads.as_file(whole(b"id\n")):
            pass
    assert list(own_folder.iterdir()) == []


def test_a_zip_is_copied_once_however_many_members_are_asked_for(own_folder):
    upload = whole(zipped(contracts=b"id\n1\n", customers=b"id\n2\n"), "all.zip")
    with uploads.Copies() as copies, statements() as asked:
        for name in ("contracts.csv", "customers.csv", "contracts.csv"):
            with copies.file(upload, name) as path:
                assert path.read_bytes() == (b"id\n1\n" if name == "contracts.csv" else b"id\n2\n")
            assert not path.exists()
    assert len([one for one in asked if "accounts_uploadpiece" in one]) == 1
    assert list(own_folder.iterdir()) == []


def test_only_the_pieces_that_are_looked_into_are_copied():
    upload = whole(b"0123456789abcdefghi", piece=4)
    with uploads.Copies() as copies, copies.stretches(upload, [(0, 1), (9, 10), (18, 19)]) as path:
        assert path.read_bytes() == b"0123\0\0\0\089ab\0\0\0\0ghi"
    uploads.remove(upload)
    with pytest.raises(ValidationError), uploads.Copies() as copies, copies.stretches(upload, [(0, 1)]):
        pass


def test_memory_and_statements_do_not_grow_with_the_file():
    peaks, counts = [], []
    for pieces in (2, 8):
        upload = whole(bytes(pieces * MEGABYTE))
        tracemalloc.start()
        with statements() as asked, uploads.as_file(upload) as path:
            assert path.stat().st_size == pieces * MEGABYTE
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        counts.append(len(asked))
    assert peaks[1] < peaks[0] + MEGABYTE
    assert counts[0] == counts[1]
