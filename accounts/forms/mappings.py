"""The form of a saved mapping: its name and its text."""

from __future__ import annotations

from django import forms

from accounts.models import SavedMapping
from config.text import LONGEST


class MappingForm(forms.ModelForm):
    class Meta:
        model = SavedMapping
        fields = ("name", "toml")
        widgets = {
            "toml": forms.Textarea({"rows": 28, "class": "mono", "spellcheck": "false", "maxlength": str(LONGEST)}),
        }
