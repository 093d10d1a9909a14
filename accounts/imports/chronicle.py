"""Notes what a load made and changed, line by line, while its staged rows are there.

Changed fields come from the history that the triggers write in the same transaction; of tables without history it is
noted that a row changed. A row was made by the load if it is newer than the load and not committed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Final

from django.apps import apps
from django.db import models

from accounts.models import Customer, DatedFact, ExternalKey, ImportFile
from config.history.kept import REGISTER

if TYPE_CHECKING:
    from accounts.imports.staging import Staged
    from accounts.imports.targets import Target

SAMPLE: Final = 20
# Unchanged rows that are listed; their count is that of all.
SHOWN: Final = 1_000
# Rows of these go along with their customer's.
PARTS_OF_CUSTOMERS: Final = frozenset({ExternalKey._meta.db_table, DatedFact._meta.db_table})
# A visible row of a transaction in progress is our own; a savepoint's rows have a transaction id of their own.
OURS: Final = """
    pg_xact_status((((pg_current_xact_id()::text::bigint >> 32) << 32) + t.xmin::text::bigint)::text::xid8)
        = 'in progress'
"""
MADE: Final = f"""
    INSERT INTO accounts_importline (file_id, line, kind, object_kind, object_id, customer_id, title, fields, field, cell, reason, outcome)
    SELECT %(file)s, k.line, 'new', '{{kind}}', t.id, {{customer}}, {{title}}, {{made}}, '', '', '', ''
    FROM {{table}} t LEFT JOIN ({{keys}}) k ON k.id = t.id {{joins}}
    WHERE t.id > %(last_id)s AND {OURS} {{also}}
    ORDER BY k.line, t.id
"""  # noqa: S608 (made of constants)
# Of several entries for one field, the value before the first and after the last.
CHANGED: Final = """
    INSERT INTO accounts_importline (file_id, line, kind, object_kind, object_id, customer_id, title, fields, field, cell, reason, outcome)
    SELECT %(file)s, k.line, 'changed', '{kind}', t.id, {customer}, {title}, c.fields, '', '', '', ''
    FROM (
        SELECT object_id, jsonb_object_agg(name, jsonb_build_array(was, becomes)) AS fields FROM (
            SELECT e.object_id, f.name, (array_agg(e.before -> f.name ORDER BY e.id))[1] AS was,
                   (array_agg(e.after -> f.name ORDER BY e.id DESC))[1] AS becomes
            FROM history_entry e CROSS JOIN LATERAL jsonb_object_keys(e.after) f(name)
            WHERE e.id > %(last_entry)s AND e.act = pg_current_xact_id()::text::bigint
              AND e.kind = '{kind}' AND e.operation = 'changed'
            GROUP BY e.object_id, f.name) each_field
        WHERE was IS DISTINCT FROM becomes GROUP BY object_id) c
    JOIN {table} t ON t.id = c.object_id AND t.id <= %(last_id)s
    LEFT JOIN ({keys}) k ON k.id = t.id {joins}
    ORDER BY k.line, t.id
"""
# Changed rows that have no line yet: their fields have no history.
OTHERWISE_CHANGED: Final = """
    INSERT INTO accounts_importline (file_id, line, kind, object_kind, object_id, customer_id, title, fields, field, cell, reason, outcome)
    SELECT %(file)s, d.line, 'changed', '{kind}', k.id, d.customer_id, s.title, '{{}}', '', '', '', ''
    FROM (SELECT line, min(customer_id) AS customer_id FROM import_done GROUP BY line HAVING NOT bool_or(is_new)) d
    JOIN (SELECT line, {staged_title} AS title FROM import_staged s) s ON s.line = d.line
    LEFT JOIN ({keys}) k ON k.line = d.line
    WHERE NOT EXISTS (SELECT FROM accounts_importline l WHERE l.file_id = %(file)s AND l.line = d.line)
    ORDER BY d.line
"""
# The first rows that changed nothing.
SAME: Final = """
    INSERT INTO accounts_importline (file_id, line, kind, object_kind, object_id, customer_id, title, fields, field, cell, reason, outcome)
    SELECT %(file)s, s.line, 'same', '{kind}', NULL, NULL, coalesce({staged_title}, ''), '{{}}', '', '', '', ''
    FROM import_staged s WHERE s.line NOT IN (SELECT d.line FROM import_done d WHERE d.line IS NOT NULL)
    ORDER BY s.line LIMIT %(shown)s
"""
SOME: Final = """
    INSERT INTO accounts_importline (file_id, line, kind, object_kind, object_id, customer_id, title, fields, field, cell, reason, outcome)
    SELECT %(file)s, s.line, 'sample', '', NULL, NULL, '',
           (SELECT jsonb_object_agg(v.key, jsonb_build_array(NULL, v.value)) FROM jsonb_each(to_jsonb(s)) v
            WHERE v.key NOT IN ('line', 'unread') AND v.value <> 'null'), '', '', '', ''
    FROM (SELECT * FROM import_staged ORDER BY line LIMIT %(sample)s) s
