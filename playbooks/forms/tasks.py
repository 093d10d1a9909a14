"""What a person says about a task."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer, User
from accounts.working import colleagues, colleagues_of
from config.fields import DayField, MinutesField, PersonField
from playbooks.models import Playbook, TaskOutcome


class DoneForm(forms.Form):
    outcome = forms.ChoiceField(label=_("Result"), choices=TaskOutcome.choices, initial="done")
    note = forms.CharField(label=_("Note"), required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 3}))
    minutes = MinutesField(required=False)


class SnoozeForm(forms.Form):
    until = DayField(label=_("Until"))
    reason = forms.CharField(label=_("Why it waits"), max_length=200)

    def __init__(self, *args: Any, day: dt.date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["until"].initial = day + dt.timedelta(days=7)
        self.fields["until"].widget.attrs["min"] = (day + dt.timedelta(days=1)).isoformat()


class HandOnForm(forms.Form):
    to = PersonField(User.objects.none(), label=_("Give it to"))

    def __init__(self, *args: Any, customer: Customer | None, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = colleagues(customer, user) if customer else colleagues_of(user)
        self.fields["to"].queryset = people  # type: ignore[attr-defined]


class TaskForm(HandOnForm):
    """A task by hand."""

    title = forms.CharField(label=_("Task"), max_length=200)
    due_on = DayField(label=_("Due on"))
    note = forms.CharField(label=_("How"), required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 2}))
    field_order = ("title", "due_on", "to", "note")


class EnrolForm(forms.Form):
    playbook = forms.ModelChoiceField(Playbook.objects.none(), label=_("Playbook"), empty_label=None)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        active = Playbook.objects.filter(state=Playbook.State.ACTIVE, published__isnull=False)
        field = self.fields["playbook"]
        field.queryset = active.order_by("name")  # type: ignore[attr-defined]
        field.label_from_instance = lambda one: one.shown_name  # type: ignore[attr-defined]
