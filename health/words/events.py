"""Happenings in words, for the chart: health's own, and those of the apps above."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from itertools import groupby
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.models import Customer
from config.ui import charts, figures
from health.explaining.events import Happening, What, happenings, most_telling
from health.models import Scorecard
from playbooks.models import Enrolment
from renewals.models import Qbr

WORDS: Final[dict[What, Any]] = {
    What.CHAMPION_LEFT: gettext_lazy("Champion %(subject)s left"),
    What.DECIDER_LEFT: gettext_lazy("Decision maker %(subject)s left"),
    What.CONTACT_LEFT: gettext_lazy("%(subject)s left"),
    What.OVERRIDE_BEGUN: gettext_lazy("Override to %(count)s: %(subject)s"),
    What.OVERRIDE_ENDED: gettext_lazy("Override to %(count)s ended"),
    What.PUBLISHED: gettext_lazy("Scorecard %(subject)s v%(count)s published"),
    What.ROLLED_BACK: gettext_lazy("Scorecard %(subject)s rolled back to v%(count)s"),
    What.RISK_OPENED: gettext_lazy("Case opened: %(subject)s"),
    What.CHANCE_OPENED: gettext_lazy("Opportunity opened: %(subject)s"),
    What.CASE_CLOSED: gettext_lazy("Case closed: %(subject)s"),
    What.QBR_HELD: gettext_lazy("QBR held"),
    What.PLAY_DONE: gettext_lazy("Play finished: %(subject)s"),
}


def events(
    customer: Customer, first: dt.date, last: dt.date, cards: Iterable[Scorecard], zone: ZoneInfo
) -> list[charts.Event]:
    """The most telling happenings of the days, at most eight flags; what falls on one day shares its flag.

    Seven statements.
    """
    found = [*happenings(customer, first, last, cards, zone), *_above(customer, first, last)]
    by_day = groupby(most_telling(found), key=lambda one: one.day)
    return [charts.Event(day, figures.listed([words(one) for one in same])) for day, same in by_day]


def words(one: Happening) -> str:
    if one.what == What.STORM:
        return ngettext("%(n)s ticket in a week", "%(n)s tickets in a week", one.count) % {"n": one.count}
    if one.what == What.URGENT:
        return ngettext("Urgent ticket opened", "%(n)s urgent tickets opened", one.count) % {"n": one.count}
    subject = _(one.subject) if one.what in {What.PUBLISHED, What.ROLLED_BACK} else one.subject
    return str(WORDS[one.what]) % {"subject": subject, "count": one.count}


def _above(customer: Customer, first: dt.date, last: dt.date) -> list[Happening]:
    """QBRs held and plays that ran to their end."""
    held = Qbr.objects.filter(customer=customer, held_on__range=(first, last)).values_list("held_on", flat=True)
    done = Enrolment.objects.filter(customer=customer, state="done", finished_on__range=(first, last))
    return [
        *(Happening(day, What.QBR_HELD) for day in held if day),
        *(
            Happening(play.finished_on, What.PLAY_DONE, play.playbook.shown_name)
            for play in done.select_related("playbook")
            if play.finished_on
        ),
    ]
