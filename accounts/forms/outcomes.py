"""The form of the period of an outcome's value."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Outcome
from config.fields import of_column


class PeriodForm(forms.ModelForm):
    """The period, and the number of such results in one period."""

    BOUND: ClassVar = {"period": (_("Period"), ["period", "per_period"])}

    class Meta:
        model = Outcome
        formfield_callback = of_column
        fields = ("period", "per_period")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["period"].required = True
        self.fields["per_period"].widget.attrs["min"] = "0.01"
