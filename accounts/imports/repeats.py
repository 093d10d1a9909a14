"""Rows that a file has twice."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from tempfile import TemporaryFile
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, Self

from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.imports.maps import LATEST, TOGETHER

if TYPE_CHECKING:
    from accounts.imports.staging import Staged
# Refused rows as if they had been staged: what tells them apart, and their order.
LATE: Final = """
    CREATE TEMP TABLE import_late ON COMMIT DROP AS
    SELECT r.late_line, {latest} AS late_at, ROW({key})::text AS late_key
    FROM (SELECT line AS late_line, given FROM import_refused) r CROSS JOIN LATERAL jsonb_populate_record(NULL::import_staged, r.given) s
"""
LATER: Final = "FROM import_late r WHERE r.late_key = ROW({key})::text AND {later}"


class Refused:
    """The rows of a file that were refused before they were staged, on disk; with all that could be read where ``whole``, else
    only those that have an external id, with that. ``all_named``: each had one.
    """

    def __init__(self, *, whole: bool) -> None:
        self.whole, self.all_named = whole, True
        self._kept = TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115  closed by __exit__

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_raised: object) -> None:
        self._kept.close()

    def add(self, line: int, values: Mapping[str, Any] = MappingProxyType({})) -> None:
        """Note a row and what could be read of it."""
        external_id = values.get("external_id") or None
        self.all_named = self.all_named and bool(external_id)
        if self.whole or external_id:
            plain = {name: value for name, value in values.items() if isinstance(value, (str, int, Decimal, dt.date))}
            given = json.dumps(plain, default=str) if self.whole else None
            self._kept.write(json.dumps([line, external_id, given]) + "\n")

    def __iter__(self) -> Iterator[list[Any]]:
        """[line, external id, its values as JSON] of each kept row; None for what is not there."""
        self._kept.seek(0)
        yield from map(json.loads, self._kept)


def note(refused: Refused) -> None:
    """Store the refused rows beside the staged ones."""
    with connection.cursor() as cursor, cursor.copy("COPY import_refused FROM STDIN") as copy:
        for row in refused:
            copy.write_row(row)


def reject(staged: Staged, key: str, content: str, fields: Sequence[str], hint: str) -> int:
    """Keep one row a key: identical repeats are dropped as unchanged, others are rejected.

    ``key`` and ``content`` are SQL lists of staged columns; all of them when empty. ``fields`` are those of a key of
    several: the reason names all that the file has; ``hint`` says how such rows are told apart.
    """
    if staged.file.latest_by:
        keep_last(staged, key, fields)
    reason = _("stands already on line {cell} with other content")
    if hint:
        reason = f"{reason}; {hint}"
    content = content or ", ".join(f'"{f.name}"' for f in staged.fields)
    staged.execute(
        f"""
        CREATE TEMP TABLE import_repeated ON COMMIT DROP AS
        SELECT line, content = first_value(content) OVER earlier AS same,
               first_value(line) OVER earlier AS first
        FROM (SELECT *, ROW({content})::text AS content FROM import_staged
              WHERE ({key}) IN (SELECT {key} FROM import_staged
                                GROUP BY {key} HAVING count(*) > 1)) r
        WINDOW earlier AS (PARTITION BY {key} ORDER BY line)
        """  # noqa: S608  our own names; values are parameters
    )
    rejected = staged.reject(
        "s.line IN (SELECT line FROM import_repeated WHERE NOT same)",
        named(staged, key, fields),
        reason,
        "(SELECT first::text FROM import_repeated r WHERE r.line = s.line)",
    )
    repeated = staged.execute(
        "DELETE FROM import_staged WHERE line IN (SELECT line FROM import_repeated WHERE same AND line <> first)"
    )
    staged.execute("DROP TABLE import_repeated")
    if repeated:
        text = ngettext(
            "%(n)s row repeats one above it: it counts as unchanged",
            "%(n)s rows repeat one above them: they count as unchanged",
            repeated,
        )
        staged.notes.append(text % {"n": f"{repeated:,}"})
    return rejected


def named(staged: Staged, key: str, fields: Sequence[str]) -> str:
    """The file's own columns of the key."""
    return TOGETHER.join([staged.column(name) for name in fields if staged.has(name)] or [key])


def keep_last(staged: Staged, key: str, fields: Sequence[str]) -> None:
    """Of the rows of one key keep the last, by the mapping's column, else by the file's order."""
    order = f"{LATEST} DESC, line DESC" if staged.has(LATEST) else "line DESC"
    dropped = staged.execute(
        f"""
        DELETE FROM import_staged WHERE line IN (
            SELECT line FROM (
                SELECT line, row_number() OVER (PARTITION BY {key} ORDER BY {order}) AS nth FROM import_staged) each_row
            WHERE nth > 1)
        """  # noqa: S608  our own names
    )
    if dropped:
        text = ngettext(
            "%(n)s earlier row of an id is left out: the last one counts",
            "%(n)s earlier rows of their ids are left out: the last one counts",
            dropped,
        )
        staged.notes.append(text % {"n": f"{dropped:,}"})
    latest = f"s.{LATEST}" if staged.has(LATEST) else "NULL::timestamptz"
    staged.execute(LATE.format(key=key, latest=latest))
    late = LATER.format(key=key, later=later(staged))
    reason = _("is refused with line {cell}, which is later and cannot go in")
    shown = f"(SELECT max(r.late_line)::text {late})"
    staged.reject(f"EXISTS (SELECT {late})", named(staged, key, fields), reason, shown)
    staged.execute("DROP TABLE import_late")


def later(staged: Staged) -> str:
    """SQL: the refused row ``r`` comes after the staged row ``s``; one whose order cannot be read may."""
    if staged.has(LATEST):
        return f"(r.late_at IS NULL OR (r.late_at, r.late_line) > (s.{LATEST}, s.line))"
    return "r.late_line > s.line"


def kept(staged: Staged) -> str:
    """SQL: the external id of a staged row ``s``, and all of it where that is asked for, as ``import_refused`` has them."""
    key = "s.external_id" if staged.has("external_id") else "NULL"
    return f"{key} AS external_id, {'to_jsonb(s)' if staged.file.latest_by else 'NULL::jsonb'} AS given"
