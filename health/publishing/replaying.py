"""A scorecard version asked about the past: what it would have said at the ends of past months.

Only what was known on each day counts. A day is replayed whole, in a transaction of its own, and remembered with
the digest of the rules it was replayed under: the same rules skip it, a changed draft is replayed anew.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import md5
from typing import Any, Final

from django.db import connection, transaction
from django.db.models import Min

from accounts.models import Contract
from config import locks
from config.outbox.models import Outbox, State
from config.outbox.queueing import enqueue
from health.models import ReplayedDay, Scorecard
from health.scorecards import history_of
from health.scorecards.cards import stored_card
from health.scoring.drafts import scored_as
from health.scoring.formula import Scope

KIND: Final = "health.replay"
MONTHS: Final = 12
FIRST_DAYS: Final = 3
# Rules are told apart by their query for one day, always the same.
SOME_DAY: Final = dt.date(2000, 1, 1)

CLEAR: Final = "DELETE FROM health_replay WHERE scorecard_id = %s AND day = %s"
WRITE: Final = """
    INSERT INTO health_replay (scorecard_id, customer_id, day, value, band, coverage, points)
    SELECT n.card, n.id, DATE '{day}', n.value, n.band, n.coverage, n.points
    FROM ({query} OFFSET 0) n
"""


def month_ends(before: dt.date, count: int = MONTHS) -> list[dt.date]:
    """The last days of the ``count`` months that were over by ``before``, oldest first."""
    ends: list[dt.date] = []
    end = before
    while len(ends) < count:
        end = end.replace(day=1) - dt.timedelta(days=1)
        ends.append(end)
    return ends[::-1]


def replay(card: Scorecard, days: Sequence[dt.date]) -> int:
    """Replay ``card`` for each of the past ``days`` that it has not been under its present rules; how many customers.

    Each day is a transaction of its own: broken off, the next run goes on with the days that are left. A fixed
    number of statements a day, whatever the number of customers. A card without measures says nothing.
    """
    rules = digest(card)
    if not rules:
        return 0
    done = set(card.replayed_days.filter(day__in=days, rules=rules).values_list("day", flat=True))
    return sum(_replay(card, day, rules) for day in sorted(set(days) - done))


def digest(card: Scorecard) -> str:
    """Of everything that decides what the card says of a customer, but the day; empty for one without measures."""
    rules = stored_card(card.pk)
    if not rules.content.lines:
        return ""
    query = scored_as(rules, SOME_DAY, scope=Scope(first=0, last=0, past=True))
    return md5(query.encode(), usedforsecurity=False).hexdigest()


def _replay(card: Scorecard, day: dt.date, rules: str) -> int:
    with transaction.atomic(), connection.cursor() as cursor:
        locks.lock(f"health.publishing.replaying:{card.pk}")
        if card.replayed_days.filter(day=day, rules=rules).exists():
            return 0
        cursor.execute(CLEAR, [card.pk, day])
        cursor.execute(WRITE.format(query=scored_as(stored_card(card.pk), day, past=True), day=day))
        written = cursor.rowcount
        ReplayedDay.objects.update_or_create(scorecard=card, day=day, defaults={"rules": rules, "customers": written})
    return written


@dataclass(frozen=True)
class Progress:
    """How far a card's replays are: month-ends done under its present rules, on their way, and given up."""

    done: int
    waiting: int
    failed: int
    first_on: dt.date | None

    @property
    def total(self) -> int:
        return self.done + self.waiting + self.failed

    @property
    def share(self) -> float:
        return self.done / self.total if self.total else 0.0


def progress(card: Scorecard) -> Progress:
    """How far the replays of ``card`` are, under its present rules."""
    rules = digest(card)
    done = list(card.replayed_days.filter(rules=rules).order_by("day").values_list("day", flat=True))
    asked = Outbox.objects.filter(kind=KIND, payload__scorecard=card.pk, payload__rules=rules)
    states = list(asked.exclude(state=State.DONE).values_list("state", flat=True))
    waiting = states.count(State.PENDING)
    return Progress(len(done), waiting, len(states) - waiting, done[0] if done else None)


@transaction.atomic
def begin(card: Scorecard, day: dt.date, months: int = MONTHS) -> int:
    """Have the newest ``months`` month-ends before ``day`` that are not yet replayed done in the background.

    None lies before the first contract. Asked again, it goes on further back; returns how many were asked for.
    """
    rules = digest(card)
    if not rules:
        return 0
    done = set(card.replayed_days.filter(rules=rules).values_list("day", flat=True))
    wanted = [end for end in _all_month_ends(day)[::-1] if end not in done][:months]
    return sum(_ask(card, end, rules) for end in wanted)


def _all_month_ends(day: dt.date) -> list[dt.date]:
    """Every month-end before ``day`` since the first contract began."""
    first = Contract.objects.paid().aggregate(first=Min("starts_on"))["first"]
    if first is None:
        return []
    count = (day.year - first.year) * 12 + day.month - first.month
    return [end for end in month_ends(day, count) if end >= first]


def _ask(card: Scorecard, end: dt.date, rules: str) -> int:
    payload = {"scorecard": card.pk, "day": end.isoformat(), "rules": rules}
    # The same rules may come back after others: what was asked for them before and is done does not count.
    before = Outbox.objects.filter(kind=KIND, payload=payload, state=State.DONE).count()
    return int(enqueue(KIND, payload, dedup_key=f"{KIND}:{card.pk}:{rules}:{end}:{before}"))


def one(payload: Mapping[str, Any]) -> int:
    """Do what a row of the outbox asks for; nothing where the card is gone or its rules have changed since."""
    card = Scorecard.objects.filter(pk=payload["scorecard"]).first()
    if card is None or digest(card) != payload["rules"]:
        return 0
    return replay(card, [dt.date.fromisoformat(payload["day"])])


def sweep(day: dt.date) -> int:
    """On the first days of a month: have the past year's month-ends done that a card in use lacks; how many.

    A month-end at which the card was in use needs no replay: what was shown then is kept. Safe to repeat; what a
    month off left undone the next one takes up.
    """
    asked = 0
    if day.day > FIRST_DAYS:
        return asked
    for card in Scorecard.objects.filter(is_published=True).order_by("position", "pk"):
        since = history_of(card.purpose).rows.filter(scorecard=card).aggregate(first=Min("day"))["first"]
        rules = digest(card)
        done = set(card.replayed_days.filter(rules=rules).values_list("day", flat=True))
        ends = [end for end in _all_month_ends(day)[-MONTHS:] if end not in done and (since is None or end < since)]
        asked += sum(_ask(card, end, rules) for end in ends)
    return asked
