"""Scores are computed into a temporary table; then only what changed is written."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from hashlib import md5
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from accounts.models import Organisation
from config import locks
from health.measures.custom import record_attributes
from health.measures.sources import Moment
from health.models import Purpose
from health.scorecards import Card, history_of, published
from health.scoring.formula import LIVE, Scope, purposes_of, score_query, wide_query
from health.scoring.purposes import ANSWER, PurposeColumns

# Chunks share the lock; scoring changed customers takes it exclusively.
LOCK: Final = "health.scoring"

HEALTH: Final = str(Purpose.HEALTH)
COLUMNS: Final = [name for name in ANSWER if name != "card"]

# Wide rows stay whole: to take their arrays out of line would cost more than the scores.
COMPUTE = """
    CREATE TEMP TABLE scored WITH (toast_tuple_target = 8160) ON COMMIT DROP AS
    SELECT n.*, {flags} FROM ({query} OFFSET 0) n {newest}
"""
# The id of the day's own row, if any, and whether the row before the day equals ``scored``: one look-up a customer, a
# second only where the day was written before. Later statements find the row by its id: the planner knows no row of a
# day just written, and would walk through ``scored`` for each.
NEWEST = """
    LEFT JOIN LATERAL (
        SELECT CASE WHEN newest.day = {day} THEN newest.id END AS written,
            CASE WHEN newest.day < {day} THEN newest.same ELSE (
                SELECT {same} FROM {table} s WHERE s.customer_id = n.id AND s.day < {day} {mine}
                ORDER BY s.day DESC LIMIT 1
            ) END AS unchanged
        FROM (
            SELECT s.id, s.day, {same} AS same FROM {table} s WHERE s.customer_id = n.id AND s.day <= {day} {mine}
            ORDER BY s.day DESC LIMIT 1
        ) newest
        WHERE n.card{n} IS NOT NULL
    ) newest{n} ON true
"""
SAME = """(s.scorecard_id, s.value, s.ceiling, s.band, s.coverage)
    IS NOT DISTINCT FROM (n.card{n}, n.value{n}, n.ceiling{n}, n.band{n}, n.coverage{n})
    AND s.points = n.points{n} AND s.weights = n.weights{n}"""
ADD = f"""
    INSERT INTO {{table}} (customer_id, day, scorecard_id, {{named}} {", ".join(COLUMNS)})
    SELECT n.id, {{day}}, n.card{{n}}, {{purpose}} {", ".join(f"n.{c}{{n}}" for c in COLUMNS)}
    FROM scored n WHERE n.card{{n}} IS NOT NULL AND n.written{{n}} IS NULL AND NOT n.unchanged{{n}}
"""
WRITE_AGAIN = f"""
    MERGE INTO {{table}} s USING (SELECT * FROM scored WHERE written{{n}} IS NOT NULL) n ON s.id = n.written{{n}}
    WHEN MATCHED AND n.unchanged{{n}} THEN DELETE
    WHEN MATCHED AND (s.scorecard_id, {", ".join(f"s.{c}" for c in COLUMNS)})
         IS DISTINCT FROM (n.card{{n}}, {", ".join(f"n.{c}{{n}}" for c in COLUMNS)})
    THEN UPDATE SET scorecard_id = n.card{{n}}, {", ".join(f"{c} = n.{c}{{n}}" for c in COLUMNS)}
"""


def words_of(purpose: PurposeColumns, day: str) -> dict[str, Any]:
    """The values of NEWEST, ADD and WRITE_AGAIN for ``purpose``: its table, and the condition for its rows there."""
    history = history_of(purpose.purpose)
    return {
        "table": history.table,
        "n": purpose.number,
        "same": SAME.format(n=purpose.number),
        "day": day,
        "mine": f"AND {history.where('s')}",
        "named": "".join(f"{column}, " for column in history.own),
        "purpose": "".join(f"'{value}', " for value in history.own.values()),
    }


COPY_TO_CUSTOMER = """
    UPDATE accounts_customer c SET score = n.value{n}, band = n.band{n}, scored_at = now(),
        band_since = CASE WHEN c.band = n.band{n} THEN coalesce(c.band_since, {day})
                          WHEN n.band{n} <> '' THEN {day} END
    FROM scored n
    WHERE c.id = n.id AND {within} AND n.card{n} IS NOT NULL AND (c.score, c.band) IS DISTINCT FROM (n.value{n}, n.band{n})
