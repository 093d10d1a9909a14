"""Scores of customers as of a day, in a fixed number of statements whatever their number."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Final

from django.db import connection, transaction

from accounts import statistics
from config.setaside import register
from config.setaside.models import Kind
from health.measures import SHIPPED, catalogue
from health.measures.ceilings import RULES
from health.scorecards import Card, published
from health.scoring import writing
from health.scoring.drafts import LAST_ID, scored_as, scored_with
from health.scoring.formula import Scope

# Every chunk reads some sources whole: larger chunks read them less often.
CHUNK: Final = 25_000
STEP: Final = "scores"
# Above this share of all customers the full form is quicker than looking each one up.
LOOK_UP_BELOW: Final = 0.3

RANGES = """
    WITH ranges AS (
        SELECT min(id) AS first, max(id) AS last
        FROM (SELECT id, (row_number() OVER (ORDER BY id) - 1) / %(size)s AS chunk FROM accounts_customer) numbered
        GROUP BY chunk
    )
    SELECT r.first, r.last FROM ranges r
    LEFT JOIN health_scoredrange s ON s.first_id = r.first AND s.last_id = r.last AND s.day = %(day)s
        AND s.rules = %(rules)s
    WHERE s.id IS NULL OR EXISTS (
        SELECT FROM accounts_change m WHERE m.reader = 'scores' AND m.customer_id BETWEEN r.first AND r.last
    )
    ORDER BY r.first
"""
DONE = """
    INSERT INTO health_scoredrange (first_id, last_id, day, rules) VALUES (%(first)s, %(last)s, %(day)s, %(rules)s)
    ON CONFLICT (first_id, last_id) DO UPDATE SET day = excluded.day, rules = excluded.rules
"""
UNMARK = "DELETE FROM accounts_change WHERE reader = 'scores' AND customer_id BETWEEN %s AND %s"


def chunks(day: dt.date) -> list[tuple[int, int]]:
    """Ranges of customer ids, first and last included, of up to ``CHUNK`` customers each, to be scored for ``day``.

    Excludes ranges that were scored for the day under today's rules and have no customer marked as changed since.
    A fixed number of statements.
    """
    cards = published()
    note_unknown(cards)
    rules = writing.digest(cards, day)
    with connection.cursor() as cursor:
        cursor.execute(RANGES, {"size": CHUNK, "day": day, "rules": rules})
        return [(first, last) for first, last in cursor.fetchall()]


def note_unknown(cards: Sequence[Card]) -> None:
    """Report each scorecard with measures or ceilings unknown to this release, which do not count; release the others.

    One statement, one more for each reported scorecard, one more where a card counts a custom measure.
    """
    measures = {line.measure for card in cards for line in card.content.lines}
    known_keys = SHIPPED.keys() if measures <= SHIPPED.keys() else catalogue().keys()
    complete = []
    for card in cards:
        unknown = [line.measure for line in card.content.lines if line.measure not in known_keys]
        unknown += [cap.condition for cap in card.content.ceilings if cap.condition not in RULES]
        if unknown:
            reason = f"Unknown to this release, left out: {', '.join(unknown)}"
            register.record(STEP, Kind.SCORECARD, card.pk, card.content.name, reason)
        else:
            complete.append(card.pk)
    register.release(Kind.SCORECARD, complete, STEP)


def score_range(first_id: int, last_id: int, day: dt.date) -> int:
    """Score every current customer from ``first_id`` to ``last_id`` as of ``day``; returns how many it scored.

    History gets a row only where something changed since the row before; the customers' own score and
    band follow; a customer that is no longer current keeps its history and loses its current score. Marks of
    changed customers in the range are deleted. Scorecards of other purposes are scored in the same statement into
    histories of their own. Drafts score nobody. Safe to run again and beside other ranges.
    """
    cards = published()
    with transaction.atomic(), connection.cursor() as cursor:
        writing.share_lock()
        # Other ranges run beside this one: parallel workers of its own would only take their processors.
        cursor.execute("SET LOCAL max_parallel_workers_per_gather = 0")
        cursor.execute(UNMARK, [first_id, last_id])
        scored = writing.write(Scope(first=first_id, last=last_id), day, cards)
        rules = writing.digest(cards, day)
        cursor.execute(DONE, {"first": first_id, "last": last_id, "day": day, "rules": rules})
    return scored


def score_customers(ids: Sequence[int], day: dt.date) -> int | None:
    """The same for a few customers, each looked up through an index; None when scoring is busy elsewhere.

    The formula and so the rows are those of ``score_range``. For up to about a third of all customers.
    """
    with transaction.atomic():
        if not writing.try_lock():
            return None
        return writing.write(Scope(ids=sorted(set(ids))), day)


def score_history(days: Sequence[dt.date]) -> int:
    """Write history as of each past day, oldest first; returns how many rows it computed. Current scores stay.

    Usage, tickets, surveys, touchpoints, contracts, contacts, stage and segment are read as they were on
    the day; customers with a paid contract running then are scored, with the scorecards in use today.
    """
    cards = published()
    scored = 0
    for day in sorted(days):
        with transaction.atomic():
            writing.share_lock()
            scored += writing.write(Scope(first=1, last=LAST_ID, past=True), day, cards)
            statistics.refresh_written()
    return scored


__all__ = [
    "CHUNK",
    "LAST_ID",
    "LOOK_UP_BELOW",
    "Scope",
    "chunks",
    "score_customers",
    "score_history",
    "score_range",
    "scored_as",
    "scored_with",
]
