"""Small drawings beside a figure: spark, meter, ring, prep steps, voices, parts of a sum.

Each is one inline SVG (or a few ``<i>``) sized by CSS; positions are numbers or percentages, never a ``style``. The
figure itself is always beside it as text.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

WIDTH, HEIGHT, EDGE = 88, 22, 2.0


def tidy(value: float) -> str:
    """A coordinate with one decimal at most: ``33.3``, ``75``."""
    return f"{value:.1f}".rstrip("0").rstrip(".") or "0"


def spark(values: Sequence[float | None], tone: str = "calm", label: str = "") -> SafeString:
    """The last weeks as one line with a dot on the newest; gaps are left out.

    Fewer than two known values draw nothing: one point is not a trend.
    """
    known = [(i, float(v)) for i, v in enumerate(values) if v is not None]
    if len(known) <= 1:
        return SafeString("")
    low, high = min(v for _, v in known), max(v for _, v in known)
    room = HEIGHT - 2 * EDGE
    step = (WIDTH - 4) / (len(values) - 1)

    def place(i: int, v: float) -> tuple[str, str]:
        share = (v - low) / (high - low) if high > low else 0.5
        return tidy(1 + i * step), tidy(HEIGHT - EDGE - share * room)

    points = [place(i, v) for i, v in known]
    return format_html(
        '<svg class="spark {}" viewBox="0 0 88 22" role="img" aria-label="{}">'
        '<polyline class="line" points="{}"/><circle cx="{}" cy="{}" r="2"/></svg>',
        tone,
        label,
        " ".join(f"{x},{y}" for x, y in points),
        *points[-1],
    )


def percentage(share: float) -> str:
    """A share of one as an SVG length, kept between 0% and 100%."""
    return f"{tidy(min(max(share, 0.0), 1.0) * 100)}%"


def meter(share: float | None, tone: str = "info", *, full: bool = False) -> SafeString:
    """A share of a whole (0 to 1) as a thin bar; hidden from screen readers, for the figure is beside it."""
    return format_html(
        '<svg class="meter {}{}" aria-hidden="true"><rect width="{}" height="100%"/></svg>',
        tone,
        " full" if full else "",
        percentage(float(share or 0)),
    )


def ring(done: int, total: int, label: str) -> SafeString:
    """How many of ``total`` are done, as a ring."""
    share = percentage(done / total if total else 0)[:-1]
    return format_html(
        '<svg class="ring" viewBox="0 0 40 40" role="img" aria-label="{}"><circle cx="20" cy="20" r="17"/>{}</svg>',
        label,
        format_html(
            '<circle class="done" cx="20" cy="20" r="17" pathLength="100" stroke-dasharray="{} 100"/>',
            share,
        )
        if done
        else "",
    )


def steps(states: Sequence[str], label: str) -> SafeString:
    """Prep parts in order, each ``done``, ``part`` or anything else for open."""
    return format_html(
        '<span class="steps" role="img" aria-label="{}">{}</span>',
        label,
        format_html_join("", '<i class="{}"></i>', ((s if s in {"done", "part"} else "open",) for s in states)),
    )


def voices(
    label: str,
    *,
    model: float | None = None,
    low: float | None = None,
    high: float | None = None,
    csm: float | None = None,
    final: float | None = None,
) -> SafeString:
    """Three voices on 0 to 1: the model with its interval, the CSM's call, the final figure."""
    pieces = [SafeString('<line class="axis" x1="0" x2="100%" y1="50%" y2="50%"/>')]
    if low is not None and high is not None:
        pieces.append(
            format_html(
                '<rect class="range" x="{}" width="{}" y="30%" height="40%" rx="3"/>',
                percentage(low),
                percentage(high - low),
            )
        )
    if model is not None:
        pieces.append(format_html('<circle class="model" cx="{}" cy="50%" r="4"/>', percentage(model)))
    if csm is not None:
        pieces.append(
            format_html(
                '<svg x="{}" y="50%" overflow="visible"><path class="csm" d="M0-4.5L4.5 0 0 4.5-4.5 0z"/></svg>',
                percentage(csm),
            )
        )
    if final is not None:
        pieces.append(
            format_html(
                '<svg x="{}" y="50%" overflow="visible">'
                '<rect class="final" x="-1.5" y="-7" width="3" height="14" rx="1"/></svg>',
                percentage(final),
            )
        )
    return format_html(
        '<svg class="voices" role="img" aria-label="{}">{}</svg>',
        label,
        format_html_join("", "{}", ((shape,) for shape in pieces)),
    )


def part(value: float, biggest: float) -> SafeString:
    """One signed part of a sum, from the middle: left and red for losses, right and green for gains.

    ``biggest`` is the largest absolute part of the list, so that all share one scale.
    """
    share = min(abs(value) / biggest, 1.0) / 2 if biggest else 0.0
    tone = "calm" if not share else "good" if value > 0 else "risk"
    return format_html(
        '<svg class="{}" aria-hidden="true"><line x1="50%" x2="50%" y1="-8" y2="20"/>'
        '<rect x="{}" width="{}" y="1" height="10" rx="1.5"/></svg>',
        tone,
        percentage(0.5 - share if value < 0 else 0.5),
        percentage(share),
    )
