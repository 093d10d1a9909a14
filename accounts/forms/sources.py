"""Forms of sources: when one counts as silent, and whose word counts of a field."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.imports import silences
from accounts.models import FieldOrder, Silence, Source
from config.fields import PersonField, of_column

PLACES: Final = {
    "first": gettext_lazy("Believed first"),
    "second": gettext_lazy("then"),
    "third": gettext_lazy("then (third)"),
    "fourth": gettext_lazy("then (fourth)"),
}


class SilentForm(forms.ModelForm):
    class Meta:
        model = Source
        formfield_callback = of_column
        fields = ("silent_days", "is_over")
        help_texts = {"silent_days": gettext_lazy("Empty: three times as long as its files usually take.")}


class SilenceForm(forms.ModelForm):
    """The case of a source that is silent; ``today`` is the organisation's day."""

    class Meta:
        model = Silence
        formfield_callback = of_column
        fields = ("owner", "due_on", "snoozed_until")
        field_classes = {"owner": PersonField}
        help_texts = {"owner": gettext_lazy("Empty: every admin has it in My day.")}

    def __init__(self, *args: Any, today: dt.date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        self.fields["owner"].queryset = silences.admins().order_by("name")  # type: ignore[attr-defined]

    def clean_snoozed_until(self) -> dt.date | None:
        until: dt.date | None = self.cleaned_data["snoozed_until"]
        if until and until <= self.today and "snoozed_until" in self.changed_data:
            raise ValidationError(_("Choose a day after today."))
        return until


class OrderForm(forms.Form):
    """The sources that are believed of a field, in order; ``order`` of the cleaned data is the list."""

    def __init__(self, data: Any = None, *, order: list[str], sources: list[str]) -> None:
        super().__init__(data, initial=dict(zip(PLACES, order, strict=False)))
        names = list(dict.fromkeys([*sources, *order]))
        choices = [("", _("nobody further")), (FieldOrder.HAND, _("people on the pages"))]
        choices += [(name, name) for name in names if name != FieldOrder.HAND]
        for place, label in PLACES.items():
            self.fields[place] = forms.ChoiceField(label=label, choices=choices, required=False)

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        order = [name for place in PLACES if (name := data.get(place))]
        if len(set(order)) < len(order):
            raise ValidationError(_("Somebody stands here twice."))
        return data | {"order": order}
