"""The planner's statistics after a bulk write: whoever writes much of a table analyses it at once."""

from __future__ import annotations

from typing import Final

from django.db import connection

# Below it no plan goes wrong. Not more: 500 new customers, taken for none, made a file of 25,000 rows of use wait minutes,
# for an autovacuum beside the import counts only what is committed, and an analysis of our own keeps it out until then.
FEW_ROWS: Final = 100
TENTH: Final = 10


# Of each table, temporary ones excepted: were rows that this transaction has written since it last analysed the table more
# than a tenth? How many had been written by then is noted for as long as the analysis itself lives: to the end of the
# transaction or to the savepoint that is rolled back.
WRITTEN: Final = """
    WITH noted AS (SELECT coalesce(nullif(current_setting('tsunagu.analysed', true), ''), '{}')::jsonb AS written),
    due AS MATERIALIZED (
        SELECT c.oid, s.n_tup_ins + s.n_tup_upd + s.n_tup_del AS written
        FROM pg_stat_xact_user_tables s JOIN pg_class c ON c.oid = s.relid CROSS JOIN noted
        CROSS JOIN LATERAL (
            SELECT s.n_tup_ins + s.n_tup_upd + s.n_tup_del - coalesce((noted.written ->> c.oid::text)::bigint, 0) AS rows
        ) since
        WHERE c.relpersistence <> 't' AND since.rows >= %(few)s AND since.rows * %(tenth)s > c.reltuples
    ),
    note AS MATERIALIZED (
        SELECT set_config('tsunagu.analysed', (noted.written || jsonb_object_agg(due.oid::text, due.written))::text, true)
        FROM noted, due GROUP BY noted.written
    )
    SELECT due.oid::regclass::text FROM due, note ORDER BY 1
"""


def refresh_written() -> list[str]:
    """Analyse every table of which this transaction has written more than a tenth, or has since it last did so; their names.

    For the end of a bulk write, before whatever reads the tables next. One statement where nothing was written.
    """
    with connection.cursor() as cursor:
        cursor.execute(WRITTEN, {"few": FEW_ROWS, "tenth": TENTH})
        tables = [row[0] for row in cursor.fetchall()]
        for table in tables:
            cursor.execute(f"ANALYZE {table}")
    return tables


def refresh(table: str, written: int) -> None:
    """Analyse ``table`` where the ``written`` rows are more than a tenth of what the planner knows of.

    For the transaction that wrote them, after the write. No statement for a few rows.
    """
    if written < FEW_ROWS:
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples FROM pg_class WHERE oid = %s::regclass", [table])
        (known_rows,) = cursor.fetchone()
        if written * TENTH > known_rows:
            cursor.execute(f"ANALYZE {connection.ops.quote_name(table)}")
