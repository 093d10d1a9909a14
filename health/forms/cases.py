"""Forms to open, plan, snooze, hand on and close a case."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from config.fields import DayField
from health.cases import acts
from health.models import Case, CaseKind, CaseType, Resolution, Severity
from health.models.cases import CHOSEN


class PlanForm(forms.Form):
    """The type and the plan of a case; the plan starts from the rule's suggestion."""

    type = forms.ChoiceField(label=_("Type"), choices=[("", _("–")), *CaseType.choices])
    plan = forms.CharField(
        label=_("Action plan"), max_length=acts.LONGEST_PLAN, widget=forms.Textarea(attrs={"rows": 4})
    )


class OpenForm(PlanForm):
    """A case by hand."""

    title = forms.CharField(label=_("Subject"), max_length=120)
    kind = forms.ChoiceField(label=_("Kind"), choices=CaseKind.choices, initial=CaseKind.RISK)
    severity = forms.ChoiceField(label=_("Severity"), choices=Severity.choices, initial=Severity.MEDIUM)
    due_on = DayField(label=_("Due on"))
    note = forms.CharField(
        label=_("What was seen"), required=False, max_length=acts.SAID, widget=forms.Textarea(attrs={"rows": 2})
    )
    field_order = ("title", "kind", "type", "severity", "plan", "due_on", "note")


class CloseForm(forms.Form):
    """The resolution; for a case without a plan whose state has passed it suggests "by itself"."""

    resolution = forms.ChoiceField(label=_("Result"), choices=[("", _("–")), *CHOSEN])
    note = forms.CharField(
        label=_("Note"),
        required=False,
        max_length=acts.SAID,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Needed where the case was not valid: it makes the rule better."),
    )

    def __init__(self, *args: Any, case: Case | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        untouched = case is not None and case.passed_on is not None and not case.plan
        self.fields["resolution"].initial = Resolution.BY_ITSELF if untouched else ""
