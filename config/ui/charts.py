"""Charts drawn as inline SVG: numbers in, escaped markup out; nothing is fetched or measured.

The outer ``<svg>`` has no ``viewBox``: positions are percentages of the plot, so text, dots and
strokes never stretch; only lines live in a nested one that does. Every chart is a ``<figure>`` with
a title, a description that carries the numbers, and the rows behind it in ``<details>``.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from zlib import crc32

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from config.ui import figures
from config.ui.icons import draw_icon
from config.ui.marks import tidy

Cells = Sequence[object]
NOTHING = SafeString("")
CLEAR = (12, 86)  # per cent of the width where a month's label touches neither end's


@dataclass(frozen=True)
class Band:
    """A stretch of the y axis in one tone, such as green from 70 to 100."""

    tone: str
    low: float
    high: float


@dataclass(frozen=True)
class Event:
    """An event of a day: a numbered flag on the line and a row below it."""

    day: dt.date
    words: str


@dataclass(frozen=True)
class Series:
    """One line: values by point (None where unknown), its tone and dash (``""``, ``dash``, ``dot``)."""

    name: str
    values: Sequence[float | None]
    tone: str = "info"
    dash: str = ""


def share(value: float, low: float, high: float) -> float:
    """The position of ``value`` between ``low`` and ``high``, clamped to 0 to 100."""
    if high <= low:
        return 50.0
    return min(max((value - low) / (high - low), 0.0), 1.0) * 100


def up(value: float, low: float, high: float) -> str:
    """Distance from the top of the plot as a percentage."""
    return f"{tidy(100 - share(value, low, high))}%"


def ticks(low: float, high: float, wanted: int = 4) -> list[float]:
    """Round figures from ``low`` to ``high``, about ``wanted`` of them, in steps of 1, 2, 2.5 or 5."""
    if high <= low:
        return [low]
    rough = (high - low) / wanted
    size = 10.0 ** math.floor(math.log10(rough))
    step = next(m * size for m in (1, 2, 2.5, 5, 10) if m * size >= rough * 0.999)
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return [round(i * step, 10) for i in range(first, last + 1)]


def line_chart(
    days: Sequence[dt.date],
    series: Sequence[Series],
    *,
    title: str,
    desc: str,
    low: float,
    high: float,
    marks: Sequence[float] = (),
    bands: Sequence[Band] = (),
    events: Sequence[Event] = (),
    css: str = "tall",
    show: Callable[[float], str] = figures.number,
) -> SafeString:
    """Lines over days between ``low`` and ``high``, with bands, cuts at their edges, numbered events.

    ``days`` ascend and match each series' values. ``marks`` are the figures on the y axis (by default the ends and the
    bands' edges). Events outside the days are not drawn.
    """
    if not days:
        return NOTHING
    first, last = days[0], days[-1]
    seen = [event for event in events if first <= event.day <= last]
    edges = marks or sorted({low, high, *(b.low for b in bands if low < b.low < high)})
    pieces = [
        *(_band(band, low, high) for band in bands),
        *(level(mark, low, high, show(mark), cut=mark not in (low, high)) for mark in edges),
        *_day_marks(first, last),
        *(_flag_line(_across(event.day, first, last)) for event in seen),
        _lines(days, series, low, high),
        *(_flag(no, event, days, series[0], low, high) for no, event in enumerate(seen, 1) if series),
        *(_newest(line, days, low, high, show) for line in series),
    ]
    rows = [[figures.day(day, last), *(_shown(line.values[i], show) for line in series)] for i, day in enumerate(days)]
    head = [_("Day"), *(line.name for line in series)]
    return join(figure(pieces, title, desc, css), _notes(seen, last), data(head, rows))


def _across(day: dt.date, first: dt.date, last: dt.date) -> str:
    return f"{tidy(share(day.toordinal(), first.toordinal(), last.toordinal()))}%"


def _band(band: Band, low: float, high: float) -> SafeString:
    top, bottom = share(band.high, low, high), share(band.low, low, high)
    return format_html(
        '<rect class="band {}" x="0" width="100%" y="{}%" height="{}%"/>',
        band.tone,
        tidy(100 - top),
        tidy(top - bottom),
    )


def level(value: float, low: float, high: float, words: str, *, cut: bool = False) -> SafeString:
    y = up(value, low, high)
    return format_html(
        '<line class="gridline{}" x1="0" x2="100%" y1="{}" y2="{}"/>'
        '<text class="y" x="0" dx="-8" y="{}" dy=".33em">{}</text>',
        " cut" if cut else "",
        y,
        y,
        y,
        words,
    )


def _day_marks(first: dt.date, last: dt.date) -> list[SafeString]:
    """Labels under the days: both ends and the months between, thinned so that they never touch."""
    if first == last:
        return [under("50%", figures.axis_day(first, last))]
    placed = [under("0%", figures.axis_day(first, last), "first")]
    starts = [day for day in _month_starts(first, last) if CLEAR[0] <= _at(day, first, last) <= CLEAR[1]]
    every = max(1, math.ceil(len(starts) / 4))
    placed += [under(_across(day, first, last), figures.month(day)) for day in starts[::every]]
    return [*placed, under("100%", figures.axis_day(last, last), "last")]


def _at(day: dt.date, first: dt.date, last: dt.date) -> float:
    return share(day.toordinal(), first.toordinal(), last.toordinal())


def _month_starts(first: dt.date, last: dt.date) -> list[dt.date]:
    months = range(first.year * 12 + first.month, last.year * 12 + last.month)
    return [dt.date(m // 12, m % 12 + 1, 1) for m in months]


def under(x: str, words: str, css: str = "") -> SafeString:
    return format_html('<text class="x {}" x="{}" y="100%" dy="17">{}</text>', css, x, words)


def _flag_line(x: str) -> SafeString:
    return format_html('<line class="flag" x1="{}" x2="{}" y1="0" y2="100%"/>', x, x)


def _flag(no: int, event: Event, days: Sequence[dt.date], line: Series, low: float, high: float) -> SafeString:
    x = _across(event.day, days[0], days[-1])
    dot = NOTHING
    value = next(
        (v for d, v in zip(days, line.values, strict=True) if d >= event.day and v is not None),
        None,
    )
    if value is not None:
        dot = format_html('<circle class="point {}" cx="{}" cy="{}" r="3"/>', line.tone, x, up(value, low, high))
    return format_html(
        '<circle class="flag-dot" cx="{}" cy="0" r="7.5"/><text class="flag-no" x="{}" y="0" dy=".34em">{}</text>{}',
        x,
        x,
        no,
        dot,
    )


def _lines(days: Sequence[dt.date], series: Sequence[Series], low: float, high: float) -> SafeString:
    drawn = [
        format_html('<polyline class="line {} {}" points="{}"/>', line.tone, line.dash, points)
        for line in series
        for points in _stretches(days, line.values, low, high)
    ]
    return format_html(
        '<svg viewBox="0 0 100 100" preserveAspectRatio="none" width="100%" height="100%" overflow="visible">{}</svg>',
        join(*drawn),
    )


def _stretches(days: Sequence[dt.date], values: Sequence[float | None], low: float, high: float) -> list[str]:
    """The line's unbroken stretches as points; an unknown value breaks it."""
    stretches: list[list[str]] = [[]]
    for day, value in zip(days, values, strict=True):
        if value is None:
            stretches.append([])
            continue
        y = tidy(100 - share(value, low, high))
        stretches[-1].append(f"{tidy(_at(day, days[0], days[-1]))},{y}")
    return [" ".join(points) for points in stretches if len(points) > 1]


