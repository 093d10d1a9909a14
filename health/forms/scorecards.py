"""The forms of a scorecard's other parts: name and purpose, the customers it scores, bands and ceilings."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.models import Segment, Stage
from config.shipping import translated
from config.web.sheets import FormSheet
from health.forms.lines import by_path, figure, kept_name, typed, whole
from health.measures.ceilings import RULES
from health.models import Ceiling, Purpose
from health.scorecards import Cap, Content


class NewForm(forms.Form):
    """What a new scorecard begins with."""

    name = forms.CharField(label=_("Name"), max_length=80)
    purpose = forms.ChoiceField(
        label=_("Purpose"),
        choices=Purpose.choices,
        help_text=_("Health is the customer's score; the other scores are shown beside it under their names."),
    )


class PartForm(forms.Form):
    """One part of a draft; each has ``content``, which merges the typed values into the stored content."""

    def sheet(self) -> FormSheet:
        """The stored values that the form shows."""
        return FormSheet(self)

    def field_at(self, path: str) -> str | None:
        """The field of one of the domain's paths; None for the form as a whole."""
        return path if path in self.fields else None

    def blame(self, problem: ValidationError) -> None:
        for path, messages in by_path(problem).items():
            self.add_error(self.field_at(path), messages)


class ScopeForm(PartForm):
    """Name, purpose, and the customers it scores."""

    name = forms.CharField(label=_("Name"), max_length=80)
    purpose = forms.ChoiceField(label=_("Purpose"), choices=Purpose.choices)
    position = whole(_("Position"))
    segments = forms.MultipleChoiceField(
        label=_("Segments"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None ticked means every segment."),
    )
    stages = forms.MultipleChoiceField(
        label=_("Stages"),
        required=False,
        choices=Stage.choices,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None ticked means every stage."),
    )

    def __init__(self, data: Any, stored: Content) -> None:
        initial = {"name": translated(stored.name), "purpose": stored.purpose, "position": stored.position}
        initial |= {"segments": [str(pk) for pk in stored.segments], "stages": list(stored.stages)}
        super().__init__(data, initial=initial)
        self.fields["position"].help_text = _("Of the scorecards of one purpose the first that fits counts.")
        rows = Segment.objects.order_by("position", "pk").values_list("pk", "name")
        self.fields["segments"].choices = [(str(pk), translated(name)) for pk, name in rows]  # type: ignore[attr-defined]

    def content(self, stored: Content) -> Content:
        cleaned = self.cleaned_data
        segments = tuple(sorted(int(pk) for pk in cleaned["segments"]))
        head = {
            "name": kept_name(cleaned["name"], stored.name),
            "purpose": cleaned["purpose"],
            "position": cleaned["position"],
        }
        return replace(stored, **head, segments=segments, stages=tuple(sorted(cleaned["stages"])))


class CeilingsForm(PartForm):
    """Where the bands begin, and how high the score may be while a condition holds; empty means no ceiling."""

    green_from = figure(_("Green from"))
    yellow_from = figure(_("Yellow from"))

    def __init__(self, data: Any, stored: Content) -> None:
        limits = {cap.condition: typed(cap.at_most, None) for cap in stored.ceilings}
        initial = {"green_from": typed(stored.green_from, None), "yellow_from": typed(stored.yellow_from, None)}
        super().__init__(data, initial=initial | {f"at_{key}": limit for key, limit in limits.items()})
        self.limited = list[str]()
        for key in RULES:
            field = figure(Ceiling.Condition(key).label)
            field.required = False
            self.fields[f"at_{key}"] = field

    def sheet(self) -> FormSheet:
        """The two bounds of the bands are one field."""
        return FormSheet(self, {"bands": (_("Bands"), ["green_from", "yellow_from"])})

    def rules(self) -> list[forms.BoundField]:
        return [self[f"at_{key}"] for key in RULES]

    def content(self, stored: Content) -> Content:
        cleaned = self.cleaned_data
        self.limited = sorted(key for key in RULES if cleaned.get(f"at_{key}") is not None)
        caps = tuple(Cap(key, cleaned[f"at_{key}"]) for key in self.limited)
        return replace(stored, green_from=cleaned["green_from"], yellow_from=cleaned["yellow_from"], ceilings=caps)

    def field_at(self, path: str) -> str | None:
        match path.split("."):
            case ["ceilings", number, _what]:
                return f"at_{self.limited[int(number)]}"
        return super().field_at(path)
