"""The form that begins a preview."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.imports.mapping import SHIPPED
from accounts.imports.targets import TARGETS


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
        names = sorted(path.stem for path in SHIPPED.glob("*.toml"))
        self.fields["mapping"].choices = [(name, name) for name in names]  # type: ignore[attr-defined]  # of a choice
        self.fields["into"].choices = [("", _("by its name")), *((name, name) for name in TARGETS)]  # type: ignore[attr-defined]
