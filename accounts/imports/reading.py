"""The record in the shape in which it comes in: rows of a target, with the ids of their source, as ``given`` takes them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any, Final

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Case, CharField, Exists, F, Model, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models import Field as Column
from django.db.models.expressions import BaseExpression
from django.db.models.fields.related import ManyToManyField
from django.db.models.functions import Cast, Coalesce, Concat, Greatest, NullIf

from accounts import access
from accounts.identity.ways import OUR_NUMBER, THROUGH_KEY
from accounts.imports.shapes import BESIDE, NUMBER, UPDATED
from accounts.imports.targets import Target
from accounts.imports.texts import tidy
from accounts.models import (
    Contact,
    ContactKey,
    Contract,
    ContractLine,
    Customer,
    Entitlement,
    ExternalKey,
    Invoice,
    Source,
    User,
)
from accounts.models.named import Named

# Of what a reference says, the column by which a file names it.
NAMED_BY: Final[Mapping[str, str]] = {"User": "email", "Feature": "key"}
BEFORE: Final = "field_"
# A name that is kept as a number alone is not read back.
HIDDEN: Final = frozenset({("usage", "user")})


def rows(target: Target, user: User, source: str = "") -> QuerySet[Any, dict[str, Any]]:
    """The rows of the target that ``user`` may see, of one source where they have any, in the order of their making.

    Each is a dictionary of ``id``, ``row_id``, ``updated_at`` and the fields, whose names ``plain`` restores. Of contracts a row is
    a line, and ``row_id`` the number of its contract; of customers it is that of the customer.
    """
    base = base_of(target)
    found = base._default_manager.all()
    columns = {known.name for known in base._meta.get_fields()}
    if target.field("source"):
        found = found.filter(is_key_of(base, source))
    elif "source" in columns:
        found = found.filter(source=source).exclude(**{id_of(target): ""})
    elif "contract" in columns:
        found = found.filter(contract__source=source)
    if path := customer_path(base):
        found = found.filter(is_seen(user, path))
    elif not access.configures(user):
        found = found.none()
    fields = {
        f"{BEFORE}{known.name}": value(target, base, known.name, source, user)
        for known in target.fields
        if is_read(target, known.name)
    }
    own = next(
        (f"{known.attname}" for known in base._meta.concrete_fields if known.related_model is target.models[0]), "pk"
    )
    row_id = F("pk" if target.models[0] is base else own)
    return found.order_by("pk").values("id", row_id=row_id, **{UPDATED: changed_at(target, base)}, **fields)


def changed_at(target: Target, base: type[Model]) -> F | BaseExpression:
    """When a row, or a row of the record that it shows with its own, last changed."""
    linked = {known.related_model: f"{known.name}__" for known in base._meta.concrete_fields} | {base: ""}
    paths = [linked[model] for model in dict.fromkeys((base, *target.models)) if model in linked]
    stamps = [F(f"{path}changed_at") for path in paths]
    return Greatest(*stamps) if len(stamps) > 1 else stamps[0]


def is_of_a_source(target: Target) -> bool:
    """Whether the rows are those of one source."""
    columns = {known.name for known in base_of(target)._meta.get_fields()}
    if target.field("source"):
        return "user" not in columns
    return bool(columns & {"source", "contract"})


def is_key_of(base: type[Model], source: str) -> Q:
    """Condition on further keys: of customers and contacts those that ``source`` names, of users all."""
    if base is ExternalKey:
        return Q(customer__in=ExternalKey.objects.filter(source=source).values("customer")) & ~is_first_key(source)
    return Q(contact__source=source) & ~Q(contact__external_id="") if base is ContactKey else Q()


def is_first_key(source: str) -> Q:
    """Condition on keys of customers that are the first of ``source`` for theirs: by it the source names the customer."""
    earlier = ExternalKey.objects.filter(source=source, customer=OuterRef("customer"), pk__lt=OuterRef("pk"))
    return Q(~Exists(earlier), source=source)


def is_seen(user: User, path: str) -> Q:
    """Condition on rows whose customer at ``path`` the user may see, or the one into which it was merged."""
    customers = Customer.objects.visible_to(user)
    merged = "merged_into" if path == "pk" else f"{path}__merged_into"
    return Q(**{f"{path}__in": customers}) | Q(**{f"{merged}__in": customers})


def by_id(target: Target, user: User, source: str, key: str) -> QuerySet[Any, dict[str, Any]]:
    """``rows`` with this id; it may be written as it was sent, before it was composed."""
    return rows(target, user, source).filter(**{f"{BEFORE}external_id__in": {key, *tidy([key])}})


def one(target: Target, user: User, source: str, key: str) -> list[dict[str, Any]]:
    """The row with this id, of a contract its lines; none where there is none."""
    return [plain(target, row) for row in by_id(target, user, source, key)]


def named(target: Target, user: User, source: str, key: str) -> tuple[type[Model], list[int]]:
    """The row with this id as one of the record, of whichever model it is first of all; no numbers where there is none."""
    base, model = base_of(target), target.models[0]
    pks = list(by_id(target, user, source, key).values_list("id", flat=True))
    if model is base:
        return model, pks
    link = next(known.name for known in base._meta.concrete_fields if known.related_model is model)
    return model, sorted(set(base._default_manager.filter(pk__in=pks).values_list(link, flat=True)))


def plain(target: Target, row: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a row by their names; None for what no row could say."""
    named = {name.removeprefix(BEFORE): found for name, found in row.items() if name.startswith(BEFORE)}
    choices = {known.name: known.choices for known in target.fields if known.kind == "choice"}
    named |= {name: None for name, known in choices.items() if named[name] not in known}
    told = {name: f"{found:f}" if isinstance(found, Decimal) else found for name, found in named.items()}
    return told | {NUMBER: row["row_id"], UPDATED: row[UPDATED]}


