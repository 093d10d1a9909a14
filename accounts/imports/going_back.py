"""Fields that an import changed go back, each one that nobody and no later import has changed since.

Fields that the database's own rules bind together go back together or not at all. Where the value before came from an
import that was undone meanwhile, the field goes back to the one before that: no undone value returns.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from django.db import connection, models
from django.db.models import F, Q

from accounts.imports.authorship import BY_HAND, BY_UNDO, OF_RUN, all_taken_back, path_to, taken_back
from accounts.imports.noted import columns
from accounts.models import Contract, ContractLine, Customer, Entitlement
from config.history.kept import REGISTER

# Rows of a contract that stand together: they go back whole or not at all.
BOUND: Final[tuple[type[models.Model], ...]] = (Contract, ContractLine)
LINES: Final = """
    accounts_importline l JOIN {table} t ON t.id = l.object_id
    WHERE l.file_id = %(file)s AND l.object_kind = %(kind)s AND l.kind = '{made}' AND l.outcome = ''
"""
OF_ROW: Final = "e.kind = %(kind)s AND e.{owned} = {row}"
OWN: Final = "(e.act = ANY(%(acts)s) AND e.door = ANY(%(own)s))"
# Nobody but this import, and what was taken back, has changed the row.
UNTOUCHED: Final = f"NOT EXISTS (SELECT FROM history_entry e WHERE {{own}} AND NOT {OWN} AND NOT {{taken_back}})"
# SQL over the contract ``c``: what changed it or its lines last is an Undo.
LEFT_BY_UNDO: Final = f"""
    coalesce((SELECT {BY_UNDO} FROM history_entry e
              WHERE e.customer_id = c.customer_id
                AND (e.kind = 'contract' AND e.object_id = c.id
                     OR e.kind = 'contractline' AND coalesce(e.before -> 'contract', e.after -> 'contract') = to_jsonb(c.id))
              ORDER BY e.id DESC LIMIT 1), false)
"""  # noqa: S608 (made of constants)
# The fields that others have changed since: by the history, else by the lines of later imports.
BY_HISTORY: Final = f"""
    ARRAY(SELECT DISTINCT f.name FROM history_entry e CROSS JOIN LATERAL jsonb_object_keys(e.after) f(name)
          WHERE {{own}} AND e.operation = 'changed' AND NOT {OWN} AND NOT {{taken_back}}
            AND e.id > coalesce((SELECT min(e.id) FROM history_entry e WHERE {{own}} AND {OWN}), 0))
"""  # noqa: S608 (made of constants)
BY_LINES: Final = """
    ARRAY(SELECT DISTINCT f.name FROM accounts_importline m JOIN accounts_importfile later ON later.id = m.file_id
          CROSS JOIN LATERAL jsonb_object_keys(m.fields) f(name)
          WHERE m.kind = 'changed' AND m.object_kind = %(kind)s AND m.object_id = l.object_id
            AND later.written AND NOT later.undone AND later.id > %(file)s AND later.run_id <> %(run)s)
"""
# Of each changed field the value to which it goes back, behind those of imports that were undone while the value of a later
# one stood. What an import had left before this one came, though it was undone, stood rightfully; so does what a person set.
GOALS: Final = """
    WITH RECURSIVE goal AS (
        SELECT l.id AS line_id, l.object_id, f.name, l.fields -> f.name -> 0 AS value, l.file_id
        FROM accounts_importline l CROSS JOIN LATERAL jsonb_object_keys(l.fields) f(name)
        WHERE l.file_id = %(file)s AND l.object_kind = %(kind)s AND l.kind = 'changed'
        UNION ALL
        SELECT g.line_id, g.object_id, g.name, m.fields -> g.name -> 0, m.file_id
        FROM goal g CROSS JOIN LATERAL (
            SELECT m.fields, m.file_id, earlier.undone AND coalesce(earlier.last_then >= g.file_id, true) AS undone
            FROM accounts_importline m JOIN accounts_importfile earlier ON earlier.id = m.file_id
            WHERE m.kind = 'changed' AND m.object_kind = %(kind)s AND m.object_id = g.object_id
              AND earlier.written AND m.file_id < g.file_id AND m.fields ? g.name
            ORDER BY m.file_id DESC LIMIT 1) m
        WHERE m.undone AND m.fields -> g.name -> 1 = g.value AND NOT EXISTS (
            SELECT FROM history_entry e WHERE {own} AND e.operation = 'changed' AND e.after ? g.name AND {by_hand}
              AND e.id > ({of_file} m.file_id ORDER BY e.id DESC LIMIT 1)
              AND e.id < ({of_file} g.file_id ORDER BY e.id LIMIT 1))
    )
    SELECT DISTINCT ON (line_id, name) line_id, object_id, name, value FROM goal ORDER BY line_id, name, file_id
"""
OF_FILE: Final = f"""
    SELECT e.id FROM history_entry e JOIN accounts_importfile f ON f.act = e.act AND {OF_RUN} WHERE {{own}} AND f.id =
