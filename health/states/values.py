"""The values of a state or of an event: declared as form fields, cleaned by the form that is built of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

LONGEST_WORD: Final = 60
MOST_WORDS: Final = 60

Fields = Mapping[str, forms.Field]


class WordsField(forms.Field):
    """Words of one's own, one a line; cleaned to a list without repetitions."""

    widget = forms.Textarea(attrs={"rows": 4})

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"help_text": gettext_lazy("One a line.")} | options)

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(map(str, value)) if isinstance(value, (list, tuple)) else value

    def to_python(self, value: Any) -> list[str]:
        lines = value.splitlines() if isinstance(value, str) else value or []
        if not isinstance(lines, (list, tuple)) or not all(isinstance(line, str) for line in lines):
            raise ValidationError(_("Needs a list."))
        words = list(dict.fromkeys(line.strip() for line in lines if line.strip()))
        if len(words) > MOST_WORDS or any(len(word) > LONGEST_WORD for word in words):
            limits = {"most": MOST_WORDS, "longest": LONGEST_WORD}
            raise ValidationError(_("At most %(most)s words of at most %(longest)s letters.") % limits)
        return words


def form_of(fields: Fields) -> type[forms.Form]:
    """The form with these fields."""
    return type("ValuesForm", (forms.Form,), dict(fields))


def defaults(fields: Fields) -> dict[str, Any]:
    """The default values; excludes fields without one."""
    return {name: field.initial for name, field in fields.items() if field.initial is not None}


def given(cleaned: Mapping[str, Any]) -> dict[str, Any]:
    """Cleaned data without empty values."""
    return {name: value for name, value in cleaned.items() if value not in (None, "", [])}


def clean(fields: Fields, stored: Any, *, unknown: str) -> dict[str, Any]:
    """Stored values, cleaned by their form; defaults where nothing was given, empty optional ones left out.

    Raises ValidationError with one message a field, whatever was stored; a value without a field is refused with the
    message ``unknown``.
    """
    if not isinstance(stored, Mapping):
        raise ValidationError({NON_FIELD_ERRORS: _("The values cannot be read.")})
    form = form_of(fields)(defaults(fields) | dict(stored))
    try:
        errors = {name: list(messages) for name, messages in form.errors.items()}
    except (TypeError, ValueError, ArithmeticError) as problem:
        raise ValidationError({NON_FIELD_ERRORS: _("The values cannot be read.")}) from problem
    errors |= {str(name): [unknown] for name in set(stored) - set(fields)}
    if errors:
        raise ValidationError(errors)
    return given(form.cleaned_data)
