"""Figures, days and instants in templates, as their reader's language writes them; part of ``{% load ui %}``.

Days and ages read the product's clock here, at the edge.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from config import clock
from config.sentences import again
from config.shipping import translated
from config.ui import context, figures
from config.ui.context import local, local_day, today

register = template.Library()
register.filter("translated", translated)
register.filter("again", again)


@register.filter
def money(amount: figures.Number | None, currency: str = "USD") -> str:
    """``{{ 540000|money:"USD" }}`` is $540,000."""
    return figures.money(amount, currency)


@register.filter
def money_short(amount: figures.Number | None, currency: str = "USD") -> str:
    """``{{ 1420000|money_short:"USD" }}`` is $1.42M; 1億4,200万円 for yen in Japanese."""
    return figures.money_short(amount, currency)


@register.filter
def money_change(amount: figures.Number | None, currency: str = "USD") -> str:
    """``{{ -97000|money_change:"USD" }}`` is −$97k, a gain has its plus sign."""
    plus = "+" if amount is not None and amount > 0 else ""
    return plus + figures.money_short(amount, currency)


@register.filter
def number(value: figures.Number | None, digits: int = 0) -> str:
    """``{{ 11420|number }}`` is 11,420; ``–`` for none."""
    return figures.number(value, digits)


@register.filter
def exact(value: figures.Number | str | None) -> str:
    """``{{ outcome.measured|exact }}`` is 10.5, as many digits as it has; ``–`` for none."""
    return figures.exact(value)


@register.filter
def signed(value: figures.Number, digits: int = 0) -> str:
    """``{{ -4.5|signed:1 }}`` is −4.5."""
    return figures.signed(value, digits)


@register.filter
def percent(share: figures.Number | None, digits: int = 0) -> str:
    """``{{ 0.734|percent:1 }}`` is 73.4%."""
    return figures.percent(share, digits)


@register.filter
def tells(events: figures.Number | None) -> bool:
    """``{% if proof.churns|tells %}``: whether there are enough events for an interval."""
    return figures.tells(events)


@register.filter
def day(value: dt.date | None) -> SafeString:
    """``{{ contract.ends_on|day }}``: a ``<time>`` with 24 Nov, 31 Jan 2027 or 2027/01/31; an instant on its reader's day."""
    if value is None:
        return SafeString(figures.NONE)
    if isinstance(value, dt.datetime):
        value = local_day(value)
    return _time(value, today())


@register.filter
def instant(value: dt.datetime) -> str:
    """``{{ change.at|instant }}``: 24 Nov 15:30 by its reader's clock."""
    return figures.instant(local(value), today())


@register.filter
def moment(value: dt.datetime) -> str:
    """``{{ change.at|moment }}``: 24 Nov 15:30 (Asia/Tokyo), by its reader's clock."""
    return context.moment(value)


def at_clock(value: dt.datetime) -> str:
    """15:30 by its reader's clock, where the day is said already."""
    return f"{local(value):%H:%M}"


@register.simple_tag
def period(first: dt.date, last: dt.date | None) -> SafeString:
    """``{% period contract.starts_on contract.last_day %}``: both days with a year unless both lie in the present one; without
    a last day ``24 Nov –``.
    """
    now = today()
    with_years = last is not None and not first.year == last.year == now.year
    seen_from = dt.date.min if with_years else now
    ends = (_time(end, seen_from) if end else "" for end in (first, last))
    return SafeString(" – ".join(ends).rstrip())


def _time(value: dt.date, seen_from: dt.date) -> SafeString:
    return format_html('<time datetime="{}">{}</time>', value.isoformat(), figures.day(value, seen_from))


@register.filter
def day_head(value: dt.date) -> str:
    """``{{ today|day_head }}``: Tuesday 24 November, 11月24日（火）."""
    return figures.day_head(value)


@register.filter
def days_left(days: int | None) -> str:
    """``{{ renewal.days_left|days_left }}``: 68 d, today, 3 d late."""
    return figures.days_left(days)


@register.filter
def days(count: int | None) -> str:
    """``{{ segment.touch_every_days|days }}``: 14 days."""
    return figures.days(count)


@register.simple_tag
def comma() -> str:
    """``{{ by }}{% comma %}{{ on }}``: the separator of words in a row, ``, `` or ``、``."""
    return pgettext("between words in a row", ", ")


@register.filter
def listed(words: Iterable[object]) -> str:
    """``{{ contact.roles|listed }}``: words in a row, by the language's comma."""
    return figures.listed(words)


@register.simple_tag
def short_list(names: Sequence[str]) -> str:
    """The first two names and how many more there are: ``Mara, Nils and 3 more``; "nobody" without any."""
    if not names:
        return _("nobody")
    shown, more = figures.listed(names[:2]), len(names) - 2
    if more <= 0:
        return shown
    return ngettext("%(names)s and %(n)s more", "%(names)s and %(n)s more", more) % {"names": shown, "n": more}


@register.filter
def days_until(value: dt.date | None) -> int | None:
    """Days from today to a date, negative when past: ``{{ ends_on|days_until|days_left }}``."""
    return None if value is None else (value - today()).days


@register.filter
def days_ago(value: dt.date | None) -> str:
    """``{{ touch.on|days_ago }}``: today, yesterday, 41 d ago; also takes a count of days."""
    if isinstance(value, dt.datetime):
        value = local_day(value)
    return figures.days_ago((today() - value).days if isinstance(value, dt.date) else value)


@register.filter
def age(value: dt.datetime | None) -> str:
    """``{{ score.computed_at|age }}``: 4 minutes, 3 hours, 2 days."""
    return figures.NONE if value is None else figures.age(value, clock.now())


@register.filter
def hours(minutes: figures.Number | None) -> str:
    """``{{ row.hours.minutes|hours }} h``: minutes as whole hours."""
    return figures.number(None if minutes is None else minutes / figures.HOUR)
