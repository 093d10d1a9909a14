"""Which rows of a target are asked for, and in which order: by any field that is kept as one plain value."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.db.models import QuerySet, TextField

from accounts.imports.cells import Field
from accounts.imports.reading import BEFORE, base_of, is_read, path_to
from accounts.imports.shapes import UPDATED
from accounts.imports.targets import Target

FROM: Final = "_from"
UP_TO: Final = "_before"
RANGED: Final = frozenset({"date", "instant"})
# Kinds of which a row has one value that texts of an address can name.
COMPARED: Final = frozenset({"text", "choice", "date", "country", "currency", "email", "flag"})


def filters(target: Target) -> dict[str, Field]:
    """The parameters that narrow the target's rows: a field by its name, days and instants also ``_from`` and ``_before``."""
    found: dict[str, Field] = {}
    for known in target.fields:
        column = target.column(known.name)
        if not is_read(target, known.name) or known.name == "source" or isinstance(column, TextField):
            continue
        if known.kind in COMPARED and not column.many_to_many:
            found[known.name] = known
        if known.kind in RANGED:
            found |= {f"{known.name}{FROM}": known, f"{known.name}{UP_TO}": known}
    return found


def narrowed(rows: QuerySet[Any, Any], asked: Mapping[str, Any]) -> QuerySet[Any, Any]:
    """``rows`` of ``reading.rows`` that have the values ``asked`` for; a period begins with its first day and ends before its last."""
    ways = {FROM: "__gte", UP_TO: "__lt"}
    conditions = {}
    for name, value in asked.items():
        ending = next((ending for ending in ways if name.endswith(ending)), "")
        conditions[f"{BEFORE}{name.removesuffix(ending)}{ways.get(ending, '')}"] = value
    return rows.filter(**conditions)


def orders(target: Target) -> list[str]:
    """What rows can be ordered by: when they changed, and fields that each of them has."""
    base = base_of(target)
    nullable = {known.related_model for known in base._meta.concrete_fields if known.null}
    found = [UPDATED]
    for known in target.fields:
        if known.kind not in COMPARED | RANGED or not is_read(target, known.name):
            continue
        column = target.column(known.name)
        is_reached = column.model is base or (column.model not in nullable and path_to(base, column.model))
        if is_reached and not (column.is_relation or column.null or isinstance(column, TextField)):
            found.append(known.name)
    return found


def ordered(rows: QuerySet[Any, Any], order: str) -> QuerySet[Any, Any]:
    """``rows`` by ``order``, one of ``orders``, from the last with ``-`` before it; of equal ones in the order of their making."""
    name = order.removeprefix("-")
    sign = "-" if order.startswith("-") else ""
    return rows.order_by(f"{sign}{name if name == UPDATED else BEFORE + name}", f"{sign}pk")
