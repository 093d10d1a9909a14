"""Rows that a file has twice."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.imports.maps import LATEST

if TYPE_CHECKING:
    from accounts.imports.staging import Staged
LATER: Final = "SELECT FROM import_refused r WHERE r.external_id = s.external_id"
LAST: Final = "SELECT max(r.line)::text FROM import_refused r WHERE r.external_id = s.external_id"


class Refused(NamedTuple):
    """A row that was refused before it was staged: its id and its order among the rows of it, "" and None where unreadable."""

    line: int
    external_id: str = ""
    latest: dt.datetime | None = None


def reject(staged: Staged, key: str, content: str, fields: Sequence[str], hint: str) -> int:
    """Keep one row a key: identical repeats are dropped as unchanged, others are rejected.

    ``key`` and ``content`` are SQL lists of staged columns; all of them when empty. ``fields`` are those of a key of
    several: the reason names all that the file has; ``hint`` says how such rows are told apart.
    """
    if staged.file.latest_by:
        keep_last(staged, key)
    reason = _("stands already on line {cell} with other content")
    if hint:
        reason = f"{reason}; {hint}"
    key_columns = [staged.column(name) for name in fields if staged.has(name)] or [key]
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
        " + ".join(key_columns),
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


def keep_last(staged: Staged, key: str) -> None:
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
    if staged.has("external_id"):
        reason = _("is refused with line {cell}, which is later and cannot go in")
        staged.reject(f"EXISTS ({LATER} AND {later(staged)})", "external_id", reason, f"({LAST} AND {later(staged)})")


def later(staged: Staged) -> str:
    """SQL: the refused row ``r`` comes after the staged row ``s``; one whose order cannot be read may."""
    if staged.has(LATEST):
        return f"(r.latest IS NULL OR (r.latest, r.line) > (s.{LATEST}, s.line))"
    return "r.line > s.line"


def order(staged: Staged) -> str:
    """SQL for the id of a staged row and its instant, where rows of one id have an order; else none."""
    key = "s.external_id" if staged.file.latest_by and staged.has("external_id") else "NULL"
    latest = f"s.{LATEST}" if staged.has(LATEST) else "NULL::timestamptz"
    return f"{key} AS external_id, {latest} AS latest"
