"""Deletions of rows whose changes are not kept: an entry each, with the ids by which a copy elsewhere knows the row."""

from __future__ import annotations

from typing import Final

from django.db import migrations

FUNCTION: Final = """
CREATE OR REPLACE FUNCTION note_gone() RETURNS trigger LANGUAGE plpgsql AS $gone$
BEGIN
    IF EXISTS (SELECT FROM gone) THEN
        EXECUTE format(
            'INSERT INTO history_entry (act, kind, object_id, operation, customer_id, actor_id, door, before, after)
             SELECT pg_current_xact_id()::text::bigint, %L, gone.id, ''deleted'', %s,
                    nullif(current_setting(''tsunagu.actor'', true), '''')::bigint,
                    coalesce(current_setting(''tsunagu.door'', true), ''''), %s, ''{}'' FROM gone',
            TG_ARGV[0], TG_ARGV[1], TG_ARGV[2]);
    END IF;
    RETURN NULL;
END $gone$
"""
TRIGGER: Final = """
CREATE OR REPLACE TRIGGER note_gone AFTER DELETE ON {table} REFERENCING OLD TABLE AS gone
FOR EACH STATEMENT EXECUTE FUNCTION note_gone('{kind}', '{customer}', '{before}')
"""
OWN: Final = "gone.customer_id"
NOBODY: Final = "NULL::bigint"


def tell_gone(
    table: str, *, customer: str = OWN, source: str = "source", external_id: str = "external_id"
) -> migrations.RunSQL:
    """The migration operation after which each deleted row of ``table`` leaves an entry.

    ``customer`` is SQL over ``gone``; ``source`` and ``external_id`` are its columns, "" where it has none.
    """
    named = {"source": source, "external_id": external_id}
    pairs = ", ".join(f"''{name}'', gone.{column}" for name, column in named.items() if column)
    kind = table.partition("_")[2]
    trigger = TRIGGER.format(table=table, kind=kind, customer=customer, before=f"jsonb_build_object({pairs})")
    return migrations.RunSQL([FUNCTION, trigger], f"DROP TRIGGER IF EXISTS note_gone ON {table}")
