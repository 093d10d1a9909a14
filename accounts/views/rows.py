"""A line of the portfolio, drawn in Python: fifty of them are most of what the page costs, and a
template takes four times as long over cells that repeat all day.

Words that come back on every page (a score's pill, an owner, a number of days) are kept by language.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final

from django.utils.html import escape
from django.utils.safestring import SafeString
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext as _

from accounts.models import TouchModel
from config.ui import figures, tags

SOON, NEAR = 60, 90
QUIET, SILENT = 14, 30
TOUCH: Final[dict[str, Any]] = {
    TouchModel.HIGH: pgettext_lazy("touch model", "high"),
    TouchModel.LOW: pgettext_lazy("touch model", "low"),
    TouchModel.TECH: pgettext_lazy("touch model", "tech"),
}
WIDTH, BOTTOM, ROOM = 84, 20.0, 18.0


def lines(customers: list[Any], day: dt.date) -> list[SafeString]:
    """The table rows of listed customers (``accounts.book.listed``) as of ``day``."""
    language = get_language() or ""
    return [line(customer, day, language) for customer in customers]


def line(customer: Any, day: dt.date, language: str) -> SafeString:
    """One ``<tr>``: name, health, trend, ARR, renewal or leaving, days until then, segment, owner, last touch, open tasks."""
    until = customer.leaves_on or customer.next_renewal_on
    left = (until - day).days if until else None
    quiet = (day - customer.last_touch_on).days if customer.last_touch_on else None
    parent = f' <span class="faint small desk">{escape(customer.parent_name)}</span>' if customer.parent_name else ""
    return SafeString(
        f'<tr data-row data-customer="{customer.pk}"><td class="grow"><a class="name" data-open href="/customers/{customer.pk}/">'
        f"{_logo(customer.name, customer.pk)}{escape(customer.name)}</a>{parent}</td>"
        f'<td><span class="row">{_pill(_whole(customer.score), customer.band, language)}'
        f"{_override(customer.override, language)}{_delta(_change(customer), language)}</span></td>"
        f'<td class="desk">{_spark(customer.score_trend, customer.band)}</td>'
        f'<td class="num">{_money(customer.arr, customer.currency, language)}</td>'
        f'<td class="desk">{_renews(customer.next_renewal_on, customer.leaves_on, day, language)}</td>'
        f'<td class="num small close desk">{_left(left, language)}</td>'
        f'<td class="muted desk">{_served(customer.segment_name or "", customer.touch_model, language)}</td>'
        f'<td class="desk">{_owner(customer.owner_name or "", customer.owner_id, language)}</td>'
        f'<td class="muted desk">{_quiet(quiet, language)}</td>'
        f'<td class="num desk">{customer.open_tasks or figures.NONE}</td></tr>'
    )


def _whole(value: Decimal | None) -> int | None:
    return None if value is None else round(value)


def _change(customer: Any) -> int | None:
    if customer.score is None or customer.score_before is None:
        return None
    return _whole(customer.score - customer.score_before)


@lru_cache(maxsize=20_000)
def _logo(name: str, pk: int) -> str:
    return str(tags.logo(name, pk))


@lru_cache(maxsize=1_000)
def _pill(score: int | None, band: str, _language: str) -> str:
    return str(tags.pill(score, band))


@lru_cache(maxsize=200)
def _override(value: int | None, _language: str) -> str:
    return "" if value is None else str(tags.override_mark(value))


@lru_cache(maxsize=1_000)
def _delta(change: int | None, _language: str) -> str:
    return str(tags.delta(change))


@lru_cache(maxsize=20_000)
def _money(amount: Decimal, currency: str, _language: str) -> str:
    return figures.money_short(amount, currency)


@lru_cache(maxsize=5_000)
def _renews(value: dt.date | None, leaves_on: dt.date | None, today: dt.date, _language: str) -> str:
    """The next renewal; of a customer that leaves, the day it does instead."""
    if leaves_on is None:
        return figures.day(value, today)
    return f'<span class="risk tone">{escape(_("leaves %(day)s") % {"day": figures.day(leaves_on, today)})}</span>'


@lru_cache(maxsize=2_000)
def _left(days: int | None, _language: str) -> str:
    if days is None:
        return ""
    tone = "calm faint" if days > NEAR else "risk tone" if days <= SOON else "watch tone"
    return f'<span class="{tone}">{figures.days_left(days)}</span>'


@lru_cache(maxsize=2_000)
def _quiet(days: int | None, _language: str) -> str:
    tone = "risk tone" if (days or 0) > SILENT else "watch tone" if (days or 0) > QUIET else ""
    return f'<span class="{tone}">{figures.days_ago(days)}</span>'


@lru_cache(maxsize=500)
def _served(segment: str, touch_model: str | None, _language: str) -> str:
    name = escape(_(segment)) if segment else ""
    return f'{name} <span class="faint">· {TOUCH[touch_model] if touch_model else "–"}</span>'


@lru_cache(maxsize=2_000)
def _owner(name: str, pk: int | None, _language: str) -> str:
    # In a list the given name tells people apart; names in kanji have no space and stay whole.
    return str(tags.person(name.split(" ", maxsplit=1)[0], pk))


def _spark(trend: list[Decimal | None] | None, band: str) -> str:
    """The last 13 weeks as ``config.ui.marks.spark`` draws them, in a quarter of its time."""
    known = [(at, float(value)) for at, value in enumerate(trend or []) if value is not None]
    if len(known) <= 1:
        return ""
    values = [value for _at, value in known]
    low, spread = min(values), max(values) - min(values)
    step = WIDTH / (len(trend or []) - 1)
    scale = ROOM / spread if spread else 0.0
    base = BOTTOM if spread else BOTTOM - ROOM / 2
    points = [f"{1 + at * step:.1f},{base - (value - low) * scale:.1f}" for at, value in known]
    x, y = points[-1].split(",")
    return (
        f'<svg class="spark {tags.tone(band)}" viewBox="0 0 88 22" role="img"'
        f' aria-label="{values[0]:.0f} → {values[-1]:.0f}">'
        f'<polyline class="line" points="{" ".join(points)}"/><circle cx="{x}" cy="{y}" r="2"/></svg>'
    )
