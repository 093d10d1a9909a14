"""A load against its limit as a bar: its parts in a row, and a vertical line at the limit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

# The end of the bar, as a share of the limit.
REACHES: Final = 1.5
SHADES: Final = ("part", "part second", "part third")


def bar(parts: Sequence[float], *, was: float | None = None, more: float | None = None) -> SafeString:
    """``parts`` are shares of the limit (1: all of it); the excess over the limit has its own style.

    For a change, ``parts`` are the load that stays, ``was`` is the whole before a decrease, and ``more`` is the
    increase. The figures are beside the bar.
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
    """The tone of a share of a limit: within it, over it, far over it."""
    if share is None or share <= WATCH_ABOVE:
        return "calm"
    return "risk" if share > RISK_ABOVE else "watch"


WATCH_ABOVE: Final = 1
RISK_ABOVE: Final = 1.2


def _pieces(css: str, first: float, end: float) -> list[tuple[str, str, str]]:
    """The stretch from ``first`` to ``end``, split at the limit."""
    pieces = [(css, first, min(end, 1.0)), ("over", max(first, 1.0), min(end, REACHES))]
    return [(name, _percent(start), _percent(stop - start)) for name, start, stop in pieces if stop > start]


def _percent(share: float) -> str:
    return f"{min(max(share, 0), REACHES) / REACHES * 100:.1f}%"
