"""Charts of columns: bars that stand on zero, and the waterfall from one figure to another.

Drawn as ``config.ui.charts`` draws: percentages of the plot, a title, a description, the rows behind.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from django.utils.html import format_html
from django.utils.safestring import SafeString

from config.ui import figures
from config.ui.charts import NOTHING, data, figure, join, level, share, ticks, under, up
from config.ui.marks import tidy


@dataclass(frozen=True)
class Bar:
    """One column from zero; ``hollow`` for the lesser kind of the same thing, ``soft`` for expected."""

    label: str
    value: float
    tone: str = "info"
    kind: str = ""


def bar_chart(
    bars: Sequence[Bar],
    *,
    title: str,
    desc: str,
    show: Callable[[float], str] = figures.number,
    css: str = "mid wide-axis",
) -> SafeString:
    """Columns from zero, each with its figure on top: what is large is large from the ground up."""
    if not bars:
        return NOTHING
    low, high = _reach([0.0, *(bar.value for bar in bars)])
    pieces = [level(mark, low, high, show(mark)) for mark in ticks(low, high)]
    for no, bar in enumerate(bars):
        pieces.append(_column(no, len(bars), bar.tone, bar.kind, 0.0, bar.value, low, high))
        pieces.append(_over(no, len(bars), max(bar.value, 0.0), low, high, show(bar.value)))
        pieces.append(under(_middle(no, len(bars)), bar.label))
    rows = [[bar.label, show(bar.value)] for bar in bars]
    return join(figure(pieces, title, desc, css), data([], rows))


def waterfall(
    start: tuple[str, float],
    changes: Sequence[tuple[str, float]],
    end: str,
    *,
    title: str,
    desc: str,
    show: Callable[[float], str] = figures.number,
    show_change: Callable[[float], str] = figures.signed,
    css: str = "mid wide-axis",
) -> SafeString:
    """From one figure to another by its changes: ends as caps, changes as blocks between them.

    The axis need not start at zero, for no bar stands on it. The end is the exact sum.
    """
    levels = [start[1]]
    for _label, change in changes:
        levels.append(levels[-1] + change)
    low, high = _reach(levels)
    count = len(changes) + 2
    pieces = [level(mark, low, high, show(mark)) for mark in ticks(low, high)]
    pieces += _cap(0, count, start[0], levels[0], low, high, show)
    for no, ((label, change), (before, after)) in enumerate(zip(changes, pairwise(levels), strict=True), 1):
        tone = "good" if change > 0 else "risk" if change < 0 else "calm"
        pieces.append(_link(no, count, before, low, high))
        pieces.append(_column(no, count, tone, "", before, after, low, high))
        pieces.append(_over(no, count, max(before, after), low, high, show_change(change)))
        pieces.append(under(_middle(no, count), label))
    pieces.append(_link(count - 1, count, levels[-1], low, high))
    pieces += _cap(count - 1, count, end, levels[-1], low, high, show)
    rows = [
        [start[0], show(start[1])],
        *([label, show_change(change)] for label, change in changes),
        [end, show(levels[-1])],
    ]
    return join(figure(pieces, title, desc, css), data([], rows))


def _reach(values: Sequence[float]) -> tuple[float, float]:
    """The axis for ``values``: a little room at both ends, zero kept where it is an end."""
    low, high = min(values), max(values)
    room = (high - low) * 0.12 or abs(high) * 0.1 or 1.0
    return (low if low == 0 else low - room), (high if high == 0 else high + room)


def _middle(no: int, count: int) -> str:
    return f"{tidy((no + 0.5) / count * 100)}%"


def _column(no: int, count: int, tone: str, kind: str, a: float, b: float, low: float, high: float) -> SafeString:
    width = 100 / count * 0.66
    top, bottom = share(max(a, b), low, high), share(min(a, b), low, high)
    return format_html(
        '<rect class="bar {} {}" x="{}%" width="{}%" y="{}%" height="{}%" rx="2"/>',
        tone,
        kind,
        tidy((no + 0.5) / count * 100 - width / 2),
        tidy(width),
        tidy(100 - top),
        tidy(top - bottom),
    )


def _cap(
    no: int,
    count: int,
    label: str,
    value: float,
    low: float,
    high: float,
    show: Callable[[float], str],
) -> list[SafeString]:
    width = 100 / count * 0.66
    cap = format_html(
        '<rect class="bar ink" x="{}%" width="{}%" y="{}" height="3" rx="1"/>',
        tidy((no + 0.5) / count * 100 - width / 2),
        tidy(width),
        up(value, low, high),
    )
    over = _over(no, count, value, low, high, show(value))
    return [cap, over, under(_middle(no, count), label)]


def _link(no: int, count: int, value: float, low: float, high: float) -> SafeString:
    """The dashes from the column before to this one, at the level both share."""
    half = 100 / count * 0.33
    y = up(value, low, high)
    return format_html(
        '<line class="link" x1="{}%" x2="{}%" y1="{}" y2="{}"/>',
        tidy((no - 0.5) / count * 100 + half),
        tidy((no + 0.5) / count * 100 - half),
        y,
        y,
    )


def _over(no: int, count: int, value: float, low: float, high: float, words: str) -> SafeString:
    return format_html(
        '<text class="value" x="{}" y="{}" dy="-5">{}</text>',
        _middle(no, count),
        up(value, low, high),
        words,
    )
