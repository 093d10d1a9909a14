"""CSV files for download."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

# What makes a spreadsheet read a cell as a formula (OWASP, "CSV injection"), full-width signs too.
STARTS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def cell(value: Any) -> Any:
    """``value`` as it may stand in a CSV file: text that would run gets a quote before it."""
    if isinstance(value, str) and value.startswith(STARTS):
        return f"'{value}"
    return "" if value is None else value


class _Echo:
    def write(self, line: str) -> str:
        return line


def lines(head: Sequence[Any], rows: Iterable[Iterable[Any]]) -> Iterator[str]:
    """The lines of a CSV file, every cell quoted and none that would run; the first names the columns."""
    writer = csv.writer(_Echo(), quoting=csv.QUOTE_ALL)
    yield "\ufeff" + writer.writerow([str(name) for name in head])
    for row in rows:
        yield writer.writerow([cell(value) for value in row])
