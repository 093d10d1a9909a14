"""The page of one measure of a draft: its figures, its thresholds by tenure, its group."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from config.shipping import translated
from config.web.sheets import FormSheet, Sheets
from health.forms.lines import LineForm, by_path
from health.forms.thresholds import ThresholdsForm, ThresholdsSheet
from health.measures import Measure
from health.publishing import adding
from health.scorecards import Content


class OneLineForm:
    """The forms of the page together. ``out`` is whether to remove the measure.

    Raises LookupError where the draft does not count the measure.
    """

    def __init__(
        self, content: Content, measure: str, catalogue: Mapping[str, Measure], data: QueryDict | None = None
    ) -> None:
        places = {line.measure: (group, line) for group in content.groups for line in group.measures}
        place, self.stored = places[measure]
        self.measure, self.kind, self.errors = measure, catalogue.get(measure), list[str]()
        self.out = data is not None and "out" in data
        self.figures = LineForm(measure, self.kind, data, line=self.stored)
        self.tenure = ThresholdsForm(self.stored, self.kind.unit if self.kind else None, data)
        self.groups = [(group.key, group.name) for group in content.groups]
        group_key = data.get("group", "") if data is not None else place.key
        self.group = group_key if group_key in dict(self.groups) else place.key

    def sheet(self) -> Sheets:
        """The stored values of the page: the figures, the thresholds by tenure as one field, the group."""
        group = forms.Form(initial={"group": self.group})
        group.fields["group"] = forms.ChoiceField(
            label=_("Group"), choices=[(key, translated(name)) for key, name in self.groups]
        )
        points = {"points": (_("Thresholds"), ["zero_at", "full_at"])}
        unit = self.kind.unit if self.kind else None
        return Sheets(FormSheet(self.figures, points), ThresholdsSheet(self.stored, unit), FormSheet(group))

    def is_valid(self) -> bool:
        return self.out or (self.figures.is_valid() and self.tenure.is_valid())

    def content(self, stored: Content) -> Content:
        new = None if self.out else replace(self.figures.line(), by_tenure=self.tenure.said())
        return adding.with_line(stored, self.measure, new, self.group)

    def blame(self, problem: ValidationError) -> None:
        """Put the domain's messages at the fields of their paths; those of other lines go above the page."""
        for path, messages in by_path(problem).items():
            match path.split("."):
                case ["groups", _, "measures", _, "by_tenure", number, field]:
                    self.tenure.counting()[int(number)].add_error(field, messages)
                case ["groups", _, "measures", _, field] if field in self.figures.fields:
                    self.figures.add_error(field, messages)
                case _:
                    self.errors += messages
