"""What people say of work on a customer, a case or a task, of one or of many: until when it waits, whose it is, when it is due."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer, User
from accounts.working import colleagues, colleagues_of
from config.fields import DayField, PersonField


class SnoozeForm(forms.Form):
    until = DayField(label=_("Until"))
    reason = forms.CharField(label=_("Why it waits"), max_length=200)

    def __init__(self, *args: Any, day: dt.date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["until"].initial = day + dt.timedelta(days=7)
        self.fields["until"].widget.attrs["min"] = (day + dt.timedelta(days=1)).isoformat()


class HandOnForm(forms.Form):
    """Somebody who may work on ``customer``; of many customers on any at all."""

    to = PersonField(User.objects.none(), label=_("Give it to"))

    def __init__(self, *args: Any, customer: Customer | None, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = colleagues(customer, user) if customer else colleagues_of(user)
        self.fields["to"].queryset = people  # type: ignore[attr-defined]


class DueForm(forms.Form):
    due_on = DayField(label=_("Due on"))

    def __init__(self, data: Any = None, *, user: User, day: dt.date) -> None:  # noqa: ARG002 (as every form of acts on many)
        super().__init__(data)
        self.fields["due_on"].initial = day + dt.timedelta(days=7)
        self.fields["due_on"].widget.attrs["min"] = day.isoformat()
