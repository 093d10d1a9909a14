"""The fields of each target in which a source's rows and those of the record can be compared, as SQL.

``s`` is a staged row, ``t`` the row of the record that it means.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from django.db import connection
from django.db.models import Model

from accounts.attributes import definitions
from accounts.identity import ways
from accounts.imports.attributes import field_of
from accounts.imports.reading import customer_path
from accounts.imports.targets import TARGETS, Target, columns
from accounts.models import Contact, Customer, User
from accounts.periods import in_force, line_runs
from config.history.kept import REGISTER

# A list of attributes is no value: files name some of them, each of which is a field of its own.
NOT_COMPARED: Final = frozenset({"external_id", "attributes"})
OWNER: Final = "(SELECT u.email FROM accounts_user u WHERE u.id = {row}.owner_id)"
# Of several lines the one that runs on the day, else the last: contracts of one product only.
LINE: Final = f"""
    (SELECT l.{{name}}::text FROM accounts_contractline l WHERE l.contract_id = t.id
     ORDER BY {line_runs("l", "%(day)s::date")} DESC, l.starts_on DESC, l.id LIMIT 1)
"""  # noqa: S608 (made of constants)
# An attribute is asked by its number, so that nothing typed stands in SQL.
BY_NUMBER: Final = "(SELECT a.key FROM accounts_attribute a WHERE a.id = {pk:d})"
LINES: Final = {"annual_amount": "numeric(14, 2)", "quantity": "integer", "discount_percent": "numeric(5, 2)"}
SEATS: Final = f"""
    (SELECT e.quantity::text FROM accounts_entitlement e WHERE e.contract_id = t.id AND e.kind = 'seats' AND e.name = ''
     ORDER BY {in_force("e", "%(day)s::date")} DESC, e.starts_on DESC NULLS LAST LIMIT 1)
"""  # noqa: S608 (made of constants)
# What a file and the record say of an invoice's payment.
PAID: Final = """
    CASE WHEN s.status = 'paid' OR to_jsonb(s) ->> 'paid_on' IS NOT NULL THEN 'paid' ELSE coalesce(s.status, '') END
"""
STATUS: Final = """
    CASE WHEN t.payment = 'settled' OR t.payment = 'known' AND t.paid_on IS NOT NULL THEN 'paid' WHEN t.payment = 'known' THEN 'open'
         WHEN t.payment = 'void' THEN 'void' ELSE '' END
"""


@dataclass(frozen=True)
class Value:
    """A field: what the file says, what stands in the record, both as text and "" for nothing.

    ``keep``: what a staged cell gets so that the field stays, where that is no column ``t`` has under the same name. ``key``:
    SQL of the key of an attribute.
    """

    given: str
    stands: str
    keep: str = ""
    key: str = ""


@dataclass(frozen=True)
class Compared:
    """A target whose rows are found again: ``rows`` is SQL that joins the staged row ``s`` with ``t``.

    ``own`` is SQL for the entries ``e`` of the history of ``t``, "" where none is kept.
    """

    target: Target
    model: type[Model]
    rows: str
    customer: str
    own: str = ""
    values: Mapping[str, Value] = field(default_factory=dict)

    def with_attributes(self) -> Compared:
        """The same with the attributes of customers that an admin defined, each a field of its own. One statement."""
        if self.model is not Customer:
            return self
        own = {field_of(each): of_attribute(BY_NUMBER.format(pk=each.pk)) for each in definitions.by_key().values()}
        return replace(self, values={**self.values, **own})

    @property
    def kind(self) -> str:
        return str(self.model._meta.model_name)

    @property
    def table(self) -> str:
        return self.model._meta.db_table


def compared(name: str) -> Compared | None:
    """How rows of the target are compared; None where its rows have no key by which they are found again."""
    target = TARGETS.get(name)
    model: Any = target.models[0] if target and target.models else None
    if target is None or model is None or model is User:
        return None
    known = columns(model)
    if model is Customer:
        rows = (
            "accounts_externalkey k JOIN accounts_customer t ON t.id = k.customer_id "
            "WHERE k.source = %(source)s AND k.external_id = s.external_id"
        )
        own, customer = "e.kind = 'customer' AND e.customer_id = t.id", "t.id"
    elif {"source", "external_id"} <= known.keys() and target.is_keyed:
        table = model._meta.db_table
        rows = f"{table} t WHERE (t.source, t.external_id) = (%(source)s, s.external_id)"
        if model is Contact:
            rows = f"({ways.CONTACTS}) known JOIN {table} t ON t.id = known.id WHERE known.word = s.external_id"
        kind = str(model._meta.model_name)
        own = f"e.kind = '{kind}' AND e.object_id = t.id" if kind in REGISTER else ""
        customer = customer_of(model)
    else:
        return None
    return Compared(target, model, rows, customer, own, values_of(target, model))


def customer_of(model: Any) -> str:
    """SQL of the customer that the row ``t`` belongs to, by itself or through what it hangs on; NULL where it has none."""
    first, _, second = customer_path(model).partition("__")
    if not second:
        return "t.customer_id" if first else "NULL::bigint"
    link = model._meta.get_field(first)
    return f"(SELECT o.customer_id FROM {link.related_model._meta.db_table} o WHERE o.id = t.{link.column})"  # noqa: S608  our own names


def values_of(target: Target, model: Any) -> dict[str, Value]:
    """The target's fields that are a column of ``model`` under the same name, and the owner and line of whole rows."""
    values = {}
    known = columns(model)
    for each in target.fields:
        column: Any = known.get(each.name)
        if (
            column is None
            or column.is_relation
            or each.name in NOT_COMPARED
            or each.fills.rpartition(".")[2] not in {"", each.name}
        ):
            continue
        given = f's."{each.name}"::{column.db_type(connection)}::text'
        stands = f"coalesce(t.\"{column.column}\"::text, '')"
        # An empty cell of a column that is never empty means what the load made of it.
        values[each.name] = Value(f"coalesce({given}, {'' if column.null else stands + ','} '')", stands)
    if model is Customer:
        values["owner"] = Value(
            f"coalesce({OWNER.format(row='s')}, {OWNER.format(row='t')}, '')", f"coalesce({OWNER.format(row='t')}, '')"
        )
    if target.name == "contracts":
        for name, kind in LINES.items():
            values[name] = worked_out(name, LINE.format(name=name), kind)
        values["seats"] = worked_out("seats", SEATS, "integer")
    if target.name == "invoices":
        values["status"] = Value(PAID, f"({STATUS})", f"nullif(({STATUS}), '')")
    return values


def of_attribute(key: str) -> Value:
    """A defined attribute, whose key is SQL; NULL where the row does not say it."""
    stands = f"coalesce(t.attributes ->> {key}, '')"
    return Value(f"CASE WHEN s.attributes ? {key} THEN coalesce(s.attributes ->> {key}, '') END", stands, key=key)


def worked_out(name: str, stands: str, kind: str) -> Value:
    """A field that other rows than ``t`` have; an empty cell changes nothing."""
    stands = f"coalesce({stands}, '')"
    return Value(f"coalesce(s.{name}::{kind}::text, {stands})", stands, f"nullif({stands}, '')::{kind}")
