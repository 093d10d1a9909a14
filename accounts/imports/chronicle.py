"""Notes what a load made and changed, line by line, while its staged rows are there.

Changed fields come from the history that the triggers write in the same transaction; of tables without history from what
their triggers note for a load alone (``import_was``). A row was made by the load if it is newer than the load and not
committed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from accounts.imports import unsaying
from accounts.imports.lines import VALUES
from accounts.imports.noted import OURS, Noted, columns, noted
from accounts.models import ContractLine, ImportFile

if TYPE_CHECKING:
    from accounts.imports.staging import Staged
    from accounts.imports.targets import Target

SAMPLE: Final = 20
# Unchanged rows that are listed; their count is that of all.
SHOWN: Final = 1_000
# Of a table that the load does not fill every row is older.
NEWEST: Final = 2**63 - 1
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
# The same of a table without history: what its rows were before the load, and are now.
CHANGED_UNKEPT: Final = """
    INSERT INTO accounts_importline (file_id, line, kind, object_kind, object_id, customer_id, title, fields, field, cell, reason, outcome)
    SELECT %(file)s, k.line, 'changed', '{kind}', t.id, {customer}, {title}, c.fields, '', '', '', ''
    FROM (
        SELECT w.id, jsonb_object_agg(v.name, jsonb_build_array(v.was, v.becomes)) AS fields
        FROM import_was w JOIN {table} t ON t.id = w.id CROSS JOIN LATERAL (VALUES {values}) AS v(name, was, becomes)
        WHERE w.name = '{table}' AND t.id <= %(last_id)s AND v.was IS DISTINCT FROM coalesce(v.becomes, 'null')
        GROUP BY w.id) c
    JOIN {table} t ON t.id = c.id
    LEFT JOIN ({keys}) k ON k.id = t.id {joins}
    ORDER BY k.line, t.id
"""
# Beside the end of a stretch of a line: what the stretch that begins then has otherwise, by name [before, after].
BEGUN: Final = """
    UPDATE accounts_importline l
    SET fields = jsonb_set(l.fields, '{{ends_on}}', (l.fields -> 'ends_on') || jsonb_build_array(begun.fields))
    FROM accounts_contractline p CROSS JOIN LATERAL (
        SELECT (SELECT jsonb_object_agg(v.name, jsonb_build_array(v.was, v.becomes)) FROM (VALUES {values}) AS v(name, was, becomes)
                WHERE v.was IS DISTINCT FROM v.becomes) AS fields
        FROM accounts_contractline t
        WHERE t.contract_id = p.contract_id AND t.id > %(last_id)s AND t.starts_on = p.ends_on
          AND t.source_starts_on = coalesce(p.source_starts_on, p.starts_on)
        ORDER BY t.product = p.product DESC, t.id LIMIT 1) begun
    WHERE l.file_id = %(file)s AND l.kind = 'changed' AND l.object_kind = 'contractline' AND l.fields ? 'ends_on'
      AND p.id = l.object_id AND begun.fields IS NOT NULL
""".format(values=", ".join(f"('{name}', to_jsonb(p.{name}), to_jsonb(t.{name}))" for name in VALUES))  # noqa: S608 (made of constants)
NOTE: Final = """
    CREATE TEMP TABLE import_was (name text, id bigint, was jsonb, PRIMARY KEY (name, id)) ON COMMIT DROP;
    SELECT set_config('tsunagu.noting', 'on', true)
"""
NOTE_NO_MORE: Final = "SELECT set_config('tsunagu.noting', '', true); DROP TABLE import_was"
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
    last_words: dict[str, int] = field(default_factory=dict)

    def before(self, staged: Staged, target: Target) -> None:
        """Remember up to where rows and history existed before the load."""
        tables = noted(target)
        self.file.is_listed = is_listed(target, tables)
        self.file.columns = {table.kind: table.digested for table in tables if not table.is_kept}
        names = ["history_entry", *(table.name for table in tables)]
        newest = ", ".join(f"(SELECT coalesce(max(id), 0) FROM {name})" for name in names)  # noqa: S608  our own names
        self.file.act, self.last_entry, *ids = staged.rows(f"SELECT pg_current_xact_id()::text::bigint, {newest}")[0]
        self.last_ids = {table.name: last_id for table, last_id in zip(tables, ids, strict=True)}
        self.last_words = unsaying.newest(staged)
        staged.is_noted = True
        staged.execute(NOTE)

    def after(self, staged: Staged, target: Target) -> None:
        """Write the lines. Two statements a table that the load fills."""
        tables = noted(target)
        for table in tables:
            self._note(staged, table)
            if table.model is ContractLine:
                staged.execute(BEGUN, {"file": self.file.pk, "last_id": self.last_ids[table.name]})
        if target.note:
            target.note(staged, self.file)
        first_table = target.models[0]._meta.db_table
        unsaying.note(staged, self.file, self.last_words, self.last_ids.get(first_table, 0))
        if self.file.is_listed:
            first, title = (
                tables[0],
                "s.name" if staged.has("name") else "s.external_id" if staged.has("external_id") else "''",
            )
            words = {"kind": first.kind, "keys": first.keys(staged), "staged_title": title}
            staged.execute(OTHERWISE_CHANGED.format(**words), {"file": self.file.pk})
            staged.execute(SAME.format(**words), {"file": self.file.pk, "shown": SHOWN})
        else:
            staged.execute(SOME, {"file": self.file.pk, "sample": SAMPLE})
        staged.execute(NOTE_NO_MORE)

    def _note(self, staged: Staged, table: Noted) -> None:
        words = {
            "kind": table.kind, "table": table.name, "customer": table.customer, "title": table.title,
            "made": table.made, "keys": table.keys(staged), "joins": table.joins, "also": table.also,
            "values": ", ".join(
                f"('{name}', w.was -> '{column}', to_jsonb(t.\"{column}\"))" for name, column in columns(table.model).items()
            ),
        }  # fmt: skip
        known = {
            "file": self.file.pk, "last_id": self.last_ids[table.name], "last_entry": self.last_entry,
            **{f"last_{whole}": self.last_ids.get(f"accounts_{whole}", NEWEST) for whole in ("contract", "customer", "contact")},
        }  # fmt: skip
        staged.execute(MADE.format(**words), known)
        staged.execute((CHANGED if table.is_kept else CHANGED_UNKEPT).format(**words), known)


def is_listed(target: Target, tables: list[Noted]) -> bool:
    """Whether each row of the target has its line, not only rows that came along with it."""
    return bool(tables) and tables[0].model is target.models[0]
