"""Bodies and addresses as the API reads them: whatever is not declared is refused, figures and days are read one way."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django import forms
from django.db.models import BigIntegerField
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from config import days
from config.text import plain_number


class Given(serializers.Serializer[Any]):
    """A body, or what an address asks: whatever it does not declare is refused by its name."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            refuse_unknown(set(data) - set(self.fields))
        return super().to_internal_value(data)


def refuse_unknown(names: set[Any]) -> None:
    """Raise a 400 naming each of ``names``."""
    if names:
        raise ValidationError({str(name): [_("There is nothing of this name.")] for name in sorted(names, key=str)})


def cleaned(form: forms.BaseForm) -> dict[str, Any]:
    """What a page's form makes of the body; 400 naming each field that is wrong."""
    if not form.is_valid():
        raise ValidationError({name: [str(word) for word in words] for name, words in form.errors.items()})
    return form.cleaned_data


class Since(Given):
    """Of a list whose rows know when they changed."""

    changed_since = serializers.DateTimeField(
        required=False,
        help_text="Only rows of which an own field, a link or a part changed at this instant or later: `until` of the last walk."
        " What a row shows of others (names, emails, what is reckoned from them) changes with those.",
    )


class Typed(serializers.Field):
    """A number: a text that people would not write one as (``1_0``) is refused, as in forms."""

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
    """The number of a row."""

    def __init__(self, **options: Any) -> None:
        super().__init__(min_value=1, max_value=BigIntegerField.MAX_BIGINT, **options)


class DayField(serializers.DateField):
    """A day that may be named (``config.days``), written as 2026-11-24."""

    default_validators = [days.check]

    def to_internal_value(self, value: Any) -> dt.date:
        if not (isinstance(value, str) and days.ISO.fullmatch(value)):
            self.fail("invalid", format="YYYY-MM-DD")
        return super().to_internal_value(value)
