"""What is kept of the rejected rows of a file."""

from __future__ import annotations

import csv
import time
from io import StringIO
from pathlib import Path

import pytest

from accounts.imports import taking
from accounts.models import ImportFile

ROWS = [["rejected_line", "name"], *([str(line), f"first\nsecond “{line}”"] for line in range(1, 9))]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("most", range(150, 190))
def test_of_a_large_file_whole_rows_are_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, encoding: str, most: int
) -> None:
    written = StringIO()
    csv.writer(written, quoting=csv.QUOTE_ALL).writerows(ROWS)
    path = tmp_path / "rejects.csv"
    path.write_bytes(f'7" of titles\r\n{written.getvalue()}'.encode(encoding))
    monkeypatch.setattr(taking, "LARGEST", most)
    file = ImportFile()
    content = taking.kept(path, file, encoding)
    _title, text = content.decode(encoding).split("\r\n", 1)
    rows = list(csv.reader(StringIO(text, newline="")))
    assert rows == ROWS[: len(rows)]
    assert len(rows) > 1
    assert len(content) <= most
    assert file.notes == ["the rejected rows are more than 32 MB: only the first of them are kept for download"]


def test_a_cell_of_many_lines_at_the_end_is_cut_off_in_no_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "rejects.csv"
    path.write_text('"a","b"\n"1","' + "\n" * 400_000)
    monkeypatch.setattr(taking, "LARGEST", 390_000)
    began = time.process_time()
    assert taking.kept(path, ImportFile()) == b'"a","b"\n'
    assert time.process_time() - began < 1
