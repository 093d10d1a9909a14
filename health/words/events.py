"""Happenings in words, for the chart: health's own, and those of the apps above."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from itertools import groupby
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy, ngettext

from accounts.models import Customer
from config.shipping import translated
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
    """The most telling happenings of the period, at most eight flags; happenings of one day share a flag.

    Seven statements.
    """
    every_happening = [*happenings(customer, first, last, cards, zone), *_above(customer, first, last)]
    by_day = groupby(most_telling(every_happening), key=lambda happening: happening.day)
    return [charts.Event(day, figures.listed([words(happening) for happening in group])) for day, group in by_day]


def words(happening: Happening) -> str:
    if happening.what == What.STORM:
        return ngettext("%(n)s ticket in a week", "%(n)s tickets in a week", happening.count) % {"n": happening.count}
    if happening.what == What.URGENT:
        return ngettext("Urgent ticket opened", "%(n)s urgent tickets opened", happening.count) % {"n": happening.count}
    subject = (
        translated(happening.subject) if happening.what in {What.PUBLISHED, What.ROLLED_BACK} else happening.subject
    )
    return str(WORDS[happening.what]) % {"subject": subject, "count": happening.count}


def _above(customer: Customer, first: dt.date, last: dt.date) -> list[Happening]:
    """QBRs held and plays that ran to their end."""
    qbr_days = Qbr.objects.filter(customer=customer, held_on__range=(first, last)).values_list("held_on", flat=True)
    plays = Enrolment.objects.filter(customer=customer, state="done", finished_on__range=(first, last))
    return [
        *(Happening(day, What.QBR_HELD) for day in qbr_days if day),
        *(
            Happening(play.finished_on, What.PLAY_DONE, play.playbook.shown_name)
            for play in plays.select_related("playbook")
            if play.finished_on
        ),
    ]
