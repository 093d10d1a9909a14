"""A source that falls silent opens a case for the admins, one at a time; it closes by itself once the source speaks again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final

from django.db import transaction
from django.db.models import Q, QuerySet

from accounts import access
from accounts.imports import hearing
from accounts.models import Role, Silence, Source, User
from config import clock

DUE_DAYS: Final = 3


def settle(now: dt.datetime) -> int:
    """Open a case for each source that is silent, and close those of sources that are so no more; how many of both.

    A case closes where the source spoke since, is said to be over, or an admin set more days, or took back those by which alone
    it was silent: not where its last runs are
    forgotten, or no run is left to tell how often it came. A source that was said to be over and speaks again is over no
    more. A new case is of the admin who had the source's last one. Nothing while the organisation's day is frozen. Safe to
    run again.
    """
    organisation = clock.organisation()
    if organisation is None or organisation[1] is not None:
        return 0
    today = clock.day_of(now, organisation[0])
    heard = {row.name: row for row in hearing.sources(now, organisation[0])}
    back = [row.name for row in heard.values() if row.is_over and row.last_at and _spoke_since(row)]
    if back:
        Source.objects.filter(name__in=back, is_over=True).update(is_over=False, over_since=None, resumed_on=today)
        heard = {row.name: row for row in hearing.sources(now, organisation[0])}
    silent = {row.name: row for row in heard.values() if row.silent_days(today) is not None}
    closed = 0
    for case in Silence.objects.filter(closed_on=None).exclude(source__in=silent):
        row = heard[case.source]
        if row.limit is None or row.said or (row.last_on and row.last_on > case.last_on):
            closed += Silence.objects.filter(pk=case.pk, closed_on=None).update(closed_on=max(today, case.opened_on))
    known = set(Silence.objects.filter(closed_on=None).values_list("source", flat=True))
    owners = _last_owners()
    opened = [
        Silence(
            source=name, last_on=row.last_on, limit_days=row.usual, opened_on=today, owner_id=owners.get(name),
            due_on=today + dt.timedelta(days=DUE_DAYS),
        )
        for name, row in silent.items()
        if name not in known and row.last_on
    ]  # fmt: skip
    Silence.objects.bulk_create(opened, ignore_conflicts=True)
    return closed + len(opened)


def _spoke_since(row: hearing.Heard) -> bool:
    return row.over_since is not None and row.last_at is not None and row.last_at > row.over_since


def _last_owners() -> dict[str, int]:
    """The owner of each source's latest case, where that one still is an admin."""
    cases = Silence.objects.filter(owner__in=admins()).order_by("source", "-pk").distinct("source")
    return dict(cases.values_list("source", "owner"))


def admins() -> QuerySet[User]:
    """Who can have a case."""
    return User.objects.people().filter(is_active=True, role=Role.ADMIN)


def open_for(user: User, day: dt.date) -> list[tuple[Silence, int]]:
    """The open cases of ``user``, and of nobody who still is an admin, with the days of silence on ``day``, the longest first.

    None that are snoozed, and none for people who are no admins. One statement.
    """
    if not access.configures(user):
        return []
    awake = Q(snoozed_until=None) | Q(snoozed_until__lte=day)
    others = admins().exclude(pk=user.pk)
    cases = Silence.objects.filter(awake, closed_on=None).exclude(owner__in=others)
    return [(case, (day - case.last_on).days) for case in cases.select_related("owner").order_by("last_on", "source")]


@transaction.atomic
def say(name: str, values: Mapping[str, Any], now: dt.datetime) -> None:
    """Store what an admin says of a source: after how many days it is silent, and whether it is over, from ``now`` on."""
    row, _new = Source.objects.select_for_update().get_or_create(name=name)
    if not values["is_over"]:
        row.over_since = None
    elif not row.is_over:
        row.over_since, row.resumed_on = now, None
    row.silent_days, row.is_over = values["silent_days"], values["is_over"]
    row.save(update_fields=["silent_days", "is_over", "over_since", "resumed_on"])
