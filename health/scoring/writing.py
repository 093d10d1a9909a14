"""Scores are computed into a temporary table; then only what changed is written."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import md5
from typing import Final
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from accounts.models import Organisation
from health.measures.own import record_attributes
from health.models import Purpose
from health.scoring.cards import Card, published
from health.scoring.formula import LIVE, Scope, purposes, score_query
from health.scoring.sources import Moment

# A chunk shares the lock with other chunks; whoever scores changed customers takes it alone.
LOCK: Final = 7_202

HEALTH: Final = str(Purpose.HEALTH)

COMPUTE = """
    CREATE TEMP TABLE scored ON COMMIT DROP AS
    SELECT n.*, {unchanged} AS unchanged FROM ({query} OFFSET 0) n {befores}
"""
# The row before the day's, when it says the same; each history is asked for the rows that go into it.
BEFORE = """
    LEFT JOIN LATERAL (
        SELECT true AS found FROM (
            SELECT * FROM {table} s WHERE s.customer_id = n.id AND s.day < {day} {mine}
            ORDER BY s.day DESC LIMIT 1
        ) s
        WHERE (s.scorecard_id, s.value, s.ceiling, s.band, s.coverage)
              IS NOT DISTINCT FROM (n.card, n.value, n.ceiling, n.band, n.coverage)
          AND s.points = n.points AND s.weights = n.weights
    ) {table} ON true
"""
COLUMNS = "value, raw, band, coverage, oldest_input_on, ceiling, points, weights, amounts, inputs_on"
KEEP = f"""
    MERGE INTO {{table}} s USING (SELECT * FROM scored WHERE {{rows}}) n
    ON s.customer_id = n.id AND s.day = {{day}} {{same}}
    WHEN MATCHED AND n.unchanged THEN DELETE
    WHEN MATCHED AND (s.scorecard_id, {", ".join(f"s.{c}" for c in COLUMNS.split(", "))})
         IS DISTINCT FROM (n.card, {", ".join(f"n.{c}" for c in COLUMNS.split(", "))})
    THEN UPDATE SET scorecard_id = n.card, {", ".join(f"{c} = n.{c}" for c in COLUMNS.split(", "))}
    WHEN NOT MATCHED AND NOT n.unchanged
    THEN INSERT (customer_id, day, scorecard_id, {{named}} {COLUMNS})
         VALUES (n.id, {{day}}, n.card, {{value}} {", ".join(f"n.{c}" for c in COLUMNS.split(", "))})
"""


@dataclass(frozen=True)
class History:
    """A table of score rows, and how the purpose tells them apart there."""

    table: str
    rows: str
    mine: str
    same: str = ""
    named: str = ""
    value: str = ""

    def before(self, day: str) -> str:
        return BEFORE.format(table=self.table, mine=self.mine, day=day)

    def keep(self, day: str) -> str:
        words = {"rows": self.rows, "same": self.same, "named": self.named, "value": self.value}
        return KEEP.format(table=self.table, day=day, **words)


OF_HEALTH: Final = History("health_score", f"purpose = '{HEALTH}'", f"AND n.purpose = '{HEALTH}'")
OF_OTHERS: Final = History(
    "health_namedscore",
    f"purpose <> '{HEALTH}'",
    f"AND n.purpose <> '{HEALTH}' AND s.purpose = n.purpose",
    "AND s.purpose = n.purpose",
    "purpose,",
    "n.purpose,",
)
COPY_TO_CUSTOMER = """
    UPDATE accounts_customer c SET score = n.value, band = n.band, scored_at = now(),
        band_since = CASE WHEN c.band = n.band THEN coalesce(c.band_since, {day})
                          WHEN n.band <> '' THEN {day} END
    FROM scored n
    WHERE c.id = n.id AND n.purpose = '{health}' AND (c.score, c.band) IS DISTINCT FROM (n.value, n.band)
"""
CLEAR = f"""
    UPDATE accounts_customer c SET score = NULL, band = '', band_since = NULL, scored_at = NULL
    WHERE {{condition}} AND c.band <> '' AND NOT ({LIVE})
"""


def write(scope: Scope, day: dt.date, cards: Sequence[Card] | None = None) -> int:
    """Score ``scope`` as of ``day``; how many customers have a score row computed. One transaction.

    The row of ``day`` is overwritten; a result equal to the row before it leaves none. The customers' current
    columns follow their health and the attributes that own measures count are kept dated, unless the scope asks for the past. Scores of other purposes have their own history
    and cost one statement more; without such a scorecard, none.
    """
    cards = published() if cards is None else cards
    moment = Moment(day, organisation_zone())
    with transaction.atomic(), connection.cursor() as cursor:
        scored = 0
        if not scope.past:
            record_attributes(day, f"{scope.condition('c.id')} AND {LIVE}")
        if cards:
            scored = _kept(cursor, score_query(cards, moment, scope), histories(cards), moment.words()["day"])
            if not scope.past:
                cursor.execute(COPY_TO_CUSTOMER.format(day=moment.words()["day"], health=HEALTH))
            cursor.execute("DROP TABLE scored")
        if not scope.past:
            cursor.execute(CLEAR.format(condition=scope.condition("c.id")))
    return scored


def histories(cards: Sequence[Card]) -> list[History]:
    """The tables that the cards' scores go into."""
    found = set(purposes(cards))
    return [*([OF_HEALTH] if HEALTH in found else []), *([OF_OTHERS] if found - {HEALTH} else [])]


def _kept(cursor: CursorWrapper, query: str, into: Sequence[History], day: str) -> int:
    """Compute into the table ``scored`` and write what changed; how many customers it holds."""
    unchanged = f"coalesce({', '.join(f'{history.table}.found' for history in into)}, false)"
    befores = "".join(history.before(day) for history in into)
    cursor.execute(COMPUTE.format(query=query, unchanged=unchanged, befores=befores))
    scored: int = cursor.rowcount
    cursor.execute("ANALYZE scored (id, purpose)")
    for history in into:
        cursor.execute(history.keep(day))
    if into != [OF_HEALTH]:
        cursor.execute("SELECT count(DISTINCT id) FROM scored")
        scored = cursor.fetchall()[0][0]
    return scored


def digest(cards: Sequence[Card], day: dt.date) -> str:
    """Of the whole formula as of ``day``: scorecards, measures and time zone. Another one means other rules."""
    query = score_query(cards, Moment(day, organisation_zone()), Scope(first=0, last=0)) if cards else ""
    return md5(query.encode(), usedforsecurity=False).hexdigest()


def share_lock() -> None:
    """Wait until nobody scores changed customers; held to the end of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock_shared(%s)", [LOCK])


def try_lock() -> bool:
    """Take scoring alone, to the end of the transaction; False when somebody else is at it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        row = cursor.fetchone()
        return bool(row and row[0])


def organisation_zone() -> ZoneInfo:
    """The zone in which days are counted; UTC before there is an organisation."""
    return ZoneInfo(Organisation.objects.values_list("time_zone", flat=True).first() or "UTC")
