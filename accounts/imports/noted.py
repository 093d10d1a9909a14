"""The tables whose rows an import notes one by one, and the fields of a row that Undo gives back."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

from django.apps import apps
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Contact, ContactKey, Customer, DatedFact, ExchangeRate, ExternalKey, User
from config.history.kept import REGISTER, Kept

if TYPE_CHECKING:
    from accounts.imports.staging import Staged
    from accounts.imports.targets import Target

# Follows from the other columns, or is a load's own.
UNSAID: Final = frozenset({"changed_at", "named", "owner_said"})
# A row is found again by its source and external id, or by these columns of the file.
KEYED: Final[dict[type[models.Model], tuple[str, ...]]] = {
    User: ("email",),
    ExchangeRate: ("currency", "fiscal_year"),
}
# The fields by which people know a row.
NAMES: Final = ("name", "title", "measure", "subject", "product", "external_id", "email", "currency")
WORDS: Final = {
    "customer": _("customer"),
    "contact": _("contact"),
    "source": _("source"),
    "external_id": _("external id"),
}
# Keys that came with the rows they are of go along with them.
PARTS: Final[dict[type[models.Model], str]] = {ExternalKey: "customer", ContactKey: "contact"}
# A visible row of a transaction in progress is our own; a savepoint's rows have a transaction id of their own.
OURS: Final = """
    pg_xact_status((((pg_current_xact_id()::text::bigint >> 32) << 32) + t.xmin::text::bigint)::text::xid8)
        = 'in progress'
