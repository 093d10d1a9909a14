"""The form that begins a preview."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.imports import words
from accounts.imports.targets import TARGETS
from accounts.models import SavedMapping


class PreviewForm(forms.Form):
    """By which mapping a file is read, and what it is where the mapping knows no file of its name."""

    mapping = forms.ChoiceField(label=_("Mapping"), initial="tsunagu")
    into = forms.ChoiceField(
        label=_("Rows of the file"),
        required=False,
        help_text=_("Only where the file has another name than in the mapping."),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        saved = [(name, name) for name in SavedMapping.objects.in_use().order_by("name").values_list("name", flat=True)]
        shipped = [(name, words.SHIPPED[name]) for name in words.SHIPPED if name not in dict(saved)]
        self.fields["mapping"].choices = [*saved, *shipped]  # type: ignore[attr-defined]  # of a choice
        targets = [(name, words.target_words(name)) for name in TARGETS]
        self.fields["into"].choices = [("", _("by its name")), *targets]  # type: ignore[attr-defined]
