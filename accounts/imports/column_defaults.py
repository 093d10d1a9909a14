"""What a column gets that a file does not give."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import connection, models
from django.db.models.fields import NOT_PROVIDED


def defaults(model: type[models.Model], given: Iterable[str]) -> dict[str, Any]:
    """Django's defaults of the columns not ``given`` that may not be null."""
    taken = set(given)
    made: dict[str, Any] = {}
    for one in model._meta.concrete_fields:
        if (
            one.column is None
            or one.column in taken
            or one.primary_key
            or one.null
            or one.db_default is not NOT_PROVIDED
        ):
            continue
        if one.has_default() or one.empty_strings_allowed:
            made[one.column] = one.get_db_prep_save(one.get_default(), connection)
    return made
