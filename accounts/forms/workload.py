"""The form in which an admin sets the planned durations of work."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.workload import Planned
from config.fields import DAY_MINUTES, WholeField

MOST_LOGGED = 10_000


class PlannedForm(forms.Form):
    """The minutes of each kind of work, and the number of logged durations from which on their mean replaces them."""

    least_logged = WholeField(
        label=_("Use the mean from so many logged durations on"),
        help_text=_("Of the last 90 days, for each kind of work by itself."),
        min_value=1,
        max_value=MOST_LOGGED,
    )

    def __init__(self, *args: Any, planned: Mapping[str, Planned], least: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["least_logged"].initial = least
        for key, plan in planned.items():
            minutes = WholeField(min_value=0, max_value=DAY_MINUTES, initial=plan.default)
            minutes.label = str(plan.kind.words)
            self.fields[key] = minutes
        self.planned = planned

    def rows(self) -> list[tuple[Planned, forms.BoundField]]:
        """Each kind of work with its field."""
        return [(plan, self[key]) for key, plan in self.planned.items()]
