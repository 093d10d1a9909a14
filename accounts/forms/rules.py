"""Parts of a form about a rule: its conditions on customers, the values it takes. For the forms of every app."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts import rules
from accounts.parameters import Parameter


class ConditionForm(forms.Form):
    """One condition of a rule in words; an empty field means no condition."""

    field = forms.ChoiceField(
        label=_("Field"),
        required=False,
        choices=[("", "–"), *((name, field.label) for name, field in rules.FIELDS.items())],
    )
    test = forms.ChoiceField(label=_("Test"), required=False, choices=list(rules.TESTS.items()))
    value = forms.CharField(label=pgettext_lazy("figure", "Value"), required=False, max_length=200)

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if data.get("field"):
            data["condition"] = rules.from_words(data["field"], data.get("test", ""), data["value"])
            try:
                rules.check([data["condition"]])
            except ValidationError as error:
                self.add_error("value", error)
        return data


class Conditions(forms.BaseFormSet):
    """The conditions of one rule, all of which must hold."""

    def rule(self) -> list[dict[str, Any]]:
        """The rule as it is stored; only after ``is_valid``."""
        return [form.cleaned_data["condition"] for form in self.forms if form.cleaned_data.get("condition")]


ConditionFormSet = forms.formset_factory(ConditionForm, formset=Conditions, extra=1, max_num=20, absolute_max=20)


class WordsField(forms.CharField):
    """Words of one's own, one a line."""

    widget = forms.Textarea(attrs={"rows": 4})

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        return [word.strip() for word in text.splitlines() if word.strip()]


def field_of(one: Parameter) -> forms.Field:
    """The form field of one value; its limits are told where they are broken."""
    if one.free:
        return WordsField(label=one.label, initial=one.default, required=one.required, help_text=_("One a line."))
    if one.many:
        return forms.MultipleChoiceField(
            label=one.label, choices=one.options, initial=one.default, required=one.required,
            widget=forms.CheckboxSelectMultiple,
        )  # fmt: skip
    if one.choices:
        return forms.ChoiceField(label=one.label, choices=one.options, initial=one.default)
    limits = {"label": one.label, "min_value": one.least, "max_value": one.most, "initial": one.default}
    if one.whole:
        return forms.IntegerField(required=one.required, **limits)
    return forms.FloatField(required=one.required, widget=forms.NumberInput(attrs={"step": "any"}), **limits)
