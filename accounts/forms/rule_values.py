"""The value of a condition: the field it is typed into, and what is made of what was typed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from django import forms
from django.utils.formats import get_format
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.conditions import checking
from accounts.conditions.fields import DAYS, FIGURES, PRESENCE, SPANS, Field, Kind, find, offered
from accounts.lists.persons import WORDS
from accounts.models import User
from config.fields import DayInput, FigureInput, WholeInput
from config.text import narrow, row_number

EMPTY: Final = [("", _("–"))]
FEW: Final = 8
SEPARATORS: Final = re.compile(r"[,、，\n]")


class Offer:
    """What may be chosen, asked once for one drawing of a form however many conditions it has.

    ``row`` is the list whose rows are asked as well; ``reader`` whoever filters one: people are those whose customers it sees,
    and "me" and "team" may be meant.
    """

    def __init__(self, row: str = "", reader: User | None = None) -> None:
        self.row, self.reader = row, reader
        self._groups: list[tuple[Any, Any]] | None = None
        self._options: dict[str, list[tuple[str, Any]]] = {}
        self._names: dict[str, Mapping[int, str]] = {}

    def fields(self, chosen: str) -> list[tuple[Any, Any]]:
        """The fields by group; ``chosen`` among them even where it is no longer offered."""
        if self._groups is None:
            self._groups = [(group, [(one.key, one.label) for one in of]) for group, of in offered(self.row)]
        known = {key for _group, of in self._groups for key, _label in of}
        stray = [] if not chosen or chosen in known else [(chosen, getattr(find(chosen), "label", chosen))]
        return [*EMPTY, *stray, *self._groups]

    def options(self, of: Field) -> list[tuple[str, Any]]:
        """The values of a field."""
        if of.key not in self._options:
            self._options[of.key] = self._people() if self.reader and of.of_people else of.options
        return self._options[of.key]

    def called(self, of: Field, value: str) -> str:
        """What a value is called that is no longer offered: the name of a row, else the value itself."""
        if of.rows is None:
            return value
        if of.key not in self._names:
            self._names[of.key] = {} if self.reader and of.of_people else of.rows.names()
        return self._names[of.key].get(chosen_key(value), value)

    def _people(self) -> list[tuple[str, Any]]:
        people = User.objects.visible_to(self.reader).filter(is_active=True).order_by("name")
        return [*WORDS.items(), *((str(pk), name) for pk, name in people.values_list("pk", "name"))]


def condition_of(key: str, test: str, value: Any) -> dict[str, Any]:
    """A condition from what a person typed; not checked yet. A row that was chosen is meant by its id."""
    about = find(key)
    if about and about.rows:
        value = [chosen_key(one) for one in value] if isinstance(value, list) else chosen_key(value)
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
    """The number that was typed as the reader's language writes it, full-width digits as well; else the text."""
    text = narrow(typed)
    thousand, decimal = re.escape(get_format("THOUSAND_SEPARATOR")), re.escape(get_format("DECIMAL_SEPARATOR"))
    if not re.fullmatch(rf"[+-]?(\d+|\d{{1,3}}({thousand}\d{{3}})+)({decimal}\d+)?", text, re.ASCII):
        return typed
    plain = re.sub(thousand, "", text)
    plain = re.sub(decimal, ".", plain)
    figure = checking.number(plain)
    if figure is None:
        return typed
    return int(figure) if figure == figure.to_integral_value() else float(figure)


def value_field(about: Field, test: str, offer: Offer, chosen: list[str]) -> forms.Field:  # noqa: PLR0911 (one a kind of value)
    label = pgettext_lazy("figure", "Value")
    if test in DAYS:
        return forms.CharField(label=_("Day"), required=False, widget=DayInput())
    if test in SPANS:
        span = WholeInput({"class": "num"})
        return forms.CharField(label=pgettext_lazy("how many", "Days"), required=False, max_length=20, widget=span)
    if test in FIGURES:
        figure = FigureInput({"class": "num"})
        return forms.CharField(label=label, required=False, max_length=40, widget=figure)
    options = offer.options(about) if about.choices or about.kind == Kind.FLAG else []
    if callable(about.choices):
        # A value that is no longer offered is not lost by opening the form.
        stray = [one for one in chosen if one and one not in dict(options)]
        options = [*options, *((one, offer.called(about, one)) for one in stray)]
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
    """Leaves it to ``conditions.check`` which values there are."""

    def valid_value(self, _value: Any) -> bool:
        return True


class _Choices(forms.MultipleChoiceField):
    def valid_value(self, _value: Any) -> bool:
        return True
