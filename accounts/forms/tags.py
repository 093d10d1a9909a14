"""The field of tags, as people type them and as programs send them."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import tagging


class TagsField(forms.CharField):
    """Tags with commas between them, or a list of them; not checked one by one (``tagging.read``)."""

    def __init__(self, **options: Any) -> None:
        texts = {"label": gettext_lazy("Tags"), "help_text": gettext_lazy("Separated by commas.")}
        super().__init__(max_length=tagging.MOST_LETTERS, **texts | options)

    def to_python(self, value: Any) -> Any:
        if not isinstance(value, list):
            return super().to_python(value)
        if any("," in tag for tag in value):
            raise ValidationError(_("A tag has no comma."))
        return super().to_python(", ".join(value))
