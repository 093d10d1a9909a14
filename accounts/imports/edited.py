"""Rows that one source alone brings, and people who log in: what a person changed of them since stays, and is listed.

Of contracts and people the history says who changed a field; of other rows a value is a person's where it is no longer what
stood after the source's last load. Customers and contacts, which several sources write, are ``accounts.imports.believing``'s.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, Final

from django.db import connection
from django.db.models import Model

from accounts.attributes import definitions
from accounts.imports import believing, edited_lines
from accounts.imports.attributes import field_of
from accounts.imports.authorship import BY_HAND, newest, path_to
from accounts.imports.believing import AGREE, HAND
from accounts.imports.compared import LINE, LINES, SEATS, Compared, Value, compared
from accounts.imports.going_back import owned
from accounts.imports.staging import Staged
from accounts.imports.targets import TARGETS, Target
from accounts.models import FieldOrder, User
from config.history.kept import REGISTER

USERS: Final = "users"
MANAGER: Final = "(SELECT m.email FROM accounts_user m WHERE m.id = t.manager_id)"
# An empty cell changes nothing of people.
OF_USERS: Final = {
    name: Value(f"coalesce(nullif(s.{name}, ''), {stands}, '')", f"coalesce({stands}, '')")
    for name, stands in {"name": "t.name", "role": "t.role", "language": "t.language", "manager": MANAGER}.items()
}
WORD: Final = "(w.target, w.source, w.external_id) = (%(target)s, %(source)s, s.external_id)"
# What ended because a file did not name it was ended by nobody.
NAMED: Final = "NOT EXISTS (SELECT FROM accounts_absence a WHERE a.\"table\" = '{table}' AND a.row_id = t.id)"
BY_WORD: Final = f"""
    EXISTS (SELECT FROM accounts_word w WHERE {WORD} AND w.fields ? '{{field}}' AND {{stands}} <> coalesce(w.kept ->> '{{field}}', w.fields ->> '{{field}}')
            AND {NAMED})
"""
# Where an Undo forgot the word on a contract, the history of the line, or of the seats, tells whose the value is.
BY_PART: Final = f"""
    NOT EXISTS (SELECT FROM accounts_word w WHERE {WORD} AND w.fields ? '{{field}}')
    AND EXISTS (SELECT FROM accounts_{{kind}} l WHERE l.id = ({{part}})::bigint AND ({{wrote}}))
"""  # noqa: S608 (made of constants)
TOUCHED: Final = """
    CREATE TEMP TABLE import_touched ON COMMIT DROP AS
    SELECT s.line FROM import_staged s, {rows} AND ({by_word} OR {by_history} {by_parts})
"""
OTHERWISE: Final = f"""
    EXISTS (SELECT FROM accounts_word w WHERE {WORD} AND NOT jsonb_build_object({{stood}}) @> (w.fields || w.kept))
"""
OF_SEATS: Final = newest("e.kind = 'entitlement' AND e.object_id = l.id", path_to("'quantity'"))
# Of fields of contracts that lines and seats have: the kind, SQL of the id of the one that is compared, and whether a person wrote
# what it has.
PARTS: Final[dict[str, tuple[str, str, str]]] = {
    **{name: ("contractline", LINE.format(name="id"), edited_lines.wrote(name)) for name in LINES},
    "seats": (
        "entitlement",
        SEATS.replace("e.quantity", "e.id"),
        f"coalesce(({OF_SEATS}), '') = '{HAND}' OR {edited_lines.SEATS_SPLIT}",
    ),
}
OF_PARTS: Final = """
    (SELECT 'contractline' AS kind, id FROM accounts_contractline WHERE {which}
     UNION ALL SELECT 'entitlement', id FROM accounts_entitlement WHERE {which}) p
    JOIN history_entry e ON (e.kind, e.object_id) = (p.kind, p.id)
"""
EDITED: Final = "EXISTS (SELECT FROM history_entry e WHERE {own} AND {by_hand})"
EDITED_PARTS: Final = f"OR EXISTS (SELECT FROM {OF_PARTS.format(which='contract_id = t.id')} WHERE {BY_HAND})"
# A row of which somebody wrote on a page what stands in a field, or changed a part of it; of kinds without history one that is not as its source left it.
CHANGED: Final = f"""
    SELECT EXISTS (SELECT FROM history_entry h CROSS JOIN LATERAL jsonb_object_keys(h.after) f(name)
                   WHERE h.kind = %(kind)s AND h.{{owned}} = ANY(%(ids)s) AND h.operation = 'changed' AND ({{newest}}) = '{HAND}')
        OR %(kind)s = 'contract' AND EXISTS (
            SELECT FROM {OF_PARTS.format(which="contract_id = ANY(%(ids)s)")} WHERE {BY_HAND})
