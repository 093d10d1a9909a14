"""What an import of use or features made and changed is noted, and taken back by its undo.

Rows of use are noted as spans of their ids, which come one after another: a million rows are one span. What goes is kept
apart without the number of its person, and its days are rolled up again.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from django.db import connection
from django.utils.translation import gettext as _

from accounts import changes
from accounts.imports.going_back import untouched
from accounts.imports.withdrawing import withdraw_rows
from accounts.models import Customer, ImportFile
from config import locks
from health.models import Feature
from health.signals import forgetting

if TYPE_CHECKING:
    from accounts.imports.staging import Staged
    from accounts.imports.undoing import Undoing

LISTED: Final = 1_000
# Filled by the load.
FACTS: Final = "CREATE TEMP TABLE IF NOT EXISTS import_facts (id bigint, is_new boolean) ON COMMIT DROP"
SPANS: Final = """
    INSERT INTO accounts_importspan (file_id, object_kind, first_id, last_id, changes)
    SELECT %(file)s, 'usagerecord', min(id), max(id), CASE WHEN is_new THEN '{}' ELSE %(changes)s::jsonb END
    FROM (SELECT id, is_new, id - row_number() OVER (PARTITION BY is_new ORDER BY id) AS stretch FROM import_facts) f
    GROUP BY is_new, stretch
"""
# The rows of the spans ``s``; one look at the key a span.
OF_SPANS: Final = """
    accounts_importspan s CROSS JOIN LATERAL (
        SELECT r.id FROM health_usagerecord r WHERE r.id BETWEEN s.first_id AND s.last_id OFFSET 0) r
    WHERE s.file_id = %(file)s AND s.object_kind = 'usagerecord'
"""
# Rows that a program names.
OF_IDS: Final = "unnest(%(ids)s::bigint[]) r(id) CROSS JOIN (VALUES ('{}'::jsonb)) s(changes) WHERE true"
# Other imports that read the people of the row ``u`` another way.
OTHERS: Final = """
    EXISTS (SELECT FROM accounts_importspan m JOIN accounts_importfile f ON f.id = m.file_id
            WHERE m.object_kind = 'usagerecord' AND m.changes <> '{}' AND u.id BETWEEN m.first_id AND m.last_id
              AND f.written AND f.run_id <> %(run)s AND {which})
"""
LATER: Final = OTHERS.replace("{which}", "NOT f.undone AND f.id > %(file)s")
ANY_OTHERS: Final = """
    SELECT EXISTS (SELECT FROM accounts_importspan m JOIN accounts_importfile f ON f.id = m.file_id
                   WHERE m.object_kind = 'usagerecord' AND m.changes <> '{}' AND f.run_id <> %(run)s)
"""
# Read again as before, unless that was how an import that was undone meanwhile read it.
BACK: Final = """
    WITH done AS (
        UPDATE health_usagerecord u SET apart = (g.changes -> 'apart' -> 0)::boolean
        FROM (SELECT r.id, s.changes FROM {rows} AND s.changes <> '{{}}') g
        WHERE u.id = g.id AND u.apart = (g.changes -> 'apart' -> 1)::boolean AND NOT {later} AND NOT {undone}
        RETURNING u.customer_id, u.day
    )
    INSERT INTO health_rollupmark (customer_id, day) SELECT DISTINCT customer_id, day FROM done
"""
UNDONE: Final = OTHERS.replace(
    "{which}", "f.undone AND f.id < %(file)s AND m.changes -> 'apart' -> 1 = g.changes -> 'apart' -> 0"
)
GO: Final = """
    CREATE TEMP TABLE import_gone ON COMMIT DROP AS
    WITH gone AS (
        DELETE FROM health_usagerecord u USING (SELECT r.id FROM {rows} AND s.changes = '{{}}') g
        WHERE u.id = g.id AND NOT {later}
        RETURNING u.*
    ), kept AS (
        INSERT INTO accounts_withdrawnrow (kind, object_id, customer_id, row, run, file, position, withdrawn_at)
        SELECT 'usagerecord', g.id, g.customer_id, to_jsonb(g) - 'person' - 'digest' - 'named_id', %(run)s, %(name)s, %(position)s, now()
        FROM gone g
    )
    SELECT DISTINCT customer_id, day, feature_id FROM gone