"""  # noqa: S608 (made of constants)
# Of parts of contracts, what the file began at the end of others, and that stays: these end there still, else both would count.
BEGUN: Final = """
    SELECT p.contract_id, {named}, p.starts_on FROM accounts_importline n JOIN {table} p ON p.id = n.object_id
    WHERE n.file_id = %(file)s AND n.object_kind = %(kind)s AND n.kind = 'new'
"""
# What tells one part of a contract from another; of a line that gets another product, the next one's.
NAMED: Final[dict[type[models.Model], dict[str, str]]] = {
    ContractLine: {"product": "coalesce(l.fields -> 'ends_on' -> 2 -> 'product' ->> 1, t.product)"},
    Entitlement: {"kind": "t.kind", "name": "t.name"},
}
NO_GOALS: Final = "SELECT NULL::bigint AS line_id, ''::text AS name, NULL::jsonb AS value WHERE false"
UNDONE_BEFORE: Final = (
    "SELECT EXISTS (SELECT FROM accounts_importfile f WHERE f.written AND f.undone AND f.id < %(file)s)"
)
BACK: Final = """
    WITH goal AS MATERIALIZED (
        SELECT line_id, jsonb_object_agg(name, value) AS before FROM ({goals}) g GROUP BY line_id
    ), line AS MATERIALIZED (
        SELECT l.id AS line_id, l.object_id, l.fields, goal.before, {others} AS others
        FROM accounts_importline l LEFT JOIN goal ON goal.line_id = l.id
        WHERE l.file_id = %(file)s AND l.object_kind = %(kind)s AND l.kind = 'changed' AND l.outcome = ''
    ), begun AS MATERIALIZED ({begun}), given AS (
        SELECT l.line_id, l.fields, l.before, t.id, {backs} FROM line l JOIN {table} t ON t.id = l.object_id
    ), stays AS (
        SELECT given.*, ARRAY(SELECT k FROM jsonb_object_keys(fields) k WHERE NOT CASE k {cases} ELSE false END ORDER BY k) AS kept
        FROM given
    ), done AS (
        UPDATE {table} t SET {sets} FROM stays g WHERE t.id = g.id AND {may} RETURNING t.id
    )
    UPDATE accounts_importline l
    SET outcome = CASE WHEN g.kept = '{{}}' THEN 'returned' ELSE 'kept' END, field = array_to_string(g.kept, ', '),
        reason = CASE WHEN g.kept = '{{}}' THEN '' ELSE %(since)s END
    FROM stays g WHERE l.id = g.line_id AND l.fields <> '{{}}'
    RETURNING l.customer_id
