"""Two distributions of scores by tens, overlaid: the present one solid, the proposed one outlined."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from config.ui import figures
from config.ui.charts import Band, data, figure, join, level, share, ticks, under, up
from config.ui.marks import tidy

TOP = 100
WIDE = 7.6
GAP = 1.2


def tens_chart(
    before: Sequence[int],
    after: Sequence[int],
    *,
    names: tuple[str, str],
    title: str,
    bands: Sequence[Band],
    css: str = "mid",
) -> SafeString:
    """Ten columns from 0 to 100; ``before`` and ``after`` count 0–9, 10–19 … 90–100, ``names`` label both."""
    high = float(max(*before, *after, 1))
    desc = _("Tens from 0 to 100. %(old)s: %(before)s. %(new)s: %(after)s") % {
        "old": names[0],
        "new": names[1],
        "before": figures.listed(before),
        "after": figures.listed(after),
    }
    pieces = [
        *(_stretch(band) for band in bands),
        *(level(mark, 0, high, figures.number(mark)) for mark in ticks(0, high) if mark == int(mark)),
        *(_column(no, n, high, "ink soft") for no, n in enumerate(before)),
        *(_column(no, n, high, "info ghost") for no, n in enumerate(after)),
        under("0%", "0", "first"),
        *(under(f"{tidy(band.low)}%", figures.number(band.low)) for band in bands if 0 < band.low < TOP),
        under("100%", "100", "last"),
    ]
    rows = [[_tens(no), figures.number(old), figures.number(new)] for no, (old, new) in enumerate(zip(before, after, strict=True))]  # fmt: skip
    return join(figure(pieces, title, desc, css), _legend(names), data([_("Score"), *names], rows))


def _tens(number: int) -> str:
    last = number * 10 + 9
    return f"{number * 10}–{TOP if last == TOP - 1 else last}"


def _stretch(band: Band) -> SafeString:
    return format_html(
        '<rect class="band {}" x="{}%" width="{}%" y="0" height="100%"/>',
        band.tone,
        tidy(band.low),
        tidy(band.high - band.low),
    )


def _column(number: int, count: int, high: float, css: str) -> SafeString:
    return format_html(
        '<rect class="bar {}" x="{}%" width="{}%" y="{}" height="{}%" rx="1.5"/>',
        css,
        tidy(number * 10 + GAP),
        WIDE,
        up(count, 0, high),
        tidy(share(count, 0, high)),
    )


def _legend(names: tuple[str, str]) -> SafeString:
    kinds = (("soft ink", 0, 18), ("hollow info", 1, 16))
    rows = ((css, x, wide, name) for (css, x, wide), name in zip(kinds, names, strict=True))
    line = '<li><svg aria-hidden="true"><rect class="bar {}" x="{}" width="{}" height="9" rx="1"/></svg>{}</li>'
    return format_html('<ul class="legend">{}</ul>', format_html_join("", line, rows))
