"""Values for all rows, written as the file writes such values."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from accounts.imports.cells import Field, Formats, Treatment, Unfit
from accounts.imports.values import reader
from accounts.imports.words import field_words


class ConstantField(forms.CharField):
    """A value for all rows, written as the file writes such values."""

    def __init__(self, spec: Field, formats: Formats, **options: Any) -> None:
        super().__init__(max_length=max(spec.longest, 200), **options)
        self.read = reader(replace(spec, required=False), formats, Treatment())

    def validate(self, value: str) -> None:
        super().validate(value)
        try:
            self.read(value or "")
        except Unfit as problem:
            raise ValidationError(str(problem)) from problem


def constant_field(spec: Field, target: str, formats: Formats) -> forms.Field:
    label = field_words(spec.name, target)
    if spec.choices and spec.kind == "choice":
        choices = [("", "–"), *spec.named_choices]
        return forms.ChoiceField(label=label, choices=choices, required=False)
    return ConstantField(spec, formats, label=label, required=False)
