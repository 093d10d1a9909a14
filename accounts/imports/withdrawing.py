"""Rows that an import made and its undo takes out of the record: kept as they were, apart, so that nothing is lost.

A row goes where nobody and no later import changed it, and where nothing that stays hangs on it. A customer goes with what
was derived of it; one with whom anybody has worked, or that has rows of another import, stays.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from django.db import connection, models

from accounts.models import Customer

AT_ONCE: Final = 10_000
# What goes along with a customer: keys, dated facts and what sweeps derive. Rows of imports have gone or ended before.
DERIVED: Final = frozenset({
    "externalkey", "datedfact", "datedattribute", "customerwords", "contract", "rulehold", "digestline", "rollupmark",
    "usageday", "featureday", "usagepart", "milestone", "score", "namedscore", "replay", "standing", "standingchange",
    "journeystep", "firstninety", "renewal", "playbookhold",
})  # fmt: skip
# What goes along with rows of another kind.
ALONG: Final = frozenset({"contactkey", "touchpoint_contacts"})
GOING: Final = """
    SELECT t.id FROM {table} t JOIN accounts_importline l ON l.object_id = t.id
    WHERE l.file_id = %(file)s AND l.object_kind = %(kind)s AND l.kind = 'new' AND l.outcome = ''
      AND {untouched} AND coalesce(l.fields -> '' ->> 1, md5(to_jsonb(t)::text)) = md5(to_jsonb(t)::text)
      AND NOT EXISTS (
        SELECT FROM accounts_importline later JOIN accounts_importfile f ON f.id = later.file_id
        WHERE later.object_kind = %(kind)s AND later.object_id = t.id AND later.kind = 'changed' AND f.written
          AND NOT f.undone AND f.id <> %(file)s) {free}
"""
FREE: Final = "AND NOT EXISTS (SELECT FROM {table} r WHERE r.{column} = t.id {but})"
# Contracts that this run made and that nobody touched have been withdrawn before, and only they go along.
OF_THIS_RUN: Final = """
    AND NOT EXISTS (SELECT FROM accounts_importline made JOIN accounts_importfile f ON f.id = made.file_id
                    WHERE f.run_id = %(run)s AND made.object_kind = 'contract' AND made.object_id = r.id
                      AND made.kind = 'new' AND made.outcome = 'returned')
"""
BY_NOBODY: Final = """
    AND EXISTS (SELECT FROM history_entry e WHERE e.kind = 'renewal' AND e.object_id = r.id AND e.actor_id IS NOT NULL)
"""
BUT: Final = {"contract": OF_THIS_RUN, "renewal": BY_NOBODY}
KEEP: Final = """
    INSERT INTO accounts_withdrawnrow (kind, object_id, customer_id, row, run, file, withdrawn_at)
    SELECT %(kind)s, t.id, {customer}, to_jsonb(t), %(run)s, %(name)s, now() FROM {table} t WHERE t.id = ANY(%(ids)s)
"""
MARK: Final = """
    UPDATE accounts_importline l SET outcome = 'returned'
    WHERE l.file_id = %(file)s AND l.object_kind = %(kind)s AND l.kind = 'new' AND l.object_id = ANY(%(ids)s)
"""


def withdraw_rows(model: type[models.Model], known: dict[str, Any], untouched: str) -> list[int]:
    """Take the rows of ``model`` that the file made out of the record; the customers who had them."""
    kind = str(model._meta.model_name)
    params = known | {"kind": kind}
    table = model._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(GOING.format(table=table, untouched=untouched, free=" ".join(conditions(model))), params)
        ids = [row[0] for row in cursor.fetchall()]
        customers: list[int] = []
        for start in range(0, len(ids), AT_ONCE):
            some = params | {"ids": ids[start : start + AT_ONCE]}
            customer = "t.id" if model is Customer else "t.customer_id" if has_customer(model) else "NULL::bigint"
            if has_customer(model):
                cursor.execute(f"SELECT DISTINCT customer_id FROM {table} WHERE id = ANY(%(ids)s)", some)  # noqa: S608  our own names
                customers += [row[0] for row in cursor.fetchall()]
            for part, column in parts(model):
                cursor.execute(
                    KEEP.format(table=part._meta.db_table, customer="NULL::bigint").replace(
                        "t.id = ANY", f"t.{column} = ANY"
                    ),
                    some | {"kind": str(part._meta.model_name)},
                )
            cursor.execute(KEEP.format(table=table, customer=customer), some)
            cursor.execute(MARK, some)
            model._default_manager.filter(pk__in=some["ids"]).delete()
    return customers


def has_customer(model: type[models.Model]) -> bool:
    return any(field.name == "customer" for field in model._meta.fields)


def referring(model: type[models.Model]) -> Iterator[tuple[type[models.Model], str, bool]]:
    """(model, column, goes along) of every foreign key to ``model`` whose rows cannot stay without it."""
    for relation in model._meta.get_fields(include_hidden=True):
        if not isinstance(relation, models.ManyToOneRel) or relation.on_delete is models.SET_NULL:
            continue
        referring_model = relation.related_model
        if isinstance(referring_model, type) and issubclass(referring_model, models.Model):
            name = str(referring_model._meta.model_name)
            yield referring_model, str(relation.field.column), name in (DERIVED if model is Customer else ALONG)


def conditions(model: type[models.Model]) -> Iterator[str]:
    """SQL: nothing that stays refers to the row ``t``."""
    for other, column, goes_along in referring(model):
        but = BUT.get(str(other._meta.model_name), "") if model is Customer else ""
        if not goes_along or but:
            yield FREE.format(table=other._meta.db_table, column=column, but=but)


def parts(model: type[models.Model]) -> Iterator[tuple[type[models.Model], str]]:
    """Rows that imports and people made and that go along with ``model``, kept as well; what is derived can be had again."""
    kept = {"externalkey", "datedfact", "datedattribute", "contract", "contactkey", "touchpoint_contacts"}
    for other, column, goes_along in referring(model):
        if goes_along and str(other._meta.model_name) in kept and column != "named_id":
            yield other, column
