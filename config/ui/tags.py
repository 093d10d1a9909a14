"""Template tags and filters of every page; ``{% load ui %}``.

Each tag answers finished, escaped markup with the classes of ``static/css/components``.
Dates and ages read the product's clock here, at the edge.
"""

from __future__ import annotations

import datetime as dt
import zlib
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from django import forms, template
from django.conf import settings
from django.template.context import Context
from django.template.loader import get_template
from django.templatetags.static import static
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language, ngettext, pgettext
from django.utils.translation import gettext as _

from config import clock
from config.ui import context, figures, marks
from config.ui.context import local, local_day, today
from config.ui.icons import draw_icon
from config.ui.paging import Page, with_changes

register = template.Library()

TONES = {
    "green": "good", "good": "good",
    "yellow": "watch", "watch": "watch",
    "red": "risk", "risk": "risk",
}  # fmt: skip


_kept: dict[tuple[object, ...], SafeString] = {}


@register.simple_tag(takes_context=True)
def kept(context: Context, name: str) -> SafeString:
    """A piece of the frame that is the same for everybody of a language and role at one place, drawn once:
    ``{% kept "components/keys.html" %}``. It may look at ``frame.looks`` and what follows from it, never at a user or a token.
    """
    frame = context["frame"]
    key = (name, get_language(), frame.looks)
    if settings.DEBUG or key not in _kept:
        _kept[key] = SafeString(get_template(name).render({"frame": frame}))
    return _kept[key]


@register.simple_tag(name="css_links")
@lru_cache(maxsize=1)
def css_links() -> SafeString:
    """Every style sheet, in the order the layers need: ``{% css_links %}`` in the head."""
    return format_html_join("\n", '<link rel="stylesheet" href="{}">', ((static(path),) for path in style_sheets()))


@lru_cache(maxsize=1)
def style_sheets() -> tuple[str, ...]:
    """Paths below ``static/``: tokens, base, layout, then the components by name."""
    folder = Path(settings.BASE_DIR) / "static" / "css" / "components"
    components = sorted(f"css/components/{path.name}" for path in folder.glob("*.css"))
    return ("css/tokens.css", "css/base.css", "css/layout.css", *components)


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
    return format_html('<span class="person">{}{}</span>', avatar(name, key), name)


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
def tone(band: object) -> str:
    """The tone class of a band: ``{{ score.band|tone }}`` is good, watch, risk or calm."""
    return TONES.get(str(band or ""), "calm")


