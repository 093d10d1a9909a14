"""Rows that an import made and its undo takes out of the record: kept as they were, apart, so that nothing is lost.

A row goes where nobody and no later import changed it, and where nothing that stays hangs on it. A customer goes with what
was derived of it; one with whom anybody has worked, or that has rows of another import, stays.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from typing import Any, Final

from django.db import connection, models

from accounts import ownership
from accounts.imports.authorship import all_taken_back, worked_on
from accounts.imports.going_back import LEFT_BY_UNDO
from accounts.imports.noted import digest
from accounts.models import Contact, Customer, ImportFile, Touchpoint
from accounts.posts import OF_TITLE

AT_ONCE: Final = 10_000
DEEPEST: Final = 2
# What goes along with a customer: keys, dated facts and what sweeps derive, as people of use, whose records keep it while there
# are any. Rows of imports have gone or ended before.
DERIVED: Final = {
    "externalkey", "datedfact", "datedattribute", "customerwords", "contract", "rulehold", "digestline", "rollupmark",
    "usageday", "featureday", "usagepart", "person", "personday", "milestone", "score", "namedscore", "replay", "standing",
    "standingchange", "journeystep", "firstninety", "renewal", "qbr", "playbookhold", "case", "caseevidence", "caseact",
    "twinpair", "disagreement", "deviation", "handovermove",
}  # fmt: skip
# What goes along with rows of other kinds.
ALONG: Final[dict[type[models.Model], AbstractSet[str]]] = {
    Customer: DERIVED, Contact: frozenset({"contactkey", "post"}), Touchpoint: frozenset({"touchpoint_contacts", "sentiment"}),
}  # fmt: skip
# What goes along and is kept, at any step; what is derived can be had again.
KEPT: Final = frozenset({
    "externalkey", "datedfact", "datedattribute", "contract", "contractline", "entitlement", "contactkey",
    "touchpoint_contacts", "sentiment", "post",
})  # fmt: skip
# What points at a row that goes, and is derived anew without it.
LET_GO: Final = frozenset({"person"})
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
FREE: Final = "AND NOT EXISTS (SELECT {hanging})"
HANGING: Final = "FROM {tables} WHERE {first}.{column} = t.id {but}"
# Rows of the same table that point at one another go together.
LEFT_BEHIND: Final = "SELECT DISTINCT {column} FROM {table} WHERE {column} = ANY(%(ids)s) AND NOT id = ANY(%(ids)s)"
# Contracts that an import made and its Undo withdrew go along, where nobody and no file took them up since.
WITHDRAWN: Final = f"""
    AND NOT (EXISTS (SELECT FROM accounts_importline made JOIN accounts_importfile f ON f.id = made.file_id
                     WHERE made.object_kind = 'contract' AND made.object_id = r.id AND made.kind = 'new'
                       AND made.outcome = 'returned' AND (f.undone OR f.run_id = %(run)s))
             AND EXISTS (SELECT FROM accounts_contract c WHERE c.id = r.id AND {LEFT_BY_UNDO}))
"""  # noqa: S608 (made of constants)
# Changes by others than this import that were not taken back.
BY_OTHERS: Final = """
    AND EXISTS (SELECT FROM history_entry e WHERE e.kind = '{kind}' AND e.object_id = r.id
                AND NOT (e.act = ANY(%(acts)s) AND e.door = ANY(%(own)s)) AND e.door <> %(door)s AND NOT {taken_back})
"""
# A key of another source came with another import, as did one that joined: those that this run's files of keys added have gone.
OF_OTHER_SOURCES: Final = "AND r.source <> (SELECT f.source FROM accounts_importfile f WHERE f.id = %(file)s)"
OF_OTHERS: Final = "AND (r.joined OR r.source <> (SELECT f.source FROM accounts_importfile f WHERE f.id = %(file)s))"
# Posts of a file of contacts are read of the contact itself.
OF_POSTS: Final = f"AND NOT starts_with(r.external_id, '{OF_TITLE}')"
# What is somebody's work in a derived row ``r``: each of the conditions, any of them. It keeps the row and its customer.
WORK: Final[dict[str, list[str]]] = {
    "renewal": [worked_on("renewal", "r", "cancellation", "successor")],
    "qbr": ["r.held_on IS NOT NULL", "r.goals <> '[]'", "r.note <> ''"],
    "case": ["r.rule_id IS NULL", "r.plan <> ''", worked_on("case", "r")],
    "caseact": ["r.by_id IS NOT NULL"],
    "caseevidence": ["r.note <> ''"],
    "preppart": ["r.done_on IS NOT NULL", "r.note <> ''"],
    "handovermove": [
        f"EXISTS (SELECT FROM accounts_handover h WHERE h.id = r.handover_id AND NOT {ownership.BY_NOBODY})"
    ],
    "sentiment": ["r.note <> ''", "r.value IS DISTINCT FROM t.sentiment"],
}
# Other rows that go along stay where this holds of them.
BUT: Final = {
    "contract": WITHDRAWN,
    **{
        kind: BY_OTHERS.format(kind=kind, taken_back=all_taken_back(f"e.kind = '{kind}' AND e.object_id = r.id"))
        for kind in ("contractline", "entitlement")
    },
    "externalkey": OF_OTHERS,
    "contactkey": OF_OTHER_SOURCES,
    "post": OF_POSTS,
}
KEEP: Final = """
    INSERT INTO accounts_withdrawnrow (kind, object_id, customer_id, row, run, file, position, withdrawn_at)
    SELECT %(kind)s, t.id, {customer}, to_jsonb(t) - 'password', %(run)s, %(name)s, %(position)s, now() FROM {table} t WHERE t.id = ANY(%(ids)s)
