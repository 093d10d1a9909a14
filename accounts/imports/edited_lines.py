"""Contracts that come a row a line: what a person set of a line stays, line by line, and is listed.

A change from some day on is a stretch of its own, which the person added.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from accounts.imports import believing
from accounts.imports.authorship import BY_HAND, TYPED, newest, taken_back
from accounts.imports.compared import LINES
from accounts.imports.lines import FIRST, MEANT, OURS, SAME_LINE
from accounts.models import FieldOrder

if TYPE_CHECKING:
    from accounts.imports.staging import Staged

HAND: Final = FieldOrder.HAND
# What lines have that rows of a whole contract do not say.
CONTRACTS: Final = "contracts"
OWN: Final = ("line_ends_on",)
COLUMNS: Final = {"line_ends_on": "ends_on"}
FIELDS: Final = (*LINES, *OWN)
OF: Final = "e.kind = 'contractline' AND e.object_id = q.id"
# The stretches of the line ``l``, up to it.
STRETCHES: Final = """
    q.contract_id = {line}.contract_id AND q.product = {line}.product AND q.starts_on <= {line}.starts_on
    AND coalesce(q.source_starts_on, q.starts_on) = coalesce({line}.source_starts_on, {line}.starts_on)
"""
OF_LINE: Final = STRETCHES.format(line="l")
# The history keeps no lines and seats that are added: a person added the stretch that begins where they let another one end.
LET_END: Final = f"""
    EXISTS (SELECT FROM accounts_{{kind}} p JOIN history_entry e ON e.kind = '{{kind}}' AND e.object_id = p.id
            WHERE p.contract_id = {{line}}.contract_id AND {{same}} AND p.ends_on = {{line}}.starts_on
              AND split_part(e.door, ':', 1) = '{TYPED}' AND e.after ->> 'ends_on' = p.ends_on::text {{also}})
"""
SPLIT: Final = LET_END.format(kind="contractline", same="p.product = {line}.product", line="{line}", also="{also}")
SEATS_SPLIT: Final = LET_END.format(kind="entitlement", same="(p.kind, p.name) = ('seats', '')", line="l", also="")
BY_PERSON: Final = SPLIT.format(line="q", also="")
TOUCHED: Final = f"""
    CREATE TEMP TABLE import_touched ON COMMIT DROP AS
    SELECT s.line AS place, c.id AS contract, c.customer_id AS customer, l.*
    FROM {OURS} {MEANT.format(which=SAME_LINE)}
    WHERE EXISTS (SELECT FROM accounts_contractline q JOIN history_entry e ON {OF} WHERE {OF_LINE} AND {BY_HAND})
""".replace("%(day)s", "%(today)s")  # noqa: S608 (made of constants)
# A person wrote the value into the line or an earlier stretch, from which it goes on. What a stretch of theirs has as the
# source's last one before it is no word of theirs.
WROTE: Final = f"""
    EXISTS (SELECT FROM accounts_contractline q WHERE {OF_LINE} AND q.{{column}} = l.{{column}}
            AND (coalesce(({{newest}}), '') = '{HAND}' OR {BY_PERSON} AND q.{{column}} IS DISTINCT FROM (
                SELECT before.{{column}} FROM accounts_contractline before
                WHERE (before.contract_id, before.product) = (q.contract_id, q.product) AND before.starts_on < q.starts_on
                  AND NOT {SPLIT.format(line="before", also="")}
                ORDER BY before.starts_on DESC LIMIT 1)))
"""  # noqa: S608 (made of constants)
# An end goes on in the stretches that begin before it.
ENDED: Final = f"""
    EXISTS (SELECT FROM accounts_contractline q JOIN history_entry e ON {OF} WHERE {OF_LINE} AND e.operation = 'changed'
              AND {BY_HAND} AND NOT {taken_back(OF, "'{ends_on}'")} AND e.after -> 'ends_on' = coalesce(to_jsonb(l.ends_on), 'null'))
    OR EXISTS (SELECT FROM accounts_contractline q WHERE {OF_LINE} AND q.ends_on IS NOT DISTINCT FROM l.ends_on
               AND {SPLIT.format(line="q", also="AND e.before ->> 'ends_on' IS DISTINCT FROM q.ends_on::text")})
"""  # noqa: S608 (made of constants)
HELD: Final = """
    NOT coalesce(%(name)s = ANY(s.unread), false) AND EXISTS (
        SELECT FROM import_touched l WHERE l.place = s.line AND {given} IS DISTINCT FROM {stands} AND ({wrote}))
"""
DISAGREE: Final = """
    INSERT INTO accounts_disagreement (target, field, source, object_id, customer_id, given, stands, by, seen_on)
    SELECT DISTINCT ON (l.contract) 'contracts', %(name)s, %(source)s, l.contract, l.customer, coalesce(({given})::text, ''),
        coalesce(({stands})::text, ''), %(hand)s, %(today)s
    FROM import_touched l JOIN import_staged s ON s.line = l.place AND %(name)s = ANY(s.unread) ORDER BY l.contract, s.line
    ON CONFLICT (target, object_id, field, source) DO UPDATE
    SET given = excluded.given, stands = excluded.stands, by = excluded.by, seen_on = excluded.seen_on
"""
KEEP: Final = """
    UPDATE import_staged s SET {name} = {stands} FROM import_touched l WHERE l.place = s.line AND '{name}' = ANY(s.unread)
"""


def hold(staged: Staged, names: Sequence[str]) -> None:
    """Leave out the cells of ``names`` of which a person is believed. Two statements, and where somebody changed one of the
    lines, three more a field at most.
    """
    staged.execute(FIRST)
    if staged.execute(TOUCHED):
        for name in names:
            hold_field(staged, name)
    staged.execute("DROP TABLE import_touched")


def hold_field(staged: Staged, name: str) -> None:
    column = COLUMNS.get(name, name)
    stands = f"l.{column}"
    given = f"coalesce(s.{name}::{LINES[name]}, {stands})" if name in LINES else f"s.{name}"
    written = ENDED if name in OWN else wrote(column)
    params = {"name": name, "hand": HAND}
    held = HELD.format(given=given, stands=stands, wrote=written)
    if staged.list_unread(held, name, believing.why_kept([HAND]), shown=f"coalesce(s.{name}::text, '')", params=params):
        staged.execute(DISAGREE.format(given=given, stands=stands), params)
        staged.execute(KEEP.format(name=name, stands=stands))


def wrote(column: str) -> str:
    """SQL: a person wrote what stands in the column of the line ``l``."""
    return WROTE.format(newest=newest(OF, f"'{{{column}}}'"), column=column)