def _newest(
    line: Series,
    days: Sequence[dt.date],
    low: float,
    high: float,
    show: Callable[[float], str],
) -> SafeString:
    known = [(d, v) for d, v in zip(days, line.values, strict=True) if v is not None]
    if not known:
        return NOTHING
    day, value = known[-1]
    x, y = _across(day, days[0], days[-1]), up(value, low, high)
    return format_html(
        '<circle class="point full {}" cx="{}" cy="{}" r="4"/>'
        '<text class="value end halo" x="{}" y="{}" dx="-9" dy="-8" text-anchor="end">{}</text>',
        line.tone,
        x,
        y,
        x,
        y,
        show(value),
    )


def _notes(events: Sequence[Event], today: dt.date) -> SafeString:
    if not events:
        return NOTHING
    rows = ((no, figures.day(e.day, today), e.words) for no, e in enumerate(events, 1))
    items = format_html_join("", "<li><i>{}</i><time>{}</time><span>{}</span></li>", rows)
    return format_html('<ol class="notes">{}</ol>', items)


def _shown(value: float | None, show: Callable[[float], str]) -> str:
    return figures.NONE if value is None else show(value)


def figure(pieces: Sequence[SafeString], title: str, desc: str, css: str) -> SafeString:
    """The plot around its pieces, with title and description for screen readers."""
    inside = join(*pieces)
    name = f"fig-{crc32(f'{title}{desc}{inside}'.encode()):08x}"
    return format_html(
        '<figure class="chart {}"><svg role="img" aria-labelledby="{}t {}d">'
        '<title id="{}t">{}</title><desc id="{}d">{}</desc>{}</svg></figure>',
        css,
        name,
        name,
        name,
        title,
        name,
        desc,
        inside,
    )


def data(head: Cells, rows: Sequence[Cells]) -> SafeString:
    """The data rows of a chart, collapsed; the first cell of each is its header."""
    titles = format_html_join("", '<th scope="col">{}</th>', ((cell,) for cell in head))
    lines = format_html_join(
        "",
        '<tr><th scope="row">{}</th>{}</tr>',
        ((row[0], format_html_join("", '<td class="num">{}</td>', ((c,) for c in row[1:]))) for row in rows),
    )
    return format_html(
        '<details class="data"><summary>{}</summary><table>{}<tbody>{}</tbody></table></details>',
        format_html("{}{}", draw_icon("next", "s"), _("Show the rows")),
        format_html("<thead><tr>{}</tr></thead>", titles) if head else "",
        lines,
    )


def join(*parts: SafeString) -> SafeString:
    return format_html_join("", "{}", ((part,) for part in parts))
