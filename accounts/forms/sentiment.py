"""How a CSM feels about a customer."""

from __future__ import annotations

from typing import Final

from django import forms
from django.utils.translation import gettext_lazy as _

VALUES: Final = (1, 2, 3, 4, 5)


class SentimentForm(forms.Form):
    """One to five, and why."""

    value = forms.TypedChoiceField(label=_("CSM sentiment"), choices=[(n, str(n)) for n in VALUES], coerce=int)
    note = forms.CharField(label=_("Note"), required=False, max_length=300)
