"""CSV files for download."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from django.http import StreamingHttpResponse

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


def file(name: str, head: Sequence[Any], rows: Iterable[Iterable[Any]]) -> StreamingHttpResponse:
    """The CSV file ``name`` for download, sent as its rows are read."""
    response = StreamingHttpResponse(lines(head, rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response
