"""The forms of a measure's thresholds by tenure."""

from __future__ import annotations

from typing import Any, Final

from django.http import QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from config.fields import WholeField
from config.text import row_number
from config.web.sheets import NOTHING, Sheet, Texts, texts_of
from health.forms.lines import SlopeForm, typed
from health.measures import Unit
from health.scorecards import Line, Threshold

ROOM_FOR: Final = 2
MOST_THRESHOLDS: Final = 50


class ThresholdForm(SlopeForm):
    """Other thresholds from a day on; an empty day drops them."""

    from_days = WholeField(label=_("From day"), required=False)

    field_order = ("from_days", "zero_at", "full_at")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("zero_at", "full_at"):
            self.fields[name].required = False

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("from_days") is not None:
            for name in ("zero_at", "full_at"):
                if data.get(name) is None and name not in self.errors:
                    self.add_error(name, gettext("A number is needed."))
        elif any(data.get(name) is not None for name in ("zero_at", "full_at")) and "from_days" not in self.errors:
            self.add_error("from_days", gettext("From which day do these count?"))
        return data

    @property
    def counts(self) -> bool:
        return self.cleaned_data.get("from_days") is not None

    def threshold(self) -> Threshold:
        return Threshold(self.cleaned_data["from_days"], *self.slope())


class ThresholdsForm:
    """All thresholds by tenure of one line, with room for more."""

    def __init__(self, line: Line, unit: Unit | None, data: QueryDict | None = None) -> None:
        count = len(line.by_tenure) + ROOM_FOR
        if data is not None:
            count = _drawn(data.get("t-count", ""), count)
        stored: list[Threshold | None] = [*line.by_tenure, *[None] * count]
        self.forms = [
            ThresholdForm(data, prefix=f"t-{n}", unit=unit, initial=_typed(stored[n], unit)) for n in range(count)
        ]

    def is_valid(self) -> bool:
        return all(form.is_valid() for form in self.forms)

    def said(self) -> tuple[Threshold, ...]:
        return tuple(form.threshold() for form in self.counting())

    def counting(self) -> list[ThresholdForm]:
        """The forms whose thresholds count, in the order of ``said``."""
        return [form for form in self.forms if form.counts]


class ThresholdsSheet(Sheet):
    """The thresholds by tenure of one line, as one field."""

    def __init__(self, line: Line, unit: Unit | None) -> None:
        threshold_forms = ThresholdsForm(line, unit).forms
        self.stands = {name: texts for form in threshold_forms for name, texts in texts_of(form).items()}
        self.stands["t-count"] = [str(len(threshold_forms))]

    def key_of(self, name: str) -> str | None:
        return "tenure" if name.startswith("t-") else None

    def label(self, key: str) -> str:  # noqa: ARG002 (there is one)
        return gettext("Thresholds by tenure")

    def words(self, key: str, texts: Texts) -> str:  # noqa: ARG002 (there is one)
        text_by_name = {name: values[-1] for name, values in texts.items() if values}
        days = [
            (number, text_by_name.get(f"t-{number}-from_days"))
            for number in range(_drawn(text_by_name.get("t-count", "")))
        ]
        lines = [
            f"{day}: {text_by_name.get(f't-{n}-zero_at')} – {text_by_name.get(f't-{n}-full_at')}"
            for n, day in days
            if day
        ]
        return "\n".join(lines) or NOTHING


def _drawn(text: str, otherwise: int = 0) -> int:
    """The number of thresholds in the posted form, at most ``MOST_THRESHOLDS``; ``otherwise`` without a number."""
    count = row_number(text)
    return otherwise if count is None else min(count, MOST_THRESHOLDS)


def _typed(threshold: Threshold | None, unit: Unit | None) -> dict[str, Any]:
    if threshold is None:
        return {}
    return {
        "from_days": threshold.from_days,
        "zero_at": typed(threshold.zero_at, unit),
        "full_at": typed(threshold.full_at, unit),
    }
