"""The form that has the record packed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from accounts.models import Source


class ExportForm(forms.Form):
    """Whose rows: those of one of the ``sources``, or of all."""

    def __init__(self, data: Any = None, *, sources: Sequence[str]) -> None:
        super().__init__(data)
        named = [(name, name) for name in sources]
        typed = (Source.TYPED, _("what people type here"))
        self.fields["source"] = forms.ChoiceField(
            label=_("Source"), choices=[("", _("All sources")), *named, typed], required=False
        )
