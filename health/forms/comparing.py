"""The two days of which a score is compared."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from config.fields import DayField

OWN: Final = "own"
QBR: Final = "qbr"
DAYS: Final = ("7", "30", "90")


class CompareForm(forms.Form):
    """Two days from the address: the first not after the last, neither in the future."""

    first = DayField(label=gettext_lazy("From"))
    last = DayField(label=gettext_lazy("To"))

    def __init__(self, *args: Any, day: dt.date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.day = day

    def clean_last(self) -> dt.date:
        last: dt.date = self.cleaned_data["last"]
        if last > self.day:
            raise forms.ValidationError(_("That day is still to come."))
        return last

    def clean(self) -> dict[str, Any]:
        fields = super().clean() or {}
        first, last = fields.get("first"), fields.get("last")
        if first and last and first > last:
            self.add_error("first", _("The first day lies after the last."))
        return fields
