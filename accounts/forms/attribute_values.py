"""The form of a customer's attributes: one field each, by its kind."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, Final

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.attributes import kinds
from accounts.attributes.values import Held
from accounts.conditions.fields import YES_NO
from accounts.imports.attributes import field_of
from accounts.imports.cells import Unfit
from accounts.models import Attribute
from config.fields import DayField, FigureField
from config.web.sheets import FormSheet

NONE: Final = ("", gettext_lazy("–"))
Kind = Attribute.Kind


class AttributesForm(forms.Form):
    """The attributes in use. A value from before that does not fit stays until somebody gives another."""

    def __init__(self, data: Any = None, *, stand: list[Held]) -> None:
        super().__init__(data)
        self.stand = {field_of(held.attribute): held for held in stand}
        for name, held in self.stand.items():
            self.fields[name] = field = FIELDS[Kind(held.attribute.kind)](held.attribute)
            if held.fits:
                self.initial[name] = INITIAL.get(Kind(held.attribute.kind), str)(held.text) if held.text else None
            else:
                text = _("It says “%(value)s”, which does not fit, and stays so until you give another value.")
                field.help_text = text % {"value": held.text}

    def sheet(self) -> FormSheet:
        """The form for comparing edits: each attribute is a field of its own."""
        return FormSheet(self)

    def clean(self) -> dict[str, Any]:
        """Every value as the text that is stored, read as those of files and programs are."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        read(self, {name: held.attribute for name, held in self.stand.items()}, data)
        return data

    def texts(self) -> dict[str, str]:
        """The texts that somebody changed, by their keys."""
        return {
            self.stand[name].attribute.key: self.cleaned_data[name] or ""
            for name in self.changed_data
            if name in self.stand and (self.cleaned_data[name] or "") != self.stand[name].text
        }


def fields_of(attributes: Iterable[Attribute]) -> dict[str, forms.Field]:
    """A form field for each attribute, by the name under which lists know it."""
    return {field_of(each): FIELDS[Kind(each.kind)](each) for each in attributes}


def read(form: forms.BaseForm, attributes: Mapping[str, Attribute], data: dict[str, Any]) -> None:
    """Put the text that is stored in place of each value of ``data``; what cannot be read is said at its field."""
    for name, attribute in attributes.items():
        value = data.get(name)
        if value in (None, "") or name in form.errors:
            continue
        try:
            data[name] = kinds.read(attribute, f"{value:f}" if isinstance(value, Decimal) else str(value))
        except Unfit as problem:
            form.add_error(name, str(problem))


def _number(attribute: Attribute) -> forms.Field:
    return FigureField(label=attribute.label, required=False)


def _text(attribute: Attribute) -> forms.Field:
    return forms.CharField(label=attribute.label, required=False, max_length=kinds.LONGEST)


def _day(attribute: Attribute) -> forms.Field:
    return DayField(label=attribute.label, required=False)


def _choice(attribute: Attribute) -> forms.Field:
    choices = [NONE, *((choice, choice) for choice in attribute.choices)]
    return forms.ChoiceField(label=attribute.label, required=False, choices=choices)


def _flag(attribute: Attribute) -> forms.Field:
    return forms.ChoiceField(label=attribute.label, required=False, choices=[NONE, *YES_NO])


FIELDS: Final = {Kind.NUMBER: _number, Kind.TEXT: _text, Kind.DAY: _day, Kind.CHOICE: _choice, Kind.FLAG: _flag}
INITIAL: Final[dict[Kind, Any]] = {Kind.NUMBER: Decimal, Kind.DAY: dt.date.fromisoformat}
