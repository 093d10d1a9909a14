"""A notice of some lines of a contract; the whole contract's has a form of its own."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.db.models import BooleanField
from django.utils.translation import gettext_lazy as _

from accounts import periods
from accounts.expressions import OnDay
from accounts.models import Contract, ContractLine
from config.fields import DayField


class LinesNoticeForm(forms.Form):
    """The day of a notice and its lines, out of those that run and are under no notice."""

    notice_given_on = DayField(label=_("Notice given on"))
    lines = forms.ModelMultipleChoiceField(
        ContractLine.objects.none(), label=_("Lines that go"), widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, contract: Contract, day: dt.date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        running = contract.lines.filter(OnDay(periods.line_runs, day, BooleanField()), notice_given_on=None).order_by(
            "pk"
        )
        self.fields["notice_given_on"].initial = day
        self.fields["lines"].queryset = running  # type: ignore[attr-defined]
