"""The filters of an export, worded by its form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django import forms
from django.http import QueryDict

from config.ui.figures import listed
from config.web.sheets import field_words

LONGEST: Final = 4_000  # characters of an address that are read


class Asking:
    """The filters of each kind of export, by its form. Choices are looked up once, however many addresses are read."""

    def __init__(self, form_of: Mapping[str, forms.BaseForm]) -> None:
        self.fields = {
            kind: {name: _known(field) for name, field in form.fields.items() if not field.widget.is_hidden}
            for kind, form in form_of.items()
        }

    def words(self, kind: str, asked: str) -> str:
        """``asked``, a query string, as "Field: value"; "" without any filter."""
        fields, query = self.fields.get(kind, {}), QueryDict(asked[:LONGEST])
        return listed(
            f"{field.label}: {field_words(field, texts)}"
            for name, field in fields.items()
            if any(texts := query.getlist(name))
        )


def _known(field: forms.Field) -> forms.Field:
    if isinstance(field.widget, forms.widgets.ChoiceWidget):
        field.widget.choices = list(field.widget.choices)
    return field
