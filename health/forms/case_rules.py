"""The forms of a case rule, for admins."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from accounts.forms.rules import ConditionsForm, ConditionsSheet
from config.fields import FigureField, WholeField
from config.web.sheets import FormSheet, Sheets
from health.cases import tuning
from health.models import CaseKind, CaseRule, CaseType, Severity
from health.models.case_rules import floor_digits
from health.states import STATES
from health.states.values import form_of, given


def due(label: Any) -> WholeField:
    return WholeField(label=label, min_value=0, max_value=tuning.LONGEST_DUE)


class NewRuleForm(forms.Form):
    """The name of a new rule and the state it watches for; its values come next."""

    name = forms.CharField(label=_("Name"), max_length=80)
    detector = forms.ChoiceField(label=_("Watches for"))
    kind = forms.ChoiceField(label=_("Kind"), choices=CaseKind.choices, initial=CaseKind.RISK)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["detector"].choices = [(key, state.name) for key, state in STATES.items()]  # type: ignore[attr-defined]


class RuleForm(forms.Form):
    """What a rule gives its cases, and when it may alert."""

    name = forms.CharField(label=_("Name"), max_length=80)
    about = forms.CharField(label=_("What it is for"), max_length=300, required=False)
    plan = forms.CharField(
        label=_("Suggested plan"), max_length=300, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    type = forms.ChoiceField(label=_("Type"), choices=CaseType.choices)
    severity = forms.ChoiceField(label=_("Severity"), choices=Severity.choices)
    due_days_high = due(_("Due after (business days), high touch"))
    due_days_low = due(_("Due after (business days), low touch"))
    due_days_tech = due(_("Due after (business days), tech touch"))
    mode = forms.ChoiceField(label=_("New cases"), choices=CaseRule.Mode.choices)
    precision_floor = FigureField(
        label=_("Least precision (%)"), min_value=0, max_value=100, decimal_places=1,
        help_text=_("Below it the rule is demoted to the digest by itself."),
    )  # fmt: skip
    least_judged = WholeField(
        label=_("Judged cases needed"), min_value=1, max_value=tuning.MOST_JUDGED,
        help_text=_("With fewer its precision is not called."),
    )  # fmt: skip
    is_active = forms.BooleanField(label=_("In use"), required=False)

    def clean_precision_floor(self) -> Decimal:
        """As a share of one."""
        percent: Decimal = self.cleaned_data["precision_floor"]
        return percent / 100


class Parts:
    """The three parts of the page: the rule, its state's values, its audience."""

    carried: SafeString = SafeString("")

    def __init__(self, rule: CaseRule, data: Any = None) -> None:
        self.stored = rule
        self.conditions = ConditionsForm(data, prefix="c", stored=rule.audience)
        fields = {name: getattr(rule, name) for name in RuleForm.base_fields}
        initial = fields | {
            "precision_floor": round(rule.precision_floor * 100, floor_digits(rule.precision_floor) or None)
        }
        self.rule = RuleForm(data, initial=initial)
        state = STATES.get(rule.detector)
        self.values = form_of(state.fields if state else {})(
            data, prefix="v", initial=rule.values if isinstance(rule.values, dict) else {}
        )

    def sheet(self, day: dt.date) -> Sheets:
        """What an untouched page shows: the state's values count as one field, and so does the audience."""
        values = FormSheet(self.values, {"values": (_("What it looks for"), list(self.values.fields))})
        audience = self.stored.audience
        return Sheets(FormSheet(self.rule), values, ConditionsSheet(audience, "c", _("Audience"), day))

    def are_valid(self) -> bool:
        return all([self.rule.is_valid(), self.values.is_valid(), self.conditions.is_valid()])

    def changes(self) -> dict[str, Any]:
        """The values of all parts, as ``tuning.tune`` takes them."""
        parts = {"values": given(self.values.cleaned_data), "audience": self.conditions.stored()}
        return self.rule.cleaned_data | parts