"""
# A row that withdrew anew, or went back, is written again by the file that said otherwise.
FORGET_SAID: Final = "source_said = t.source_said - ARRAY(SELECT jsonb_object_keys(g.fields))"


# A customer that was merged meanwhile is nobody's parent: its survivor is.
PARENT_BACK: Final = """
    parent_id = CASE WHEN g.back_parent THEN nullif((
        SELECT coalesce(p.merged_into_id, p.id) FROM accounts_customer p WHERE p.id = ({before} #>> '{{}}')::bigint), t.id)
    ELSE t.parent_id END
"""


def go_back(model: type[models.Model], known: dict[str, Any]) -> list[int]:
    """Put the changed fields of ``model`` back where they are as the import left them; the customers. Two statements."""
    table, names = model._meta.db_table, columns(model)
    same = {name: _stands(name, f't."{column}"') for name, column in names.items()}
    if named := NAMED.get(model):
        same["ends_on"] += f" AND {goes_on(named)}"
    backs = {name: f"(l.fields ? '{name}' AND {_alone(name, same)})" for name in names}
    for group in bound(model):
        whole = " AND ".join(f"({_alone(name, same)} OR NOT l.fields ? '{name}')" for name in group)
        since = " AND ".join(f"NOT '{name}' = ANY(l.others)" for name in group if model not in BOUND)
        backs |= {name: f"({backs[name]} AND {' AND '.join(filter(None, (whole, since)))})" for name in group}
    sets = [
        f'"{column}" = CASE WHEN g.back_{name} THEN {there(model, name, value_of(table, name, column))} ELSE t."{column}" END'
        for name, column in names.items()
    ]
    if model is Customer:
        # Given back before: it is whose it was.
        backs["owner"] = f"(l.fields ? 'owner' AND coalesce(to_jsonb(t.owner_id), 'null') = {before('l', 'owner')})"
        sets = [text for text in sets if not text.startswith(('"owner_id"', '"parent_id"'))]
        sets.append(PARENT_BACK.format(before=before("g", "parent")))
    if model is Contract:
        sets.append(FORGET_SAID)
    kind = str(model._meta.model_name)
    params = known | {"kind": kind}
    with connection.cursor() as cursor:
        statement = BACK.format(
            goals=goals_of(kind) if _undone_before(known) else NO_GOALS,
            begun=BEGUN.format(table=table, named=", ".join(f"p.{name}" for name in named)) if named else "SELECT",
            others=by_history(model) if kind in REGISTER else BY_LINES,
            backs=", ".join(f"{condition} AS back_{name}" for name, condition in backs.items()),
            cases=" ".join(f"WHEN '{name}' THEN back_{name}" for name in names),
            sets=", ".join(sets), may=f"({' OR '.join(f'g.back_{name}' for name in names)})", table=table,
        )  # fmt: skip
        cursor.execute(statement, params)
        return [row[0] for row in cursor.fetchall()]


def goals(kind: str, name: str, known: dict[str, Any]) -> dict[int, Any]:
    """The value to which the field ``name`` goes back, by the id of its row, of the rows of which the file changed it."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT object_id, value #>> '{{}}' FROM ({goals_of(kind)}) g WHERE name = %(name)s",  # noqa: S608  our own names
            known | {"kind": kind, "name": name},
        )
        return dict(cursor.fetchall())


def changed_since(model: type[models.Model], known: dict[str, Any]) -> dict[int, list[str]]:
    """The fields that others have changed since, by the id of the row, of the rows of ``model`` that the file changed."""
    lines = "FROM accounts_importline l WHERE l.file_id = %(file)s AND l.object_kind = %(kind)s AND l.kind = 'changed'"
    with connection.cursor() as cursor:
        statement = f"SELECT l.object_id, {by_history(model)} {lines}"
        cursor.execute(statement, known | {"kind": model._meta.model_name})
        return dict(cursor.fetchall())


def untouched(model: type[models.Model]) -> str:
    """SQL over the row ``t``: nobody but this import has changed it."""
    own = OF_ROW.format(owned=owned(model), row="t.id")
    return UNTOUCHED.format(own=own, taken_back=all_taken_back(own))


def by_history(model: type[models.Model]) -> str:
    """SQL over the line ``l``: the fields of its row that others have changed since."""
    own = OF_ROW.format(owned=owned(model), row="l.object_id")
    return BY_HISTORY.format(own=own, taken_back=taken_back(own, path_to("f.name")))


def goals_of(kind: str) -> str:
    own = OF_ROW.format(owned="customer_id" if kind == "customer" else "object_id", row="g.object_id")
    return GOALS.format(own=own, by_hand=BY_HAND, of_file=OF_FILE.format(own=own))


def owned(model: type[models.Model]) -> str:
    """The column of the history that finds a row's entries by an index."""
    return "customer_id" if model is Customer else "object_id"


def bound(model: type[models.Model]) -> list[set[str]]:
    """Sets of fields that go back together: of a contract and its lines all, else those that one constraint names."""
    names = columns(model)
    if model in BOUND:
        return [set(names)]
    groups: list[set[str]] = []
    for constraint in model._meta.constraints:
        if not isinstance(constraint, models.CheckConstraint) or not isinstance(constraint.condition, Q):
            continue
        group = set(named_in(constraint.condition)) & names.keys()
        for other in [other for other in groups if other & group]:
            groups.remove(other)
            group |= other
        groups.append(group)
    return [group for group in groups if len(group) > 1]


def named_in(condition: Q) -> Iterator[str]:
    """The fields that a condition names."""
    for child in condition.children:
        if isinstance(child, Q):
            yield from named_in(child)
        elif isinstance(child, tuple):
            lookup, value = child
            yield lookup.split("__")[0]
            if isinstance(value, F):
                yield str(value.name)  # type: ignore[attr-defined]  # the stubs do not know it


def before(row: str, name: str) -> str:
    """SQL: the value before, of the line in ``row``."""
    return f"coalesce({row}.before -> '{name}', {row}.fields -> '{name}' -> 0)"


def value_of(table: str, name: str, column: str) -> str:
    """SQL: the value before, of the line in ``g``, as the column has it."""
    return f"(jsonb_populate_record(NULL::{table}, jsonb_build_object('{column}', {before('g', name)}))).\"{column}\""


def there(model: type[models.Model], name: str, value: str) -> str:
    """SQL: the value before; of a field that leads to a row which has left with an Undo since, none, or the one that stands where
    it must lead somewhere.
    """
    field = model._meta.get_field(name)
    if not isinstance(field, models.ForeignKey):
        return value
    to = field.related_model._meta.db_table
    other = "NULL" if field.null else f't."{field.column}"'
    return f"CASE WHEN EXISTS (SELECT FROM {to} r WHERE r.id = {value}) THEN {value} ELSE {other} END"


def goes_on(named: dict[str, str]) -> str:
    """SQL: the part ``t`` of a contract, told from others by ``named``, is not followed by one that the file began."""
    return f"NOT coalesce((t.contract_id, {', '.join(named.values())}, t.ends_on) IN (SELECT * FROM begun), false)"  # noqa: S608  our own names


def _stands(name: str, column: str) -> str:
    return f"coalesce(to_jsonb({column}), 'null') IN (l.fields -> '{name}' -> 1, {before('l', name)})"


def _alone(name: str, same: dict[str, str]) -> str:
    """SQL: the field stands as the import left it, or as it was before, and nobody changed it in between."""
    return f"({same[name]} AND NOT '{name}' = ANY(l.others))"


def _undone_before(known: dict[str, Any]) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(UNDONE_BEFORE, known)
        return bool(cursor.fetchone()[0])
