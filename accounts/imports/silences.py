"""A source that falls silent opens a case for the admins, one at a time; it closes by itself once the source speaks again."""

from __future__ import annotations

import datetime as dt

from accounts import access
from accounts.imports import hearing
from accounts.models import Silence, User
from config import clock


def settle(now: dt.datetime) -> int:
    """Open a case for each source that is silent, and close those of sources that are so no more; how many of both.

    A case closes where the source spoke since, is said to be over, or an admin set more days: not where its last runs are
    forgotten, or no run is left to tell how often it came. Nothing while the organisation's day is frozen. Safe to run again.
    """
    organisation = clock.organisation()
    if organisation is None or organisation[1] is not None:
        return 0
    today = clock.day_of(now, organisation[0])
    heard = {row.name: row for row in hearing.sources(now, organisation[0])}
    silent = {row.name: row for row in heard.values() if row.silent_days(today) is not None}
    closed = 0
    for case in Silence.objects.filter(closed_on=None).exclude(source__in=silent):
        row = heard[case.source]
        if row.is_over or row.said or (row.last_on and row.last_on > case.last_on):
            closed += Silence.objects.filter(pk=case.pk, closed_on=None).update(closed_on=max(today, case.opened_on))
    known = set(Silence.objects.filter(closed_on=None).values_list("source", flat=True))
    opened = [
        Silence(source=name, last_on=row.last_on, limit_days=row.usual, opened_on=today)
        for name, row in silent.items()
        if name not in known and row.last_on
    ]
    Silence.objects.bulk_create(opened, ignore_conflicts=True)
    return closed + len(opened)


def open_for(user: User, day: dt.date) -> list[tuple[Silence, int]]:
    """The open cases with the days of silence on ``day``, the longest first; none for people who are no admins. One statement."""
    if not access.configures(user):
        return []
    cases = Silence.objects.filter(closed_on=None).order_by("last_on", "source")
    return [(case, (day - case.last_on).days) for case in cases]
