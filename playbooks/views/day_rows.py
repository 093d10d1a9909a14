"""A line of My day, drawn in Python like the portfolio's rows: a template takes several times as long.

What all lines of a kind share is built once per language, with placeholders for the line's own addresses and texts.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from django.utils.html import escape
from django.utils.safestring import SafeString
from django.utils.translation import get_language, ngettext, pgettext
from django.utils.translation import gettext as _

from accounts.models import Customer
from config.once import marking
from config.ui import figures, filters, tags
from config.ui.icons import draw_icon
from playbooks.shortlist import Block, Line
from playbooks.views import line_words, lines
from playbooks.views.lines import Shown
from playbooks.views.why_now import why_now

CLOSES: Final = '<input type="hidden" name="outcome" value="done">'
BOX: Final = (
    '<form method="post" action="{url}" hx-post="{url}" hx-trigger="change" hx-swap="none" data-optimistic>{token}'
    f'{CLOSES}<input class="check round" type="checkbox" aria-label="{{label}}"></form>'
)
ASK: Final = 'hx-target="#ask" hx-swap="innerHTML"'
ICONS: Final = {
    "task": "todo",
    "case": "case",
    "renewal": "renewal",
    "notice": "alert",
    "touch": "call",
    "qbr": "users",
}


@dataclass(frozen=True)
class Page:
    """What every line of one page shares; ``token`` is the form token, "" for a reader who may not write."""

    day: dt.date
    currency: str
    scope: str
    covered: Mapping[int, str]
    token: str

    @property
    def may_change(self) -> bool:
        return bool(self.token)


def drawn(blocks: Iterable[Block], page: Page) -> SafeString:
    """The lines of all blocks, the most pressing first, each block's first line with its customer."""
    language = get_language() or ""
    parts = []
    for rank, block in enumerate(blocks, 1):
        for place, shown in enumerate(lines.shown(block, page.day)):
            parts.append(_line(shown, block, rank, page, language, leads=place == 0))
        if block.more:
            parts.append(_rest(block))
    return SafeString("".join(parts))


def _line(shown: Shown, block: Block, rank: int, page: Page, language: str, *, leads: bool) -> str:
    line, urls = shown.line, shown.urls
    css = ' class="also"' if not leads else ' class="at" aria-current="true"' if rank == 1 else ""
    customer = _customer(block, page, language, urls) if leads else ""
    return (
        f'<li data-row data-line="{line.key}" data-customer="{block.customer.pk}"{css}>'
        f'<span class="rank">{rank if leads else ""}</span>{_mark(shown, page)}'
        f'<div class="body"><div class="what"><span class="act">{escape(line_words.what(line))}</span></div>'
        f'<div class="why">{customer}<span class="reason">{escape(line_words.why(shown, page.day))}</span></div></div>'
        f'<span class="stake">{_amount(line.stake, page.currency, language)}<small>{escape(_left(line, page.day))}</small></span>'
        f'<span class="due {_tone(line)}">{_due(line)}<small>{escape(line_words.kind(line))}</small></span>'
        f"{_go(urls['open'], line.customer.name)}{_acts(shown, page, language)}</li>"
    )


def _mark(shown: Shown, page: Page) -> str:
    """The checkbox that closes a task; else the icon of the line's kind."""
    task = shown.line.task
    if task is None or not page.may_change:
        return f'<span class="faint">{draw_icon(ICONS[shown.line.kind], "s")}</span>'
    label = escape(_("Done: %(task)s") % {"task": task.shown_title})
    return BOX.format(url=shown.urls["done"], token=marking.hidden(page.token), label=label)


def _customer(block: Block, page: Page, language: str, urls: Mapping[str, str]) -> str:
    """The line's customer: name, health, next motion, whether it leaves, and the owner the reader covers for."""
    customer, motion = block.customer, lines.motion(block)
    owner_name = page.covered.get(customer.owner_id) if customer.owner_id else None
    covering = _("Covering for %(name)s") % {"name": owner_name} if owner_name else ""
    return (
        f'{_logo(customer.name, customer.pk)}<a class="nowrap" href="{urls["customer"]}" tabindex="-1">'
        f"<b>{escape(customer.name)}</b></a>{_health(customer, language)}"
        + (f'<span class="faint nowrap desk">{escape(motion)}</span>' if motion else "")
        + (f'<span class="risk tone nowrap">{_leaves(customer)}</span>' if customer.leaves_on else "")
        + (f'<span class="badge info outline">{escape(covering)}</span>' if covering else "")
    )


def _leaves(customer: Customer) -> str:
    noticed = getattr(customer, "noticed", False)
    sentence = _("Leaves %(day)s unless it withdraws") if noticed else _("End confirmed: leaves %(day)s")
    return escape(sentence) % {"day": filters.day(customer.leaves_on)}


