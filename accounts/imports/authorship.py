"""Who wrote the value that stands in a field, by the history of its row; what was taken back since is nobody's word.

``e`` is an entry of the history. ``own`` is SQL for the entries of one row, ``path`` SQL for the path to a field in what stood
before and after.
"""

from __future__ import annotations

from typing import Final

from accounts.models import FieldOrder
from config.history import then

# Ways in of what a run changes, before its number: by a file, by a person's edit of a row of its source, by Undo; and the
# door of a run of the command, which does not name it.
FILE, TYPED, UNDO, COMMAND = "import", "typed", "undo", "command:import_data"
# SQL over the entry ``e``: by an Undo.
BY_UNDO: Final = f"split_part(e.door, ':', 1) = '{UNDO}'"
# SQL over the entry ``e`` and a file ``f``: by a door of its run.
OF_RUN: Final = f"e.door IN ('{FILE}:' || f.run_id, '{TYPED}:' || f.run_id, '{COMMAND}')"
# What people change on pages, and by acts on many rows that they start there; not programs, files and merges.
BY_HAND: Final = f"""(
    e.actor_id IS NOT NULL AND {then.BY_SOMEBODY} AND e.door <> 'api' AND split_part(e.door, ':', 1) NOT IN ('{FILE}', 'command')
)"""
# An Undo says what stood before: neither it nor what it took back is anybody's word. What a file said that is undone by now
# is nobody's either, also where Undo found nothing to put back, since a later file had said the same as an earlier one. Of
# runs that were forgotten before that was kept the history alone tells: an Undo that put back what an entry replaced took that
# entry back too, as it passed over an import that was undone before, or is that of a command, whose entries do not name their run.
TAKEN_BACK: Final = f"""(
    {BY_UNDO}
    OR (split_part(e.door, ':', 1) IN ('{FILE}', '{TYPED}') OR e.door = '{COMMAND}') AND (
        EXISTS (SELECT FROM accounts_importfile f WHERE f.act = e.act AND f.undone AND {OF_RUN})
        OR EXISTS (SELECT FROM accounts_forgottenload f WHERE f.act = e.act AND f.undone)
        OR EXISTS (
            SELECT FROM (SELECT e.* FROM history_entry e WHERE {{own}}) back
            WHERE back.id > e.id AND {{touched_back}} AND split_part(back.door, ':', 1) = '{UNDO}'
              AND (back.door = '{UNDO}:' || split_part(e.door, ':', 2) OR back.after #> {{path}} = e.before #> {{path}})))
    OR EXISTS (SELECT FROM accounts_merge m WHERE m.undone_at IS NOT NULL AND e.door = 'merge:' || m.id))
"""  # noqa: S608 (made of constants)
# A restored database counts its transactions anew: the door says so, too.
SOURCE: Final = f"""
    SELECT f.source FROM accounts_importfile f
    WHERE f.act = e.act AND e.door IN ('{FILE}:' || f.run_id, '{COMMAND}')
    UNION ALL
    SELECT f.source FROM accounts_forgottenload f
    WHERE f.act = e.act AND (e.door = '{COMMAND}' OR split_part(e.door, ':', 1) = '{FILE}') LIMIT 1
"""  # noqa: S608 (made of constants)
WRITER: Final = f"CASE WHEN {BY_HAND} THEN '{FieldOrder.HAND}' ELSE coalesce(({SOURCE}), '') END"
# A merge moves rows, and an Undo takes them back: nobody works on them so. Nor does who takes out what they point at.
WORKED_ON: Final = f"""EXISTS (
    SELECT FROM history_entry e WHERE e.kind = '{{kind}}' AND e.object_id = {{row}}.id AND e.actor_id IS NOT NULL
      AND {then.BY_SOMEBODY} AND e.after - ARRAY[{{pointers}}] <> jsonb_build_object())"""
NEWEST: Final = """
    SELECT {what} FROM history_entry e
    WHERE {own} AND e.operation = 'changed' AND {touched} AND NOT {taken_back} ORDER BY e.id DESC LIMIT 1
"""


def worked_on(kind: str, row: str, *pointers: str) -> str:
    """SQL: somebody changed the row ``row`` of ``kind``, other than the customer that it is of and where ``pointers`` lead, which
    follow other rows.
    """
    return WORKED_ON.format(kind=kind, row=row, pointers=", ".join(f"'{name}'" for name in ("customer", *pointers)))


def doors(run: int) -> list[str]:
    """The doors by which the import ``run`` may have changed rows."""
    return [f"{FILE}:{run}", f"{TYPED}:{run}", COMMAND]


def path_to(name: str) -> str:
    """The path to the field that ``name``, SQL, names."""
    return f"ARRAY[{name}]"


def touched(entry: str, path: str) -> str:
    """SQL: the entry changed the field."""
    return f"({entry}.after #> {path}) IS DISTINCT FROM ({entry}.before #> {path})"


def taken_back(own: str, path: str) -> str:
    """SQL: the entry ``e`` is an Undo's, or an Undo took back what it says of the field."""
    return TAKEN_BACK.format(own=own, path=path, touched_back=touched("back", path))


def all_taken_back(own: str) -> str:
    """SQL: the entry ``e`` is an Undo's, or an Undo took back all that it says."""
    stands = f"SELECT FROM jsonb_object_keys(e.after) f(name) WHERE NOT {taken_back(own, path_to('f.name'))}"
    return f"({BY_UNDO} OR e.after <> '{{}}' AND NOT EXISTS ({stands}))"


def newest(own: str, path: str, what: str = WRITER) -> str:
    """SQL: who changed the field last: ``hand`` for a person, the source of an import, "" for others; no row where nobody did.

    ``what`` selects something else of that entry.
    """
    return NEWEST.format(what=what, own=own, touched=touched("e", path), taken_back=taken_back(own, path))
