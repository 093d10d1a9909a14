"""What goes along with a row that leaves the record, and what keeps it: rows of other kinds that refer to it.

What was derived of a customer goes with it; what somebody worked on, and rows of another import, stay, and so does the customer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Final

from django.db import connection, models

from accounts import ownership
from accounts.imports.authorship import all_taken_back, worked_on
from accounts.imports.going_back import LEFT_BY_UNDO
from accounts.models import Contact, Customer, Touchpoint
from accounts.posts import OF_TITLE

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
FREE: Final = "AND NOT EXISTS (SELECT {hanging})"
HANGING: Final = "FROM {tables} WHERE {first}.{column} = t.id {but}"
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


# What waits for whoever writes what another app derives of rows of a kind, and keeps others from it until the transaction ends.
WAITS: Final[dict[type[models.Model], Callable[[], None]]] = {}


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


def wait(model: type[models.Model]) -> None:
    """Wait for whoever writes what goes along with rows of ``model``, before these are locked: they hold rows that refer to them."""
    if model in WAITS:
        WAITS[model]()


def delete(
    model: type[models.Model], ids: Sequence[int], along: Mapping[type[models.Model], AbstractSet[str]] = ALONG
) -> None:
    """Delete the rows, after ``wait``, with what goes along, however much that is: nothing is loaded.

    A statement for each kind that goes along or is let go. Whatever else refers to the rows stays, which the database refuses.
    """
    with connection.cursor() as cursor:
        for statement in _leaving(model, "id", "= ANY(%(ids)s)", along.get(model, frozenset())):
            cursor.execute(statement, {"ids": list(ids)})


def _leaving(
    model: type[models.Model], column: str, among: str, along: AbstractSet[str] | None = None
) -> Iterator[str]:
    """The statements, in their order, by which rows of ``model`` leave; what refers to them leaves before, of kinds ``along`` alone."""
    table = model._meta.db_table
    those = among if column == "id" else f"IN (SELECT id FROM {table} WHERE {column} {among})"  # noqa: S608  our own names
    let_go = []
    for relation in relations(model):
        other, key = relation.related_model, str(relation.field.column)
        if relation.on_delete is models.SET_NULL:
            let_go.append(f"UPDATE {other._meta.db_table} SET {key} = NULL WHERE {key} {those}")  # noqa: S608  our own names
        elif relation.on_delete is models.CASCADE and (along is None or other._meta.model_name in along):
            yield from _leaving(other, key, those)
    yield from let_go
    yield f"DELETE FROM {table} WHERE {column} {among}"  # noqa: S608  our own names


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
