"""Rows that an import made and its undo takes out of the record: kept as they were, apart, so that nothing is lost.

A row goes where nobody and no later import changed it, and where nothing that stays hangs on it. A customer goes with what
was derived of it; one with whom anybody has worked, or that has rows of another import, stays.
"""

from __future__ import annotations

from typing import Any, Final

from django.db import connection, models

from accounts.imports import along
from accounts.imports.along import conditions, has_customer, hung_on, loosely, parts, relations
from accounts.imports.noted import digest
from accounts.models import Customer, ImportFile

AT_ONCE: Final = 10_000
CANDIDATES: Final = """
    SELECT t.id FROM {table} t JOIN accounts_importline l ON l.object_id = t.id
    WHERE l.file_id = %(file)s AND l.object_kind = %(kind)s AND l.kind = 'new' AND l.outcome = '' ORDER BY t.id FOR UPDATE OF t
"""
# What somebody may be at work on.
HUNG: Final = """
    SELECT r.id FROM {table} r WHERE r.{column} IN (
        SELECT l.object_id FROM accounts_importline l
        WHERE l.file_id = %(file)s AND l.object_kind = %(kind)s AND l.kind = 'new' AND l.outcome = '')
    ORDER BY r.id FOR UPDATE
"""
GOING: Final = """
    SELECT t.id FROM {table} t JOIN accounts_importline l ON l.object_id = t.id
    WHERE l.file_id = %(file)s AND l.object_kind = %(kind)s AND l.kind = 'new' AND l.outcome = ''
      AND {untouched} AND coalesce(l.fields -> '' ->> 1, {digest}) = {digest}
      AND NOT EXISTS (
        SELECT FROM accounts_importline later JOIN accounts_importfile f ON f.id = later.file_id
        WHERE later.object_kind = %(kind)s AND later.object_id = t.id AND later.kind = 'changed' AND f.written
          AND NOT f.undone AND f.id <> %(file)s) {free}
"""
NEWEST: Final = "AND t.id > coalesce((SELECT max(o.id) FROM {table} o WHERE o.id NOT IN ({going})), 0)"
# Rows of the same table that point at one another go together.
LEFT_BEHIND: Final = "SELECT DISTINCT {column} FROM {table} WHERE {column} = ANY(%(ids)s) AND NOT id = ANY(%(ids)s)"
KEEP: Final = """
    INSERT INTO accounts_withdrawnrow (kind, object_id, customer_id, row, run, file, position, withdrawn_at)
    SELECT %(kind)s, t.id, {customer}, to_jsonb(t) - 'password', %(run)s, %(name)s, %(position)s, now() FROM {table} t WHERE t.id = ANY(%(ids)s)
"""
MARK: Final = """
    UPDATE accounts_importline l SET outcome = 'returned' FROM unnest(%(ids)s::bigint[]) gone(id)
    WHERE l.file_id = %(file)s AND l.object_kind = %(kind)s AND l.kind = 'new' AND l.object_id = gone.id
"""


def withdraw_rows(
    model: type[models.Model], known: dict[str, Any], untouched: str, *, newest_only: bool = False
) -> list[int]:
    """Take the rows of ``model`` that the file made out of the record; the customers who had them.

    ``newest_only``: a row goes only with all that were made after it.

    The rows, and what somebody may be at work on, are locked before they are looked at, so that nothing is hung on them or done
    in them meanwhile.
    """
    kind = str(model._meta.model_name)
    params = known | {"kind": kind}
    table = model._meta.db_table
    along.wait(model)
    with connection.cursor() as cursor:
        cursor.execute(CANDIDATES.format(table=table), params)
        if not cursor.rowcount:
            return []
        for table_of_work, column in hung_on(model):
            cursor.execute(HUNG.format(table=table_of_work, column=column), params)
        going = GOING.format(
            table=table, untouched=untouched, digest=digest_of(model, known["file"]), free=" ".join(conditions(model))
        )
        cursor.execute(f"{going} {NEWEST.format(table=table, going=going)}" if newest_only else going, params)
        ids = together(model, [row[0] for row in cursor.fetchall()])
        customers: list[int] = []
        chunks = [params | {"ids": ids[start : start + AT_ONCE]} for start in range(0, len(ids), AT_ONCE)]
        customer = "t.id" if model is Customer else "t.customer_id" if has_customer(model) else "NULL::bigint"
        for some in chunks:
            if has_customer(model):
                cursor.execute(f"SELECT DISTINCT customer_id FROM {table} WHERE id = ANY(%(ids)s)", some)  # noqa: S608  our own names
                customers += [row[0] for row in cursor.fetchall()]
            for part, where in parts(model, "= ANY(%(ids)s)"):
                keep = KEEP.format(table=part._meta.db_table, customer="NULL::bigint")
                cursor.execute(keep.replace("t.id = ANY(%(ids)s)", where), some | {"kind": part._meta.model_name})
            cursor.execute(KEEP.format(table=table, customer=customer), some)
        # At once: each time the lines of the whole file are read.
        cursor.execute(MARK, params | {"ids": ids})
        # Rows of one chunk that point at those of another are kept as they were: nothing goes before.
        for some in chunks:
            along.delete(model, some["ids"])
    return customers


def digest_of(model: type[models.Model], file: int) -> str:
    """SQL: the digest of the row ``t``, over the columns that its import knew; of files of before over all."""
    names = ImportFile.objects.values_list("columns", flat=True).get(pk=file).get(str(model._meta.model_name))
    present = {field.column for field in model._meta.concrete_fields}
    return digest([name for name in names if name in present]) if names else "md5((to_jsonb(t) - 'changed_at')::text)"


def together(model: type[models.Model], ids: list[int]) -> list[int]:
    """Those of the rows at which no row of their own table points that stays."""
    pointers = [str(relation.field.column) for relation in relations(model) if loosely(relation, model)]
    going = set(ids)
    with connection.cursor() as cursor:
        behind = True
        while behind:
            behind = False
            for column in pointers:
                cursor.execute(LEFT_BEHIND.format(column=column, table=model._meta.db_table), {"ids": sorted(going)})
                left = {row[0] for row in cursor.fetchall()}
                going -= left
                behind = behind or bool(left)
    return sorted(going)
