"""Contracts from a file, with their lines and seats: a row a contract, or a row a line.

Where the mapping names ``line_starts_on`` a row is a line, found by contract, product and start;
without it a row is a whole contract with one line, which is put right in place.
"""

from __future__ import annotations

import datetime as dt
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.imports.staging import Staged, assigned, differs
from accounts.imports.targets import (
    CUSTOMER,
    EXTERNAL_ID,
    Loaded,
    Target,
    Trouble,
    Values,
    in_order,
)
from accounts.imports.values import Field
from accounts.models import Contract, Organisation

COLUMNS: Final = (
    "starts_on",
    "ends_on",
    "ended_on",
    "term_months",
    "notice_days",
    "notice_given_on",
    "auto_renews",
    "is_trial",
    "currency",
)
LINE_COLUMNS: Final = ("product", "quantity", "annual_amount", "discount_percent")
LINE_DEFAULTS: Final = {"quantity": "1", "discount_percent": "0"}
COUNT: Final = "SELECT count(*) FROM import_staged WHERE"
OURS: Final = """
    import_staged s JOIN accounts_contract c
      ON c.source = %(source)s AND c.external_id = s.external_id
"""


def load(staged: Staged) -> Loaded:
    staged.reject_unknown_customers()
    by_line = staged.has("line_starts_on")
    if by_line:
        staged.reject_repeats("external_id, product, line_starts_on")
        reject_torn(staged)
    else:
        staged.reject_repeats()
        reject_many_lines(staged)
    load_contracts(staged)
    if by_line:
        upsert_lines(staged)
    else:
        replace_line(staged)
    if staged.has("seats"):
        load_seats(staged)
    loaded = staged.finish()
    loaded.notes = remarks(staged)
    return loaded


def contract_columns(staged: Staged) -> list[str]:
    return [name for name in COLUMNS if staged.has(name)]


def reject_torn(staged: Staged) -> None:
    """Rows of one contract must agree on what belongs to the contract."""
    names = ["customer", *contract_columns(staged), *(["seats"] if staged.has("seats") else [])]
    whole = ", ".join(f"r.{name}" for name in names)
    staged.reject(
        f"""
        s.line IN (SELECT line FROM (
            SELECT r.line, ROW({whole})::text AS content,
                   first_value(ROW({whole})::text) OVER (
                       PARTITION BY r.external_id ORDER BY r.line) AS first
            FROM import_staged r) torn WHERE content <> first)
        """,  # noqa: S608  our own names; values are parameters
        "external_id",
        _("“{cell}” stands on a line above with other dates or terms"),
        "s.external_id",
    )


def reject_many_lines(staged: Staged) -> None:
    """A row that is a whole contract cannot say which of several lines it means."""
    staged.reject(
        """
        EXISTS (SELECT 1 FROM accounts_contract c JOIN accounts_contractline l ON l.contract_id = c.id
                WHERE c.source = %(source)s AND c.external_id = s.external_id
                GROUP BY c.id HAVING count(*) > 1)
        """,
        "external_id",
        _("“{cell}” has several lines; the mapping must name line_starts_on"),
        "s.external_id",
    )


def load_contracts(staged: Staged) -> int:
    columns = {"customer_id": "w.customer_id"}
    columns |= {name: f"s.{name}" for name in contract_columns(staged)}
    fixed = {} if staged.has("currency") else {"currency": reporting_currency()}
    if staged.has("currency"):
        columns["currency"] = f"coalesce(s.currency, '{reporting_currency()}')"
    first = """
        JOIN (SELECT external_id, min(line) AS line FROM import_staged GROUP BY 1) f
          ON f.line = s.line
    """
    return staged.upsert(Contract, columns, joins=first, where="WHERE external_id <> ''", fixed=fixed)


def reporting_currency() -> str:
    """The organisation's currency, for contracts that name none."""
    return Organisation.objects.values_list("currency", flat=True).first() or "USD"


def line_values(staged: Staged, start: str) -> dict[str, str]:
    """SQL values of a line's columns; what the file does not give has its default."""
    values = {name: f"s.{name}" if staged.has(name) else LINE_DEFAULTS[name] for name in LINE_COLUMNS}
    end = "s.line_ends_on" if staged.has("line_ends_on") else "NULL::date"
    return values | {"starts_on": start, "ends_on": end}


