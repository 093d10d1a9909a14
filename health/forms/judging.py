"""A person's score of a customer in place of the computed one."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from config.fields import DayField, WholeField

USUAL_DAYS: Final = 30


class OverrideForm(forms.Form):
    """A score instead, from when until when, and why. ``health.scoring.overriding`` validates the dates."""

    value = WholeField(label=_("Score instead (0 to 100)"), min_value=0, max_value=100)
    begins = DayField(label=_("From"))
    until = DayField(
        label=_("Until"),
        help_text=_("The first day on which it no longer holds; at most 180 days on."),
    )
    reason = forms.CharField(label=_("Reason"), max_length=300, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args: Any, day: dt.date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.update(begins=day, until=day + dt.timedelta(days=USUAL_DAYS))
