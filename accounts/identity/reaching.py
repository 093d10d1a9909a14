"""What a source goes on saying of a customer that was merged reaches the survivor, where the survivor has it from there."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from django.db import connection

from accounts.identity.values import FIELDS

# An owner changes by a handover alone.
REACHING: Final = tuple(name for name in FIELDS if name != "owner_id")
# A chain of merges is walked a step at a time.
LONGEST: Final = 20
REACH: Final = f"""
    WITH news AS (
        SELECT DISTINCT ON (m.survivor_id, f.name) m.id AS merge, m.survivor_id AS customer, f.name, f.new
        FROM accounts_merge m JOIN accounts_customer a ON a.id = m.merged_id JOIN accounts_customer b ON b.id = m.survivor_id
        CROSS JOIN LATERAL (
            SELECT name, to_jsonb(a) -> name AS new, to_jsonb(b) -> name AS old FROM unnest(%(fields)s::text[]) name) f
        WHERE m.undone_at IS NULL AND m.merged_id = ANY(%(merged)s) AND m.after -> f.name = f.old AND f.new <> f.old
          AND f.new NOT IN ('null', '""')
        ORDER BY m.survivor_id, f.name, m.id
    ), told AS (
        UPDATE accounts_merge m SET after = m.after || n.given
        FROM (SELECT merge, jsonb_object_agg(name, new) AS given FROM news GROUP BY 1) n WHERE m.id = n.merge
    )
    UPDATE accounts_customer b SET ({", ".join(REACHING)}) = (
        SELECT {", ".join(f"r.{name}" for name in REACHING)} FROM jsonb_populate_record(b, n.given) r)
    FROM (SELECT customer, jsonb_object_agg(name, new) AS given FROM news GROUP BY 1) n WHERE b.id = n.customer
    RETURNING b.id
"""  # noqa: S608 (made of constants)


def reach(merged: Collection[int]) -> list[int]:
    """Give the survivors of ``merged`` what these have now of the fields that the merges gave, where nobody changed it since;
    the survivors that changed. A statement a step of the chain.
    """
    changed: set[int] = set()
    step = list(merged)
    for _step in range(LONGEST):
        if not step:
            break
        with connection.cursor() as cursor:
            cursor.execute(REACH, {"fields": list(REACHING), "merged": step})
            step = [pk for (pk,) in cursor.fetchall()]
        changed |= set(step)
    return sorted(changed)
