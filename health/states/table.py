"""The table ``standing`` that all states evaluated together read.

It has a row a current customer: ``id, status, stage, first_contract_on, next_renewal_on, leaves_on``, its newest score
of the day (``card, score_day, value, band, points``) and a column for each measure read, computed from the record, so
that the inputs are read once however many rules and playbooks use them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any, Final

from django.db import connection

from health.measures import reading, resolved
from health.measures.sources import Moment
from health.scoring import LAST_ID
from health.scoring.formula import LIVE, Scope
from health.scoring.writing import organisation_zone
from health.states.state import Measured

STANDING: Final = """
    SELECT c.id, c.status, c.stage, c.first_contract_on, c.next_renewal_on, c.leaves_on,
           s.scorecard_id AS card, s.day AS score_day, s.value, s.band, s.points {measured}
    FROM accounts_customer c
    LEFT JOIN LATERAL (
        SELECT s.scorecard_id, s.day, s.value, s.band, s.points FROM health_score s
        WHERE s.customer_id = c.id AND s.day <= {day} ORDER BY s.day DESC LIMIT 1) s ON true
    {joins}
    WHERE {scope} AND {live}
"""


def build(day: dt.date, reads: Iterable[Measured], only: Sequence[int] | None) -> dict[Measured, str]:
    """Create the table for ``day``, for all customers or the ids ``only``; returns the column of each read.

    It lasts for the transaction; two statements. ``drop`` it before another is created.
    """
    sql, columns = select(day, reads, only)
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMP TABLE standing ON COMMIT DROP AS {sql}")
        cursor.execute("ANALYZE standing (id)")
    return columns


def select(day: dt.date, reads: Iterable[Measured], only: Sequence[int] | None) -> tuple[str, dict[Measured, str]]:
    """The rows of the table as a query of their own, for everybody or the ids ``only``; the column of each read."""
    scope = Scope(first=1, last=LAST_ID) if only is None else Scope(ids=only)
    columns = {read: f"m{number}" for number, read in enumerate(dict.fromkeys(reads))}
    joins = []
    for back, group in groupby(sorted(columns, key=lambda read: read.back), key=lambda read: read.back):
        moment = Moment(day - dt.timedelta(days=back), organisation_zone(), is_over=back > 0)
        measured = _measured({columns[read]: read for read in group}, moment, scope)
        joins.append(f"LEFT JOIN ({measured}) q{back} ON q{back}.id = c.id")
    sql = STANDING.format(
        measured="".join(f", q{read.back}.{column}" for read, column in columns.items()),
        day=f"DATE '{day}'",
        joins="\n".join(joins),
        scope=scope.condition("c.id"),
        live=LIVE,
    )
    return sql, columns


def drop() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE standing")


def moment_of(day: dt.date, ids: Sequence[int] | None) -> dict[str, Any]:
    """The parameters of every state's query: the day, its end, the zone, the customers ``only``. One statement."""
    zone = organisation_zone()
    end = dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), zone)
    return {"day": day, "now": end, "zone": zone.key, "only": ids}


def _measured(reads: dict[str, Measured], moment: Moment, scope: Scope) -> str:
    """SQL with a row a customer in ``scope``: id and the amount of each measure under its name."""
    measures = resolved(read.measure for read in reads.values())
    picks = [
        reading.amount(name, measures[read.measure], read.window or measures[read.measure].window)
        for name, read in reads.items()
    ]
    who = f"SELECT c.id FROM accounts_customer c WHERE {scope.condition('c.id')} AND {LIVE}"
    return reading.query(who, "id", picks, moment, first=scope.first, last=scope.last)
