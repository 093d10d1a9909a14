"""What a source had said before a file that is taken back: of rows that left nothing, of fields that went back what stands again.

Of a value that a person had set against the source, and that the file overwrote, the source's own word is kept with the
line, so that it is the person's again after Undo.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.db import connection

from accounts.imports import believing
from accounts.imports.attributes import FIELD
from accounts.imports.compared import LINES, Compared, Value, compared
from accounts.imports.noted import columns
from accounts.models import ContractLine

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from accounts.imports.staging import Staged
    from accounts.models import ImportFile

CONTRACTS: Final = "contracts"
OVERRULED: Final = """
    UPDATE accounts_importline l SET said = o.said
    FROM (SELECT l.id, jsonb_object_agg(f.name, coalesce(w.kept ->> f.name, w.fields ->> f.name)) AS said
          FROM accounts_importline l JOIN {table} t ON t.id = l.object_id
          JOIN accounts_word w ON (w.target, w.source, w.object_id) = (%(target)s, %(source)s, t.{whole})
          CROSS JOIN LATERAL (VALUES {before}) f(name, stood)
          WHERE l.file_id = %(file)s AND l.object_kind = '{kind}' AND (l.kind = 'changed' AND l.fields ? f.name OR l.kind = 'new' AND {is_line})
            AND w.fields ? f.name AND f.stood <> coalesce(w.kept ->> f.name, w.fields ->> f.name)
          GROUP BY l.id) o
    WHERE l.id = o.id
"""
STOOD: Final = """
    coalesce((jsonb_populate_record(t, jsonb_build_object('{column}', l.fields -> '{name}' -> 0)))."{column}"::text, '')
"""
BEFORE: Final = f"('{{name}}', {STOOD})"
# A price from some day on is a line of its own: before it stood that of the line that it follows.
BEFORE_LINE: Final = f"""
    ('{{name}}', CASE WHEN l.kind = 'new' THEN (
        SELECT coalesce(p."{{column}}"::text, '') FROM accounts_contractline p
        WHERE (p.contract_id, p.product) = (t.contract_id, t.product) AND p.starts_on < t.starts_on
        ORDER BY p.starts_on DESC LIMIT 1)
     ELSE {STOOD} END)
"""  # noqa: S608 (made of constants)
FORGET: Final = """
    DELETE FROM accounts_word w USING accounts_importline l
    WHERE l.file_id = ANY(%(files)s) AND l.kind = 'new' AND l.outcome = 'returned' AND l.object_kind = %(kind)s
      AND (w.target, w.source, w.object_id) = (%(target)s, %(source)s, l.object_id)
"""
SAY_AGAIN: Final = """
    UPDATE accounts_word w SET fields = w.fields || b.said, kept = w.kept - b.names
    FROM (SELECT w.id, array_agg(v.name) AS names,
                 jsonb_object_agg(v.name, coalesce(l.said ->> v.name, v.stands) ORDER BY l.said ? v.name) AS said
          FROM accounts_importline l JOIN {table} t ON t.id = {row}
          JOIN accounts_word w ON (w.target, w.source, w.object_id) = (%(target)s, %(source)s, t.id)
          CROSS JOIN LATERAL (VALUES {values}) v(name, stands, noted)
          WHERE l.file_id = %(file)s AND w.fields ? v.name AND {went_back} GROUP BY w.id) b
    WHERE w.id = b.id
"""
WENT_BACK: Final = """
    l.object_kind = %(kind)s AND l.kind = 'changed' AND l.fields ? v.noted AND NOT v.noted = ANY(string_to_array(l.field, ', '))
"""
OF_CONTRACT: Final = """
    coalesce((SELECT p.contract_id FROM accounts_{part} p WHERE p.id = l.object_id),
             (SELECT (x.row ->> 'contract_id')::bigint FROM accounts_withdrawnrow x
              WHERE x.kind = '{part}' AND x.object_id = l.object_id AND x.run = %(run)s ORDER BY x.id DESC LIMIT 1))
