"""The form of a custom measure, for admins. ``health.measures.custom_changes`` validates it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from config.fields import FigureInput, WholeInput
from config.text import plain_number
from config.web.sheets import FormSheet
from health.forms.lines import by_path, read, typed
from health.measures import Unit
from health.measures.custom import STATISTICS, numeric_attributes
from health.measures.custom_changes import LONGEST
from health.models import Feature, OwnMeasure, SurveyKind

Source = OwnMeasure.Source
Statistic = OwnMeasure.Statistic
START: Final = {"window_days": "28", "shelf_life_days": "90", "statistic": ""}


class SuggestingInput(forms.TextInput):
    """A text that the browser completes from a list beside it."""

    template_name = "health/scorecard/suggesting.html"

    def __init__(self, words: list[str]) -> None:
        super().__init__({"autocomplete": "off"})
        self.words = words

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        return super().get_context(name, value, attrs) | {"words": self.words}


class OwnMeasureForm(forms.Form):
    """The fields of one source; the domain's errors are shown at their fields."""

    name = forms.CharField(label=_("Name"), max_length=LONGEST)
    about = forms.CharField(
        label=_("What it says"), required=False, max_length=300, widget=forms.Textarea(attrs={"rows": 2})
    )
    statistic = forms.ChoiceField(label=_("Taken as"))
    window_days = forms.CharField(label=_("Window (days)"), max_length=20, widget=WholeInput())
    zero_at = forms.CharField(
        label=_("0 points at"),
        max_length=20,
        widget=FigureInput(),
        help_text=_("As the amount is counted; a change against the window before in per cent: 10 means +10%."),
    )
    full_at = forms.CharField(label=_("100 points at"), max_length=20, widget=FigureInput())
    shelf_life_days = forms.CharField(label=_("Shelf life (days)"), max_length=20, widget=WholeInput())

    def __init__(self, source: str, data: QueryDict | None, measure: OwnMeasure | None = None) -> None:
        super().__init__(data, initial=_initial(measure) if measure else START)
        self.source = source
        self.fields["statistic"].choices = [  # type: ignore[attr-defined]
            (key, Statistic(key).label) for key in STATISTICS[source]
        ]
        self.fields[source] = _field(source)
        self.order_fields(["name", "about", source, "statistic"])

    def sheet(self) -> FormSheet:
        """The stored values: what is measured counts as one field, and so do the two thresholds."""
        measured = (_("Taken as"), [self.source, "statistic", "window_days"])
        return FormSheet(self, {"measured": measured, "points": (_("Thresholds"), ["zero_at", "full_at"])})

    def given(self) -> dict[str, Any]:
        """The typed values for ``custom_changes.save_own``; the thresholds of a change as shares."""
        cleaned = self.cleaned_data | {"source": self.source}
        unit = Unit.SHARE if cleaned.get("statistic") == Statistic.TREND else None
        return cleaned | {name: _share(cleaned.get(name, ""), unit) for name in ("zero_at", "full_at")}

    def blame(self, problem: ValidationError) -> None:
        for path, messages in by_path(problem).items():
            self.add_error(path if path in self.fields else None, messages)


def _share(text: str, unit: Unit | None) -> str:
    """``text`` in the stored unit; unchanged when it is no number, which the domain refuses."""
    plain = plain_number(text)
    return text if plain is None else str(read(Decimal(plain), unit))


def _initial(measure: OwnMeasure) -> dict[str, Any]:
    unit = Unit.SHARE if measure.statistic == Statistic.TREND else None
    return {
        "name": measure.name,
        "about": measure.about,
        "feature": measure.feature_id,
        "attribute": measure.attribute,
        "survey": measure.survey,
        "statistic": measure.statistic,
        "window_days": measure.window_days,
        "zero_at": typed(measure.zero_at, unit),
        "full_at": typed(measure.full_at, unit),
        "shelf_life_days": measure.shelf_life_days,
    }


def _field(source: str) -> forms.Field:
    if source == Source.FEATURE:
        rows = Feature.objects.order_by("name", "pk").values_list("pk", "name")
        return forms.ChoiceField(label=_("Feature"), choices=list(rows))
    if source == Source.SURVEY:
        return forms.ChoiceField(label=_("Survey"), choices=SurveyKind.choices)
    return forms.CharField(
        label=_("Attribute"),
        max_length=LONGEST,
        widget=SuggestingInput(numeric_attributes()),
        help_text=_("An attribute that holds numbers; kept dated from the day it is first counted."),
    )