"""
MARK: Final = """
    UPDATE accounts_importline l SET outcome = 'returned'
    WHERE l.file_id = %(file)s AND l.object_kind = %(kind)s AND l.kind = 'new' AND l.object_id = ANY(%(ids)s)
"""


def derive(**work: str) -> None:
    """Let kinds of rows that another app derives of customers go along with them, but those in which ``work`` says that somebody
    did something, as SQL over the row ``r``; "" where nobody can.
    """
    DERIVED.update(work)
    for kind, condition in work.items():
        if condition:
            cling(kind, condition)


def cling(kind: str, condition: str) -> None:
    """Let what another app hangs on the derived row ``r`` count as somebody's work."""
    WORK.setdefault(kind, []).append(condition)


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
            model._default_manager.filter(pk__in=some["ids"]).delete()
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


def has_customer(model: type[models.Model]) -> bool:
    return any(field.name == "customer" for field in model._meta.fields)


def relations(model: type[models.Model]) -> list[models.ManyToOneRel]:
    """Every foreign key to ``model``."""
    found = model._meta.get_fields(include_hidden=True)
    return [relation for relation in found if isinstance(relation, models.ManyToOneRel)]


def loosely(relation: models.ManyToOneRel, model: type[models.Model]) -> bool:
    """Whether rows of ``model`` point at one another so that either can stand alone."""
    return relation.related_model is model and relation.on_delete is models.SET_NULL


def hung_on(model: type[models.Model]) -> list[tuple[str, str]]:
    """(table, column) of derived rows of ``model`` in which somebody may do something meanwhile, in the order of their locks."""
    along = ALONG.get(model, frozenset())
    found = {
        str(relation.related_model._meta.model_name): (
            relation.related_model._meta.db_table,
            str(relation.field.column),
        )
        for relation in relations(model)
        if relation.on_delete is models.CASCADE
    }
    return [found[name] for name in WORK if name in found and name in along]


def conditions(
    model: type[models.Model],
    along: Mapping[type[models.Model], AbstractSet[str]] = ALONG,
    but: Mapping[str, str] = BUT,
) -> Iterator[str]:
    """SQL: nothing that stays refers to the row ``t``, nor to what goes along with it."""
    for _kind, rows in hanging(model, along, but):
        yield FREE.format(hanging=rows)


def hanging(
    model: type[models.Model],
    along: Mapping[type[models.Model], AbstractSet[str]] = ALONG,
    but: Mapping[str, str] = BUT,
) -> Iterator[tuple[type[models.Model], str]]:
    """(model, SQL after SELECT) of rows that refer to the row ``t``, or to what goes along with it, and that stay.

    Those whose own key names another customer than the one they are of are found by no index.
    """
    yield from _hanging(model, along.get(model, frozenset()), but, ())


def _hanging(
    model: type[models.Model],
    along: AbstractSet[str],
    buts: Mapping[str, str],
    path: tuple[tuple[type[models.Model], str], ...],
) -> Iterator[tuple[type[models.Model], str]]:
    for relation in relations(model):
        other, column = relation.related_model, str(relation.field.column)
        if not isinstance(other, type) or loosely(relation, model):
            continue
        name = str(other._meta.model_name)
        if name in LET_GO and relation.on_delete is models.SET_NULL:
            continue
        if path and (has_customer(other) or relation.on_delete is models.SET_NULL):
            continue  # It hangs on the customer as well.
        but = except_for(name, buts) if along else ""
        goes = name in along or (bool(path) and (name in buts or name in WORK))
        if not goes or but:
            yield other, _at_the_end((*path, (other, column)), but)
        if goes and len(path) < DEEPEST:
            yield from _hanging(other, along, buts, (*path, (other, column)))


def except_for(name: str, buts: Mapping[str, str]) -> str:
    """SQL: which rows ``r`` of a kind that goes along stay all the same; "" where all of them go."""
    work = f"AND ({' OR '.join(WORK[name])})" if name in WORK else ""
    return f"{buts.get(name, '')} {work}".strip()


def _at_the_end(path: tuple[tuple[type[models.Model], str], ...], but: str) -> str:
    """SQL: the rows at the end of the path of foreign keys from the row ``t``; such a row is ``r``."""
    names = [f"r{step}" for step in range(1, len(path))] + ["r"]
    tables = f"{path[0][0]._meta.db_table} {names[0]}"
    for (model, column), before, name in zip(path[1:], names, names[1:], strict=False):
        tables += f" JOIN {model._meta.db_table} {name} ON {name}.{column} = {before}.id"
    return HANGING.format(tables=tables, first=names[0], column=path[0][1], but=but)


def parts(model: type[models.Model], among: str) -> Iterator[tuple[type[models.Model], str]]:
    """(model, SQL over its row ``t``) of rows that imports and people made and that go along with rows ``among``."""
    for relation in relations(model):
        other, column = relation.related_model, str(relation.field.column)
        if isinstance(other, type) and other is not model and other._meta.model_name in KEPT and column != "named_id":
            if relation.on_delete is models.SET_NULL:
                continue
            yield other, f"t.{column} {among}"
            further = f"IN (SELECT t.id FROM {other._meta.db_table} t WHERE t.{column} {among})"  # noqa: S608  our own names
            yield from parts(other, further)
