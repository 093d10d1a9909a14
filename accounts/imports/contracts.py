"""Contracts from a file, with their lines and seats: a row a contract, or a row a line.

Where the mapping names ``line_starts_on`` a row is a line, found by contract, product and start;
without it a row is a whole contract with one line. A price, a number of seats or a trial that changed does so on
the file's day (``accounts.imports.lines``); what ran before keeps its revenue unless the file is a correction.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts import company, statistics
from accounts.imports import following, lines, marked
from accounts.imports.cells import Field
from accounts.imports.first_loads import known_since
from accounts.imports.kept_ends import (
    BEGUN,
    SAID,
    end_expired,
    note_kept,
    note_later_starts,
    note_unsettled,
    say_what_stands,
    updates_of,
)
from accounts.imports.names import OF_CONTRACTS
from accounts.imports.snapshots import Whole, note_missing, take_back
from accounts.imports.staging import Staged
from accounts.imports.targets import (
    CUSTOMER,
    EXTERNAL_ID,
    Loaded,
    Target,
    Trouble,
    Values,
    in_order,
)
from accounts.models import Contract, ContractLine, Entitlement
from accounts.periods import runs

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
COUNT: Final = "SELECT count(*) FROM import_staged WHERE"
MISSING: Final = f"""
    SELECT c.id FROM accounts_contract c
    WHERE c.source = %(source)s AND c.external_id <> '' AND {runs("c", "%(day)s::date")}
      AND NOT EXISTS (SELECT 1 FROM import_named n WHERE n.external_id = c.external_id)
"""  # noqa: S608 (made of constants)
# That nothing is said is nothing new where nothing was said.
SAID_NOW: Final = """
    CASE WHEN jsonb_strip_nulls(t.source_said || excluded.source_said) = jsonb_strip_nulls(t.source_said) THEN t.source_said
         ELSE t.source_said || excluded.source_said END