"""  # noqa: S608 (made of constants)
UNLIKE: Final = """
    SELECT EXISTS (
        SELECT FROM {table} t JOIN accounts_word w ON (w.target, w.source, w.object_id) = (%(target)s, %(source)s, t.id)
        WHERE t.id = ANY(%(ids)s) AND NOT jsonb_build_object({stood}) @> (w.fields || w.kept)
          AND {named})
"""
HELD: Final = """
    s.line IN (SELECT line FROM import_touched) AND NOT coalesce(%(name)s = ANY(s.unread), false)
    AND EXISTS (SELECT FROM {rows} AND {given} <> {stands} AND {author})
"""
DISAGREE: Final = """
    INSERT INTO accounts_disagreement (target, field, source, object_id, customer_id, given, stands, by, seen_on)
    SELECT DISTINCT ON (t.id) %(target)s, %(name)s, %(source)s, t.id, {customer}, {given}, {stands}, %(hand)s, %(today)s
    FROM import_unread u JOIN import_staged s USING (line), {rows} AND u.field = %(name)s AND u.reason = %(reason)s
    ORDER BY t.id, s.line
    ON CONFLICT (target, object_id, field, source) DO UPDATE
    SET given = excluded.given, stands = excluded.stands, by = excluded.by, seen_on = excluded.seen_on
