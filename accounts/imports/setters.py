"""Who set the values that stand against those of sources, and when; and the lines of contracts in which they stand."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from django.db import connection

from accounts.imports import edited_lines
from accounts.imports.attributes import FIELD, of_field
from accounts.imports.authorship import newest
from accounts.imports.targets import TARGETS
from accounts.models import ContractLine, Disagreement
from config.history.kept import REGISTER

Lines = Mapping[int, Sequence[ContractLine]]
SET: Final = """
    SELECT v.pk, w.actor_id, w.at
    FROM unnest(%(pks)s::bigint[], %(kinds)s::text[], %(rows)s::bigint[], %(keys)s::text[]) v(pk, kind, row_id, keys)
    CROSS JOIN LATERAL (SELECT ARRAY(SELECT jsonb_array_elements_text(v.keys::jsonb)) AS path) p
    JOIN LATERAL ({newest}) w ON true WHERE v.kind {which} 'customer'
"""
# The entries of one row, by the index of its kind.
OF_ROW: Final = {
    "=": "e.kind = 'customer' AND e.customer_id = v.row_id",
    "<>": "e.kind <> 'customer' AND e.kind = v.kind AND e.object_id = v.row_id",
}
WHO: Final = " UNION ALL ".join(
    SET.format(newest=newest(own, "p.path", "e.actor_id, e.at"), which=which) for which, own in OF_ROW.items()
)


def setters(rows: Sequence[Disagreement], lines: Lines) -> dict[int, tuple[int | None, dt.datetime]]:
    """(the id of who set what stands, when) by the id of a disagreement, as far as the history says; one statement at most.

    ``lines`` as of ``lines_of``. The id is None where no person did.
    """
    asked = [(row.pk, *place) for row in rows for place in _places(row, lines)]
    if not asked:
        return {}
    pks, kinds, ids, keys = zip(*asked, strict=True)
    params = {"pks": [*pks], "kinds": [*kinds], "rows": [*ids], "keys": [json.dumps(path) for path in keys]}
    with connection.cursor() as cursor:
        cursor.execute(WHO, params)
        return {pk: (actor, at) for pk, actor, at in sorted(cursor.fetchall(), key=lambda entry: entry[2])}


def _places(row: Disagreement, lines: Lines) -> Iterator[tuple[str, int, list[str]]]:
    """(kind, id, path in entries of the history) of the fields in which the value may have been set."""
    if row.target == edited_lines.CONTRACTS and row.field in edited_lines.FIELDS:
        standing = standing_lines(row, lines)
        starts = {(line.product, line.starts_on) for line in standing}
        yield from (("contractline", line.pk, [column_of(row)]) for line in standing)
        # What holds from some day on is a line of its own, made where the one before was let end.
        others = [line for line in lines.get(row.object_id, ()) if (line.product, line.ends_on) in starts]
        yield from (("contractline", line.pk, ["ends_on"]) for line in others)
        return
    kind = str(TARGETS[row.target].models[0]._meta.model_name)
    if kind in REGISTER:
        attribute = of_field(row.field) if row.field.startswith(FIELD) else None
        yield kind, row.object_id, ["attributes", attribute.key] if attribute else [row.field]


def column_of(row: Disagreement) -> str:
    return edited_lines.COLUMNS.get(row.field, row.field)


def lines_of(rows: Iterable[Disagreement]) -> dict[int, list[ContractLine]]:
    """The lines of the contracts among the rows, by contract, in their order. One statement."""
    contracts = {row.object_id for row in rows if row.target == edited_lines.CONTRACTS}
    found: dict[int, list[ContractLine]] = {}
    for line in ContractLine.objects.filter(contract__in=contracts).order_by("contract", "product", "starts_on", "pk"):
        found.setdefault(line.contract_id, []).append(line)
    return found


def standing_lines(row: Disagreement, lines: Lines) -> list[ContractLine]:
    """The lines of the row's contract in which the value stands that its source disagrees with; all where none has it."""
    of_contract = list(lines.get(row.object_id, ()))
    values = [getattr(line, column_of(row), None) for line in of_contract]
    standing = [
        line
        for line, value in zip(of_contract, values, strict=True)
        if ("" if value is None else str(value)) == row.stands
    ]
    return standing or of_contract