"""
WHOLE: Final = Whole(
    Contract,
    MISSING,
    {
        "ended_on": "%(day)s",
        "end_known_on": "%(today)s",
        "source_said": "source_said || jsonb_build_object('ended_on', %(day)s::date)",
    },
)


def load(staged: Staged) -> Loaded:
    staged.reject_unknown_customers()
    marked.fill(staged, Contract)
    reject_rewritten(staged)
    by_line = staged.has("line_starts_on")
    if by_line:
        staged.execute(lines.FIRST)
        staged.reject_repeats(
            "external_id, product, coalesce(line_starts_on, starts_on)",
            fields=("external_id", "product", "line_starts_on"),
            hint=_("lines of one contract differ in product or line_starts_on (empty: the contract's start)"),
        )
        reject_torn(staged)
    else:
        staged.reject_repeats()
        lines.reject_many(staged)
    following.list_unknown(staged)
    end_columns = [name for name in SAID if staged.has(name)]
    take_back(staged, WHOLE)
    end_expired(staged)
    note_later_starts(staged)
    has_contracts = Contract.objects.filter(source=staged.file.source).exists()
    staged.known_on = None if staged.file.history else known_since(staged, "contracts", known=has_contracts)
    turned_trials = lines.remember_trials(staged)
    say_what_stands(staged)
    load_contracts(staged)
    note_kept(staged, end_columns)
    lines.end_trials(staged, turned_trials)
    lines.load(staged, by_line=by_line)
    if staged.has("seats"):
        lines.load_seats(staged)
    # What follows joins the rows just written: without statistics of them a first load takes minutes.
    statistics.refresh_written()
    following.load(staged)
    note_unsettled(staged)
    note_missing(staged, WHOLE)
    remarks(staged)
    return staged.finish()


def contract_columns(staged: Staged) -> list[str]:
    return [name for name in COLUMNS if staged.has(name)]


def reject_rewritten(staged: Staged) -> None:
    """Refuse an earlier start and another currency of a contract that has begun: both would rewrite its past."""
    if staged.file.correction:
        return
    begun_contract = f"SELECT 1 FROM ({BEGUN}) c WHERE c.external_id = s.external_id AND"  # noqa: S608  our own names
    staged.reject(
        f"EXISTS ({begun_contract} c.starts_on > s.starts_on)",
        "starts_on",
        _("{cell} lies before the start that is known; say correction = true to rewrite the past"),
        "s.starts_on::text",
    )
    if staged.has("currency"):
        staged.reject(
            f"EXISTS ({begun_contract} c.currency <> s.currency)",
            "currency",
            _("{cell} is not the contract's currency; say correction = true to rewrite the past"),
            "s.currency",
        )


def reject_torn(staged: Staged) -> None:
    """Rows of one contract must agree on what belongs to the contract."""
    shared = [name for name in ("seats", "replaces") if staged.has(name)]
    names = ["customer", *contract_columns(staged), *shared]
    content = ", ".join(f"r.{name}" for name in names)
    staged.reject(
        f"""
        s.line IN (SELECT line FROM (
            SELECT r.line, ROW({content})::text AS content,
                   first_value(ROW({content})::text) OVER (
                       PARTITION BY r.external_id ORDER BY r.line) AS first
            FROM import_staged r) torn WHERE content <> first)
        """,  # noqa: S608  our own names; values are parameters
        "external_id",
        _("“{cell}” stands on a line above with other dates or terms"),
        "s.external_id",
    )


def load_contracts(staged: Staged) -> int:
    columns = {"customer_id": "w.customer_id"}
    columns |= {name: f"s.{name}" for name in contract_columns(staged)}
    fixed: dict[str, Any] = {"known_on": staged.known_on}
    fixed |= {} if staged.has("currency") else {"currency": company.currency()}
    if staged.has("currency"):
        columns["currency"] = f"coalesce(s.currency, '{company.currency()}')"
    said_values = ", ".join(f"'{name}', s.{name}" for name in SAID if staged.has(name))
    columns["source_said"] = f"jsonb_build_object({said_values})"
    if staged.has("ended_on"):
        columns["end_known_on"] = "CASE WHEN isfinite(s.ended_on) THEN coalesce(%(known_on)s, %(day)s)::date END"
    first = """
        JOIN (SELECT external_id, min(line) AS line FROM import_staged GROUP BY 1) f
          ON f.line = s.line
    """
    updates = {"source_said": "t.source_said" if staged.file.by_hand else SAID_NOW} | updates_of(staged)
    return staged.upsert(Contract, columns, joins=first, where="WHERE external_id <> ''", fixed=fixed, updates=updates)


def remarks(staged: Staged) -> None:
    """Add remarks on surprising rows of the file; it counts them and changes nothing."""
    if staged.has("ended_on") and (empty := staged.count(f"{COUNT} ended_on = starts_on")):
        text = ngettext("%(n)s ended on the day it started: kept", "%(n)s ended on the day they started: kept", empty)
        staged.notes.append(text % {"n": f"{empty:,}"})
    if staged.has("is_trial") and (trials := staged.count(f"{COUNT} is_trial")):
        text = ngettext("%(n)s is a trial: it carries no revenue", "%(n)s are trials: they carry no revenue", trials)
        staged.notes.append(text % {"n": f"{trials:,}"})


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
        Field("ends_on", "date", hint="agreed end"),
        Field("ended_on", "date", hint="when it really stopped"),
        Field("term_months", "number", blank=12, least=1, most=1200, unit="months", hint="12"),
        Field("notice_days", "number", blank=0, most=3650, unit="days", hint="0"),
        Field("notice_given_on", "date", past=True),
        Field("auto_renews", "flag", blank=False, hint="no"),
        Field("is_trial", "flag", blank=False, hint="no"),
        Field("currency", "currency", hint="of a new one the organisation's; a known one keeps its own"),
        Field("product", required=True, longest=120),
        Field("line_starts_on", "date", fills="ContractLine.starts_on"),
        Field("line_ends_on", "date", fills="ContractLine.ends_on"),
        Field("quantity", "number", blank=1, hint="1"),
        Field(
            "annual_amount",
            "money",
            required=True,
            most=999_999_999_999,
            unit="a year",
            hint="what is paid after every discount, 0 to 999,999,999,999: a discount is taken off the line that it lowers",
            below=gettext_lazy("is below 0: take the discount off the line that it lowers"),
        ),
        Field(
            "discount_percent",
            "percent",
            blank=0,
            most=100,
            unit="percent",
            hint="0; how much that was, for the record: no figure takes it off again",
        ),
        Field("seats", "number", fills="Entitlement.quantity"),
        Field(
            "replaces",
            "list",
            blank=[],
            hint="ids of contracts of the same customer that it replaces, separated by `;`",
            fills="Contract.replaced_by",
        ),
    ),
    load,
    check,
    models=(Contract, ContractLine, Entitlement),
    snapshot=True,
    tables=("accounts_contract", "accounts_contractline", "accounts_entitlement"),
    names=OF_CONTRACTS,
)
