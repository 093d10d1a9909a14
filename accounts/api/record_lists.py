"""By which fields the rows of a target are asked for, and in which order."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from django.db.models import Q, QuerySet, TextField
from rest_framework import serializers

from accounts.api import record_attributes
from accounts.identity.ways import OUR_NUMBER, THROUGH_KEY
from accounts.imports.cells import Field
from accounts.imports.reading import BEFORE, WORKED_OUT, base_of, customer_path, is_read, path_to
from accounts.imports.shapes import UPDATED
from accounts.imports.targets import Target
from accounts.models import Customer, ExternalKey
from accounts.models.named import Named
from config.web.api import narrowing
from config.web.api.narrowing import Form, Plain, day, figure, flag, instant, text, whole

# Kinds of which a row has one value, and how an address writes it.
KINDS: Final[dict[str, Form]] = {
    "date": day, "instant": instant, "flag": flag, "number": whole, "figure": figure, "money": figure,
    "percent": figure, "rate": figure,
}  # fmt: skip
TEXTS: Final = frozenset({"text", "country", "currency", "email"})


def plains(target: Target) -> dict[str, Plain]:
    """The fields by which the target's rows are asked for and ordered, and when they changed."""
    orders = set(orders_of(target))
    found = {UPDATED: Plain(UPDATED, instant, is_order=True)}
    for known in target.fields:
        if is_read(target, known.name) and known.name != "source" and (form := form_of(target, known)):
            found[known.name] = Plain(f"{BEFORE}{known.name}", form, known.name in orders)
    return found


def form_of(target: Target, known: Field) -> Form | None:
    column = target.column(known.name)
    if isinstance(column, TextField) or column.many_to_many:
        return None
    if known.kind == "choice":
        return partial(serializers.ChoiceField, choices=known.choices, required=False)
    return partial(text, known.longest) if known.kind in TEXTS else KINDS.get(known.kind)


def orders_of(target: Target) -> list[str]:
    """The plain fields that each row has of its own, or by a row that it always names."""
    base = base_of(target)
    nullable = {known.related_model for known in base._meta.concrete_fields if known.null}
    found = []
    for known in target.fields:
        is_kept = is_read(target, known.name) and (target.name, known.name) not in WORKED_OUT
        if not is_kept or form_of(target, known) is None:
            continue
        column = target.column(known.name)
        is_reached = column.model is base or (column.model not in nullable and path_to(base, column.model))
        if is_reached and not (column.is_relation or column.null):
            found.append(known.name)
    return found


def narrowed(
    rows: QuerySet[Any, dict[str, Any]], target: Target, source: str, asked: Mapping[str, Any]
) -> QuerySet[Any, dict[str, Any]]:
    """``rows`` of ``reading.rows`` as ``asked`` for. Those of one customer are found by its number, so by an index."""
    own = {name: asked[name] for name in asked if name.partition("_")[0] == record_attributes.NAME}
    plain = {name: value for name, value in asked.items() if name not in own}
    found = narrowing.narrowed(record_attributes.narrowed(rows, own), plains(target), plain)
    key, base = asked.get("customer", ""), base_of(target)
    if (
        not key
        or target.column("customer").related_model is not Customer
        or key.startswith((OUR_NUMBER, THROUGH_KEY))  # a word that the source has no key for
        or not ExternalKey.objects.filter(source=source).exists()
    ):
        return found
    numbers = list(ExternalKey.objects.filter(source=source, external_id=key).values_list("customer", flat=True))
    is_of = Q(**{f"{customer_path(base)}__in": numbers})
    return found.filter(is_of | Q(named__in=numbers) if issubclass(base, Named) else is_of)
