"""How many hours people have for customers in the weeks ahead: contracted hours × the share for customers, on the days they work."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from holidays import HolidayBase

from accounts import calendar
from accounts.models import Cover, User
from accounts.workload import DAYS, WEEKS

HOUR: Final = 60
WEEK: Final = 7


def capacities(people: Sequence[User], day: dt.date) -> dict[int, list[int]]:
    """The minutes that each of ``people`` has in each of the weeks from ``day`` on (``accounts.workload``). Three statements."""
    until = day + dt.timedelta(days=DAYS)
    away: dict[int, list[tuple[dt.date, dt.date]]] = {}
    absences = Cover.objects.filter(owner__in=people, starts_on__lt=until, ends_on__gt=day)
    for owner, first, end in absences.values_list("owner", "starts_on", "ends_on"):
        away.setdefault(owner, []).append((first, end))
    open_days = calendar.working_days()
    working = [calendar.open_days(first, first + dt.timedelta(days=WEEK - 1), open_days) for first in weeks(day)]
    usual = usual_days(open_days)
    return {
        person.pk: [_minutes(person, usual, week, away.get(person.pk, [])) for week in working] for person in people
    }


def weeks(day: dt.date) -> list[dt.date]:
    """The first day of each of the weeks ahead."""
    return [day + dt.timedelta(days=WEEK * number) for number in range(WEEKS)]


def usual_days(working: HolidayBase) -> int:
    """The number of working days in a week without holidays."""
    return WEEK - len(working.weekend)


def _minutes(person: User, usual: int, days: Iterable[dt.date], away: Collection[tuple[dt.date, dt.date]]) -> int:
    worked_days = sum(1 for day in days if not any(first <= day < end for first, end in away))
    minutes = person.weekly_hours * HOUR * person.customer_share / 100 * worked_days / usual
    return int(Decimal(minutes).quantize(Decimal(1), ROUND_HALF_UP))