def _health(customer: Customer, language: str) -> str:
    score, change = customer.score, getattr(customer, "score_change", None)
    return _pill(
        None if score is None else round(score), customer.band, None if change is None else round(change), language
    )


@lru_cache(maxsize=5_000)
def _pill(score: int | None, band: str, change: int | None, _language: str) -> str:
    return f"{tags.pill(score, band)}{tags.delta(change)}"


@lru_cache(maxsize=20_000)
def _logo(name: str, pk: int) -> str:
    return str(tags.logo(name, pk, "s"))


@lru_cache(maxsize=20_000)
def _amount(stake: object, currency: str, _language: str) -> str:
    return escape(figures.money_short(stake, currency))  # type: ignore[arg-type]


def _left(line: Line, day: dt.date) -> str:
    """The note beside the value: "upside", or the days left of the term of an open renewal."""
    if line.is_offer:
        return _("upside")
    renewal = (line.task.renewal if line.task else None) or line.renewal
    if renewal is None or (line.task and renewal.is_closed):
        return ""
    return figures.days_left_long((renewal.due_on - day).days)


def _tone(line: Line) -> str:
    if not line.is_lateness_known:
        return "calm"
    return "risk" if line.days < 0 else "watch" if line.days == 0 else "calm"


def _due(line: Line) -> str:
    row = line.task or line.case or line.qbr
    if row:
        return str(filters.day(row.due_on))
    return escape(figures.days_left(line.days) if line.is_lateness_known else _("no touch on record"))


def _go(url: str, name: str) -> str:
    label = escape(_("Open %(name)s") % {"name": name})
    return f'<a class="go faint" data-open href="{url}" aria-label="{label}">{draw_icon("next", "s")}</a>'


def _acts(shown: Shown, page: Page, language: str) -> str:
    """The line's acts, its holder in a day of several people, and the explanation of its rank."""
    line, row = shown.line, shown.line.task or shown.line.case
    notes = f'<span class="faint tiny">{escape(why_now(line, page.currency))}</span>'
    if page.scope != "mine" and row:
        holder = line.task.assignee if line.task else line.case.owner if line.case else None
        who = tags.person(holder.name if holder else "", holder.pk if holder else None)
        notes = f'<span class="faint tiny">{who}</span>{notes}'
    if not page.may_change:
        return f'<div class="day-acts">{notes}</div>'
    plans = line.case is not None and not line.case.plan
    pattern = _buttons(line.kind, plans, language)
    return pattern.format(token=marking.hidden(page.token), beside=notes, **shown.urls)


@lru_cache(maxsize=50)
def _buttons(kind: str, plans: bool, _language: str) -> str:  # noqa: FBT001 (a key of the cache)
    """The acts on a line of a kind, as a pattern; ``{done}`` and the like are placeholders for its addresses."""
    buttons = [_link("touch", draw_icon("call", "s") + _words(_("Log a touch")), key="l", desk_key="L")]
    if kind == "task":
        done = (
            f'<button class="button s" type="submit" data-key="e">{_words(_("Done"))}<kbd class="desk">E</kbd></button>'
        )
        buttons += [
            f'<form method="post" action="{{done}}" hx-post="{{done}}" hx-swap="none">{{token}}{CLOSES}{done}</form>',
            _link("snooze", _words(_("Snooze")), key="s", desk_key="S"),
            _link("done", _words(_("Record the result…"))),
            _link("hand_on", _words(_("Hand on…"))),
        ]
    if kind == "case":
        buttons += [
            _link("done", _words(pgettext("a case", "Close")), key="e", desk_key="E"),
            _link("snooze", _words(_("Snooze")), key="s", desk_key="S"),
        ]
    if plans:
        buttons.append(_link("plan", _words(_("Plan…"))))
    return f'<div class="day-acts">{"".join(buttons)}{{beside}}</div>'


def _link(act: str, label: str, *, key: str = "", desk_key: str = "") -> str:
    css = "button s" if key else "button s plain"
    pressed = f' data-key="{key}"' if key else ""
    hint = f'<kbd class="desk">{desk_key}</kbd>' if desk_key else ""
    return f'<a class="{css}" href="{{{act}}}" hx-get="{{{act}}}" {ASK}{pressed}>{label}{hint}</a>'


def _words(text: str) -> str:
    """Text for a pattern: HTML and braces escaped."""
    return escape(text).replace("{", "{{").replace("}", "}}")


def _rest(block: Block) -> str:
    values = {"shown": figures.number(block.more), "name": block.customer.name}
    label = ngettext("%(shown)s more for %(name)s", "%(shown)s more for %(name)s", block.more) % values
    url = lines.address(lines.OF_CUSTOMER["customer"], block.customer.pk)
    return f'<li class="also rest"><a class="link small" href="{url}">{escape(label)}</a></li>'
