"""ZIP files: what they hold is found, and no crafted one takes room, time or a place on the disk."""

from __future__ import annotations

import struct
import tracemalloc
import zipfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.uploads import archives
from accounts.uploads.archives import Member

DAMAGED = "“all.zip” is no ZIP that can be read, or it is damaged: pack it again."


def packed(folder: Path, members: dict[str, bytes], how: int = zipfile.ZIP_DEFLATED) -> Path:
    path = folder / "all.zip"
    with zipfile.ZipFile(path, "w", how) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def refusal(path: Path, member: str = "") -> str:
    with pytest.raises(ValidationError) as refused:
        archives.unpack(path, member, path.parent / "out") if member else archives.contents(path)
    (message,) = refused.value.messages
    return message.replace("\xa0", " ")


def test_files_are_listed_without_folders_and_what_systems_add(tmp_path):
    names = ["exports/", "exports/contracts.csv", "rates.TSV", "__MACOSX/exports/._contracts.csv", ".DS_Store",
             "Thumbs.db", "readme.pdf", "old.zip", "a\\b\\usage.jsonl"]  # fmt: skip
    found = archives.contents(packed(tmp_path, dict.fromkeys(names, b"id\n")))
    assert found.members == [Member("contracts.csv", 3), Member("rates.TSV", 3), Member("usage.jsonl", 3)]
    assert found.others == ["readme.pdf", "old.zip"]


def test_path_that_leads_out_is_a_name_only(tmp_path):
    path = packed(tmp_path, {"../../../etc/rates.csv": b"id\n"})
    assert [member.name for member in archives.contents(path).members] == ["rates.csv"]
    archives.unpack(path, "rates.csv", tmp_path / "out")
    assert sorted(place.name for place in tmp_path.iterdir()) == ["all.zip", "out"]


@pytest.mark.parametrize("encoding", ["cp932", "utf-8"])
def test_name_in_japanese_is_read_without_the_flag(tmp_path, encoding):
    """As the explorer of Windows writes it, and older tools of the Mac."""
    raw = "契約.csv".encode(encoding)
    path = packed(tmp_path, {"x" * len(raw): b"id\n"})
    path.write_bytes(path.read_bytes().replace(b"x" * len(raw), raw))
    assert archives.contents(path).members == [Member("契約.csv", 3)]
    archives.unpack(path, "契約.csv", tmp_path / "out")
    assert (tmp_path / "out").read_bytes() == b"id\n"


