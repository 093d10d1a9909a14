"""Forms for rows of the record, made from the fields of their target."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import partial
from typing import Any, Final

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext, gettext_noop, pgettext_lazy

from accounts import company, currencies, typed
from accounts.forms.money import MoneyField, settle
from accounts.forms.rows import RowsForm
from accounts.imports.cells import Field
from accounts.imports.words import field_words
from accounts.typable import Kind
from config.fields import DayField, FigureField, WholeField

# The id of a row is the number that people know it by; without one it gets its own.
NUMBER: Final = "external_id"
# The record has the day after, people say the last one.
LAST_DAYS: Final = frozenset({"ends_on", "line_ends_on"})
# What the form says of itself.
ABOUT: Final = frozenset({"saw", "is_mistake"})
MISTAKE: Final = gettext_noop(
    "Prices, quantities, seats and lines change from today on, and what ran before keeps its revenue. With this they "
    "were so from the first day: the past is rewritten, and a line taken out never ran."
)
FIGURES: Final = frozenset({"money", "figure", "percent"})


class TypedForm(RowsForm):
    """The fields that ``kind`` asks, and rows of its lines; what the load refuses comes back at them (``refuse_all``).

    ``said`` are what a row that is edited says, line by line, and ``saw`` its mark; the number by which people know it stays.
    """

    saw = forms.CharField(widget=forms.HiddenInput, required=False)
    row_words = pgettext_lazy("of a contract", "Line")

    def __init__(self, data: Any = None, *, kind: Kind, said: Sequence[Mapping[str, Any]] = (), **options: Any) -> None:
        self.kind, self.said = kind, said
        options.setdefault("stored", [_begun(kind, line) for line in said])
        super().__init__(data, **options)
        if not kind.lines:
            self.template_name = "components/form.html"
        self.fields |= _fields(kind, [name for name in kind.asks if not said or name != NUMBER])
        if "currency" in self.fields:
            self._name_currency(said[0].get("currency", "") if said else "")
        if said and kind.lines:
            self.fields["is_mistake"] = forms.BooleanField(
                required=False, label=gettext("It was a typing mistake"), help_text=gettext(MISTAKE)
            )
        if said:
            shown = {name: _shown(name, said[0][name]) for name in self.fields if name in said[0]}
            self.initial = {**shown, **self.initial}

    def _name_currency(self, code: str) -> None:
        """Say beside the amounts, or beside the currency of lines, what they are in where nobody says it."""
        code = code or company.currency()
        sentence = gettext("In %(currency)s, unless the currency or a mark beside the amount says another one.")
        for name, field in self.fields.items():
            if isinstance(field, MoneyField) or (self.kind.lines and name == "currency"):
                field.help_text = sentence % {"currency": code}

    def row(self, data: Any = None, **options: Any) -> forms.Form:
        form = forms.Form(data, **options)
        form.fields |= _fields(self.kind, self.kind.lines)
        return form

    def begin(self) -> dict[str, Any]:
        return {"kind": self.kind, "said": self.said}

    def values(self) -> dict[str, Any]:
        """The typed values as the load reads them."""
        return {name: _plain(name, value) for name, value in self.cleaned_data.items() if name not in ABOUT}

    def lines(self) -> list[dict[str, Any]]:
        """Those of each line; of a kind without lines an empty one."""
        if not self.kind.lines:
            return [{}]
        return [{name: _plain(name, value) for name, value in row.cleaned_data.items()} for row in self.filled]

    def clean(self) -> dict[str, Any]:
        if self.kind.lines and not self.filled:
            self.add_error(None, gettext("A contract has at least one line: its product and what it costs a year."))
        data = super().clean() or self.cleaned_data
        if "currency" in self.fields:
            code = currencies.code_of(data.get("currency") or "")
            data["currency"] = settle(self._amounts(), code, company.currency) or data.get("currency")
        if data.get("ends_on") and data.get("starts_on") and data["ends_on"] < data["starts_on"]:
            self.add_error("ends_on", gettext("The last day lies before the first."))
        return data

    def _amounts(self) -> Iterator[tuple[MoneyField, str, Callable[[str], None]]]:
        """The amounts of the form and of its rows, as ``money.settle`` asks for them."""
        for place, form in [(None, self), *enumerate(self.filled)]:
            for name, field in form.fields.items():
                if isinstance(field, MoneyField):
                    yield field, str(form[name].value()), partial(self.refuse, name, place=place)

    def refuse_all(self, problem: typed.Refused) -> None:
        """Show each reason at its field, others above the form."""
        for place, name, reason in problem.args[0]:
            self.refuse(name, capfirst(reason), place)


def _fields(kind: Kind, names: Iterable[str]) -> dict[str, forms.Field]:
    """The form fields for fields of the kind's target."""
    made = {}
    for name in names:
        field = kind.target.field(name)
        if field is not None:
            column = kind.target.column(name)
            label = field_words(name, kind.target.name)
            made[name] = field_of(field, label, required=field.required and name != NUMBER)
            if name == NUMBER:
                made[name].label = capfirst(str(column.verbose_name))
            if name in LAST_DAYS:
                made[name].label = gettext("Last day")
    return made


def _begun(kind: Kind, line: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a row of the form; a line that begins with its contract has no start of its own."""
    values = {name: _shown(name, line[name]) for name in kind.lines}
    if values.get("line_starts_on") == line.get("starts_on"):
        values.pop("line_starts_on", None)
    return values


def field_of(field: Field, label: str, *, required: bool) -> forms.Field:
    """The form field for a field of a target."""
    options: dict[str, Any] = {"label": label, "required": required}
    if field.kind == "date":
        return DayField(**options)
    if field.kind == "flag":
        # Nothing said is not No.
        choices = [("", "–"), ("True", gettext("Yes")), ("False", gettext("No"))]
        is_open = field.blank is None
        return (
            forms.ChoiceField(**options, choices=choices)
            if is_open
            else forms.BooleanField(**options | {"required": False})
        )
    if field.kind == "number":
        return WholeField(**options, initial=field.blank)
    if field.kind in FIGURES:
        return (MoneyField if field.kind == "money" else FigureField)(**options)
    if field.choices:
        first = [] if required or field.blank else [("", "–")]
        return forms.ChoiceField(**options, choices=[*first, *field.named_choices], initial=field.blank)
    widget = forms.Textarea if field.longest > 1_000 else forms.TextInput  # noqa: PLR2004 (a text of several lines)
    return forms.CharField(**options, max_length=field.longest, widget=widget)


def _shown(name: str, value: Any) -> Any:
    """A value of the record as people type it: a last day, an amount without decimals that are none."""
    if isinstance(value, Decimal) and value == value.to_integral_value():
        return value.to_integral_value()
    return value - dt.timedelta(days=1) if name in LAST_DAYS and isinstance(value, dt.date) else value


def _plain(name: str, value: Any) -> Any:
    match value:
        case dt.date():
            return (value + dt.timedelta(days=int(name in LAST_DAYS))).isoformat()
        case Decimal():
            return format(value, "f")
    return value
