"""Small files and mappings for tests of imports."""

from __future__ import annotations

import csv
import datetime as dt
from pathlib import Path
from typing import Any

from accounts.imports.folders import jobs
from accounts.imports.loading import Report, load
from accounts.imports.mapping import find
from accounts.imports.rejects import cells_in, cells_path
from accounts.imports.targets import TARGETS
from tests.factories import DAY


def bring(path: Path, mapping: str = "tsunagu", kind: str = "", day: dt.date = DAY) -> Report:
    """Import one file as the command does; rejected rows go beside it."""
    (job,) = jobs(path, find(mapping), TARGETS, kind=kind, rejects=path.with_suffix(".rejects"))
    return load(job.path, job.file, job.target, day=day, rejects=job.rejects)


def listed(path: Path) -> list[tuple[str, str, str, str]]:
    """(line, column, cell, reason) of each cell that a row of ``path`` went in without."""
    rows = cells_in(cells_path(path.with_suffix(".rejects")))
    return [(row["line"], row["column"], row["cell"], row["reason"]) for row in rows]


def write(path: Path, text: str | bytes) -> Path:
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def counts(report: Report) -> tuple[int, int, int, int]:
    """(new, changed, unchanged, rejected)."""
    return report.new, report.changed, report.unchanged, report.rejected


def rejected(
    path: Path, encoding: str = "utf-8-sig", delimiter: str = ",", above: int = 0
) -> list[tuple[str, str, str]]:
    """(line, field, reason) of each row in the file of rejected rows beside ``path``."""
    with path.with_suffix(".rejects").open(encoding=encoding, newline="") as stream:
        for _line in range(above):
            next(stream)
        rows: list[dict[str, Any]] = list(csv.DictReader(stream))
    return [(r["rejected_line"], r["rejected_field"], r["rejected_reason"]) for r in rows]
