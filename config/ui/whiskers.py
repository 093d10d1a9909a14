"""Charts of rates with their intervals: bars with whiskers, and forecast against outcome.

Drawn like ``config.ui.charts``. The axis always runs from 0 to 1, so that charts are comparable.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Final

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from config.ui import figures
from config.ui.charts import NOTHING, data, figure, join, level, under
from config.ui.marks import tidy

LEVELS: Final = (0.0, 0.25, 0.5, 0.75, 1.0)
WIDEST: Final = 18.0
# The area of a dot grows with its count, within limits: visible, but not hiding others.
SMALLEST, LARGEST = 3.0, 6.0


@dataclass(frozen=True)
class Rate:
    """A fraction with its interval and sample size ``n``; ``label`` and ``tone`` are for bars."""

    value: float
    low: float
    high: float
    n: int
    label: str = ""
    tone: str = "info"

    @property
    def between(self) -> str:
        if not figures.tells(self.n):
            return _("too few to say")
        return _("%(low)s to %(high)s") % {"low": figures.percent(self.low), "high": figures.percent(self.high)}


def rate_bars(rates: Sequence[Rate], *, title: str, desc: str, head: Sequence[str], css: str = "mid") -> SafeString:
    """Bars from zero, each with a whisker for its interval and its sample size below.

    ``head`` are the titles of the data rows: what the bars are, how many, rate, interval.
    """
    if not rates:
        return NOTHING
    pieces = [*_levels(), *(_bar(no, len(rates), rate) for no, rate in enumerate(rates))]
    rows = [[rate.label, figures.number(rate.n), figures.percent(rate.value, 1), rate.between] for rate in rates]
    return join(figure(pieces, title, desc, css), data(head, rows))


def _levels() -> list[SafeString]:
    return [level(mark, 0, 1, figures.percent(mark)) for mark in LEVELS]


def _bar(no: int, count: int, rate: Rate) -> SafeString:
    middle = (no + 0.5) / count * 100
    width = min(WIDEST, 100 / count * 0.66)
    top = _down(rate.value)
    label = _("%(band)s, n %(n)s") % {"band": rate.label, "n": figures.number(rate.n)}
    return format_html(
        '<rect class="bar {}" x="{}%" width="{}%" y="{}%" height="{}%" rx="2"/>{}'
        '<text class="value halo start" x="{}%" dx="8" y="{}%" dy="-6">{}</text>{}',
        rate.tone,
        tidy(middle - width / 2),
        tidy(width),
        top,
        tidy(rate.value * 100),
        _whisker(middle, rate, "ink"),
        tidy(middle),
        top,
        figures.percent(rate.value),
        under(f"{tidy(middle)}%", label),
    )


def _whisker(across: float, rate: Rate, tone: str) -> SafeString:
    """The interval as a line; none for too few events."""
    if not figures.tells(rate.n):
        return NOTHING
    x = tidy(across)
    return format_html(
        '<line class="whisker {}" x1="{}%" x2="{}%" y1="{}%" y2="{}%"/>', tone, x, x, _down(rate.high), _down(rate.low)
    )


def _down(value: float) -> str:
    """The distance from the top of the plot, in per cent."""
    return tidy(100 - value * 100)


def calibration(
    points: Sequence[tuple[float, Rate]], *, title: str, desc: str, head: Sequence[str], css: str = "mid"
) -> SafeString:
    """Forecast (x, 0 to 1) against outcome (y) with its interval; on the dashed line both agree.

    ``head`` are the titles of the data rows: forecast, how many, outcome, interval.
    """
    if not points:
        return NOTHING
    most = max(rate.n for _said, rate in points)
    pieces = [
        *_levels(),
        under("0%", figures.percent(0), "first"),
        under("50%", _("predicted %(share)s") % {"share": figures.percent(0.5)}),
        under("100%", figures.percent(1), "last"),
        SafeString(
            '<svg viewBox="0 0 100 100" preserveAspectRatio="none" width="100%" height="100%" overflow="visible">'
            '<polyline class="line calm dash thin" points="0,100 100,0"/></svg>'
        ),
        *(_dot(forecast, rate, most) for forecast, rate in points),
    ]
    rows = [
        [figures.percent(forecast, 1), figures.number(rate.n), figures.percent(rate.value, 1), rate.between]
        for forecast, rate in points
    ]
    return join(figure(pieces, title, desc, css), data(head, rows))


def _dot(forecast: float, rate: Rate, most: int) -> SafeString:
    radius = max(SMALLEST, LARGEST * sqrt(rate.n / most))
    return format_html(
        '{}<circle class="point {}" cx="{}%" cy="{}%" r="{}"/>',
        _whisker(forecast * 100, rate, rate.tone),
        rate.tone,
        tidy(forecast * 100),
        _down(rate.value),
        tidy(radius),
    )
