"""Boxes of which what was ticked is one text, a line each: what was said of a file is kept as texts by name."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms


def lines(text: str) -> list[str]:
    """The ticked values in what was sent or kept."""
    return list(dict.fromkeys(line for line in text.split("\n") if line))


def text_of(values: Iterable[object]) -> str:
    """The same the other way."""
    return "\n".join(map(str, values))


class Boxes(forms.CheckboxSelectMultiple):
    """Boxes whose ticked values are sent and kept as one text."""

    def value_from_datadict(self, data: Any, _files: Any, name: str) -> list[str]:
        return lines(data.get(name) or "")

    def format_value(self, value: Any) -> list[str]:
        return lines(value) if isinstance(value, str) else [str(each) for each in value or ()]


class TicksField(forms.MultipleChoiceField):
    """Any of the choices; its initial value is a text as it is kept."""

    widget = Boxes