@register.simple_tag
def pill(score: figures.Number | None, band: object = None, css: str = "") -> SafeString:
    """A health score with its band's shape and hidden word: ``{% pill 58 "yellow" "l" %}``."""
    tone_name = tone(band)
    words = {"good": _("green"), "watch": _("yellow"), "risk": _("red"), "calm": _("no score")}
    shown = figures.NONE if score is None else figures.number(score)
    return format_html(
        '<span class="pill {}{}">{}<span class="quiet"> {}</span></span>',
        tone_name,
        f" {css}" if css else "",
        shown,
        words[tone_name],
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
    said = [_("Model %(share)s") % {"share": figures.percent(model)}] if model is not None else []
    if low is not None and high is not None:
        between = {"low": figures.percent(low), "high": figures.percent(high)}
        said.append(_("%(low)s to %(high)s") % between)
    if csm is not None:
        said.append(_("CSM %(share)s") % {"share": figures.percent(csm)})
    if final is not None:
        said.append(_("Final %(share)s") % {"share": figures.percent(final)})
    return marks.voices(figures.listed(said), model=model, low=low, high=high, csm=csm, final=final)


@register.simple_tag
def override_mark(value: int | None) -> SafeString:
    """``{% override_mark override.value %}``: somebody's word over the computed score; nothing without one."""
    if value is None:
        return SafeString("")
    return format_html(
        '<span class="badge human outline"><span class="quiet">{} </span>{}</span>', _("Override"), value
    )


@register.simple_tag
def part(value: figures.Number, biggest: figures.Number) -> SafeString:
    """One signed part of a sum: ``{% part -6.2 8.8 %}`` inside ``<ul class="parts">``."""
    return marks.part(float(value), float(biggest))


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
def signed(value: figures.Number, digits: int = 0) -> str:
    """``{{ -4.5|signed:1 }}`` is −4.5."""
    return figures.signed(value, digits)


@register.filter
def percent(share: figures.Number | None, digits: int = 0) -> str:
    """``{{ 0.734|percent:1 }}`` is 73.4%."""
    return figures.percent(share, digits)


@register.filter
def tells(events: figures.Number | None) -> bool:
    """``{% if proof.churns|tells %}``: enough events for an interval; else it is too few to say."""
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


@register.filter
def at_clock(value: dt.datetime) -> str:
    """``{{ done.at|at_clock }}``: 15:30 by its reader's clock, where the day is said already."""
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
    """``{{ by }}{% comma %}{{ on }}``: what stands between words in a row, ``, `` or ``、``."""
    return pgettext("between words in a row", ", ")


@register.filter
def listed(words: Iterable[object]) -> str:
    """``{{ contact.roles|listed }}``: words in a row, by the language's comma."""
    return figures.listed(words)


@register.filter
def days_left_long(days: int | None) -> str:
    """``{{ 68|days_left_long }}``: 68 days left."""
    return figures.days_left_long(days)


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


@register.inclusion_tag("components/field.html")
def field(bound: forms.BoundField, css: str = "", label: str = "") -> dict[str, Any]:
    """Label, control, help and error of a form field: ``{% field form.name %}``."""
    return {"field": bound, "css": css, "label": label}


@register.simple_tag
def control(bound: forms.BoundField, css: str = "") -> SafeString:
    """A field's control alone, tied to its help and errors: ``{% control form.name "s" %}``."""
    widget = bound.field.widget
    attrs: dict[str, Any] = {}
    if isinstance(widget, forms.CheckboxInput):
        attrs["class"] = _classes(widget, "check", css)
    elif not isinstance(widget, forms.RadioSelect | forms.CheckboxSelectMultiple):
        attrs["class"] = _classes(widget, "input", css)
    described = [f"{bound.auto_id}_helptext"] if bound.help_text else []
    if bound.errors:
        described.append(f"{bound.auto_id}_error")
        attrs["aria-invalid"] = "true"
    if described:
        attrs["aria-describedby"] = " ".join(described)
    return bound.as_widget(attrs=attrs)


def _classes(widget: forms.Widget, *names: str) -> str:
    return " ".join(dict.fromkeys([*names, *widget.attrs.get("class", "").split()])).strip()


@register.inclusion_tag("components/panel_slot.html")
def panel_slot(url: str, lines: int = 4, title: str = "", on: str = "", key: str = "") -> dict[str, Any]:
    """Where a panel will load, with a skeleton of ``lines`` rows so nothing jumps.

    ``{% url "health:panel" customer.pk as u %}{% panel_slot u lines=8 title=_("Health")
    on="health:changed" %}``. The answer replaces the slot and must carry the same ``hx-get``
    wiring itself if it is to refetch; ``key`` is the slot's id.
    """
    return {"url": url, "lines": range(lines), "title": title, "on": on, "key": key}


@register.inclusion_tag("components/empty.html")
def empty(title: str, text: str = "", url: str = "", act: str = "", icon: str = "", css: str = "") -> dict[str, Any]:
    """What will be here, why not yet, the next act: ``{% empty _("No tasks today") text url act %}``."""
    return {"title": title, "text": text, "url": url, "act": act, "icon": icon, "css": css}


@register.inclusion_tag("components/pagination.html", takes_context=True)
def pagination(context: Context, page: Page[Any], target: str = "") -> dict[str, Any]:
    """Earlier and later by key: ``{% pagination page "#book" %}``; keeps the address's filters."""
    return {
        "page": page,
        "target": target,
        "earlier": with_changes(context["request"], before=page.before, after=None),
        "later": with_changes(context["request"], after=page.after, before=None),
    }


@register.inclusion_tag("components/sort_header.html", takes_context=True)
def sort_header(
    context: Context, key: str, words: str, css: str = "", target: str = "", first: str = "asc"
) -> dict[str, Any]:
    """A ``<th>`` that sorts: ``{% sort_header "health" _("Health") css="num" target="#book" %}``.

    The address holds ``sort=health`` or ``sort=-health``; ``first`` is the way of the first press.
    """
    sorted_by = context["request"].GET.get("sort") or context.get("sort") or ""
    down = sorted_by == f"-{key}"
    active = down or sorted_by == key
    new = (key if down else f"-{key}") if active else (f"-{key}" if first == "desc" else key)
    return {
        "words": words,
        "css": css,
        "target": target,
        "aria": ("descending" if down else "ascending") if active else "",
        "url": with_changes(context["request"], sort=new, before=None, after=None),
    }


@register.simple_tag(takes_context=True)
def address(context: Context, **changes: object) -> str:
    """The page's own address with some filters changed: ``{% address band="red" after=None %}``."""
    return with_changes(context["request"], **changes)


@register.filter
def at(mapping: Mapping[str, Any] | None, key: str) -> Any:
    """What a mapping holds under a key, or nothing: ``{{ words|at:place.key }}``."""
    return mapping.get(key) if mapping else None


@register.filter
def undo_url(tags: str | None) -> str:
    """The reverse act kept in a message's tags by ``toast``, or nothing."""
    found = [tag for tag in (tags or "").split() if tag.startswith("undo:")]
    return found[0].removeprefix("undo:") if found else ""
