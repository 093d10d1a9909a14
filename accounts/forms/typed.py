"""Forms for rows of the record, made from the fields of their target."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from django import forms
from django.utils.text import capfirst

from accounts import typed
from accounts.imports.cells import Field
from accounts.models import Customer
from config.fields import DayField, FigureField, WholeField

# The id of a row is the number that people know it by; without one it gets its own.
NUMBER: Final = "external_id"
FIGURES: Final = frozenset({"money", "figure", "percent"})


class TypedForm(forms.Form):
    """The fields that ``kind`` asks; what the load refuses comes back at them (``refuse``)."""

    def __init__(self, data: Any = None, *, kind: typed.Kind, customer: Customer) -> None:
        super().__init__(data)
        self.kind, self.customer = kind, customer
        for name in kind.asks:
            field = kind.target.field(name)
            if field is not None:
                column = kind.target.column(name)
                words = dict(column.choices or ())
                self.fields[name] = field_of(field, words, required=field.required and name != NUMBER)
                if name == NUMBER:
                    self.fields[name].label = capfirst(str(column.verbose_name))

    def values(self) -> dict[str, Any]:
        """The typed values as the load reads them."""
        return {name: _plain(value) for name, value in self.cleaned_data.items()}

    def refuse(self, problem: typed.Refused) -> None:
        """Show each reason at its field, others above the form."""
        for name, reason in problem.args[0]:
            self.add_error(name if name in self.fields else None, capfirst(reason))


def field_of(field: Field, words: Mapping[Any, Any], *, required: bool) -> forms.Field:
    """The form field for a field of a target."""
    options: dict[str, Any] = {"label": capfirst(field.label), "required": required}
    if field.kind == "date":
        return DayField(**options)
    if field.kind == "flag":
        return forms.BooleanField(**options | {"required": False})
    if field.kind == "number":
        return WholeField(**options, initial=field.blank)
    if field.kind in FIGURES:
        return FigureField(**options)
    if field.choices:
        choices = [(value, words.get(value, value)) for value in field.choices]
        first = [] if required or field.blank else [("", "–")]
        return forms.ChoiceField(**options, choices=first + choices, initial=field.blank)
    widget = forms.Textarea if field.longest > 1_000 else forms.TextInput  # noqa: PLR2004 (a text of several lines)
    return forms.CharField(**options, max_length=field.longest, widget=widget)


def _plain(value: Any) -> Any:
    match value:
        case dt.date():
            return value.isoformat()
        case Decimal():
            return format(value, "f")
    return value
