"""Cells of tables, drawn in Python: fifty rows are most of what a page of a list costs, and a template takes four times as
long over cells that repeat all day.

Words that come back on every page (a score's pill, an owner, a number of days) are kept by language.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final

from django.utils.html import escape
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from accounts.models import TouchModel
from config.shipping import translated
from config.ui import figures, tags

SOON, NEAR = 60, 90
QUIET, SILENT = 14, 30
TOUCH: Final[dict[str, Any]] = {
    TouchModel.HIGH: pgettext_lazy("touch model", "high"),
    TouchModel.LOW: pgettext_lazy("touch model", "low"),
    TouchModel.TECH: pgettext_lazy("touch model", "tech"),
}
WIDTH, BOTTOM, ROOM = 84, 20.0, 18.0
# A longer name may be cut on screen and has its full text in a title.
CUT: Final = 20


def titled(text: str) -> str:
    """A ``title`` for a text that may be cut."""
    return f' title="{escape(text)}"' if len(text) > CUT else ""


def link(url: str, name: str, before: str = "", opens: str = " data-open") -> str:
    """The link that names a row and opens it, cut where it has no room."""
    return f'<a class="name"{opens} href="{url}"{titled(name)}>{before}<span class="cut">{escape(name)}</span></a>'


@lru_cache(maxsize=20_000)
def customer(pk: int, name: str, opens: str = " data-open") -> str:
    """A customer's logo and name, leading to its page."""
    return link(f"/customers/{pk}/", name, str(tags.logo(name, pk)), opens)


def fold(*parts: str) -> str:
    """The second line of a row on a phone: customer, money and day."""
    spans = "".join(f"<span>{part}</span>" for part in parts if part)
    return f'<span class="row fold-line">{spans}</span>' if spans else ""


def cut(text: str) -> str:
    """A text that may be cut."""
    return f'<span class="cut"{titled(text)}>{escape(text)}</span>'


def whole(value: Decimal | None) -> int | None:
    return None if value is None else round(value)


@lru_cache(maxsize=1_000)
def pill(score: int | None, band: str, _language: str) -> str:
    return str(tags.pill(score, band))


@lru_cache(maxsize=200)
def override(value: int | None, _language: str) -> str:
    return "" if value is None else str(tags.override_mark(value))


@lru_cache(maxsize=1_000)
def delta(change: int | None, _language: str) -> str:
    return str(tags.delta(change))


@lru_cache(maxsize=20_000)
def money(amount: Decimal | None, currency: str, _language: str) -> str:
    return figures.money_short(amount, currency)


@lru_cache(maxsize=5_000)
def day(value: dt.date | None, today: dt.date, _language: str) -> str:
    return figures.day(value, today)


@lru_cache(maxsize=5_000)
def due(value: dt.date | None, today: dt.date, _language: str, late: bool = True) -> str:  # noqa: FBT001, FBT002 (a word of the cache's key)
    """A day by which something is due, in the colour of danger where it is past."""
    text = figures.day(value, today)
    return f'<span class="risk tone">{text}</span>' if late and value and value < today else text


@lru_cache(maxsize=5_000)
def renews(value: dt.date | None, leaves_on: dt.date | None, today: dt.date, _language: str) -> str:
    """The day of the next renewal, or for a leaving customer the day on which it leaves."""
    if leaves_on is None:
        return figures.day(value, today)
    label = _("leaves %(day)s") % {"day": figures.day(leaves_on, today)}
    return f'<span class="risk tone">{escape(label)}</span>'


@lru_cache(maxsize=2_000)
def left(days: int | None, _language: str) -> str:
    if days is None:
        return ""
    tone = "calm faint" if days > NEAR else "risk tone" if days <= SOON else "watch tone"
    return f'<span class="{tone}">{figures.days_left(days)}</span>'


@lru_cache(maxsize=2_000)
def quiet(days: int | None, _language: str) -> str:
    tone = "risk tone" if (days or 0) > SILENT else "watch tone" if (days or 0) > QUIET else ""
    return f'<span class="{tone}">{figures.days_ago(days)}</span>'


@lru_cache(maxsize=500)
def served(segment: str, touch_model: str | None, _language: str) -> str:
    name = escape(translated(segment))
    return f'{name} <span class="faint">· {TOUCH[touch_model] if touch_model else "–"}</span>'


def served_text(segment: str, touch_model: str | None) -> str:
    """The same for an export."""
    parts = (translated(segment), TOUCH[touch_model] if touch_model else "")
    return " · ".join(str(part) for part in parts if part)


@lru_cache(maxsize=2_000)
def owner(name: str, pk: int | None, _language: str) -> str:
    # In a list the given name tells people apart; names in kanji have no space and stay whole.
    return str(tags.person(name.split(" ", maxsplit=1)[0], pk))


@lru_cache(maxsize=200)
def badge(word: str, tone: str, _language: str) -> str:
    return str(tags.badge(word, tone))


def spark(trend: list[Decimal | None] | None, band: str) -> str:
    """The last 13 weeks as ``config.ui.marks.spark`` draws them, in a quarter of its time."""
    measured = [(index, float(value)) for index, value in enumerate(trend or []) if value is not None]
    if len(measured) <= 1:
        return ""
    values = [value for _at, value in measured]
    low, spread = min(values), max(values) - min(values)
    step = WIDTH / (len(trend or []) - 1)
    scale = ROOM / spread if spread else 0.0
    base = BOTTOM if spread else BOTTOM - ROOM / 2
    points = [f"{1 + index * step:.1f},{base - (value - low) * scale:.1f}" for index, value in measured]
    x, y = points[-1].split(",")
    return (
        f'<svg class="spark {tags.tone(band)}" viewBox="0 0 88 22" role="img"'
        f' aria-label="{values[0]:.0f} → {values[-1]:.0f}">'
        f'<polyline class="line" points="{" ".join(points)}"/><circle cx="{x}" cy="{y}" r="2"/></svg>'
    )


def ask(url: str, word: str, key: str = "", css: str = "s plain") -> str:
    """A link that opens its form in the dialog."""
    pressed = f' data-key="{key}"' if key else ""
    return (
        f'<a class="button {css}" href="{url}" hx-get="{url}" hx-target="#ask" hx-swap="innerHTML"{pressed}>'
        f"{escape(word)}</a>"
    )


def typed(link_: str) -> str:
    """A cell that becomes an input, with the link that opens it."""
    return f"<span data-cell>{link_}</span>"


def opens(url: str, shown: str, label: str) -> str:
    """The link that opens a cell: Enter saves, Esc brings back what stood."""
    return (
        f'<a class="edit" data-edit href="{url}" hx-get="{url}" hx-target="closest [data-cell]"'
        f' hx-swap="innerHTML" aria-label="{escape(label)}">{shown}</a>'
    )


def press(url: str, word: str, sight: Any, css: str = "s", **fields: str) -> str:
    """A button that does something at once."""
    hidden = "".join(f'<input type="hidden" name="{name}" value="{escape(text)}">' for name, text in fields.items())
    return (
        f'<form method="post" action="{url}" hx-post="{url}" hx-swap="none">'
        f'<input type="hidden" name="csrfmiddlewaretoken" value="{sight.token}">'
        f'<input type="hidden" name="next" value="{escape(sight.here)}">{hidden}'
        f'<button class="button {css}" type="submit">{escape(word)}</button></form>'
    )