def upsert_lines(staged: Staged) -> int:
    values = line_values(staged, "coalesce(s.line_starts_on, s.starts_on)")
    given = [n for n in (*LINE_COLUMNS[1:],) if staged.has(n)]
    given += ["ends_on"] if staged.has("line_ends_on") else []
    return staged.execute(
        f"""
        WITH done AS (
            INSERT INTO accounts_contractline AS t (contract_id, {", ".join(values)})
            SELECT c.id, {", ".join(values.values())} FROM {OURS}
            ON CONFLICT (contract_id, product, starts_on) DO UPDATE SET {assigned(given)}
            WHERE {differs(given)}
            RETURNING t.contract_id, t.product, t.starts_on, t.xmax = 0 AS is_new
        )
        INSERT INTO import_done
        SELECT s.line, c.customer_id, d.is_new FROM {OURS}
        JOIN done d ON d.contract_id = c.id AND d.product = s.product
         AND d.starts_on = coalesce(s.line_starts_on, s.starts_on)
        """  # noqa: S608  our own names; values are parameters
    )


def replace_line(staged: Staged) -> int:
    """The one line of each contract: put right where it is, made where there is none."""
    values = line_values(staged, "s.starts_on")
    given = {n: v for n, v in values.items() if staged.has(n)}
    old = ", ".join(f"l.{name}" for name in given)
    return staged.execute(
        f"""
        WITH done AS (
            UPDATE accounts_contractline l
            SET {", ".join(f"{name} = {value}" for name, value in given.items())}
            FROM {OURS}
            WHERE l.contract_id = c.id
              AND ROW({old}) IS DISTINCT FROM ROW({", ".join(given.values())})
            RETURNING s.line, c.customer_id
        )
        INSERT INTO import_done SELECT line, customer_id, false FROM done;

        WITH done AS (
            INSERT INTO accounts_contractline AS t (contract_id, {", ".join(values)})
            SELECT c.id, {", ".join(values.values())} FROM {OURS}
            WHERE NOT EXISTS (SELECT 1 FROM accounts_contractline l WHERE l.contract_id = c.id)
            ORDER BY s.line
            RETURNING t.contract_id
        )
        INSERT INTO import_done
        SELECT s.line, c.customer_id, false FROM {OURS} JOIN done d ON d.contract_id = c.id
        """  # noqa: S608  our own names; values are parameters
    )


def load_seats(staged: Staged) -> int:
    """One undated entitlement of seats a contract, put right in place; an empty cell changes nothing."""
    return staged.execute(
        f"""
        WITH done AS (
            INSERT INTO accounts_entitlement AS t (contract_id, kind, name, quantity)
            SELECT DISTINCT ON (c.id) c.id, 'seats', '', s.seats FROM {OURS}
            WHERE s.seats IS NOT NULL ORDER BY c.id, s.line
            ON CONFLICT (contract_id, kind, name, starts_on) DO UPDATE SET quantity = excluded.quantity
            WHERE t.quantity IS DISTINCT FROM excluded.quantity
            RETURNING t.contract_id
        )
        INSERT INTO import_done
        SELECT s.line, c.customer_id, false FROM {OURS} JOIN done d ON d.contract_id = c.id
        """  # noqa: S608  our own names; values are parameters
    )


def remarks(staged: Staged) -> list[str]:
    """What an honest reader of this file should know: counted, not changed."""
    notes = []
    if staged.has("ended_on") and (empty := staged.count(f"{COUNT} ended_on = starts_on")):
        text = ngettext("%(n)s ended on the day it started: kept", "%(n)s ended on the day they started: kept", empty)
        notes.append(text % {"n": f"{empty:,}"})
    if staged.has("is_trial") and (trials := staged.count(f"{COUNT} is_trial")):
        text = ngettext("%(n)s is a trial: it carries no revenue", "%(n)s are trials: they carry no revenue", trials)
        notes.append(text % {"n": f"{trials:,}"})
    return notes


def check(values: Values, _day: dt.date) -> Trouble | None:
    line_start = "line_starts_on" if values.get("line_starts_on") else "starts_on"
    return (
        in_order(values, "starts_on", "ends_on", strict=True)
        or in_order(values, "starts_on", "ended_on")
        or in_order(values, line_start, "line_ends_on")
    )


CONTRACTS: Final = Target(
    "contracts",
    (
        EXTERNAL_ID,
        CUSTOMER,
        Field("starts_on", "date", required=True),
        Field("ends_on", "date"),
        Field("ended_on", "date"),
        Field("term_months", "number", blank=12, least=1, most=1200),
        Field("notice_days", "number", blank=0, most=3650),
        Field("notice_given_on", "date"),
        Field("auto_renews", "flag", blank=False),
        Field("is_trial", "flag", blank=False),
        Field("currency", "currency"),
        Field("product", required=True, longest=120),
        Field("line_starts_on", "date"),
        Field("line_ends_on", "date"),
        Field("quantity", "number", blank=1),
        Field("annual_amount", "money", required=True, most=999_999_999_999),
        Field("discount_percent", "percent", blank=0, most=100),
        Field("seats", "number"),
    ),
    load,
    check,
)
