"""Marks of a row's values, as a person saw them when deciding on an act.

An Undo carries the mark of the values that its act left; the undo locks the row and is refused where the values
differ by then, so that nobody undoes a later change of somebody else.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db.models import Model
from django.utils.translation import gettext_lazy as _

CHANGED_SINCE: Final = _("This has been changed since; nothing was taken back.")


class Ended(ValidationError):  # noqa: N818 (what happened, not a fault)
    """Somebody else has meanwhile ended the object of the act: ``by`` is the person, ``at`` the moment or day,
    where known.
    """

    def __init__(self, message: Any, by: Model | None, at: dt.date | None) -> None:
        super().__init__(message)
        self.by, self.at = by, at


def mark(row: Model, fields: Iterable[str]) -> str:
    """A short text that stays the same as long as the row's ``fields`` have the same values, stored or about to be."""
    values = [_plain(getattr(row, row._meta.get_field(name).attname)) for name in fields]  # type: ignore[union-attr]
    return hashlib.blake2b(json.dumps(values).encode(), digest_size=8).hexdigest()


def whole(rows: Iterable[Model]) -> str:
    """The mark of all values of the rows together; when they changed is none."""
    marks = [
        mark(row, [field.name for field in row._meta.concrete_fields if field.name != "changed_at"]) for row in rows
    ]
    return hashlib.blake2b("".join(marks).encode(), digest_size=8).hexdigest()


def mark_of(model: type[Model], fields: Iterable[str], values: Mapping[str, Any]) -> str:
    """The mark of a row of ``model`` of which only these values are read, as JSON has them."""
    columns: dict[str, Any] = {name: model._meta.get_field(name) for name in values}
    row = model(**{columns[name].attname: columns[name].to_python(value) for name, value in values.items()})
    return mark(row, fields)


def check(row: Model, fields: Iterable[str], seen: str) -> None:
    """Raise ValidationError where the row, locked by the caller, has another mark than ``seen``; without a mark
    never.
    """
    if seen and mark(row, fields) != seen:
        raise ValidationError(CHANGED_SINCE)


def _plain(value: Any) -> str | None:
    """A value as text that does not depend on whether the row was read or is about to be written."""
    match value:
        case None:
            return None
        case Decimal():
            return str(value.normalize())
        case dt.datetime():
            return value.astimezone(dt.UTC).isoformat()
        case dict() | list():
            return json.dumps(value, sort_keys=True, default=str)
    return str(value)
