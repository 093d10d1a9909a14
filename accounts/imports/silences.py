"""A source that falls silent opens a case for the admins, one at a time; it closes by itself once the source speaks again."""

from __future__ import annotations

import datetime as dt

from accounts import access
from accounts.imports import hearing
from accounts.models import Silence, User
from config import clock


def settle(now: dt.datetime) -> int:
    """Open a case for each source that is silent, and close those of sources that are so no more; how many of both.

    Nothing while the organisation's day is frozen. A source whose last runs are forgotten stays silent. Safe to run again.
    """
    organisation = clock.organisation()
    if organisation is None or organisation[1] is not None:
        return 0
    today = clock.day_of(now, organisation[0])
    heard = {row.name: row for row in hearing.sources(now, organisation[0])}
    silent = {row.name: row.last_on for row in heard.values() if row.last_on and row.silent_days(today) is not None}
    closed = 0
    for case in Silence.objects.filter(closed_on=None).exclude(source__in=silent):
        row = heard.get(case.source)
        if row is None or row.last_on is not None or row.is_over:
            closed += Silence.objects.filter(pk=case.pk, closed_on=None).update(closed_on=max(today, case.opened_on))
    known = set(Silence.objects.filter(closed_on=None).values_list("source", flat=True))
    opened = [
        Silence(source=name, last_on=last_on, opened_on=today) for name, last_on in silent.items() if name not in known
    ]
    Silence.objects.bulk_create(opened, ignore_conflicts=True)
    return closed + len(opened)


def open_for(user: User, day: dt.date) -> list[tuple[Silence, int]]:
    """The open cases with the days of silence on ``day``, the longest first; none for people who are no admins. One statement."""
    if not access.configures(user):
        return []
    cases = Silence.objects.filter(closed_on=None).order_by("last_on", "source")
    return [(case, (day - case.last_on).days) for case in cases]
