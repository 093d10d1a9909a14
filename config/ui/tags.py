"""Tags that draw one thing each: icon, person, score, change, state; part of ``{% load ui %}``.

Each tag returns escaped markup with the classes of ``static/css/components``.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from decimal import Decimal

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from config.ui import figures, loads, marks
from config.ui.icons import draw_icon

register = template.Library()

TONES = {
    "green": "good", "good": "good",
    "yellow": "watch", "watch": "watch",
    "red": "risk", "risk": "risk",
}  # fmt: skip


@register.simple_tag
def icon(name: str, css: str = "s") -> SafeString:
    """``{% icon "renewal" %}`` small, ``{% icon "renewal" "" %}`` 16 px, further classes as given."""
    return draw_icon(str(name), str(css))


def hue(key: object) -> str:
    """One of eight colour classes, always the same for the same key (a primary key or a name)."""
    return f"c{zlib.crc32(str(key).encode()) % 8}"


def initial(name: str) -> str:
    """The first letter or sign of a name, upper case; legal forms of Japanese companies skipped."""
    for form in ("株式会社", "有限会社", "合同会社", "(株)", "（株）"):
        name = name.removeprefix(form)
    stripped = name.strip()
    return stripped[0].upper() if stripped else "?"


@register.simple_tag
def logo(name: str, key: object = None, css: str = "") -> SafeString:
    """A customer's square: ``{% logo customer.name customer.pk %}``, ``"s"``, ``"l"`` or ``"xl"`` third."""
    return _letter("logo", name, key, css)


@register.simple_tag
def avatar(name: str, key: object = None, css: str = "") -> SafeString:
    """A person's disc: ``{% avatar user.name user.pk %}``; the name stands beside it."""
    return _letter("avatar", name, key, css)


def _letter(kind: str, name: object, key: object, css: str) -> SafeString:
    text = str(name or "")
    return format_html(
        '<span class="{} {}{}" aria-hidden="true">{}</span>',
        kind,
        hue(text if key is None else key),
        f" {css}" if css else "",
        initial(text),
    )


@register.simple_tag
def person(name: str | None, key: object = None) -> SafeString:
    """A person's disc and name: ``{% person owner.name owner.pk %}``; "nobody" without one."""
    if not name:
        return format_html('<span class="muted">{}</span>', _("nobody"))
    return format_html('<span class="person">{}<span class="cut">{}</span></span>', avatar(name, key), name)


@register.filter
def tone(band: object) -> str:
    """The tone class of a band: ``{{ score.band|tone }}`` is good, watch, risk or calm."""
    return TONES.get(str(band or ""), "calm")


@register.simple_tag
def pill(score: figures.Number | None, band: object = None, css: str = "") -> SafeString:
    """A health score with its band's shape and hidden word: ``{% pill 58 "yellow" "l" %}``."""
    tone_name = tone(band)
    labels = {"good": _("green"), "watch": _("yellow"), "risk": _("red"), "calm": _("no score")}
    figure = figures.NONE if score is None else figures.number(score)
    return format_html(
        '<span class="pill {}{}">{}<span class="quiet"> {}</span></span>',
        tone_name,
        f" {css}" if css else "",
        figure,
        labels[tone_name],
    )


@register.simple_tag
def delta(change: figures.Number | None, unit: str = "", digits: int = 0, rising: str = "good") -> SafeString:
    """A signed change: ``{% delta -13 %}``, ``{% delta 4 "%" %}``; ``rising="risk"`` where up is bad."""
    if change is None:
        return SafeString("")
    value = round(float(change), digits)
    falling = "risk" if rising == "good" else "good"
    css = "flat calm" if value == 0 else rising if value > 0 else f"down {falling}"
    return format_html('<span class="delta {}">{}{}</span>', css, figures.signed(change, digits), unit)


@register.simple_tag
def badge(word: object, tone: str = "calm", css: str = "", icon: str = "") -> SafeString:
    """A word of state: ``{% badge renewal.get_stage_display "info" %}``; css ``outline``, ``unproven``."""
    return format_html(
        '<span class="badge {}{}">{}{}</span>',
        tone,
        f" {css}" if css else "",
        draw_icon(icon, "s") if icon else "",
        word,
    )


@register.simple_tag
def spark(values: Sequence[float | None], tone: str = "calm", label: str = "") -> SafeString:
    """A small trend line: ``{% spark customer.trend "risk" "39 → 31" %}``."""
    return marks.spark(values, tone, label)


@register.simple_tag
def meter(share: float | None, tone: str = "info", css: str = "") -> SafeString:
    """A share of a whole, 0 to 1, as a bar: ``{% meter 0.53 %}``; the figure stands beside it."""
    return marks.meter(share, tone, full=css == "full")


@register.simple_tag
def ring(done: int, total: int) -> SafeString:
    """Tasks done of all as a ring: ``{% ring 3 10 %}``."""
    label = _("%(done)s of %(total)s done") % {"done": done, "total": total}
    return marks.ring(done, total, label)


@register.simple_tag
def steps(states: Sequence[str]) -> SafeString:
    """Prep in parts: ``{% steps prep.states %}`` with ``done``, ``part``, ``open`` in order."""
    ready = sum({"done": 1.0, "part": 0.5}.get(state, 0.0) for state in states)
    label = _("%(ready)s of %(all)s ready") % {"ready": f"{ready:g}", "all": len(states)}
    return marks.steps(states, label)


@register.simple_tag
def voices(
    model: float | None = None,
    low: float | None = None,
    high: float | None = None,
    csm: float | None = None,
    final: float | None = None,
) -> SafeString:
    """Three voices from 0 to 1: ``{% voices model=r.model low=r.low high=r.high csm=r.csm %}``."""
    parts = [_("Model %(share)s") % {"share": figures.percent(model)}] if model is not None else []
    if low is not None and high is not None:
        bounds = {"low": figures.percent(low), "high": figures.percent(high)}
        parts.append(_("%(low)s to %(high)s") % bounds)
    if csm is not None:
        parts.append(_("CSM %(share)s") % {"share": figures.percent(csm)})
    if final is not None:
        parts.append(_("Final %(share)s") % {"share": figures.percent(final)})
    return marks.voices(figures.listed(parts), model=model, low=low, high=high, csm=csm, final=final)


@register.simple_tag
def override_mark(value: int | None) -> SafeString:
    """``{% override_mark override.value %}``: the badge of an overridden score; nothing without an override."""
    if value is None:
        return SafeString("")
    return format_html(
        '<span class="badge human outline"><span class="quiet">{} </span>{}</span>', _("Override"), value
    )


@register.simple_tag
def part(value: figures.Number, biggest: figures.Number) -> SafeString:
    """One signed part of a sum: ``{% part -6.2 8.8 %}`` inside ``<ul class="parts">``."""
    return marks.part(float(value), float(biggest))


@register.simple_tag
def load_bar(
    parts: Sequence[float] | figures.Number | None, was: float | None = None, more: float | None = None
) -> SafeString:
    """Shares of a limit as a bar with its line: ``{% load_bar row.share %}``, ``{% load_bar after was=before %}``."""
    shares = [float(parts)] if isinstance(parts, int | float | Decimal) else list(parts or [])
    return loads.bar(shares, was=was, more=more)


@register.filter
def load_tone(share: float | None) -> str:
    """The tone of a share of a limit: ``calm``, ``watch`` above it, ``risk`` far above."""
    return loads.tone(share)
