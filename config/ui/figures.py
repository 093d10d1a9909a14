"""Figures as people read them, in the language of the page: money, shares, days, dates.

The minus is U+2212. Short money is cut to what a list needs ($540k, $1.42M; 5,400万円, 1億4,200万円);
full money is for where it is signed. Nothing here reads the clock: ``today`` is given.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from decimal import ROUND_HALF_EVEN, Decimal

from django.utils.dateformat import format as by_pattern
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from config.days import japanese, worded

MINUS = "−"
MAN = 10_000  # 万, the step of Japanese figures
HOUR = 60  # minutes
TWO_DAYS = 48 * HOUR
NONE = "–"
# Below so many events an interval would suggest more than is known: it is not shown.
LEAST_EVENTS = 10
Number = int | float | Decimal

SIGNS = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "AUD": "A$", "CAD": "C$", "SGD": "S$"}
NO_CENTS = {"JPY", "KRW"}
SHORT = ((Decimal(10) ** 9, "B"), (Decimal(10) ** 6, "M"), (Decimal(10) ** 3, "k"))


def minus(value: object) -> str:
    """The figure as text with a true minus sign: ``-13`` becomes ``−13``."""
    return str(value).replace("-", MINUS)


def rounded(value: Number, digits: int = 0) -> Decimal:
    """The one rounding of figures, half to even; a value that rounds to 0 has no sign."""
    cut = round(Decimal(str(value)), digits)
    return abs(cut) if cut == 0 else cut


def tells(events: Number | None) -> bool:
    """Whether an interval over ``events`` is shown; below ``LEAST_EVENTS`` it is "too few to say"."""
    return events is not None and events >= LEAST_EVENTS


def signed(value: Number, digits: int = 0) -> str:
    """A change with its sign: ``+6``, ``−13``, ``0``."""
    cut = rounded(value, digits)
    sign = "" if cut == 0 else "+" if cut > 0 else MINUS
    return f"{sign}{abs(cut):,.{digits}f}"


def number(value: Number | None, digits: int = 0) -> str:
    """A count with thousands apart, ``–`` when there is none."""
    return NONE if value is None else minus(f"{rounded(value, digits):,.{digits}f}")


def exact(value: Number | str | None) -> str:
    """A measured value with the digits that it has: ``10.50`` is ``10.5``, ``1200.00`` is ``1,200``; ``–`` when there is none."""
    if value is None:
        return NONE
    return minus(f"{Decimal(str(value)).normalize() or Decimal(0):,f}")


def percent(share: Number | None, digits: int = 0) -> str:
    """A share of one as a percentage: ``0.734`` is ``73%``; ``–`` when there is none."""
    if share is None:
        return NONE
    return minus(f"{rounded(Decimal(str(share)) * 100, digits):,.{digits}f}%")


def _with_sign(figure: str, currency: str, *, negative: bool) -> str:
    sign = SIGNS.get(currency, f"{currency} ")
    return f"{MINUS if negative and figure.strip('0.,') else ''}{sign}{figure}"


def money(amount: Number | None, currency: str = "USD") -> str:
    """The whole amount: ``$540,000``, ``¥54,000,000``; in Japanese ``54,000,000円``.

    Cents show only when there are any.
    """
    if amount is None:
        return NONE
    exact = Decimal(str(amount))
    cents = 0 if currency in NO_CENTS or exact == exact.to_integral_value() else 2
    figure = f"{abs(exact):,.{cents}f}"
    if japanese() and currency == "JPY":
        return f"{MINUS if exact < 0 and figure.strip('0.,') else ''}{figure}円"
    return _with_sign(figure, currency, negative=exact < 0)


def money_short(amount: Number | None, currency: str = "USD") -> str:
    """The amount as a list shows it: ``$540k``, ``$1.42M``; Japanese ``5,400万円``, ``1億4,200万円``.

    Thousands keep no decimals from ten thousand up, millions keep two.
    """
    if amount is None:
        return NONE
    exact = Decimal(str(amount))
    if japanese():
        return _japanese_short(exact, currency)
    return _with_sign(_latin_short(abs(exact)), currency, negative=exact < 0)


def _latin_short(exact: Decimal) -> str:
    for size, letter in SHORT:
        digits = 0 if letter == "k" else 2
        scaled = (exact / size).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_EVEN)
        if scaled >= 1 and exact >= size * Decimal("0.9995"):
            if letter == "k" and exact < MAN:
                scaled = Decimal(_trim((exact / size).quantize(Decimal("0.1"), ROUND_HALF_EVEN)))
            return f"{scaled:,f}{letter}"
    return f"{exact:,.0f}"


def _trim(scaled: Decimal) -> str:
    text = f"{scaled:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _japanese_short(exact: Decimal, currency: str) -> str:
    sign = "" if rounded(exact) >= 0 else MINUS
    yen = currency == "JPY"
    unit = "円" if yen else {"USD": "ドル", "EUR": "ユーロ", "GBP": "ポンド"}.get(currency, currency)
    whole = abs(exact)
    if whole < MAN:
        return f"{sign}{whole:,.0f}{unit}"
    man = int((whole / MAN).quantize(Decimal(1), ROUND_HALF_EVEN))
    if not yen and whole < 100 * MAN:
        return f"{sign}{_trim((whole / MAN).quantize(Decimal('0.1'), ROUND_HALF_EVEN))}万{unit}"
    oku, rest = divmod(man, MAN)
    if not oku:
        return f"{sign}{man:,}万{unit}"
    return f"{sign}{oku:,}億{f'{rest:,}万' if rest else ''}{unit}"


def day(value: dt.date | None, today: dt.date) -> str:
    """A date as ``config.days.worded`` writes it, ``–`` when there is none."""
    return NONE if value is None else worded(value, today)


def instant(local: dt.datetime, today: dt.date) -> str:
    """A moment by its reader's clock: ``24 Nov 15:30``, ``2026/11/24 15:30``."""
    return f"{day(local.date(), today)} {local:%H:%M}"


