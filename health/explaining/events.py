"""The happenings of a customer by day: the numbered flags on the chart of its score."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from django.db.models import Count, Q
from django.db.models.functions import TruncDate

from accounts.models import Contact, Customer
from health.models import Case, Override, Scorecard, ScorecardAct, Ticket

MOST: Final = 8
WEEKS: Final = 13
# A storm: this many tickets in seven days, and this many times the usual week's.
STORM: Final = 5
TIMES: Final = 2


class What(StrEnum):
    """Kinds of happenings; ``health.words.events`` adds those of playbooks and renewals."""

    CHAMPION_LEFT = "champion_left"
    DECIDER_LEFT = "decider_left"
    CONTACT_LEFT = "contact_left"
    OVERRIDE_BEGUN = "override_begun"
    OVERRIDE_ENDED = "override_ended"
    STORM = "storm"
    URGENT = "urgent"
    PUBLISHED = "published"
    ROLLED_BACK = "rolled_back"
    RISK_OPENED = "risk_opened"
    CHANCE_OPENED = "chance_opened"
    CASE_CLOSED = "case_closed"
    QBR_HELD = "qbr_held"
    PLAY_DONE = "play_done"


# What explains most comes first when there is no room for all.
RANKS: Final = (
    What.CHAMPION_LEFT, What.OVERRIDE_BEGUN, What.STORM, What.PUBLISHED, What.ROLLED_BACK, What.DECIDER_LEFT,
    What.URGENT, What.RISK_OPENED, What.QBR_HELD, What.OVERRIDE_ENDED, What.PLAY_DONE, What.CASE_CLOSED,
    What.CHANCE_OPENED, What.CONTACT_LEFT,
)  # fmt: skip


@dataclass(frozen=True)
class Happening:
    """Something that happened on a day: ``subject`` is the person or thing it is about, ``count`` how many."""

    day: dt.date
    what: What
    subject: str = ""
    count: int = 0


def happenings(
    customer: Customer, first: dt.date, last: dt.date, cards: Iterable[Scorecard], zone: ZoneInfo
) -> list[Happening]:
    """What happened from ``first`` to ``last``, days of ``zone``, in no order; ``cards`` are those that made the scores.

    Five statements.
    """
    return [
        *_left(customer, first, last),
        *_tickets(customer, first, last, zone),
        *_versions(first, last, {card.key: card.name for card in cards}),
        *_cases(customer, first, last),
        *_overrides(customer, first, last),
    ]


def most_telling(happenings: Sequence[Happening], most: int = MOST) -> list[Happening]:
    """Up to ``most`` of them by their kind's rank, of one kind the newest; in the order of their days."""
    ranked = sorted(happenings, key=lambda happening: (RANKS.index(happening.what), -happening.day.toordinal()))
    return sorted(ranked[:most], key=lambda happening: (happening.day, RANKS.index(happening.what)))


def _left(customer: Customer, first: dt.date, last: dt.date) -> list[Happening]:
    people = Contact.objects.filter(customer=customer, state="left", state_on__range=(first, last))
    return [Happening(day, _role(roles), name) for day, roles, name in people.values_list("state_on", "roles", "name")]


def _role(roles: Sequence[str]) -> What:
    if "champion" in roles:
        return What.CHAMPION_LEFT
    return What.DECIDER_LEFT if {"buyer", "sponsor"} & set(roles) else What.CONTACT_LEFT


def _tickets(customer: Customer, first: dt.date, last: dt.date, zone: ZoneInfo) -> list[Happening]:
    """Weeks with unusually many tickets, on their busiest day, and else the days with an urgent one.

    Unusual is at least five in seven days and twice the average week of the quarter up to ``last``.
    """
    begin = dt.datetime.combine(last - dt.timedelta(days=7 * WEEKS - 1), dt.time(), zone)
    end = dt.datetime.combine(last + dt.timedelta(days=1), dt.time(), zone)
    tickets = Ticket.objects.filter(customer=customer, opened_at__gte=begin, opened_at__lt=end)
    days = (
        tickets.annotate(day=TruncDate("opened_at", tzinfo=zone))
        .order_by()
        .values("day")
        .annotate(n=Count("pk"), urgent=Count("pk", filter=Q(severity="urgent")))
    )
    weeks: dict[int, list[tuple[dt.date, int, int]]] = {}
    for row in days:
        weeks.setdefault((last - row["day"]).days // 7, []).append((row["day"], row["n"], row["urgent"]))
    usual = sum(n for week in weeks.values() for _, n, _ in week) / WEEKS
    happenings = []
    for week in weeks.values():
        count = sum(n for _, n, _ in week)
        if count >= max(STORM, TIMES * usual):
            happenings.append(Happening(max(week, key=lambda row: row[1])[0], What.STORM, count=count))
        else:
            happenings += [Happening(day, What.URGENT, count=urgent) for day, _, urgent in week if urgent]
    return [happening for happening in happenings if happening.day >= first]


def _versions(first: dt.date, last: dt.date, names: dict[str, str]) -> list[Happening]:
    acts = ScorecardAct.objects.filter(key__in=names, day__range=(first, last), act__in=["published", "rolled_back"])
    return [Happening(act.day, What(act.act), names[act.key], act.version) for act in acts]


def _cases(customer: Customer, first: dt.date, last: dt.date) -> list[Happening]:
    within = Q(opened_on__range=(first, last)) | Q(closed_on__range=(first, last))
    happenings = []
    for case in Case.objects.filter(within, customer=customer):
        kind = What.RISK_OPENED if case.kind == "risk" else What.CHANCE_OPENED
        if case.opened_on >= first:
            happenings.append(Happening(case.opened_on, kind, case.shown_title))
        if case.closed_on and case.closed_on <= last:
            happenings.append(Happening(case.closed_on, What.CASE_CLOSED, case.shown_title))
    return happenings


def _overrides(customer: Customer, first: dt.date, last: dt.date) -> list[Happening]:
    happenings = []
    for override in Override.objects.filter(customer=customer, from_day__lte=last, until_day__gte=first):
        if override.ended_on <= override.from_day:
            continue
        if override.from_day >= first:
            happenings.append(Happening(override.from_day, What.OVERRIDE_BEGUN, override.reason, override.value))
        if first <= override.ended_on <= last:
            happenings.append(Happening(override.ended_on, What.OVERRIDE_ENDED, count=override.value))
    return happenings
