"""Fields of forms for what people type as days: one way to read them, whatever the form."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db import models

from config import days


class DayField(forms.DateField):  # noqa: TID251  the one place
    """A day that may be named (``config.days``)."""

    default_validators = [days.check]


def of_column(column: models.Field[Any, Any], **options: Any) -> forms.Field | None:
    """The field of a model's form for ``column``: as Django makes it, with days read as above."""
    if isinstance(column, models.DateField) and not isinstance(column, models.DateTimeField):
        options.setdefault("form_class", DayField)
    return column.formfield(**options)
