"""The portfolio's filters, as its address has them."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from accounts import company
from accounts.book import ORDERS, Filters
from accounts.forms.money import MoneyField
from accounts.models import Band, Segment, Stage, Status, TouchModel
from config.fields import DayField, WholeField
from config.text import row_number
from health.models import Motion

ANY: Final = [("", _("Any"))]

NOTHING: Final[dict[str, Any]] = {
    "q": "",
    "owner": "",
    "status": "",
    "stage": "",
    "segment": None,
    "touch": "",
    "band": (),
    "arr_min": None,
    "renews_within": None,
    "quiet": None,
    "motion": "",
    "as_of": None,
}


class FiltersForm(forms.Form):
    """Every filter of the portfolio; unknown values get a message at their field."""

    q = forms.CharField(label=_("Name contains"), required=False, max_length=100)
    owner = forms.CharField(label=_("Owner"), required=False, max_length=20)
    status = forms.ChoiceField(
        label=_("Status"),
        required=False,
        choices=[("", _("Live or notice given")), *Status.choices, ("any", _("Any"))],
    )
    stage = forms.ChoiceField(label=_("Stage"), required=False, choices=[*ANY, *Stage.choices])
    segment = forms.ModelChoiceField(
        Segment.objects.order_by("position"), label=_("Segment"), required=False, empty_label=_("Any")
    )
    touch = forms.ChoiceField(label=_("Touch model"), required=False, choices=[*ANY, *TouchModel.choices])
    band = forms.MultipleChoiceField(
        label=_("Health band"),
        required=False,
        choices=[*Band.choices, ("none", _("No score yet"))],
        widget=forms.CheckboxSelectMultiple,
        help_text=_("By the computed score; an override does not count."),
    )
    arr_min = MoneyField(
        label=_("ARR at least"), required=False, min_value=0, max_digits=14, decimal_places=2, currency=company.currency
    )
    renews_within = WholeField(label=_("Renews within (days)"), required=False, min_value=1, max_value=800)
    quiet = WholeField(label=_("No touch for (days)"), required=False, min_value=1, max_value=3650)
    motion = forms.ChoiceField(label=_("Next action"), required=False, choices=[*ANY, *Motion.choices])
    as_of = DayField(
        label=_("As of"),
        required=False,
        help_text=_("The portfolio as it stood at the end of a past day. Empty: as it is now."),
        input_formats=["%Y-%m-%d"],
    )
    sort = forms.ChoiceField(required=False, choices=[(name, name) for name in ORDERS], widget=forms.HiddenInput)

    def __init__(self, *args: Any, today: dt.date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        if "arr_min" in self.fields:
            self.fields["arr_min"].widget.attrs["step"] = "any"

    def clean_owner(self) -> str:
        owner: str = self.cleaned_data["owner"]
        if owner in {"", "me", "nobody"}:
            return owner
        if row_number(owner) is None:
            raise ValidationError(_("“%(owner)s” is nobody's number."), params={"owner": owner})
        return owner

    def clean_as_of(self) -> dt.date | None:
        day: dt.date | None = self.cleaned_data["as_of"]
        if day and day > self.today:
            raise ValidationError(_("Choose a day that is not still to come."))
        return day if day != self.today else None

    def past_day(self) -> dt.date | None:
        """The chosen past day; None for today. Only after ``is_valid``."""
        return self.cleaned_data.get("as_of")

    def filters(self) -> Filters:
        """The chosen filters; only after ``is_valid``."""
        data = NOTHING | self.cleaned_data
        status = {"": Filters.status, "any": ()}.get(data["status"], (data["status"],))
        return Filters(
            q=data["q"],
            owner=data["owner"],
            status=status,
            stage=data["stage"],
            segment=data["segment"].pk if data["segment"] else None,
            touch=data["touch"],
            band=tuple(data["band"]),
            arr_min=data["arr_min"],
            renews_within=data["renews_within"],
            quiet=data["quiet"],
            motion=data["motion"],
        )

    def order(self) -> str:
        """The chosen order; lowest health first where none is chosen."""
        return self.cleaned_data.get("sort") or "health"


EVERY: Final = frozenset(FiltersForm.base_fields)


def filters_form(address: QueryDict, today: dt.date, names: frozenset[str] = EVERY) -> FiltersForm:
    """A form bound to the filters of ``names`` that an address has. Other fields are left out, because a form copies
    every field it has.
    """
    return _with_fields(frozenset(address) & names)(address, today=today)


@lru_cache(maxsize=256)
def _with_fields(names: frozenset[str]) -> type[FiltersForm]:
    fields = {name: field for name, field in FiltersForm.base_fields.items() if name in names}
    form: type[FiltersForm] = type("AskedFilters", (FiltersForm,), {"base_fields": fields})
    form.base_fields = fields
    return form
