"""The defaults of columns that a file does not give."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import connection, models
from django.db.models.fields import NOT_PROVIDED


def defaults(model: type[models.Model], given: Iterable[str]) -> dict[str, Any]:
    """Django's defaults of the columns not ``given`` that may not be null."""
    given_columns = set(given)
    values: dict[str, Any] = {}
    for column in model._meta.concrete_fields:
        if (
            column.column is None
            or column.column in given_columns
            or column.primary_key
            or column.generated
            or column.null
            or column.db_default is not NOT_PROVIDED
        ):
            continue
        if column.has_default() or column.empty_strings_allowed:
            values[column.column] = column.get_db_prep_save(column.get_default(), connection)
    return values
