"""Today's finished acts, as lines below the list: the act, its customer, its time and its Undo."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from django.urls import reverse
from django.utils.html import escape
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from accounts.models import Touchpoint
from config.once import marking
from config.shipping import translated
from config.ui import figures, filters
from config.ui.icons import draw_icon
from config.web.toast import undo_of
from playbooks.shortlist.finished import Finished
from playbooks.views.day_rows import Page
from renewals.models import PrepPart, RenewalOutcome, RenewalStage

# The route that undoes an act of each kind; its argument is the row's id.
UNDO: Final[Mapping[str, str]] = {
    "task": "playbooks:task_undo",
    "task_snoozed": "playbooks:task_wake",
    "case_planned": "health:case_plan_back",
    "case_snoozed": "health:case_wake",
    "case_closed": "health:case_reopen",
    "call": "renewals:call_back",
    "decision": "renewals:withdraw",
    "closed": "renewals:reopen",
    "qbr": "renewals:qbr_reopen",
}


def drawn(acts: Iterable[Finished], page: Page, person: int) -> SafeString:
    """The lines of ``acts``; ``person`` (an id) may undo their own."""
    return SafeString("".join(_line(act, page, person) for act in acts))


def _line(act: Finished, page: Page, person: int) -> str:
    title, name = escape(what(act, page.day)), escape(act.customer)
    undo = back(act) if page.may_change and act.by == person else ""
    label = escape(_("Open %(name)s") % {"name": act.customer})
    customer = reverse("accounts:customer", args=[act.customer_id])
    return (
        f'<li class="done" data-row data-line="d{act.kind}{act.pk}"><span class="rank"></span>'
        f"{_box(undo, page, title) if undo else draw_icon('done', '')}"
        f'<div class="body"><div class="what"><span class="act">{title}</span><span class="faint small">{name}</span></div></div>'
        f'<span class="stake faint small">{escape(figures.money_short(act.stake, page.currency))}</span>'
        f'<span class="due calm">{filters.at_clock(act.at)}</span>'
        f'<a class="go faint" data-open href="{customer}" aria-label="{label}">{draw_icon("next", "s")}</a></li>'
    )


def _box(url: str, page: Page, title: str) -> str:
    label = escape(_("Undo: %(act)s")) % {"act": title}
    return (
        f'<form method="post" action="{url}" hx-post="{url}" hx-trigger="change" hx-swap="none" data-optimistic>'
        f"{marking.hidden(page.token)}"
        f'<input class="check round" type="checkbox" checked data-key="e" aria-label="{label}">'
        f'<noscript><button class="button s" type="submit">{escape(_("Undo"))}</button></noscript></form>'
    )


def back(act: Finished) -> str:
    """The address that undoes the act while it stands."""
    return undo_of(_address(act), act.mark) if act.mark else _address(act)


def _address(act: Finished) -> str:
    if act.kind == "touch":
        return reverse("accounts:touch_undo", args=[act.customer_id, act.pk])
    if act.kind == "moved":
        return reverse("renewals:stage_back", args=[act.pk, act.detail])
    if act.kind == "part":
        return reverse("renewals:part", args=[act.pk, act.detail])
    return reverse(UNDO[act.kind], args=[act.pk])


def what(act: Finished, day: dt.date) -> str:
    """The act in words."""
    return WORDS[act.kind](act, day)


def _until(act: Finished, day: dt.date) -> dict[str, str]:
    until = figures.day(dt.date.fromisoformat(act.detail), day) if act.detail else ""
    return {"what": translated(act.title), "until": until}


WORDS: Final[Mapping[str, Callable[[Finished, dt.date], str]]] = {
    "task": lambda act, _day: translated(act.title),
    "task_snoozed": lambda act, day: _("%(what)s: waits until %(until)s") % _until(act, day),
    "case_planned": lambda act, _day: _("%(what)s: planned") % {"what": translated(act.title)},
    "case_snoozed": lambda act, day: _("%(what)s: waits until %(until)s") % _until(act, day),
    "case_closed": lambda act, _day: _("%(what)s: closed") % {"what": translated(act.title)},
    "touch": lambda act, _day: _("%(kind)s logged") % {"kind": Touchpoint.Kind(act.title).label},
    "call": lambda _act, _day: _("Call on the renewal"),
    "decision": lambda _act, _day: _("Forecast decided"),
    "moved": lambda act, _day: _("Renewal moved to %(stage)s") % {"stage": RenewalStage(act.title).label},
    "closed": lambda act, _day: _("Renewal closed: %(outcome)s") % {"outcome": RenewalOutcome(act.title).label},
    "part": lambda act, _day: str(PrepPart.Part(act.title).label),
    "qbr": lambda _act, _day: _("QBR held"),
}