"""
CLEAR = f"""
    UPDATE accounts_customer c SET score = NULL, band = '', band_since = NULL, scored_at = NULL
    WHERE {{condition}} AND c.band <> '' AND (NOT ({LIVE}) OR {{unscored}})
"""
UNSCORED = "NOT EXISTS (SELECT FROM scored n WHERE n.id = c.id AND n.card{n} IS NOT NULL)"


def write(scope: Scope, day: dt.date, cards: Sequence[Card] | None = None) -> int:
    """Score ``scope`` as of ``day``; returns how many customers have a score row computed. One transaction.

    The row of ``day`` is overwritten; a result equal to the row before it leaves none. Unless the scope is past, the
    customers' current columns follow their health, and the attributes that custom measures count are stored with the
    day. Each other purpose has its own history and costs one statement more, two where the day is written again;
    without such a scorecard, none.
    """
    cards = published() if cards is None else cards
    moment = Moment(day, organisation_zone())
    with transaction.atomic(), connection.cursor() as cursor:
        scored, unscored = 0, "false"
        if not scope.past:
            record_attributes(day, f"{scope.condition('c.id')} AND {LIVE}")
        if cards:
            today, purposes = moment.words()["day"], purposes_of(cards)
            scored, rewritten = _computed(cursor, wide_query(cards, moment, scope), purposes, today)
            for purpose in purposes:
                cursor.execute(ADD.format(**words_of(purpose, today)))
                if purpose.number in rewritten:
                    cursor.execute(WRITE_AGAIN.format(**words_of(purpose, today)))
                if purpose.purpose == HEALTH and not scope.past:
                    copy = COPY_TO_CUSTOMER.format(day=today, n=purpose.number, within=_within(scope, "c.id"))
                    cursor.execute(copy)
                    unscored = UNSCORED.format(n=purpose.number)
        if not scope.past:
            cursor.execute(CLEAR.format(condition=scope.condition("c.id"), unscored=unscored))
        if cards:
            cursor.execute("DROP TABLE scored")
    return scored


def _within(scope: Scope, customer: str) -> str:
    """The condition that a customer is in the range, so that an update scans only that; few ids are looked up."""
    return "true" if scope.first is None else scope.condition(customer)


def _computed(cursor: CursorWrapper, query: str, purposes: Sequence[PurposeColumns], day: str) -> tuple[int, set[int]]:
    """Fill the table ``scored``, with two flags a purpose: the day has a row, and the row before it is equal.

    Returns how many customers it has, and the numbers of the purposes of which some have a row of the day.
    """
    flags = ", ".join(
        f"newest{n}.written AS written{n}, coalesce(newest{n}.unchanged, false) AS unchanged{n}"
        for n in (purpose.number for purpose in purposes)
    )
    newest = "".join(NEWEST.format(**words_of(purpose, day)) for purpose in purposes)
    cursor.execute(COMPUTE.format(query=query, flags=flags, newest=newest))
    scored = cursor.rowcount
    cursor.execute("ANALYZE scored (id)")
    cursor.execute(f"SELECT {', '.join(f'count(written{purpose.number})' for purpose in purposes)} FROM scored")
    return scored, {purpose.number for purpose, rows in zip(purposes, cursor.fetchone(), strict=True) if rows}


def digest(cards: Sequence[Card], day: dt.date) -> str:
    """A digest of the whole formula as of ``day``: scorecards, measures and time zone. It changes when the rules do."""
    query = score_query(cards, Moment(day, organisation_zone()), Scope(first=0, last=0)) if cards else ""
    return md5(query.encode(), usedforsecurity=False).hexdigest()


def share_lock() -> None:
    """Share the lock to the end of the transaction; waits while changed customers are scored."""
    locks.share(LOCK)


def try_lock() -> bool:
    """Take the lock exclusively to the end of the transaction; False when another transaction has it."""
    return locks.try_lock(LOCK)


def organisation_zone() -> ZoneInfo:
    """The zone in which days are counted; UTC before there is an organisation."""
    return ZoneInfo(Organisation.objects.values_list("time_zone", flat=True).first() or "UTC")
