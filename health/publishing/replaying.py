"""Replays of a scorecard version: the scores it would have given at the ends of past months.

Only what was known on each day counts. A day is replayed whole, in a transaction of its own, and stored with the
digest of the rules it was replayed under: the same rules skip it, a changed draft is replayed anew.
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
# The digest of rules is that of their query for this day.
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
    """Replay ``card`` for the past ``days`` not yet replayed under its present rules; returns the scores written.

    Each day is a transaction of its own: after an interruption the next run does the remaining days. A fixed number
    of statements a day, whatever the number of customers. A card without measures is not replayed.
    """
    rules = digest(card)
    if not rules:
        return 0
    done_days = set(card.replayed_days.filter(day__in=days, rules=rules).values_list("day", flat=True))
    return sum(_replay(card, day, rules) for day in sorted(set(days) - done_days))


def digest(card: Scorecard) -> str:
    """A digest of everything but the day that decides the card's scores; empty for a card without measures."""
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
        count = cursor.rowcount
        ReplayedDay.objects.update_or_create(scorecard=card, day=day, defaults={"rules": rules, "customers": count})
    return count


@dataclass(frozen=True)
class Progress:
    """The month-ends of a card's replays under its present rules: done, waiting and failed."""

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
    """The progress of the replays of ``card`` under its present rules."""
    rules = digest(card)
    done_days = list(card.replayed_days.filter(rules=rules).order_by("day").values_list("day", flat=True))
    outbox_rows = Outbox.objects.filter(kind=KIND, payload__scorecard=card.pk, payload__rules=rules)
    states = list(outbox_rows.exclude(state=State.DONE).values_list("state", flat=True))
    waiting = states.count(State.PENDING)
    return Progress(len(done_days), waiting, len(states) - waiting, done_days[0] if done_days else None)


@transaction.atomic
def begin(card: Scorecard, day: dt.date, months: int = MONTHS) -> int:
    """Queue replays of the newest ``months`` month-ends before ``day`` that lack one; returns how many it queued.

    None lies before the first contract. The next call goes on further back.
    """
    rules = digest(card)
    if not rules:
        return 0
    done_days = set(card.replayed_days.filter(rules=rules).values_list("day", flat=True))
    ends = [end for end in _all_month_ends(day)[::-1] if end not in done_days][:months]
    return sum(_ask(card, end, rules) for end in ends)


def _all_month_ends(day: dt.date) -> list[dt.date]:
    """Every month-end before ``day`` since the first contract began."""
    first = Contract.objects.ran().paid().aggregate(first=Min("starts_on"))["first"]
    if first is None:
        return []
    count = (day.year - first.year) * 12 + day.month - first.month
    return [end for end in month_ends(day, count) if end >= first]


def _ask(card: Scorecard, end: dt.date, rules: str) -> int:
    payload = {"scorecard": card.pk, "day": end.isoformat(), "rules": rules}
    # The same rules may come back after others: rows done for them earlier must not block a new one.
    done_count = Outbox.objects.filter(kind=KIND, payload=payload, state=State.DONE).count()
    return int(enqueue(KIND, payload, dedup_key=f"{KIND}:{card.pk}:{rules}:{end}:{done_count}"))


def one(payload: Mapping[str, Any]) -> int:
    """Replay the day of one outbox row; nothing when the card is gone or its rules have changed since."""
    card = Scorecard.objects.filter(pk=payload["scorecard"]).first()
    if card is None or digest(card) != payload["rules"]:
        return 0
    return replay(card, [dt.date.fromisoformat(payload["day"])])


def sweep(day: dt.date) -> int:
    """On the first days of a month, queue the past year's month-ends that cards in use lack; returns how many.

    A month-end on which the card was in use needs no replay: its scores are kept. Safe to repeat; the next month
    queues what a skipped month left out.
    """
    count = 0
    if day.day > FIRST_DAYS:
        return count
    for card in Scorecard.objects.filter(is_published=True).order_by("position", "pk"):
        since = history_of(card.purpose).rows.filter(scorecard=card).aggregate(first=Min("day"))["first"]
        rules = digest(card)
        done_days = set(card.replayed_days.filter(rules=rules).values_list("day", flat=True))
        ends = [
            end for end in _all_month_ends(day)[-MONTHS:] if end not in done_days and (since is None or end < since)
        ]
        count += sum(_ask(card, end, rules) for end in ends)
    return count
