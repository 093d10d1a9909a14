"""Remarks on ids that a spreadsheet may have changed: without their zeros, in another case or width, with .0 or as 2E+16."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.imports.remarks import OPENED, Remark

if TYPE_CHECKING:
    from accounts.imports.staging import Staged

KEYS: Final = "SELECT k.external_id FROM accounts_externalkey k WHERE k.source = %(source)s"
SEEN: Final = f"{KEYS} AND EXISTS (SELECT FROM import_sight i WHERE i.customer_id = k.customer_id)"
SHORTENED: Final = "'^[0-9]([.][0-9]+)?[eE][+][0-9]+$'"


def alike(column: str) -> str:
    """SQL of an id without what a spreadsheet changes in it."""
    return f"ltrim(regexp_replace(lower(normalize({column}, NFKC)), '[.]0+$', ''), '0')"


def remark(staged: Staged, field: str, known_ids: str) -> None:
    """Note ids of the file's ``field`` that nothing is known by and that differ from known ones, or from each other, only so."""
    if staged.mine:
        known_ids = f"{SEEN} UNION SELECT external_id FROM import_customers" if staged.has_looked else SEEN  # noqa: S608  our own names
    # EXCEPT, not NOT EXISTS: asked for one row, the planner would look each of the file's ids up in all that is known.
    unknown = f"""
        SELECT s.{field} AS id FROM import_staged s WHERE s.{field} IS NOT NULL
        EXCEPT SELECT k.external_id FROM ({known_ids}) k
    """  # noqa: S608  our own names; values are parameters
    if not staged.rows(f"SELECT EXISTS ({unknown})")[0][0]:
        return
    pairs = staged.rows(
        f"""
        WITH unknown AS MATERIALIZED ({unknown}),
        ids AS (SELECT external_id AS id FROM ({known_ids}) k UNION SELECT id FROM unknown),
        others AS (
            SELECT id, CASE WHEN id = first_value(id) OVER same THEN nth_value(id, 2) OVER same ELSE first_value(id) OVER same END AS other
            FROM ids
            WINDOW same AS (PARTITION BY {alike("id")} ORDER BY id ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
        ),
        pairs AS (
            SELECT id, other, count(*) OVER () AS many FROM others JOIN unknown USING (id)
            WHERE other IS NOT NULL ORDER BY id LIMIT {OPENED}
        )
        SELECT id, other, (SELECT min(line) FROM import_staged s WHERE s.{field} = id), many FROM pairs ORDER BY id
        """  # noqa: S608  our own names; values are parameters
    )
    if pairs:
        first, other, _line, count = pairs[0]
        text = ngettext(
            "%(column)s: %(count)d unknown id differs from another only by zeros, case, width or .0: “%(first)s” and “%(other)s”",
            "%(column)s: %(count)d unknown ids differ from others only by zeros, case, width or .0, such as “%(first)s” "
            "and “%(other)s”",
            count,
        )
        names = {"column": staged.column(field), "count": count, "first": first, "other": other}
        found = [(line, f"{one} = {another}") for one, another, line, _n in pairs]
        advice = _(
            "where both are one, put the id right in the source or in the file; a spreadsheet keeps zeros in columns of text"
        )
        staged.remark(Remark("ids", count, text % names, advice, found))
    shortened, example = staged.rows(f"SELECT count(*), min(id) FROM ({unknown}) u WHERE id ~ {SHORTENED}")[0]  # noqa: S608  as above
    if shortened:
        text = ngettext(
            "%(column)s: %(count)d id was shortened by a spreadsheet: “%(first)s”",
            "%(column)s: %(count)d ids were shortened by a spreadsheet, such as “%(first)s”",
            shortened,
        )
        staged.notes.append(text % {"column": staged.column(field), "count": shortened, "first": example})
