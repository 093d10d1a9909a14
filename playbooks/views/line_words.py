"""The text of a line of My day: what to do, why, and its kind."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from accounts.models import Customer
from config.ui import figures
from health.words.states import seen
from playbooks.shortlist import Line
from playbooks.views.lines import Shown
from renewals.models import Renewal


def what(line: Line) -> str:
    """What to do."""
    titled_row = line.task or line.case
    if titled_row:
        return titled_row.shown_title
    return ASKS[line.asks](line.renewal) if line.renewal else UNTITLED[line.kind]()


def why(shown: Shown, today: dt.date) -> str:
    """The reason for the line: what started its play, what a rule saw, or which day is near."""
    line = shown.line
    if line.task:
        return shown.reason or line.task.shown_note
    if line.case:
        done = _("Its play is done: close the case?") + " " if getattr(line.case, "play_done", False) else ""
        return done + seen(line.case)
    if line.renewal:
        sentence, day = DATES.get(line.asks, DATES["call"])(line.renewal)
        return sentence % {"day": figures.day(day, today)}
    if line.qbr:
        return _("Due %(day)s") % {"day": figures.day(line.qbr.due_on, today)}
    if line.kind == "touch":
        return _cadence(line.customer, today)
    return _("Stays here until the notice is withdrawn or the end is confirmed")


def kind(line: Line) -> str:
    """The line's playbook, or its kind."""
    if line.task:
        return line.task.enrolment.playbook.shown_name if line.task.enrolment else _("Task")
    if line.case:
        return _("Case · %(kind)s") % {"kind": line.case.get_kind_display()}
    return KINDS[line.kind]()


def _cadence(customer: Customer, today: dt.date) -> str:
    every = figures.days(getattr(customer, "touch_every", None))
    if customer.last_touch_on is None:
        return _("A two-way touch is due every %(every)s") % {"every": every}
    values = {"day": figures.day(customer.last_touch_on, today), "every": every}
    return _("Last two-way touch %(day)s; one is due every %(every)s") % values


def _disagreement(renewal: Renewal) -> str:
    voices = {"model": figures.percent(renewal.model_likelihood), "csm": figures.percent(renewal.csm_likelihood)}
    return _("Decide: the model says %(model)s, the CSM %(csm)s") % voices


# The act a renewal needs, by its ``asks``.
ASKS: Final[Mapping[str, Callable[[Renewal], str]]] = {
    "late": lambda _renewal: _("Close the renewal"),
    "notice": lambda _renewal: _("Settle the renewal before notice"),
    "decide": _disagreement,
    "call": lambda _renewal: _("Make your call on the renewal"),
}
DATES: Final[Mapping[str, Callable[[Renewal], tuple[str, dt.date | None]]]] = {
    "late": lambda renewal: (_("The term ended %(day)s"), renewal.due_on),
    "notice": lambda renewal: (_("Notice date is %(day)s"), renewal.notice_on),
    "call": lambda renewal: (_("Ends %(day)s"), renewal.due_on),
}
UNTITLED: Final[Mapping[str, Callable[[], str]]] = {
    "notice": lambda: _("Win the customer back"),
    "touch": lambda: _("Get in touch"),
    "qbr": lambda: _("Hold the QBR"),
}
KINDS: Final[Mapping[str, Callable[[], str]]] = {
    "renewal": lambda: _("Renewal"),
    "notice": lambda: pgettext("of cancellation", "Notice"),
    "touch": lambda: _("Touch by cadence"),
    "qbr": lambda: _("QBR"),
}