"""
PART_WENT_BACK: Final = "l.object_kind = '{part}' AND l.outcome = 'returned'"
# The columns in which a load notes a field that is called otherwise.
NOTED: Final = {"status": "payment"}
# Of rows that several sources write nobody knows what this one had said before.
SAY_NO_MORE: Final = f"""
    UPDATE accounts_word w SET fields = w.fields - f.names, kept = w.kept - f.names
    FROM (SELECT l.object_id, array_agg(DISTINCT f.name) AS names
          FROM accounts_importline l CROSS JOIN LATERAL (
              SELECT jsonb_object_keys(l.fields) UNION ALL
              SELECT '{FIELD}' || a.id FROM accounts_attribute a
              WHERE l.fields -> 'attributes' -> 0 -> a.key IS DISTINCT FROM l.fields -> 'attributes' -> 1 -> a.key) f(name)
          WHERE l.file_id = %(file)s AND l.object_kind = %(kind)s AND l.kind = 'changed' GROUP BY l.object_id) f
    WHERE (w.target, w.source, w.object_id) = (%(target)s, %(source)s, f.object_id)
"""  # noqa: S608 (made of constants)


def note(staged: Staged, target: str, file: ImportFile) -> None:
    """Keep with the lines of ``file`` what the source had said of values that a person set and the load overwrote. Before
    the words are written anew; two statements at most, and none where people are believed first.
    """
    known = compared(target)
    if known is None or target in believing.TARGETS or staged.file.is_typed:
        return
    if not (staged.file.correction or staged.file.conceded or staged.overrules):
        return
    own = {name: str(column.column) for name, column in columns_of(known).items() if staged.has(name)}
    lines = {name: name for name in LINES if name in known.values and staged.has(name)}
    for table, kind, whole, names, stood in (
        (known.table, known.kind, "id", own, BEFORE),
        (ContractLine._meta.db_table, "contractline", "contract_id", lines, BEFORE_LINE),
    ):
        if names:
            before = ", ".join(stood.format(name=name, column=column) for name, column in names.items())
            words = {"table": table, "kind": kind, "whole": whole, "before": before}
            staged.execute(OVERRULED.format(**words, is_line=stood is BEFORE_LINE), {"file": file.pk, "target": target})


def columns_of(known: Compared) -> Mapping[str, Any]:
    """The compared fields that are columns of the row itself."""
    present = columns(known.model)
    return {name: known.model._meta.get_field(name) for name in known.values if name in present and name not in LINES}


def forget(file: ImportFile, files: list[int], day: dt.date) -> None:
    """Forget what ``file``, which has been taken back, said, and with it what ``files`` said of rows that left now.

    Five statements at most.
    """
    known = compared(file.target)
    if known is None:
        return
    given: dict[str, Any] = {
        "file": file.pk, "files": files, "run": file.run_id, "target": file.target, "source": file.source,
        "kind": known.kind, "day": day,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(FORGET, given)
        if file.target in believing.TARGETS:
            cursor.execute(SAY_NO_MORE, given)
            return
        own = {name: known.values[name] for name in (*columns_of(known), *NOTED) if name in known.values}
        parts = [
            (OF_CONTRACT.format(part=part), PART_WENT_BACK.format(part=part), {name: known.values[name] for name in names})
            for part, names in (("contractline", LINES), ("entitlement", ("seats",))) if file.target == CONTRACTS
        ]  # fmt: skip
        for row, went_back, values in (("l.object_id", WENT_BACK, own), *parts):
            if values:
                words = {"table": known.table, "row": row, "went_back": went_back, "values": standing(values)}
                cursor.execute(SAY_AGAIN.format(**words), given)


def standing(values: Mapping[str, Value]) -> str:
    return ", ".join(f"('{name}', {value.stands}, '{NOTED.get(name, name)}')" for name, value in values.items())
