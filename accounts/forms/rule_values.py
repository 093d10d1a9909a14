"""The value of a condition: the form field for it, and the stored value of a typed text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.conditions import checking
from accounts.conditions.fields import DAYS, FIGURES, PRESENCE, SPANS, Field, Kind, find, offered
from accounts.lists.persons import WORDS
from accounts.models import User
from config.fields import DayInput, FigureInput, WholeInput
from config.text import row_number, ungrouped

EMPTY: Final = [("", _("–"))]
FEW: Final = 8
SEPARATORS: Final = re.compile(r"[,、，\n]")


class Offer:
    """The choices of fields and values, fetched once for one drawing of a form, whatever its number of conditions.

    ``row`` is the list whose fields are offered too. With a ``reader``, the person who filters a list, the people
    offered are those whom the reader may see, and "me" and "team".
    """

    def __init__(self, row: str = "", reader: User | None = None) -> None:
        self.row, self.reader = row, reader
        self._groups: list[tuple[Any, Any]] | None = None
        self._options: dict[str, list[tuple[str, Any]]] = {}
        self._names: dict[str, Mapping[int, str]] = {}

    def fields(self, chosen: str) -> list[tuple[Any, Any]]:
        """The fields by group; ``chosen`` among them even where it is no longer offered."""
        if self._groups is None:
            self._groups = [
                (group, [(field.key, field.label) for field in group_fields])
                for group, group_fields in offered(self.row)
            ]
        offered_keys = {key for _group, group_fields in self._groups for key, _label in group_fields}
        stray = [] if not chosen or chosen in offered_keys else [(chosen, str(getattr(find(chosen), "label", chosen)))]
        return [*EMPTY, *stray, *self._groups]

    def options(self, field: Field) -> list[tuple[str, Any]]:
        """The values of a field."""
        if field.key not in self._options:
            self._options[field.key] = self._people() if self.reader and field.of_people else field.options
        return self._options[field.key]

    def called(self, field: Field, value: str) -> str:
        """The name of a value that is no longer offered: that of its row, else the value itself."""
        if field.rows is None:
            return value
        if field.key not in self._names:
            self._names[field.key] = {} if self.reader and field.of_people else field.rows.names()
        return self._names[field.key].get(chosen_key(value), value)

    def _people(self) -> list[tuple[str, Any]]:
        people = User.objects.visible_to(self.reader).filter(is_active=True).order_by("name")
        return [*WORDS.items(), *((str(pk), name) for pk, name in people.values_list("pk", "name"))]


def condition_of(key: str, test: str, value: Any) -> dict[str, Any]:
    """A condition from what a person typed; not checked yet. A chosen row is named by its id."""
    field = find(key)
    if field and field.rows:
        value = [chosen_key(item) for item in value] if isinstance(value, list) else chosen_key(value)
    if isinstance(value, dict):
        return {"field": key, "test": test, "value": value}
    if test in PRESENCE:
        return {"field": key, "test": test, "value": None}
    if test in FIGURES or test in SPANS:
        value = figure_of(str(value or ""))
    elif test == "is_in" and not isinstance(value, list):
        value = [word.strip() for word in SEPARATORS.split(str(value or "")) if word.strip()]
    elif isinstance(value, str):
        value = value.strip()
    return {"field": key, "test": test, "value": value}


def chosen_key(chosen: Any) -> Any:
    text = str(chosen or "").strip()
    key = row_number(text)
    return text if key is None else key


def figure_of(typed: str) -> Any:
    """The number that was typed, with groups of three and full-width digits as well; else the text."""
    plain = ungrouped(typed)
    if not re.fullmatch(r"[+-]?\d+(\.\d+)?", plain, re.ASCII):
        return typed
    figure = checking.number(plain)
    if figure is None:
        return typed
    return int(figure) if figure == figure.to_integral_value() else float(figure)


def value_field(field: Field, test: str, offer: Offer, chosen: list[str]) -> forms.Field:  # noqa: PLR0911 (one a kind of value)
    label = pgettext_lazy("figure", "Value")
    if test in DAYS:
        return forms.CharField(label=_("Day"), required=False, widget=DayInput())
    if test in SPANS:
        span = WholeInput({"class": "num"})
        return forms.CharField(label=pgettext_lazy("how many", "Days"), required=False, max_length=20, widget=span)
    if test in FIGURES:
        figure = FigureInput({"class": "num"})
        return forms.CharField(label=label, required=False, max_length=40, widget=figure)
    options = offer.options(field) if field.choices or field.kind == Kind.FLAG else []
    if callable(field.choices):
        # Opening the form must not lose a value that is no longer offered.
        stray = [item for item in chosen if item and item not in dict(options)]
        options = [*options, *((item, offer.called(field, item)) for item in stray)]
    if options and test == "is_in":
        many = forms.CheckboxSelectMultiple() if len(options) <= FEW else forms.SelectMultiple()
        return _Choices(label=label, required=False, choices=options, widget=many)
    if options:
        return _Choice(label=label, required=False, choices=[*EMPTY, *options])
    if test == "is_in":
        help_text = _("Separated by commas.")
        return forms.CharField(label=label, required=False, max_length=4000, help_text=help_text)
    return forms.CharField(label=label, required=False, max_length=checking.LONGEST_VALUE)


class _Choice(forms.ChoiceField):
    """Accepts every value; ``conditions.check`` decides which are valid."""

    def valid_value(self, _value: Any) -> bool:
        return True


class _Choices(forms.MultipleChoiceField):
    def valid_value(self, _value: Any) -> bool:
        return True
