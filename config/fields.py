"""Form fields for typed figures and days, parsed the same way in every form."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from config import days
from config.text import narrow, plain_number, ungrouped

DAY_MINUTES: Final = 24 * 60


class WholeInput(forms.TextInput):
    """A text input, because a browser's number input loses full-width digits; phones show the numeric keyboard."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"inputmode": "numeric"} | (attrs or {}))


class FigureInput(forms.TextInput):
    """The same with a decimal sign."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"inputmode": "decimal"} | (attrs or {}))


class DayInput(forms.DateInput):
    """The browser's own day picker; takes and gives ISO dates."""

    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%d")


class Typed(forms.Field):
    """A typed figure; accepts full-width digits and groups of three, refuses notations that people do not use (``1_0``)."""

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str) and value.strip():
            value = plain_number(ungrouped(value))
            if value is None:
                raise ValidationError(self.error_messages["invalid"], code="invalid")
        return super().to_python(value)


class WholeField(Typed, forms.IntegerField):  # noqa: TID251  the one place
    """A whole number."""

    widget = WholeInput


class MinutesField(WholeField):
    """How long something took."""

    def __init__(self, **options: Any) -> None:
        texts = {
            "label": _("Took (minutes)"),
            "help_text": _("Preparation included; leave it empty if you do not know."),
        }
        super().__init__(min_value=1, max_value=DAY_MINUTES, **texts | options)


class FigureField(Typed, forms.DecimalField):  # noqa: TID251  the one place
    """A number with decimals."""

    widget = FigureInput


class RealField(Typed, forms.FloatField):  # noqa: TID251  the one place
    """A number that need not be exact."""

    widget = FigureInput


class DayField(forms.DateField):  # noqa: TID251  the one place
    """A day within the allowed range (``config.days``); accepts full-width digits."""

    widget = DayInput
    default_validators = [days.check]

    def to_python(self, value: Any) -> dt.date | None:
        return super().to_python(narrow(value) if isinstance(value, str) else value)


OF_COLUMNS: Final[dict[type[models.Field[Any, Any]], type[forms.Field]]] = {
    models.IntegerField: WholeField,
    models.DecimalField: FigureField,
    models.FloatField: RealField,
    models.DateField: DayField,
}


def of_column(column: models.Field[Any, Any], **options: Any) -> forms.Field | None:
    """The form field for a model's ``column``: Django's own, with the fields above for figures and days."""
    for kind, field in OF_COLUMNS.items():
        if isinstance(column, kind) and not isinstance(column, models.DateTimeField) and not column.choices:
            options.setdefault("form_class", field)
    return column.formfield(**options)


class PersonField(forms.ModelChoiceField):
    """One of the given people, by name."""

    def label_from_instance(self, obj: Any) -> str:
        return str(obj.name)
