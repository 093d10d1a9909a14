"""Entitlements of contracts from a file: seats, limits and modules with dates of their own."""

from __future__ import annotations

import datetime as dt
from typing import Final

from django.utils.translation import gettext as _

from accounts.imports.cells import Field
from accounts.imports.names import OF_ENTITLEMENTS
from accounts.imports.staging import Staged
from accounts.imports.targets import Loaded, Target, Trouble, Values, in_order
from accounts.models import Entitlement

CONTRACTS: Final = "SELECT external_id FROM accounts_contract WHERE source = %(source)s AND external_id <> ''"
# A row is found by contract, kind, name and start; without a start it holds as long as the contract.
LOAD: Final = """
    WITH given AS MATERIALIZED (
        SELECT s.line, c.id AS contract_id, c.customer_id, s.kind, {name} AS name, {quantity} AS quantity,
               {starts_on} AS starts_on, {ends_on} AS ends_on
        FROM import_staged s JOIN accounts_contract c ON c.source = %(source)s AND c.external_id = s.contract
    ), done AS (
        INSERT INTO accounts_entitlement AS t (contract_id, kind, name, quantity, starts_on, ends_on)
        SELECT contract_id, kind, name, quantity, starts_on, ends_on FROM given
        ON CONFLICT (contract_id, kind, name, starts_on) DO UPDATE
        SET quantity = {keep_quantity}, ends_on = {keep_ends_on}
        WHERE (t.quantity, t.ends_on) IS DISTINCT FROM ({keep_quantity}, {keep_ends_on})
        RETURNING t.contract_id, t.kind, t.name, t.starts_on, t.xmax = 0 AS is_new
    )
    INSERT INTO import_done (line, customer_id, is_new)
    SELECT g.line, g.customer_id, d.is_new FROM given g JOIN done d
      ON (d.contract_id, d.kind, d.name) = (g.contract_id, g.kind, g.name) AND d.starts_on IS NOT DISTINCT FROM g.starts_on
"""
BLANK: Final = {"name": "''", "quantity": "NULL::bigint", "starts_on": "NULL::date", "ends_on": "NULL::date"}


def load(staged: Staged) -> Loaded:
    staged.reject_unknown("contract", CONTRACTS, _("“{cell}” is not a contract that is known"))
    columns = {name: f"s.{name}" if staged.has(name) else blank for name, blank in BLANK.items()}
    start = f"coalesce({columns['starts_on'].replace('s.', '')}, '-infinity')"
    # As an expression, because PostgreSQL takes a constant in GROUP BY for the place of a column.
    key = f"contract, kind, coalesce({columns['name'].replace('s.', '')}, ''), {start}"
    staged.reject_repeats(key, fields=("contract", "kind", "name", "starts_on"))
    kept_columns = {
        f"keep_{name}": f"{'excluded' if staged.has(name) else 't'}.{name}" for name in ("quantity", "ends_on")
    }
    staged.execute(LOAD.format(**columns, **kept_columns))
    return staged.finish()


def check(values: Values, _day: dt.date) -> Trouble | None:
    """Seats are counted; a limit or a module has a name, a limit a figure too."""
    kind = values["kind"]
    if kind != Entitlement.Kind.SEATS and not values.get("name"):
        return "name", _("is empty; a limit or a module needs one")
    if kind != Entitlement.Kind.MODULE and values.get("quantity") is None:
        return "quantity", _("is empty; seats and limits need one")
    return in_order(values, "starts_on", "ends_on", strict=True)


ENTITLEMENTS: Final = Target(
    "entitlements",
    (
        Field("contract", required=True, hint="the contract's external id"),
        Field(
            "kind",
            "choice",
            required=True,
            choices=tuple(Entitlement.Kind.values),
            labels=tuple(Entitlement.Kind.choices),
        ),
        Field(
            "name",
            blank="",
            longest=120,
            hint="needed for limit: a feature's key, and module: as `module` of features",
        ),
        Field("quantity", "number", hint="needed for seats and limit"),
        Field("starts_on", "date"),
        Field("ends_on", "date", hint="empty: as long as the contract"),
    ),
    load,
    check,
    models=(Entitlement,),
    tables=("accounts_entitlement",),
    names=OF_ENTITLEMENTS,
)
