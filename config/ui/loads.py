"""A load against its limit as a bar: parts of it one after the other, and an upright line where the limit is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

# As a share of the limit, how far the bar reaches.
REACHES: Final = 1.5
SHADES: Final = ("part", "part second", "part third")


def bar(parts: Sequence[float], *, was: float | None = None, more: float | None = None) -> SafeString:
    """``parts`` are shares of the limit (1: all of it); what goes beyond the limit is drawn as such. Of a change ``parts`` is what stays
    or stood, ``was`` the whole before it, where it becomes less, and ``more`` what comes on top. The figures stand beside it.
    """
    rects, at = [], 0.0
    for place, part in enumerate(parts):
        rects += _pieces(SHADES[min(place, len(SHADES) - 1)], at, at + part)
        at += part
    if more:
        rects += _pieces("more", at, at + more)
    if was is not None and was > at:
        rects.append(("was", _percent(at), _percent(min(was, REACHES) - min(at, REACHES))))
    drawn = format_html_join("", '<rect class="{}" x="{}" width="{}" height="100%"/>', rects)
    limit = _percent(1)
    return format_html(
        '<svg class="load-bar" aria-hidden="true"><rect class="track" width="100%" height="100%" rx="2"/>{}'
        '<line class="limit" x1="{}" x2="{}" y1="-2" y2="10"/></svg>',
        drawn,
        limit,
        limit,
    )


def tone(share: float | None) -> str:
    """How a share of a limit reads: fine, over it, far over it."""
    if share is None or share <= WATCH_ABOVE:
        return "calm"
    return "risk" if share > RISK_ABOVE else "watch"


WATCH_ABOVE: Final = 1
RISK_ABOVE: Final = 1.2


def _pieces(css: str, first: float, end: float) -> list[tuple[str, str, str]]:
    """The stretch from ``first`` to ``end``, cut where the limit is."""
    pieces = [(css, first, min(end, 1.0)), ("over", max(first, 1.0), min(end, REACHES))]
    return [(name, _percent(start), _percent(stop - start)) for name, start, stop in pieces if stop > start]


def _percent(share: float) -> str:
    return f"{min(max(share, 0), REACHES) / REACHES * 100:.1f}%"
