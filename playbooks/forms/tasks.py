"""What a person says about a task."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.forms.work import HandOnForm
from config.fields import DayField, MinutesField
from playbooks.models import Playbook, TaskOutcome
from playbooks.steps.task import LONGEST_NOTE, LONGEST_TITLE


class DoneForm(forms.Form):
    outcome = forms.ChoiceField(label=_("Result"), choices=TaskOutcome.choices, initial="done")
    note = forms.CharField(
        label=_("Note"), required=False, max_length=LONGEST_NOTE, widget=forms.Textarea(attrs={"rows": 3})
    )
    minutes = MinutesField(required=False)


class TaskForm(HandOnForm):
    """A task by hand."""

    title = forms.CharField(label=_("Task"), max_length=LONGEST_TITLE)
    due_on = DayField(label=_("Due on"))
    note = forms.CharField(
        label=_("How"), required=False, max_length=LONGEST_NOTE, widget=forms.Textarea(attrs={"rows": 2})
    )
    field_order = ("title", "due_on", "to", "note")


class EnrolForm(forms.Form):
    playbook = forms.ModelChoiceField(Playbook.objects.none(), label=_("Playbook"), empty_label=_("Choose a playbook"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["playbook"]
        field.queryset = Playbook.objects.startable().order_by("name")  # type: ignore[attr-defined]
        field.label_from_instance = lambda one: one.shown_name  # type: ignore[attr-defined]