def axis_day(value: dt.date, last: dt.date) -> str:
    """A date at the end of an axis, where there is little room: ``24 Nov``, ``11/24``."""
    if japanese() and value.year == last.year:
        return by_pattern(value, "n/j")
    return day(value, last)


def month(value: dt.date) -> str:
    """The month of a date on an axis: ``Oct``, ``10月``."""
    return by_pattern(value, "n月" if japanese() else "M")


def day_head(value: dt.date) -> str:
    """A date as a headline: ``Tuesday 24 November``, ``11月24日（火）``."""
    # Translators: a date pattern of Django's date filter, for headlines.
    return by_pattern(value, "n月j日（D）" if japanese() else "l j F")


def days_left(days: int | None) -> str:
    """Days until something, short: ``68 d``, ``today``, ``3 d late``; Japanese ``残り68日``."""
    if days is None:
        return NONE
    if days == 0:
        return _("today")
    if days < 0:
        return _("%(days)s d late") % {"days": -days}
    return _("%(days)s d") % {"days": days}


def days(count: int | None) -> str:
    """A number of days: ``14 days``, ``14日``."""
    return NONE if count is None else ngettext("%(n)s day", "%(n)s days", count) % {"n": count}


def listed(words: Iterable[object]) -> str:
    """Words in a row: ``Green, Red``; ``緑、赤``."""
    return pgettext("between words in a row", ", ").join(str(word) for word in words)


def days_left_long(days: int | None) -> str:
    """Days until something, as words: ``68 days left``, ``ends today``, ``3 days late``."""
    if days is None:
        return NONE
    if days == 0:
        return _("ends today")
    if days < 0:
        return ngettext("%(days)s day late", "%(days)s days late", -days) % {"days": -days}
    return ngettext("%(days)s day left", "%(days)s days left", days) % {"days": days}


def days_ago(days: int | None) -> str:
    """Days since something: ``today``, ``yesterday``, ``41 d ago``."""
    if days is None:
        return NONE
    if days <= 0:
        return _("today")
    return _("yesterday") if days == 1 else _("%(days)s d ago") % {"days": days}


def age(since: dt.datetime, now: dt.datetime) -> str:
    """How long ago, in its largest whole unit: ``under a minute``, ``4 minutes``, ``3 hours``, ``2 days``."""
    minutes = max(int((now - since).total_seconds() // 60), 0)
    if not minutes:
        return _("under a minute")
    if minutes < HOUR:
        return ngettext("%(n)s minute", "%(n)s minutes", minutes) % {"n": minutes}
    if minutes < TWO_DAYS:
        hours = minutes // HOUR
        return ngettext("%(n)s hour", "%(n)s hours", hours) % {"n": hours}
    days = minutes // (24 * HOUR)
    return ngettext("%(n)s day", "%(n)s days", days) % {"n": days}