def held(target: Target, user: User, source: str, key: str) -> list[dict[str, Any]]:
    """As ``one``, with its rows locked until the transaction ends: those of the record, which forms change as well."""
    base = base_of(target)
    own = base._default_manager.filter(pk__in=list(by_id(target, user, source, key).values_list("pk", flat=True)))
    links = {known.related_model: known.name for known in base._meta.concrete_fields} | {base: "pk"}
    for model in target.models:
        if model in links:
            pks = list(own.values_list(links[model], flat=True))
            list(model._default_manager.select_for_update(no_key=True).filter(pk__in=pks).order_by("pk"))
    return one(target, user, source, key)


def version(found: Iterable[Mapping[str, Any]]) -> str:
    """The ETag of rows: it changes with any of their fields."""
    fields = [{name: value for name, value in row.items() if name not in BESIDE} for row in found]
    text = json.dumps(fields, sort_keys=True, default=str)
    return f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'


def is_read(target: Target, name: str) -> bool:
    return (target.name, name) not in HIDDEN


def base_of(target: Target) -> type[Model]:
    """The model of which each row is one."""
    return {"customers": ExternalKey, "contracts": ContractLine}.get(target.name, target.models[0])


def id_of(target: Target) -> str:
    return target.column("external_id").name


def customer_path(base: type[Model]) -> str:
    """From the model to the customer of a row; "" where it has none."""
    names = {known.name for known in base._meta.get_fields()}
    return next(
        (
            f"{first}__customer".removeprefix("__")
            for first in ("", "contract", "objective", "contact")
            if (first or "customer") in names
        ),
        "",
    )