"""


@dataclass
class Chronicle:
    """Notes one load as the lines of an import's ``file``; ``before`` and ``after`` enclose it."""

    file: ImportFile
    last_entry: int = 0
    last_ids: dict[str, int] = field(default_factory=dict)

    def before(self, staged: Staged, target: Target) -> None:
        """Remember up to where rows and history existed before the load."""
        tables = noted(target)
        self.file.is_listed = bool(tables)
        names = ["history_entry", *(table.name for table in tables)]
        newest = ", ".join(f"(SELECT coalesce(max(id), 0) FROM {name})" for name in names)  # noqa: S608  our own names
        self.file.act, self.last_entry, *ids = staged.rows(f"SELECT pg_current_xact_id()::text::bigint, {newest}")[0]
        self.last_ids = {table.name: last_id for table, last_id in zip(tables, ids, strict=True)}

    def after(self, staged: Staged, target: Target) -> None:
        """Write the lines. Two statements a table that the load fills."""
        tables = noted(target)
        for table in tables:
            words = {
                "kind": table.kind, "table": table.name, "customer": table.customer, "title": table.title,
                "made": table.made, "keys": table.keys(staged), "joins": table.joins, "also": table.also,
            }  # fmt: skip
            known = {
                "file": self.file.pk, "last_id": self.last_ids[table.name], "last_entry": self.last_entry,
                "last_contract": self.last_ids.get("accounts_contract", 0),
            }  # fmt: skip
            staged.execute(MADE.format(**words), known)
            staged.execute(CHANGED.format(**words), known)
        if tables:
            first, title = (
                tables[0],
                "s.name" if staged.has("name") else "s.external_id" if staged.has("external_id") else "''",
            )
            words = {"kind": first.kind, "keys": first.keys(staged), "staged_title": title}
            staged.execute(OTHERWISE_CHANGED.format(**words), {"file": self.file.pk})
            staged.execute(SAME.format(**words), {"file": self.file.pk, "shown": SHOWN})
        else:
            staged.execute(SOME, {"file": self.file.pk, "sample": SAMPLE})


@dataclass(frozen=True)
class Noted:
    """A table whose rows are noted one by one, with the SQL for their line, customer and title over the row ``t``."""

    model: type[models.Model]
    of_contracts: bool = False

    @property
    def name(self) -> str:
        return self.model._meta.db_table

    @property
    def kind(self) -> str:
        return str(self.model._meta.model_name)

    @cached_property
    def columns(self) -> set[str]:
        return {known.name for known in self.model._meta.fields}

    @property
    def is_part(self) -> bool:
        """Whether its rows are parts of contracts."""
        return self.whole == "contract"

    @property
    def whole(self) -> str:
        """The key of the row whose customer is this one's; "" where the row has its own."""
        return next((name for name in ("contract", "objective") if {name, "customer"} & self.columns == {name}), "")

    @property
    def customer(self) -> str:
        return "t.id" if self.model is Customer else "whole.customer_id" if self.whole else "t.customer_id"

    @property
    def made(self) -> str:
        """What a line of a new row keeps: of rows without history a digest, by which Undo sees whether they changed since."""
        return (
            "'{}'"
            if self.kind in REGISTER
            else "jsonb_build_object('', jsonb_build_array(NULL, md5((to_jsonb(t) - 'changed_at')::text)))"
        )

    @property
    def joins(self) -> str:
        return f"JOIN accounts_{self.whole} whole ON whole.id = t.{self.whole}_id" if self.whole else ""

    @property
    def also(self) -> str:
        """Parts of a contract that the same load made are not noted: they go along with it."""
        return "AND whole.id <= %(last_contract)s" if self.is_part and self.of_contracts else ""

    @property
    def title(self) -> str:
        name = next(
            (
                name
                for name in ("name", "title", "measure", "subject", "product", "external_id")
                if name in self.columns
            ),
            "",
        )
        return f"t.{name}" if name else "''"

    def keys(self, staged: Staged) -> str:
        """SQL for (id, line): the first staged row that names each row of the table."""
        if self.model is Customer:
            found = "accounts_externalkey k ON k.source = %(source)s AND k.external_id = s.external_id"
            return f"SELECT k.customer_id AS id, min(s.line) AS line FROM import_staged s JOIN {found} GROUP BY 1"  # noqa: S608
        key = "contract" if self.is_part and staged.has("contract") else "external_id"
        whole = "accounts_contract" if self.is_part else self.name
        joins = f"{whole} c ON c.source = %(source)s AND c.external_id = s.{key}"
        pk = "c.id"
        if self.is_part:
            joins, pk = f"{joins} JOIN {self.name} p ON p.contract_id = c.id", "p.id"
        return f"SELECT {pk} AS id, min(s.line) AS line FROM import_staged s JOIN {joins} GROUP BY 1"  # noqa: S608


def noted(target: Target) -> list[Noted]:
    """The tables of ``target`` whose rows are noted one by one; none where rows have no key or are too many."""
    by_table = {model._meta.db_table: model for model in apps.get_models()}
    of_contracts = "accounts_contract" in target.tables
    tables = [
        Noted(by_table[name], of_contracts)
        for name in target.tables
        if name in by_table and name not in PARTS_OF_CUSTOMERS
    ]
    return [table for table in tables if table.model is Customer or table.columns & {"external_id", "contract"}]
