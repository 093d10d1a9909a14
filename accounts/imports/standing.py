"""What stands in the fields of which differences are listed, and who wrote it, as SQL over the row ``t`` of the record.

Loads compare with it what a file says; here it is asked without one, as Undo lists differences anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from accounts.imports import believing, edited, edited_lines
from accounts.imports.attributes import FIELD, of_field
from accounts.imports.authorship import newest
from accounts.imports.compared import LINE
from accounts.imports.targets import TARGETS

HAND: Final = edited_lines.HAND
# Of a contract's lines the value that stood against the source, where one of them still has it; of one product, else what
# stands now. A file that comes row by row names the line, which nobody keeps.
OF_LINES: Final = """
    CASE WHEN {one} AND {today} = {given} THEN {given}
         WHEN EXISTS (SELECT FROM accounts_contractline l
                      WHERE l.contract_id = t.id AND coalesce(l.{column}::text, '') = {stood}) THEN {stood}
         WHEN {one} THEN {today} END
"""
ONE_PRODUCT: Final = "(SELECT count(DISTINCT l.product) = 1 FROM accounts_contractline l WHERE l.contract_id = t.id)"


@dataclass(frozen=True)
class Standing:
    """A field: what ``stands``, "" for nothing and NULL where that cannot be told, ``by`` whom, and the ``customer``.

    ``rows`` is the table, as ``t``, with a condition. Its SQL knows %(source)s and %(today)s.
    """

    rows: str
    customer: str
    stands: str
    by: str


def standing(target: str, field: str, given: str, stood: str) -> Standing | None:
    """The field of the target; None where no difference can be listed of it any more.

    ``given`` and ``stood`` are SQL of what the source said, and of what stood against it then.
    """
    if believed := believing.TARGETS.get(target):
        return of_several(target, field, believed)
    known = edited.rows_of(target)
    if known is None:
        return None
    by, rows = f"'{HAND}'", f"{known.table} t WHERE true"
    if target == edited_lines.CONTRACTS and field in edited_lines.FIELDS:
        column = edited_lines.COLUMNS.get(field, field)
        today = f"coalesce({LINE.format(name=column)}, '')"
        stands = OF_LINES.format(one=ONE_PRODUCT, today=today, given=given, stood=stood, column=column)
    elif value := known.values.get(field):
        stands = value.stands
        if known.own and not value.keep:
            by = f"({newest(known.own, believing.of_column(field).path)})"
        else:
            rows = f"{rows} AND {edited.NAMED.format(table=known.table)}"
    else:
        return None
    return Standing(rows, known.customer, edited.today(stands), by)


def of_several(target: str, field: str, believed: believing.Believed) -> Standing | None:
    """A field that several sources write. A customer that was merged away is no source's any more."""
    if field.startswith(FIELD):
        attribute = of_field(field)
        said = believing.of_attribute(attribute) if attribute else None
    else:
        said = believing.of_column(field) if field in believed.fields else None
    if said is None:
        return None
    alone = "t.merged_into_id IS NULL" if target == "customers" else "true"
    rows = f"{TARGETS[target].models[0]._meta.db_table} t WHERE {alone}"
    stands = f"coalesce(({said.stood or said.stands})::text, '')"
    return Standing(rows, believed.customer, stands, believing.author(believed, said))
