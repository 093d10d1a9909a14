"""What freezing the day, or letting it go on, does to what people see: named before it is saved."""

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
    """What would take the step back as a whole: the newest proven backup, and the one on its way.

    ``can_ask``: backups are made here when somebody asks.
    """

    newest: Backup | None
    under_way: Backup | None
    can_ask: bool


def asks_for_backup(given: QueryDict) -> bool:
    """Whether the person wants a way back before deciding; nothing of the form is saved then."""
    return BACKED_UP in given


def is_agreed(given: QueryDict, row: Organisation) -> bool:
    """Whether the person has seen what going from the present day to that of ``row`` does."""
    return given.get(AGREED) == _mark(clock.today(), _day_of(row))


def preview(given: QueryDict, row: Organisation) -> dict[str, Any]:
    """What the page shows before ``row`` is saved: both days, the effects, the way back, and the form's content to be sent again."""
    before, after = clock.today(), _day_of(row)
    kept = CARRIED | {KEY, AGREED, BACKED_UP}
    return {
        "before": before,
        "after": after,
        "is_frozen": row.frozen_today is not None,
        "effects": effects(before, after),
        "way_back": WayBack(keeping.proven().first(), keeping.under_way(), keeping.are_made_here()),
        "given": [(name, value) for name, values in given.lists() if name not in kept for value in values],
        "agreed": _mark(before, after),
    }


def effects(before: dt.date, after: dt.date) -> list[str]:
    """What happens, or stays behind, when the day goes from ``before`` to ``after``, in words. Four statements."""
    found = _forward(before, after) if after >= before else _back(after)
    customers = Customer.objects.filter(merged_into=None).count()
    found.append(
        _words(
            ngettext(
                "Figures, segment and scores of %(n)s customer are reckoned for that day.",
                "Figures, segments and scores of %(n)s customers are reckoned for that day.",
                customers,
            ),
            customers,
        )
    )
    return found


def _forward(before: dt.date, after: dt.date) -> list[str]:
    due = Renewal.objects.still_open().filter(due_on__gt=before, due_on__lte=after).count()
    leaving = Customer.objects.filter(leaves_on__gt=before, leaves_on__lte=after).count()
    tasks = Task.objects.open().filter(due_on__gt=before, due_on__lte=after).count()
    return [
        _words(
            ngettext(
                "%(n)s open renewal comes due: the nightly run closes it where it renews by itself or the contract ends.",
                "%(n)s open renewals come due: the nightly run closes those that renew by themselves or whose contract ends.",
                due,
            ),
            due,
        ),
        _words(ngettext("%(n)s customer leaves.", "%(n)s customers leave.", leaving), leaving),
        _words(ngettext("%(n)s open task falls due.", "%(n)s open tasks fall due.", tasks), tasks),
    ]


def _back(after: dt.date) -> list[str]:
    closed = Renewal.objects.filter(closed_on__gt=after).count()
    touches = Touchpoint.objects.filter(happened_on__gt=after).count()
    cases = Case.objects.filter(opened_on__gt=after).count()
    return [
        _words(
            ngettext(
                "%(n)s renewal was closed after that day and stays closed.",
                "%(n)s renewals were closed after that day and stay closed.",
                closed,
            ),
            closed,
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


def _words(words: str, n: int) -> str:
    return words % {"n": figures.number(n)}
