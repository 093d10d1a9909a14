"""Rows of a file in a temporary table, and what loads do with them: reject, resolve, upsert."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.db import connection, models
from django.utils.translation import gettext as _
from psycopg import sql

from accounts import changes, company
from accounts.identity import ways
from accounts.imports import repeats, twins
from accounts.imports.cells import Field
from accounts.imports.column_defaults import defaults
from accounts.imports.maps import FileMap
from accounts.imports.targets import Loaded
from accounts.imports.values import POSTGRES_TYPE

if TYPE_CHECKING:
    from accounts.imports.remarks import Remark

KNOWN_CONTRACTS = "SELECT k.external_id FROM accounts_contract k WHERE k.source = %(source)s"
FOUND = "SELECT external_id, customer_id, named_id FROM import_customers"
FETCHED = 2_000
TABLES = "import_staged, import_rejected, import_refused, import_unread, import_done"


@dataclass
class Staged:
    """The staged rows of one file: ``import_staged`` has a column a mapped field, ``line`` and ``unread``.

    ``day`` is the one from which the file's values apply, ``today`` the organisation's. ``unread`` names the fields
    whose cell a row goes in without: a row of the record keeps its value there. ``whole``: the file may be taken for all
    that its source has, so that ``import_named`` is meaningful. ``also_changed`` are customers that the file as a whole
    changed, no row of it. ``rejected_on`` is the day the rows of a corrected file were rejected. ``known_on`` is the day what the file adds became known (None: on its own first day, as in a source's
    first load and in a file that is history). ``tells_lines``: ``done`` is to be exact line by line. ``mine``: who adds, where only their customers may be touched
    (``accounts.imports.bounds``). ``is_noted``: somebody notes what the load does, so that it can be taken back. ``called``: the
    columns of what is no field of the target. ``overrules``: of some of its fields the source is believed before people.
    """

    file: FileMap
    fields: tuple[Field, ...]
    day: dt.date
    today: dt.date
    whole: bool = False
    rejected_on: dt.date | None = None
    known_on: dt.date | None = None
    notes: list[str] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)
    also_changed: list[int] = field(default_factory=list)
    called: dict[str, str] = field(default_factory=dict)
    tells_lines: bool = False
    is_noted: bool = False
    overrules: bool = False
    has_looked: bool = False
    mine: int | None = None

    def remark(self, *remarks: Remark) -> None:
        """Say something of the file, and what it is about."""
        self.remarks += remarks
        self.notes += [remark.sentence for remark in remarks]

    def has(self, name: str) -> bool:
        return any(known_field.name == name for known_field in self.fields)

    @property
    def params(self) -> dict[str, Any]:
        return {"source": self.file.source, "day": self.day, "today": self.today, "known_on": self.known_on}

    @property
    def customers(self) -> str:
        """A sub-select of (external_id, customer_id, named_id) of the customers that the field ``customer`` names."""
        if not self.has_looked:
            ways.find_customers(self.through, self.file.source, company.identity().found_by)
            self.has_looked = True
        return FOUND

    @property
    def through(self) -> str:
        """What the mapping says the field ``customer`` names."""
        field = self.file.field("customer")
        return field.through if field else ""

    def execute(self, statement: str, params: Mapping[str, Any] | None = None) -> int:
        with connection.cursor() as cursor:
            cursor.execute(statement, {**self.params, **(params or {})})
            return cursor.rowcount

    def rows(self, statement: str, params: Mapping[str, Any] | None = None) -> list[Any]:
        with connection.cursor() as cursor:
            cursor.execute(statement, {**self.params, **(params or {})})
            return cursor.fetchall()

    def each(self, statement: str) -> Iterator[Any]:
        """As ``rows``, however many there are: so many at a time are fetched."""
        with connection.chunked_cursor() as cursor:
            cursor.execute(statement)
            while some := cursor.fetchmany(FETCHED):
                yield from some

    def count(self, statement: str) -> int:
        return int(self.rows(statement)[0][0])

    def create(self) -> None:
        """The five temporary tables, gone at the end of the transaction or by ``drop``."""
        columns = sql.SQL(", ").join(
            sql.SQL("{} {}").format(sql.Identifier(f.name), sql.SQL(POSTGRES_TYPE[f.kind])) for f in self.fields
        )
        with connection.cursor() as cursor:
            table = "CREATE TEMP TABLE import_staged (line bigint, unread text[], {}) ON COMMIT DROP"
            cursor.execute(sql.SQL(table).format(columns))
        self.execute(
            """
            CREATE TEMP TABLE import_rejected (line bigint, field text, reason text) ON COMMIT DROP;
            CREATE TEMP TABLE import_refused (line bigint, external_id text, given jsonb) ON COMMIT DROP;
            CREATE TEMP TABLE import_unread (line bigint, field text, cell text, reason text) ON COMMIT DROP;
            CREATE TEMP TABLE import_done (line bigint, customer_id bigint, is_new boolean) ON COMMIT DROP
            """
        )

    def drop(self) -> None:
        self.execute(f"DROP TABLE {TABLES}; DROP TABLE IF EXISTS import_named, import_customers, import_sight")

    def copy(self, rows: Iterable[list[Any]]) -> None:
        """COPY the rows in; the first values of each are its line and the names of its fields not read."""
        names = sql.SQL(", ").join(sql.Identifier(f.name) for f in self.fields)
        statement = sql.SQL("COPY import_staged (line, unread, {}) FROM STDIN").format(names)
        with connection.cursor() as cursor:
            with cursor.copy(statement) as copy:
                for row in rows:
                    copy.write_row(row)
            cursor.execute("ANALYZE import_staged")

    def name_all(self) -> None:
        """Store every external id of the file in ``import_named``, those of refused rows too."""
        self.execute(
            """
            CREATE TEMP TABLE import_named ON COMMIT DROP AS
            SELECT external_id FROM import_staged UNION SELECT external_id FROM import_refused;
            ANALYZE import_named
            """
        )

    def reject(
        self, where: str, field: str, reason: str, shown: str = "''", params: Mapping[str, Any] | None = None
    ) -> int:
        """Take staged rows out, as rejected; ``{cell}`` in the reason is the SQL ``shown``."""
        return self.execute(
            f"""
            WITH gone AS (
                DELETE FROM import_staged s WHERE {where}
                RETURNING line, replace(%(reason)s, '{{cell}}', left(coalesce({shown}, ''), 40)) AS r, {repeats.kept(self)}
            ), noted AS (
                INSERT INTO import_refused SELECT line, external_id, given FROM gone
            )
            INSERT INTO import_rejected SELECT line, %(field)s, r FROM gone
            """,  # noqa: S608  our own names; values are parameters
            {"field": self.column(field), "reason": reason, **(params or {})},
        )

    def column(self, field: str) -> str:
        """The file's own column for a field, for messages."""
        field_map = self.file.field(field)
        return self.called.get(field) or (field_map.column if field_map else field)

    def reject_unknown(self, field: str, known_ids: str, reason: str) -> int:
        """Reject rows whose ``field`` is not among the external ids that ``known_ids`` selects."""
        known = f"EXISTS (SELECT 1 FROM ({known_ids}) k WHERE k.external_id = s.{field})"  # noqa: S608  our own names
        return self.reject(f"s.{field} IS NOT NULL AND NOT {known}", field, reason, f"s.{field}")

    def reject_unknown_customers(self) -> int:
        known_ids = KNOWN_CONTRACTS if self.through == "contract" else twins.KEYS
        twins.remark(self, "customer", f"{known_ids} UNION SELECT external_id FROM ({self.customers}) found")  # noqa: S608  our own names
        return self.reject_unknown("customer", self.customers, _("“{cell}” is not known: no customer has this id"))

    def reject_repeats(
        self, key: str = "external_id", content: str = "", *, fields: Sequence[str] = (), hint: str = ""
    ) -> int:
        """As ``accounts.imports.repeats`` says."""
        return repeats.reject(self, key, content, fields, hint)

    def list_unread(
        self, where: str, field: str, reason: str, shown: str = "", params: Mapping[str, Any] | None = None
    ) -> int:
        """Take a cell out of staged rows, listed with ``reason``; what the record has in its place stays."""
        return self.execute(
            f"""
            WITH gone AS (
                UPDATE import_staged s SET unread = array_append(s.unread, %(field)s) WHERE {where}
                RETURNING s.line, {shown or f"s.{field}"} AS cell
            )
            INSERT INTO import_unread
            SELECT line, %(field)s, cell, replace(%(reason)s, '{{cell}}', left(cell, 40)) FROM gone
            """,  # noqa: S608  our own names; values are parameters
            {**(params or {}), "field": field, "reason": reason},
        )

    def keep_unread(self, model: type[models.Model], fields: Iterable[str], keys: str = "") -> None:
        """Replace unreadable cells of staged rows by the values of ``model`` under their key.

        ``keys`` is SQL of (word, id) where rows have further keys.
        """
        table = model._meta.db_table
        known = f"{table} t WHERE (t.source, t.external_id) = (%(source)s, s.external_id)"
        if keys:
            known = f"({keys}) k JOIN {table} t ON t.id = k.id WHERE k.word = s.external_id"
        for name in sorted(self.named_unread() & set(fields)):
            self.execute(
                f"""
                UPDATE import_staged s SET {name} = t.{name} FROM {known} AND %(name)s = ANY(s.unread)
                """,  # noqa: S608  our own names; values are parameters
                {"name": name},
            )

    def named_unread(self) -> set[str]:
        """The fields of which at least one cell could not be read."""
        return {name for (name,) in self.rows("SELECT DISTINCT unnest(unread) FROM import_staged")}

    def add(self, new_field: Field) -> None:
        """Add a field that the file does not give, NULL in every row, as if the file gave it."""
        self.ensure(new_field.name, new_field.kind)
        self.fields = (*self.fields, new_field)

    def ensure(self, name: str, kind: str) -> None:
        """Add a column to import_staged for a field that the file does not give; NULL in every row."""
        if not self.has(name):
            self.execute(f"ALTER TABLE import_staged ADD COLUMN {name} {POSTGRES_TYPE[kind]}")

    def note_done(self, lines: Mapping[int, bool]) -> None:
        """Store which rows changed something that is no customer's, by line; true for new ones."""
        statement = (
            "INSERT INTO import_done (line, is_new) SELECT * FROM unnest(%(lines)s::bigint[], %(new)s::boolean[])"
        )
        self.execute(statement, {"lines": list(lines), "new": list(lines.values())})

    def done(self) -> dict[int, bool]:
        """The rows that changed something, by line; true for new ones."""
        return dict(self.rows("SELECT line, bool_or(is_new) FROM import_done GROUP BY line"))

    def finish(self) -> Loaded:
        """Count ``import_done`` by row of the file and mark its customers as changed."""
        new, total = self.rows(
            """
            SELECT count(*) FILTER (WHERE is_new), count(*)
            FROM (SELECT bool_or(is_new) AS is_new FROM import_done GROUP BY line) d
            """
        )[0]
        customers = self.rows("SELECT DISTINCT customer_id FROM import_done")
        changes.mark([*(pk for (pk,) in customers), *self.also_changed])
        return Loaded(new=new, changed=total - new, notes=self.notes)

    def upsert(
        self,
        model: type[models.Model],
        columns: Mapping[str, str],
        *,
        joins: str = "",
        where: str = "",
        fixed: Mapping[str, Any] | None = None,
        updates: Mapping[str, str] | None = None,
        owners: str = "",
        by: str = "customer",
    ) -> int:
        """Insert or update rows of ``model`` by (source, external_id); returns how many it touched.

        ``columns`` are SQL values over ``s`` (staged) and ``w`` (the row's customer); they are
        written and compared. ``fixed`` and the model's defaults are written on insert only.
        ``updates`` are what a column gets, over ``t`` (stored) and ``excluded``, where the row is known already.
        ``where`` is the condition of a partial unique constraint. ``owners``, where given, is a sub-select like
        ``customers`` into which the field ``by`` points.
        """
        table, of = model._meta.db_table, owners or self.customers
        columns, kept = ways.naming(model, columns)
        changed = {name: f"excluded.{name}" for name in columns} | kept
        changed |= {name: value for name, value in (updates or {}).items() if name in columns}
        names = ["source", "external_id", *columns]
        values = ["%(source)s", "s.external_id", *columns.values()]
        extra = defaults(model, names) | dict(fixed or {})
        return self.execute(
            f"""
            WITH done AS (
                INSERT INTO {table} AS t ({", ".join([*names, *extra])})
                SELECT {", ".join([*values, *(f"%({name})s" for name in extra)])}
                FROM import_staged s
                JOIN ({of}) w ON w.external_id = s.{by} {joins}
                ON CONFLICT (source, external_id) {where} DO UPDATE
                SET {", ".join(f"{name} = {value}" for name, value in changed.items())}
                WHERE ({", ".join(f"t.{name}" for name in changed)}) IS DISTINCT FROM ({", ".join(changed.values())})
                RETURNING t.external_id, t.xmax = 0 AS is_new
            )
            INSERT INTO import_done (line, customer_id, is_new)
            SELECT s.line, w.customer_id, done.is_new
            FROM done JOIN import_staged s USING (external_id) JOIN ({of}) w ON w.external_id = s.{by}
            """,  # noqa: S608  our own names; values are parameters
            extra,
        )