def value(target: Target, base: type[Model], name: str, source: str, user: User) -> F | BaseExpression:
    """What a row says in the field ``name``."""
    column = target.column(name)
    if worked_out := WORKED_OUT.get((target.name, name)):
        return worked_out(source)
    path = path_to(base, column.model) + column.name
    if isinstance(column, ManyToManyField):
        contacts = Contact.objects.filter(**{str(column.remote_field.related_name): OuterRef("pk")})
        words = contacts.annotate(word=word_of_contact("", source)).exclude(word=None)
        return ArraySubquery(words.order_by("word").values("word"))
    if column.related_model is Customer:
        return word_of_customer(named_by(path, column), source, user)
    if column.related_model is Contact:
        return word_of_contact(f"{path}__", source)
    if column.related_model is not None:
        named = f"{path}__{NAMED_BY.get(column.related_model.__name__, 'external_id')}"
        is_sourced = "source" in {known.name for known in column.related_model._meta.get_fields()}
        return Case(When(**{f"{path}__source": source}, then=F(named))) if is_sourced else F(named)
    return F(path)


def word_of_customer(whose: Any, source: str, user: User) -> BaseExpression:
    """The customer's key of the source, else the first of another one, else its number here; None where the user may not see it.

    What people type names it by number alone.
    """
    seen = Customer.objects.filter(is_seen(user, "pk"), pk=whose)
    number = Subquery(seen.values(word=Concat(Value(OUR_NUMBER), Cast("pk", CharField())))[:1])
    if source == Source.TYPED:
        return number
    keys = ExternalKey.objects.filter(is_seen(user, "customer"), customer=whose).order_by("pk")
    word = Concat(Value(THROUGH_KEY), F("source"), Value(":"), F("external_id"))
    own, others = keys.filter(source=source).values("external_id"), keys.values(word=word)
    return Coalesce(Subquery(own[:1]), Subquery(others[:1]), number)


def word_of_contact(path: str, source: str) -> BaseExpression:
    """The contact's id in the source or another key there, else the email; None where it has none of them."""
    own = Case(When(Q(**{f"{path}source": source}) & ~Q(**{f"{path}external_id": ""}), then=F(f"{path}external_id")))
    keys = ContactKey.objects.filter(contact=OuterRef(f"{path}pk"), source=source).order_by("pk")
    email = NullIf(F(f"{path}email"), Value(""))
    return Coalesce(own, Subquery(keys.values("external_id")[:1]), email, output_field=CharField())


def seats(_source: str) -> BaseExpression:
    """The last seats of the line's contract, where the field wrote them: its first row has no start. Others are entitlements."""
    rows = Entitlement.objects.filter(contract=OuterRef("contract"), kind=Entitlement.Kind.SEATS, name="")
    last = rows.order_by(F("starts_on").desc(nulls_last=True)).values("quantity")[:1]
    return Case(When(Exists(rows.filter(starts_on__isnull=True)), then=Subquery(last)))


def replaced(source: str) -> BaseExpression:
    rows = Contract.objects.filter(replaced_by=OuterRef("contract"), source=source)
    return ArraySubquery(rows.order_by("external_id").values("external_id"))


def payment(_source: str) -> BaseExpression:
    """What the source says of payment; None where it says nothing."""
    states = Invoice.Payment
    return Case(
        When(payment=states.SETTLED, then=Value("paid")),
        When(payment=states.VOID, then=Value("void")),
        When(payment=states.KNOWN, paid_on__isnull=False, then=Value("paid")),
        When(payment=states.KNOWN, then=Value("open")),
    )


WORKED_OUT: Final[Mapping[tuple[str, str], Callable[[str], BaseExpression]]] = {
    ("contracts", "seats"): seats,
    ("contracts", "replaces"): replaced,
    ("invoices", "status"): payment,
}


def named_by(path: str, column: Column[Any, Any]) -> Any:
    """The customer whose key a row names at ``path``: of one that was merged since, the merged one."""
    if column.name != "customer" or not issubclass(column.model, Named):
        return OuterRef(path)
    return Coalesce(OuterRef(f"{path.removesuffix('customer')}named"), OuterRef(path))


def path_to(base: type[Model], model: type[Model]) -> str:
    """The path from a row to the model that has the column; "" to its own."""
    if model is base:
        return ""
    return next(f"{known.name}__" for known in base._meta.concrete_fields if known.related_model is model)