"""
# A feature's day without any record of people left. Days of a merge's parts are no records' alone.
FEATURE_DAYS: Final = """
    DELETE FROM health_featureday d USING import_gone g
    WHERE (d.customer_id, d.day, d.feature_id) = (g.customer_id, g.day, g.feature_id)
      AND NOT EXISTS (SELECT FROM health_usagerecord r
                      WHERE (r.customer_id, r.day, r.feature_id) = (d.customer_id, d.day, d.feature_id) AND NOT r.agent)
      AND NOT EXISTS (SELECT FROM health_usagepart p WHERE (p.customer_id, p.day) = (d.customer_id, d.day))
"""
MARKS: Final = """
    INSERT INTO health_rollupmark (customer_id, day, is_less) SELECT DISTINCT customer_id, day, true FROM import_gone
"""
STAYS: Final = """
    INSERT INTO accounts_importline (file_id, line, kind, object_kind, object_id, customer_id, title, fields, field, cell, reason, outcome)
    SELECT %(file)s, NULL, 'new', 'usagerecord', u.id, u.customer_id, u.message_id, '{{}}', '', '', %(since)s, 'kept'
    FROM (SELECT r.id FROM {rows} AND s.changes = '{{}}' LIMIT {listed}) g JOIN health_usagerecord u ON u.id = g.id
"""


def note(staged: Staged, file: ImportFile) -> None:
    """Keep which rows of use the load made, and which it reads another way than before. Three statements."""
    apart = staged.file.users == "rows"
    staged.execute(FACTS)
    staged.execute(SPANS, {"file": file.pk, "changes": json.dumps({"apart": [not apart, apart]})})
    staged.execute("DROP TABLE import_facts")


def undo(undoing: Undoing) -> list[int]:
    """Take the rows of use out, read those that the import read another way as before, and let their days be rolled up again;
    the customers whose rows went, who may have stayed for them.

    Rows that a later import reads another way stay, and up to 1,000 of them are listed. The roll-up marks the customers. A
    fixed number of statements.
    """
    known = undoing.known | {"since": _("changed since: it stays as it is")}
    # Those that stayed when the file was undone are asked about anew.
    undoing.file.lines.filter(object_kind="usagerecord").delete()
    locks.lock(forgetting.LOCK)
    with connection.cursor() as cursor:
        cursor.execute(ANY_OTHERS, known)
        (are_others,) = cursor.fetchone()
        words = {
            "rows": OF_SPANS,
            "later": LATER if are_others else "false",
            "undone": UNDONE if are_others else "false",
        }
        cursor.execute(BACK.format(**words), known)
        customers = go(words, known)
        if are_others:
            cursor.execute(STAYS.format(rows=OF_SPANS, listed=LISTED), known)
    return customers + undo_features(undoing)


def take_out(known: dict[str, Any]) -> None:
    """Take the rows of use ``ids`` out, each kept apart, and let their days be rolled up again. Six statements."""
    locks.lock(forgetting.LOCK)
    go({"rows": OF_IDS, "later": "false"}, known)


def go(words: dict[str, str], known: dict[str, Any]) -> list[int]:
    """Take the rows out and mark their days; their customers."""
    with connection.cursor() as cursor:
        cursor.execute(GO.format(**words), known)
        cursor.execute("ANALYZE import_gone")
        cursor.execute(FEATURE_DAYS)
        cursor.execute(MARKS)
        cursor.execute("SELECT DISTINCT customer_id FROM import_gone")
        customers = [row[0] for row in cursor.fetchall()]
        cursor.execute("DROP TABLE import_gone")
    return customers


def undo_features(undoing: Undoing) -> list[int]:
    """Take out the features that the import made and of which nothing tells any more.

    Their bits in the days of use are counted in the order of their ids: a feature stays while a newer one does. What is core
    and what is open is part of everybody's figures, so every customer is marked, as by the load.
    """
    lines = undoing.file.lines.filter(object_kind="feature", kind__in=["new", "changed"], outcome="")
    were_open = lines.count()
    customers = withdraw_rows(Feature, undoing.known, untouched(Feature), newest_only=True)
    if lines.filter(kind="changed").exists() or lines.count() < were_open:
        changes.mark(Customer.objects.current())
    return customers