@pytest.mark.parametrize("how", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_file_is_unpacked_as_it_was(tmp_path, how):
    content = b"".join(b"%d,%d\n" % (line, line * 7919 % 1000) for line in range(30_000))
    archives.unpack(packed(tmp_path, {"a/usage.csv": content}, how), "usage.csv", tmp_path / "out")
    assert (tmp_path / "out").read_bytes() == content


def test_two_of_one_name_are_refused(tmp_path):
    path = packed(tmp_path, {"a/usage.csv": b"1", "b/usage.csv": b"2"})
    assert refusal(path) == "“all.zip” holds two files called “usage.csv”: rename one of them."


def test_nothing_to_import_is_refused(tmp_path):
    sentence = "“all.zip” holds no file that can be imported: no CSV, TSV or TXT, XLSX or JSON lines."
    assert refusal(packed(tmp_path, {"readme.pdf": b"1"})) == sentence
    assert refusal(packed(tmp_path, {})) == sentence


def test_too_many_files_are_refused(tmp_path):
    most = {f"{number}.csv": b"1" for number in range(100)}
    assert len(archives.contents(packed(tmp_path, most)).members) == 100
    path = packed(tmp_path, most | {"100.csv": b"1"})
    assert refusal(path) == "“all.zip” holds 101 files; a ZIP may hold at most 100: split it."


def test_bomb_is_refused_by_its_ratio_and_rows_are_not(tmp_path):
    path = packed(tmp_path, {"bomb.csv": bytes(20 * 2**20)})
    sentence = "“bomb.csv” in “all.zip” grows more than 200 times when unpacked: send it unpacked."
    assert refusal(path) == sentence
    assert refusal(path, "bomb.csv") == sentence
    assert not (tmp_path / "out").exists()
    assert archives.contents(packed(tmp_path, {"small.csv": bytes(2**20)})).members == [Member("small.csv", 2**20)]
    rows = b"".join(b"2026-11-%02d,customer-%d,42\n" % (line % 28 + 1, line % 500) for line in range(100_000))
    assert len(rows) > 2**20
    assert archives.contents(packed(tmp_path, {"usage.csv": rows})).members == [Member("usage.csv", len(rows))]


def declare(path: Path, **sizes: int) -> Path:
    """Have the directory of the archive say other sizes of its first file."""
    content = bytearray(path.read_bytes())
    place = content.index(b"PK\x01\x02")
    offsets = {"flag": (8, "<H"), "method": (10, "<H"), "packed": (20, "<L"), "unpacked": (24, "<L")}
    for name, value in sizes.items():
        offset, shape = offsets[name]
        struct.pack_into(shape, content, place + offset, value)
    path.write_bytes(bytes(content))
    return path


def test_sizes_above_the_limits_are_refused_as_declared(tmp_path, monkeypatch):
    path = declare(packed(tmp_path, {"a.csv": b"1"}), unpacked=2**30 + 2**29, packed=2**29)
    assert refusal(path) == "“a.csv” in “all.zip” has 1.5 GB unpacked; a file may have at most 1.0 GB: split it."
    monkeypatch.setattr(archives, "MOST_TOTAL", 10)
    path = packed(tmp_path, {"a.csv": b"123456", "b.csv": b"123456"})
    assert refusal(path) == "“all.zip” has 12 bytes unpacked; a ZIP may have at most 10 bytes: split it."


def test_file_larger_or_smaller_than_declared_is_damaged(tmp_path):
    for lie in (2, 5_000):
        path = declare(packed(tmp_path, {"a.csv": bytes(range(256)) * 8}), unpacked=lie)
        assert refusal(path, "a.csv") == DAMAGED
        assert (tmp_path / "out").stat().st_size <= 5_000


def test_protected_file_is_refused(tmp_path):
    path = declare(packed(tmp_path, {"a.csv": b"1"}), flag=1)
    assert refusal(path) == "“all.zip” is protected by a password: pack it without one."


def test_packing_that_nobody_here_reads_is_refused(tmp_path):
    assert refusal(declare(packed(tmp_path, {"a.csv": b"1"}), method=9), "a.csv") == DAMAGED


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("a\n.csv", "all.zip: “name” has more than one line."),
        ("a\x7f.csv", "all.zip: “name” holds a character that cannot be stored."),
        ("a" * 300 + ".csv", "all.zip: The name of the file is longer than 200 characters: shorten it."),
    ],
)
def test_name_that_cannot_be_shown_is_refused(tmp_path, name, sentence):
    assert refusal(packed(tmp_path, {name: b"1"})) == sentence


def test_directory_of_many_megabytes_is_not_read(tmp_path):
    """A directory of two million files takes a gigabyte of memory before anybody can count them."""
    path = tmp_path / "all.zip"
    entry = b"PK\x01\x02" + bytes(24) + struct.pack("<HHHHHLL", 1, 0, 0, 0, 0, 0, 0) + b"a"
    directory = entry * 200_000
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 7, 7, len(directory), 0, 0)
    path.write_bytes(directory + end)
    tracemalloc.start()
    assert refusal(path) == DAMAGED
    assert tracemalloc.get_traced_memory()[1] < 4 * 2**20
    tracemalloc.stop()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_damaged_bytes_are_refused_in_a_sentence_or_read(tmp_path, data: Any):
    """Property: whatever happens to the bytes of a ZIP, it is read or refused; nothing else is raised."""
    content = bytearray(packed(tmp_path, {"a/one.csv": b"id,name\n1,Aoba\n" * 9, "two.csv": b"id\n"}).read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path / "all.zip"
    path.write_bytes(bytes(content[: data.draw(st.integers(0, len(content)))]))
    with suppress(ValidationError):
        for member in archives.contents(path).members:
            archives.unpack(path, member.name, tmp_path / "out")
            assert (tmp_path / "out").stat().st_size == member.size
