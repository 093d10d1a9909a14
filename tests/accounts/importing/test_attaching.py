"""What is kept of the rejected rows of a file."""

from __future__ import annotations

import csv
import time
import tracemalloc
from io import StringIO
from pathlib import Path

import pytest

from accounts.imports import attaching
from accounts.imports.attaching import Attachment
from accounts.models import ImportFile, ImportRun
from tests.factories import DAY

ROWS = [["rejected_line", "name"], *([str(line), f"first\nsecond “{line}”"] for line in range(1, 9))]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp932", "iso2022_jp"])
@pytest.mark.parametrize("piece", [64, 80, 1_000])
def test_of_a_large_file_whole_rows_are_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, encoding: str, piece: int
) -> None:
    """Wherever the limit cuts, and however many pieces are read; the quote in the title begins no cell."""
    written = StringIO()
    csv.writer(written, quoting=csv.QUOTE_ALL).writerows(ROWS)
    path = tmp_path / "rejects.csv"
    path.write_bytes(f'7" of titles\r\n{written.getvalue()}'.encode(encoding))
    monkeypatch.setattr(attaching, "PIECE", piece)
    lengths = set()
    for most in range(150, 190):
        monkeypatch.setattr(attaching, "LARGEST", most)
        attachment = Attachment("rejects", path, encoding, above=len('7" of titles\r\n'))
        assert attachment.is_cut
        content = b"".join(attachment.pieces())
        _title, text = content.decode(encoding).split("\r\n", 1)
        rows = list(csv.reader(StringIO(text, newline="")))
        assert rows == ROWS[: len(rows)]
        assert len(content) <= most
        lengths.add(len(rows))
    assert min(lengths) > 1
    assert len(lengths) > 1


def test_a_cell_of_many_lines_at_the_end_is_cut_off_in_no_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "rejects.csv"
    path.write_text('"a","b"\n"1","' + "\n" * 400_000)
    monkeypatch.setattr(attaching, "LARGEST", 390_000)
    monkeypatch.setattr(attaching, "PIECE", 50_000)
    began = time.process_time()
    assert b"".join(Attachment("rejects", path).pieces()) == b'"a","b"\n'
    assert time.process_time() - began < 1


@pytest.mark.django_db
def test_pieces_are_stored_in_their_order_with_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attaching, "PIECE", 64)
    file = ImportFile.objects.create(
        run=ImportRun.objects.create(title="crm", day=DAY), position=1, name="a.csv", target="customers", source="crm"
    )
    attachments = []
    for part in ("rejects", "cells"):
        path = tmp_path / part
        path.write_text("".join(f'"{part}","{number}"\n' for number in range(200)))
        attachments.append(Attachment(part, path))
    attaching.attach(file, attachments)
    file.refresh_from_db()
    assert [bytes(file.rejects), bytes(file.cells)] == [attachment.path.read_bytes() for attachment in attachments]


@pytest.mark.django_db
def test_what_is_stored_needs_the_memory_of_a_piece(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attaching, "PIECE", 2**16)
    monkeypatch.setattr(attaching, "LARGEST", 2**23)
    path = tmp_path / "rejects.csv"
    path.write_text('"rejected_line","name"\n' + '"1","株式会社あおぞら"\n' * 400_000)
    file = ImportFile.objects.create(
        run=ImportRun.objects.create(title="crm", day=DAY), position=1, name="a.csv", target="customers", source="crm"
    )
    tracemalloc.start()
    attaching.attach(file, [Attachment("rejects", path)])
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2**20
    file.refresh_from_db()
    assert 2**23 - 40 < len(file.rejects) <= 2**23
    assert bytes(file.rejects[-2:]) == b'"\n'
