"""The planner's statistics after a bulk write: whoever writes much of a table analyses it at once."""

from __future__ import annotations

from typing import Final

from django.db import connection

# Below it no plan goes wrong, and an analysis would cost more than the write.
FEW_ROWS: Final = 1_000
TENTH: Final = 10


def refresh(table: str, written: int) -> None:
    """Analyse ``table`` where the ``written`` rows are more than a tenth of what the planner knows of.

    For the transaction that wrote them, after the write. No statement for a few rows.
    """
    if written < FEW_ROWS:
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples FROM pg_class WHERE oid = %s::regclass", [table])
        (known,) = cursor.fetchone()
        if written * TENTH > known:
            cursor.execute(f"ANALYZE {connection.ops.quote_name(table)}")
