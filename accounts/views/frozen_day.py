"""What freezing or unfreezing the day does to what people see, shown before it is saved."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.http import QueryDict
from django.utils.translation import ngettext

from accounts.models import Customer, Organisation, Touchpoint
from config import clock
from config.backup import keeping
from config.backup.models import Backup
from config.once.pressing import CARRIED, KEY
from config.ui import figures
from health.models import Case
from playbooks.models import Task
from renewals.models import Renewal

AGREED: Final = "agreed"
BACKED_UP: Final = "backup_first"


@dataclass(frozen=True)
class WayBack:
    """The backups that could undo the step as a whole: the newest proven one and the one under way.

    ``can_ask``: this installation makes backups on request.
    """

    newest: Backup | None
    under_way: Backup | None
    can_ask: bool


def asks_for_backup(data: QueryDict) -> bool:
    """Whether the person asks for a backup before deciding; the form is not saved then."""
    return BACKED_UP in data


def is_agreed(data: QueryDict, row: Organisation) -> bool:
    """Whether the person has seen the effects of the step from the present day to that of ``row``."""
    return data.get(AGREED) == _mark(clock.today(), _day_of(row))


def preview(data: QueryDict, row: Organisation) -> dict[str, Any]:
    """What the page shows before ``row`` is saved: both days, the effects, the way back, and the form's content to be sent again."""
    before, after = clock.today(), _day_of(row)
    excluded = CARRIED | {KEY, AGREED, BACKED_UP}
    return {
        "before": before,
        "after": after,
        "is_frozen": row.frozen_today is not None,
        "effects": effects(before, after),
        "way_back": WayBack(keeping.proven().first(), keeping.under_way(), keeping.are_made_here()),
        "given": [(name, value) for name, values in data.lists() if name not in excluded for value in values],
        "agreed": _mark(before, after),
    }


def effects(before: dt.date, after: dt.date) -> list[str]:
    """The effects of a move of the day from ``before`` to ``after``, as sentences. Four statements."""
    sentences = _forward(before, after) if after >= before else _back(after)
    customers = Customer.objects.filter(merged_into=None).count()
    sentences.append(
        _words(
            ngettext(
                "Figures, segment and scores of %(n)s customer are reckoned for that day.",
                "Figures, segments and scores of %(n)s customers are reckoned for that day.",
                customers,
            ),
            customers,
        )
    )
    return sentences


def _forward(before: dt.date, after: dt.date) -> list[str]:
    due_renewals = Renewal.objects.still_open().filter(due_on__gt=before, due_on__lte=after).count()
    leavers = Customer.objects.filter(leaves_on__gt=before, leaves_on__lte=after).count()
    tasks = Task.objects.open().filter(due_on__gt=before, due_on__lte=after).count()
    return [
        _words(
            ngettext(
                "%(n)s open renewal comes due: the nightly run closes it where it renews by itself or the contract ends.",
                "%(n)s open renewals come due: the nightly run closes those that renew by themselves or whose contract ends.",
                due_renewals,
            ),
            due_renewals,
        ),
        _words(ngettext("%(n)s customer leaves.", "%(n)s customers leave.", leavers), leavers),
        _words(ngettext("%(n)s open task falls due.", "%(n)s open tasks fall due.", tasks), tasks),
    ]


def _back(after: dt.date) -> list[str]:
    closed_renewals = Renewal.objects.filter(closed_on__gt=after).count()
    touches = Touchpoint.objects.filter(happened_on__gt=after).count()
    cases = Case.objects.filter(opened_on__gt=after).count()
    return [
        _words(
            ngettext(
                "%(n)s renewal was closed after that day and stays closed.",
                "%(n)s renewals were closed after that day and stay closed.",
                closed_renewals,
            ),
            closed_renewals,
        ),
        _words(
            ngettext(
                "%(n)s conversation was held after that day: it is kept and lies in the future.",
                "%(n)s conversations were held after that day: they are kept and lie in the future.",
                touches,
            ),
            touches,
        ),
        _words(
            ngettext(
                "%(n)s case was opened after that day and stays.",
                "%(n)s cases were opened after that day and stay.",
                cases,
            ),
            cases,
        ),
    ]


def _day_of(row: Organisation) -> dt.date:
    return row.frozen_today or clock.day_of(clock.now(), ZoneInfo(row.time_zone))


def _mark(before: dt.date, after: dt.date) -> str:
    return f"{before}>{after}"


def _words(message: str, n: int) -> str:
    return message % {"n": figures.number(n)}
