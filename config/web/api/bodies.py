"""Bodies and query parameters of the API: undeclared names are refused, numbers and days have one format."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from typing import Any, TypeVar

from django import forms
from django.db.models import BigIntegerField, Model
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from config import days
from config.text import plain_number

Row = TypeVar("Row", bound=Model)


class Given(serializers.Serializer[Any]):
    """A body or query; undeclared names are refused by name."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            refuse_unknown(set(data) - set(self.fields))
        return super().to_internal_value(data)


def refuse_unknown(names: set[Any], known: Collection[str] = ()) -> None:
    """Raise a 400 naming each of ``names``, and what there is instead."""
    if names:
        sentence = _("There is nothing of this name.")
        if known:
            sentence += " " + _("There is: %(names)s.") % {"names": ", ".join(sorted(known))}
        raise ValidationError({str(name): [sentence] for name in sorted(names, key=str)})


def cleaned(form: forms.BaseForm) -> dict[str, Any]:
    """The body cleaned by a page's form; 400 naming each invalid field."""
    if not form.is_valid():
        raise ValidationError({name: [str(message) for message in messages] for name, messages in form.errors.items()})
    return form.cleaned_data


class Since(Given):
    """The query of a list whose rows have ``changed_at``."""

    updated_since = serializers.DateTimeField(
        required=False,
        help_text="Only rows of which an own field, a link or a part changed at this instant or later: `until` of the last walk."
        " What a row shows of others (names, emails, what is reckoned from them) changes with those.",
    )
    changed_since = serializers.DateTimeField(required=False, help_text="An earlier name of `updated_since`.")


class Updated(serializers.ModelSerializer[Row]):
    """A row with the instant of its last change, also under its earlier name."""

    updated_at = serializers.DateTimeField(source="changed_at", read_only=True)


class Typed(serializers.Field):
    """A number; refuses notations that people do not use (``1_0``), as forms do."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, str):
            plain = plain_number(data)
            if plain is None:
                self.fail("invalid")
            data = plain
        return super().to_internal_value(data)


class WholeField(Typed, serializers.IntegerField):
    """A whole number."""


class FigureField(Typed, serializers.DecimalField):
    """A number with decimals."""


class RowField(WholeField):
    """The id of a row."""

    def __init__(self, **options: Any) -> None:
        super().__init__(min_value=1, max_value=BigIntegerField.MAX_BIGINT, **options)


class DayField(serializers.DateField):
    """A day within the allowed range (``config.days``), written as 2026-11-24."""

    default_validators = [days.check]

    def to_internal_value(self, value: Any) -> dt.date:
        if not (isinstance(value, str) and days.ISO.fullmatch(value)):
            self.fail("invalid", format="YYYY-MM-DD")
        return super().to_internal_value(value)