"""
KEEP: Final = "UPDATE import_staged s SET \"{name}\" = {value} FROM {rows} AND '{name}' = ANY(s.unread)"
# Fields that a rule of the record binds: where a value that stays does not go with the others of the file, those stay too.
BOUND: Final[dict[str, tuple[tuple[str, str], ...]]] = {
    "contracts": (
        ("starts_on ends_on", "s.ends_on <= s.starts_on"),
        ("starts_on ended_on", "s.ended_on < s.starts_on"),
    ),
    "invoices": (
        ("issued_on due_on", "s.due_on < s.issued_on"),
        ("status paid_on", "s.status = 'open' AND s.paid_on IS NOT NULL"),
    ),
    "integrations": (("connected_on disconnected_on", "s.disconnected_on < s.connected_on"),),
    "tickets": (("opened_at solved_at", "s.solved_at < s.opened_at"),),
    "outcomes": (("unit_value confirmed_on", "s.confirmed_on IS NOT NULL AND s.unit_value IS NULL"),),
    "cancellations": (("stated_reason note", "s.stated_reason = 'other' AND coalesce(s.note, '') = ''"),),
    "surveys": (("kind answer", "'kind' = ANY(s.unread) OR 'answer' = ANY(s.unread)"),),
}


def rows_of(name: str) -> Compared | None:
    """How rows of the target are compared, people by their email; None for customers and contacts, and where nothing is."""
    if name in believing.TARGETS:
        return None
    if name != USERS:
        return compared(name)
    own = "e.kind = 'user' AND e.object_id = t.id"
    return Compared(TARGETS[name], User, "accounts_user t WHERE t.email = s.email", "NULL::bigint", own, OF_USERS)


def comparable() -> dict[str, tuple[str, ...]]:
    """The fields of each target of which a person may be believed before a source."""
    found = {name: believed.fields for name, believed in believing.TARGETS.items()}
    found["customers"] += tuple(map(field_of, definitions.by_key().values()))
    for name in TARGETS:
        if known := rows_of(name):
            found[name] = (*known.values, *(edited_lines.OWN if name == edited_lines.CONTRACTS else ()))
    return {name: fields for name, fields in found.items() if fields}


def hold(staged: Staged, target: Target) -> None:
    """Leave out the cells of which a person is believed, and list them. Two statements, of contracts a row a line three, and
    where somebody changed one of the rows, three more a field of the file at most.
    """
    known = rows_of(target.name)
    if known is None or staged.file.correction or staged.file.conceded or staged.file.is_typed:
        return
    by_line = staged.has("line_starts_on")
    values = {
        name: value for name, value in known.values.items() if staged.has(name) and not (by_line and name in LINES)
    }
    lines = [name for name in edited_lines.FIELDS if by_line and staged.has(name)]
    given = {"target": target.name, "given": [*values, *lines]}
    staged.execute(AGREE.format(rows=known.rows), given)
    orders = dict(FieldOrder.objects.filter(target=target.name).values_list("field", "sources"))
    named = len(values)
    values = {
        name: value
        for name, value in values.items()
        if HAND in believing.stronger(orders.get(name), staged.file.source)
    }
    staged.overrules = len(values) < named
    stood = today(", ".join(f"'{name}', {value.stands}" for name, value in known.values.items()))
    touched = TOUCHED.format(
        rows=known.rows,
        by_word="false" if target.name == USERS else OTHERWISE.format(stood=stood),
        by_history=EDITED.format(own=known.own, by_hand=BY_HAND) if known.own else "false",
        by_parts=EDITED_PARTS if target.name == edited_lines.CONTRACTS else "",
    )
    if values and staged.execute(touched, given):
        held = [name for name, value in values.items() if hold_field(staged, known, name, value)]
        keep(staged, known, held)
        hold_bound(staged, known, values, held)
    staged.execute("DROP TABLE IF EXISTS import_touched")
    lines = [name for name in lines if HAND in believing.stronger(orders.get(name), staged.file.source)]
    if lines:
        edited_lines.hold(staged, lines)


def hold_field(staged: Staged, known: Compared, name: str, value: Value, where: str = "") -> int:
    """Leave out the cells of one field, by its author or by ``where``; how many."""
    parts = {"rows": known.rows, "customer": known.customer, "given": value.given, "stands": value.stands}
    params = {"name": name, "target": known.target.name, "reason": believing.why_kept([HAND]), "hand": HAND}
    condition = HELD.format(author=where or author(known, name, value), **parts)
    held = staged.list_unread(
        condition, name, str(params["reason"]), shown=f"coalesce(s.\"{name}\"::text, '')", params=params
    )
    if held:
        staged.execute(DISAGREE.format(**parts), params)
    return held


def author(known: Compared, name: str, value: Value) -> str:
    """SQL: whether a person wrote what stands."""
    if known.own and not value.keep:
        return f"coalesce(({newest(known.own, believing.of_column(name).path)}) = '{HAND}', false)"
    by_word = BY_WORD.format(field=name, stands=today(value.stands), table=known.table)
    if name not in PARTS:
        return by_word
    kind, part, wrote = PARTS[name]
    return f"({by_word} OR {BY_PART.format(field=name, kind=kind, part=today(part), wrote=wrote)})"


def today(stands: str) -> str:
    """What stands today, whatever the day of the file: one that comes late is of a day with other prices."""
    return stands.replace("%(day)s", "%(today)s")


def keep(staged: Staged, known: Compared, names: list[str]) -> None:
    """Put what stands in place of the cells left out; of people, nothing, which changes nothing."""
    for name in names:
        value = "NULL" if known.target.name == USERS else known.values[name].keep or f't."{name}"'
        staged.execute(KEEP.format(name=name, value=value, rows=known.rows))


def hold_bound(staged: Staged, known: Compared, values: Mapping[str, Value], held: list[str]) -> None:
    """Leave out the other fields of a rule that what stays would break."""
    for words, breaks in BOUND.get(known.target.name, ()):
        names = words.split()
        if not set(names) & set(held) or not all(map(staged.has, names)):
            continue
        others = [
            name for name in names if name in values and hold_field(staged, known, name, values[name], f"({breaks})")
        ]
        keep(staged, known, others)


def is_changed(target: Target, model: type[Model], ids: Sequence[int], source: str, day: dt.date) -> bool:
    """Whether a person changed one of the rows ``ids`` of ``model`` since ``source`` brought it. One statement."""
    kind, known = str(model._meta.model_name), compared(target.name)
    given: dict[str, Any] = {"kind": kind, "ids": list(ids), "target": target.name, "source": source, "today": day}
    if kind in REGISTER:
        column = owned(model)
        own = f"(e.kind, e.{column}) = (h.kind, h.{column})"
        statement = CHANGED.format(owned=column, newest=newest(own, path_to("f.name")))
    elif known and known.model is model:
        stood = today(", ".join(f"'{name}', {value.stands}" for name, value in known.values.items()))
        statement = UNLIKE.format(table=known.table, stood=stood, named=NAMED.format(table=known.table))
    else:
        return False
    with connection.cursor() as cursor:
        cursor.execute(statement, given)
        return bool(cursor.fetchone()[0])
