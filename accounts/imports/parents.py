"""The parents of customers from a file: the cell names the parent's external id, on whichever line that stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.db import connection
from django.utils.translation import gettext as _

from accounts.identity import ways

if TYPE_CHECKING:
    from accounts.imports.staging import Staged

KNOWN: Final = "SELECT k.external_id, k.customer_id FROM accounts_externalkey k WHERE k.source = %(source)s"
NAMED: Final = ways.named("s.parent")


def above(word: str) -> str:
    """SQL of the parent that a word names. A customer that was merged is nobody's parent: its survivor is."""
    return f"(SELECT coalesce(c.merged_into_id, c.id) FROM accounts_customer c WHERE c.id = {ways.named(word)})"  # noqa: S608  our own names


GIVEN: Final = f"""
    SELECT s.line, k.customer_id AS id, {above("s.parent")} AS parent
    FROM import_staged s JOIN ({KNOWN}) k ON k.external_id = s.external_id
    WHERE NOT coalesce('parent' = ANY(s.unread), false)
"""  # noqa: S608 (made of constants)
CIRCLES: Final = f"""
    s.line IN (
        WITH RECURSIVE given AS MATERIALIZED ({GIVEN}), link AS MATERIALIZED (
            SELECT id, parent FROM given WHERE parent IS NOT NULL
            UNION ALL
            SELECT c.id, c.parent_id FROM accounts_customer c
            WHERE c.parent_id IS NOT NULL AND NOT EXISTS (SELECT FROM given g WHERE g.id = c.id)
        ), up AS (
            SELECT g.line, g.id AS start, g.parent AS above, ARRAY[g.id] AS passed FROM given g WHERE g.parent IS NOT NULL
            UNION ALL
            SELECT up.line, up.start, l.parent, up.passed || l.id FROM up JOIN link l ON l.id = up.above
            WHERE NOT l.id = ANY(up.passed)
        )
        SELECT line FROM up WHERE above = start)
"""  # noqa: S608 (made of constants)
WRITE: Final = f"""
    WITH done AS (
        UPDATE accounts_customer c SET parent_id = g.parent FROM ({GIVEN}) g
        WHERE c.id = g.id AND c.parent_id IS DISTINCT FROM g.parent
        RETURNING g.line, c.id
    )
    INSERT INTO import_done SELECT line, id, false FROM done WHERE line NOT IN (SELECT line FROM import_done)
"""  # noqa: S608 (made of constants)
AT_ONCE: Final = "SET CONSTRAINTS customer_no_circle IMMEDIATE; SET CONSTRAINTS customer_no_circle DEFERRED"
# Parents that an undo has given back and that close a circle with what somebody set since: they are as the import left them.
UNDONE_CIRCLES: Final = """
    WITH RECURSIVE given AS (
        SELECT l.id AS line_id, t.id, t.parent_id, (l.fields -> 'parent' ->> 1)::bigint AS left_at
        FROM accounts_importline l JOIN accounts_customer t ON t.id = l.object_id
        WHERE l.file_id = %(file)s AND l.object_kind = 'customer' AND l.kind = 'changed' AND l.fields ? 'parent'
          AND t.parent_id IS NOT NULL AND NOT 'parent' = ANY(string_to_array(l.field, ', '))
    ), up AS (
        SELECT line_id, id AS start, parent_id AS above, ARRAY[id] AS passed FROM given
        UNION ALL
        SELECT up.line_id, up.start, c.parent_id, up.passed || c.id FROM up JOIN accounts_customer c ON c.id = up.above
        WHERE c.parent_id IS NOT NULL AND NOT c.id = ANY(up.passed)
    ), circle AS (
        SELECT DISTINCT line_id FROM up WHERE above = start
    ), done AS (
        UPDATE accounts_customer t SET parent_id = g.left_at FROM given g JOIN circle USING (line_id) WHERE t.id = g.id
    )
    UPDATE accounts_importline l
    SET outcome = 'kept', field = concat_ws(', ', nullif(l.field, ''), 'parent'), reason = %(since)s
    FROM circle WHERE l.id = circle.line_id
"""


def write(staged: Staged) -> None:
    """Give the file's customers, which are there already, their parents; an empty cell takes the parent away.

    A parent that is not known, and one who would be its own at some step, is listed, and the customer keeps what it has.
    """
    if not staged.has("parent"):
        return
    staged.list_unread(
        f"s.parent IS NOT NULL AND {NAMED} IS NULL", "parent", _("“{cell}” is not known: no customer has this id")
    )
    # The rows left out keep the parents they have, which may close another circle.
    while staged.list_unread(CIRCLES, "parent", _("“{cell}” would make a customer its own parent, at some step")):
        pass
    staged.execute(WRITE)
    # What others have set meanwhile is told here, as what the database refuses of the file, and not at the end.
    staged.execute(AT_ONCE)


def open_circles(known: dict[str, Any]) -> None:
    """After an undo of the customers of the file ``known["file"]``: put back parents that close a circle, and list them as kept."""
    with connection.cursor() as cursor:
        cursor.execute(UNDONE_CIRCLES, known)
        while cursor.rowcount:
            cursor.execute(UNDONE_CIRCLES, known)
