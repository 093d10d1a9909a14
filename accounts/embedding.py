"""Querysets inside statements written by hand, and the other way round."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

from django.core.exceptions import EmptyResultSet
from django.db.models import QuerySet


@dataclass(frozen=True)
class Query:
    """SQL with named parameters."""

    sql: str
    params: dict[str, Any]


PLACEHOLDER: Final = re.compile(r"%\((\w+)\)s")


def positional(query: Query) -> tuple[str, tuple[Any, ...]]:
    """An expression of ours inside a queryset: in brackets, with its parameters in the order in which it names them."""
    names = PLACEHOLDER.findall(query.sql)
    return f"({PLACEHOLDER.sub('%s', query.sql)})", tuple(query.params[name] for name in names)


def embedded(rows: QuerySet[Any, Any], prefix: str) -> Query:
    """A queryset as SQL with named parameters, for use inside a larger statement."""
    try:
        sql, values = rows.order_by().query.sql_with_params()
    except EmptyResultSet:
        return Query("SELECT NULL::bigint WHERE false", {})
    names = iter([f"{prefix}_{number}" for number in range(len(values))])
    named = re.sub(r"%%|%s", lambda match: f"%({next(names)})s" if match[0] == "%s" else match[0], sql)
    return Query(named, {f"{prefix}_{n}": value for n, value in enumerate(values)})
