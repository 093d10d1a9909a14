"""What somebody had before them when they decided on an act, as a mark of a row.

An Undo carries the mark of what its act left behind; the act that takes it back holds the row and is refused where the row
says something else by then, so that nobody takes away what somebody else did later.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterable
from decimal import Decimal
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db.models import Model
from django.utils.translation import gettext_lazy as _

CHANGED_SINCE: Final = _("This has been changed since; nothing was taken back.")


class Ended(ValidationError):  # noqa: N818 (what happened, not a fault)
    """Somebody else has meanwhile ended what was to be acted on: ``by`` whom and ``at`` what moment or day, where that is known."""

    def __init__(self, message: Any, by: Model | None, at: dt.date | None) -> None:
        super().__init__(message)
        self.by, self.at = by, at


def mark(row: Model, fields: Iterable[str]) -> str:
    """A short text that stays the same for as long as the row says the same in ``fields``, stored or about to be."""
    said = [_plain(getattr(row, row._meta.get_field(name).attname)) for name in fields]  # type: ignore[union-attr]
    return hashlib.blake2b(json.dumps(said).encode(), digest_size=8).hexdigest()


def check(row: Model, fields: Iterable[str], seen: str) -> None:
    """Raise ValidationError where the row, held by the caller, has another mark than ``seen``; with no mark nothing."""
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
