"""What the rows of a file mean beside their columns, as far as its target knows such choices."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.imports.maps import LINE, FileMap
from accounts.imports.recognising import Recognised
from accounts.imports.targets import Target
from config import clock, days
from config.fields import DayField

Choices = Sequence[tuple[str, str | Promise]]
PREFIX: Final = "m-"
KEPT: Final[tuple[str, str | Promise]] = ("", gettext_lazy("it stays as it is and is counted"))
# By the settings of the mapping language: the label, and the choices by what the mapping says.
ASKED: Final[Mapping[str, tuple[str | Promise, Choices]]] = {
    "follows": (
        gettext_lazy("A contract that begins where another ends"),
        (
            ("", gettext_lazy("stands for itself; the report counts such pairs")),
            ("customer", gettext_lazy("goes on from it: the same customer")),
            ("customer+product", gettext_lazy("goes on from it: the same customer and product")),
        ),
    ),
    "missing": (
        gettext_lazy("What the file no longer names"),
        (KEPT, ("ended", gettext_lazy("has ended: the file is the whole"))),
    ),
    "expired": (
        gettext_lazy("A contract without renewal whose end passed 90 days ago"),
        (KEPT, ("ended", gettext_lazy("has ended"))),
    ),
    "users": (
        gettext_lazy("People of a day"),
        (
            ("", gettext_lazy("the largest number of its rows counts")),
            ("rows", gettext_lazy("the rows add up: each counts people of its own")),
        ),
    ),
}


# Targets whose values hold from a day that the rows themselves do not name.
DATED: Final = frozenset({"contracts", "contacts", "integrations", "objectives", "outcomes"})


def settings_of(target: Target) -> list[str]:
    """The settings that change how this target's rows are taken."""
    of_contracts = ["follows", "expired"] if target.field("replaces") else []
    whole = ["missing"] if target.ends else []
    return of_contracts + whole + (["users"] if target.field("users") and not target.field("answer") else [])


def fields_of(target: Target, found: Recognised, file: FileMap | None) -> dict[str, forms.Field]:
    """The fields of a form, by its names; ``file`` is a mapping that was chosen and says some of it already."""
    asked: dict[str, forms.Field] = {}
    for name in settings_of(target):
        label, choices = ASKED[name]
        initial = getattr(file, name) if file else ""
        asked[PREFIX + name] = forms.ChoiceField(
            label=str(label), choices=choices, required=False, initial=initial if initial in dict(choices) else ""
        )
    if target.name in DATED:
        asked[f"{PREFIX}as_of"] = DayField(
            label=_("True as of"), required=False, validators=[not_after_today], initial=file.as_of if file else None,
            help_text=_("The day from which the values of the file hold; empty: the day of the import."),
        )  # fmt: skip
    if target.field("external_id"):
        said = file.latest_by if file else ""
        columns = dict.fromkeys([*ordering(found), *([said] if said not in {"", LINE} else [])])
        orders: Choices = [
            ("", _("are refused, unless they say the same")),
            (LINE, _("the last one of the file counts")),
            *((column, _("the last by %(column)s counts") % {"column": column}) for column in columns),
        ]
        asked[f"{PREFIX}latest_by"] = forms.ChoiceField(
            label=_("Several rows of one id"), choices=orders, required=False, initial=said
        )
    return asked


def not_after_today(day: dt.date) -> None:
    """Raise ValidationError for a day on which nobody could have written the file."""
    if day > (today := clock.today()):
        sentence = _("%(day)s lies in the future (today is %(today)s).")
        raise ValidationError(sentence % {"day": days.worded(day, today), "today": days.worded(today, today)})


def ordering(found: Recognised) -> list[str]:
    """The columns that hold days or instants in one notation."""
    return [column.name for column in found.details if len(column.dates) == 1]


def meaning_of(data: Mapping[str, Any]) -> dict[str, Any]:
    """What the mapping says by the answers of a valid form."""
    return {name.removeprefix(PREFIX): value for name, value in data.items() if name.startswith(PREFIX)}