"""


def columns(model: type[models.Model]) -> dict[str, str]:
    """The columns by their fields: those whose history is kept, else all that a file or a person can write."""
    if kept := REGISTER.get(str(model._meta.model_name)):
        return kept.columns
    written = [each for each in model._meta.concrete_fields if not each.primary_key and not each.generated]
    return {each.name: str(each.column) for each in written if each.name not in UNSAID}


def digest(names: list[str]) -> str:
    """SQL: a digest of these columns of the row ``t``; another column, which a migration may add, does not change it."""
    return "md5(ROW({})::text)".format(", ".join(f't."{name}"' for name in names))


def described(kind: str) -> Kept | None:
    """How the fields of a kind are worded, also of one without history; None for an unknown kind."""
    if kind in REGISTER:
        return REGISTER[kind]
    model = next((model for model in apps.get_models() if model._meta.model_name == kind), None)
    if model is None:
        return None
    fields = list(columns(model))
    named = next((name for name in NAMES if name in fields), model._meta.pk.name)
    return Kept(model, fields, words=WORDS, named=named)


def by_name(kind: str) -> type[models.Model]:
    """The model that a line calls so, of whichever app."""
    return next(model for model in apps.get_models() if model._meta.model_name == kind)


@dataclass(frozen=True)
class Noted:
    """A table whose rows are noted one by one, with the SQL for their line, customer and title over the row ``t``."""

    model: type[models.Model]
    target: Target

    @property
    def name(self) -> str:
        return self.model._meta.db_table

    @property
    def kind(self) -> str:
        return str(self.model._meta.model_name)

    @property
    def is_kept(self) -> bool:
        """Whether the history tells what changed."""
        return self.kind in REGISTER

    @cached_property
    def columns(self) -> set[str]:
        return {known.name for known in self.model._meta.fields}

    @property
    def is_part(self) -> bool:
        """Whether its rows are parts of contracts."""
        return self.whole == "contract"

    @property
    def whole(self) -> str:
        """The key of the row whose customer is this one's; "" where the row has its own, or none."""
        return next(
            (name for name in ("contract", "objective", "contact") if {name, "customer"} & self.columns == {name}), ""
        )

    @property
    def customer(self) -> str:
        if self.model is Customer:
            return "t.id"
        if self.whole:
            return "whole.customer_id"
        return "t.customer_id" if "customer" in self.columns else "NULL::bigint"

    @property
    def made(self) -> str:
        """What a line of a new row keeps: of rows without history a digest, by which Undo sees whether they changed since."""
        if self.is_kept:
            return "'{}'"
        return f"jsonb_build_object('', jsonb_build_array(NULL, {digest(self.digested)}))"

    @property
    def digested(self) -> list[str]:
        return [*columns(self.model).values()]

    @property
    def joins(self) -> str:
        return f"JOIN accounts_{self.whole} whole ON whole.id = t.{self.whole}_id" if self.whole else ""

    @property
    def also(self) -> str:
        """Parts of a contract, and keys of a customer or contact, that the same load made are not noted: they go along."""
        if self.is_part and "accounts_contract" in self.target.tables:
            return "AND whole.id <= %(last_contract)s"
        return f"AND t.{PARTS[self.model]}_id <= %(last_{PARTS[self.model]})s" if self.model in PARTS else ""

    @property
    def title(self) -> str:
        name = next((name for name in NAMES if name in self.columns), "")
        return f"t.{name}" if name else "''"

    def keys(self, staged: Staged) -> str:
        """SQL for (id, line): the first staged row that names each row of the table."""
        if self.model is Customer:
            found = "accounts_externalkey k ON k.source = %(source)s AND k.external_id = s.external_id"
            return f"SELECT k.customer_id AS id, min(s.line) AS line FROM import_staged s JOIN {found} GROUP BY 1"  # noqa: S608
        if own := KEYED.get(self.model):
            same = " AND ".join(f"c.{name} = s.{name}" for name in own)
            return f"SELECT c.id, min(s.line) AS line FROM import_staged s JOIN {self.name} c ON {same} GROUP BY 1"  # noqa: S608
        if "key" in self.columns:  # a feature, which rows of use name too
            key = next((f"s.{name}" for name in ("feature", "key") if staged.has(name)), "NULL")
            return (
                f"SELECT c.id, min(s.line) AS line FROM import_staged s JOIN {self.name} c ON c.key = {key} GROUP BY 1"  # noqa: S608
            )
        key = "contract" if self.is_part and staged.has("contract") else "external_id"
        whole = "accounts_contract" if self.is_part else self.name
        source = "s.source" if staged.has("source") else "%(source)s"
        joins = f"{whole} c ON c.source = {source} AND c.external_id = s.{key}"
        pk = "c.id"
        if self.whole == "contact" and self.target.models[0] is Contact:
            joins = f"accounts_contact c ON c.source = {source} AND c.external_id = s.external_id"
            joins, pk = f"{joins} JOIN {self.name} p ON p.contact_id = c.id", "p.id"
        line = "min(s.line)"
        if self.is_part:
            joins, pk = f"{joins} JOIN {self.name} p ON p.contract_id = c.id", "p.id"
            line = self.nearest(staged)
        return f"SELECT {pk} AS id, {line} AS line FROM import_staged s JOIN {joins} GROUP BY 1"  # noqa: S608

    def nearest(self, staged: Staged) -> str:
        """SQL: of the rows of its contract the first that is most like the part ``p``: the same line, the same product, any."""
        like = [
            f"s.{name} = p.{name}" for name in ("product", "kind", "name") if name in self.columns and staged.has(name)
        ]
        same = "s.line_starts_on = coalesce(p.source_starts_on, p.starts_on)"
        found = [*like, same] if "source_starts_on" in self.columns and staged.has("line_starts_on") else like
        ways = [f"min(s.line) FILTER (WHERE {' AND '.join(way)})" for way in (found, like) if way]
        return f"coalesce({', '.join([*ways, 'min(s.line)'])})"


def noted(target: Target) -> list[Noted]:
    """The tables of ``target`` whose rows are noted one by one, its own first: not those of too many rows, nor what follows."""
    by_table = {model._meta.db_table: model for model in apps.get_models()}
    tables = [Noted(by_table[name], target) for name in target.tables if name in by_table]
    named = ("external_id", "contract", "key", "email", "currency")
    return [
        table for table in tables
        if table.model is not DatedFact and (table.model is Customer or table.columns.intersection(named))
    ]  # fmt: skip
