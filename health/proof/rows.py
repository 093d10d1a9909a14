"""Closed renewals with their score of so many days before, from what was known on that day only.

The score is the one really shown then, where this version was in use on the day; else the version's replay of the
newest month-end on or before the day, at most 31 days older; else there is none.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Final, NamedTuple

from django.db import connection

from health.models import Scorecard
from health.scorecards import history_of

HORIZONS: Final = (30, 60, 90, 180)
OLDEST_REPLAY: Final = 31
GREW: Final = "1.10"
FOLDS: Final = 5
# The money of a renewal is known: its ARR and, unless it was lost, the ARR it renewed with.
TOLD: Final = "(arr IS NOT NULL AND (NOT kept OR closed_arr IS NOT NULL))"
# A warning counts if it came in the year before the end; an earlier case was about something else.
WARNED_WITHIN: Final = 365
RISK: Final = "risk"


@dataclass(frozen=True)
class Terms:
    """A query, from the edge, with a row a closed renewal: renewal_id, customer_id, due_on, closed_on, kept, arr,
    closed_arr, asked_on (``days`` before due_on), ended_on (when it really ended), segment_id (as of asked_on).
    arr and closed_arr are NULL where they are unknown.
    """

    sql: str
    parameters: tuple[Any, ...]
    day: dt.date
    days: int


class Row(NamedTuple):
    """One renewal with its as-of score; ``source`` is ``shown``, ``replayed`` or empty (no score)."""

    renewal_id: int
    customer_id: int
    due_on: dt.date
    closed_on: dt.date
    ended_on: dt.date
    asked_on: dt.date
    kept: bool
    arr: Decimal | None
    closed_arr: Decimal | None
    segment_id: int | None
    score: int | None
    band: str
    score_on: dt.date | None
    source: str


class Tallied(NamedTuple):
    """How many renewals share score, band, outcome, fold of customers and segment; ``squares`` sums arr²,
    ``untold`` are in no sum of money (their ARR, before or after, is unknown), and ``recent`` counts those due in the
    year before the day of the proof.
    """

    score: int | None
    band: str
    kept: bool
    grew: bool
    fold: int
    segment_id: int | None
    source: str
    n: int
    recent: int
    untold: int
    arr: Decimal
    kept_arr: Decimal
    squares: float
    first_on: dt.date
    last_on: dt.date


def scored(card: Scorecard, terms: Terms, points: str = "") -> tuple[str, list[Any]]:
    """SQL of ``terms`` with value, band, score_on and source, and the ``points`` where asked for.

    Rows come in the order of ``terms``, so that a list that is cut short looks up no more than it shows.
    """
    history = history_of(card.purpose)
    table, mine = history.table, history.where("h")
    columns = "value, band, day" + (", points" if points else "")
    sql = f"""
        SELECT t.*, coalesce(s.value, p.value)::int AS value, coalesce(s.band, p.band, '') AS band,
            coalesce(s.day, p.day) AS score_on{", coalesce(s.points, p.points) AS points" if points else ""},
            CASE WHEN s.day IS NOT NULL THEN 'shown' WHEN p.day IS NOT NULL THEN 'replayed' ELSE '' END AS source
        FROM ({terms.sql}) t
        LEFT JOIN LATERAL (
            SELECT {columns} FROM (
                SELECT {columns}, h.scorecard_id FROM {table} h
                WHERE h.customer_id = t.customer_id AND h.day <= t.asked_on AND {mine}
                ORDER BY h.day DESC LIMIT 1
            ) h WHERE h.scorecard_id = %s AND h.value IS NOT NULL
        ) s ON true
        LEFT JOIN LATERAL (
            SELECT {columns} FROM health_replay p
            WHERE s.day IS NULL AND p.scorecard_id = %s AND p.customer_id = t.customer_id AND p.value IS NOT NULL
              AND p.day <= t.asked_on AND p.day >= t.asked_on - {OLDEST_REPLAY}
            ORDER BY p.day DESC LIMIT 1
        ) p ON true
    """
    return sql, [*terms.parameters, card.pk, card.pk]


def tally(card: Scorecard, terms: Terms, *, split: bool = False) -> list[Tallied]:
    """All renewals as a histogram, some thousands of rows whatever their number. One statement.

    ``split`` by segment costs a look-up a renewal more; without it no segment is named.
    """
    sql, params = scored(card, terms)
    query = f"""
        SELECT value, band, kept, coalesce(kept AND closed_arr > arr * {GREW}, false) AS grew, mod(customer_id, {FOLDS}) AS fold,
            {"segment_id" if split else "NULL::bigint"}, source, count(*), count(*) FILTER (WHERE due_on > %s),
            count(*) FILTER (WHERE NOT {TOLD}), coalesce(sum(arr) FILTER (WHERE {TOLD}), 0),
            coalesce(sum(least(closed_arr, arr)) FILTER (WHERE kept AND {TOLD}), 0),
            coalesce(sum(power(arr::float8, 2)) FILTER (WHERE {TOLD}), 0), min(due_on), max(due_on)
        FROM ({sql}) rows GROUP BY 1, 2, 3, 4, 5, 6, 7
    """
    with connection.cursor() as cursor:
        cursor.execute(query, [terms.day - dt.timedelta(days=365), *params])
        return [Tallied(*row) for row in cursor.fetchall()]


COLUMNS: Final = (
    "renewal_id, customer_id, due_on, closed_on, ended_on, asked_on, kept, arr, closed_arr, segment_id, value, band, "
    "score_on, source"
)
# A condition on the renewal itself, and one on its score.
CONDITIONS: Final = {
    "missed": ("NOT kept", "band = 'green'"),
    "alarms": ("kept", "band = 'red'"),
    "churned": ("NOT kept", "true"),
    "all": ("true", "true"),
}


def listed(
    card: Scorecard,
    terms: Terms,
    selection: str = "all",
    *,
    segment: int | None = None,
    after: tuple[dt.date, int] | None = None,
    size: int | None = None,
) -> Iterator[Row]:
    """The renewals themselves, newest end first; ``after`` is the (due_on, renewal_id) to go on from. One statement."""
    condition, score_condition = CONDITIONS[selection]
    conditions: list[str] = [condition]
    values: list[Any] = []
    if segment is not None:
        conditions.append("segment_id = %s")
        values.append(segment)
    if after is not None:
        conditions.append("(due_on, renewal_id) < (%s, %s)")
        values += list(after)
    inner = f"SELECT * FROM ({terms.sql}) t WHERE {' AND '.join(conditions)} ORDER BY due_on DESC, renewal_id DESC"
    sql, params = scored(card, replace(terms, sql=inner, parameters=(*terms.parameters, *values)))
    limit = "" if size is None else f"LIMIT {int(size)}"
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {COLUMNS} FROM ({sql}) rows WHERE {score_condition} ORDER BY due_on DESC, renewal_id DESC {limit}",
            params,
        )
        while rows := cursor.fetchmany(2_000):
            yield from (Row(*row) for row in rows)


class Warnings(NamedTuple):
    """Of the churned renewals: how many, how many were warned of, the median days from the first warning to the end,
    and the ARR lost but for ``untold`` of them. ``health.cases.precision.surprises`` counts those that were a surprise.
    """

    churned: int
    warned: int
    lead: float | None
    lost: Decimal
    untold: int


def warnings(card: Scorecard, terms: Terms, segment: int | None = None) -> Warnings:
    """How early a red score or a risk case in the year before the end warned of the churned renewals.

    ``churned``, ``warned`` and ``lead`` cover those with a score on the day asked, the ARR all. One statement.
    """
    history = history_of(card.purpose)
    table, mine = history.table, history.where("h")
    where = "NOT kept" if segment is None else "NOT kept AND segment_id = %s"
    values = () if segment is None else (segment,)
    lost_terms = replace(
        terms, sql=f"SELECT * FROM ({terms.sql}) t WHERE {where}", parameters=(*terms.parameters, *values)
    )
    sql, params = scored(card, lost_terms)
    query = f"""
        SELECT count(value), count(value) FILTER (WHERE warned_on IS NOT NULL),
            percentile_cont(0.5) WITHIN GROUP (ORDER BY ended_on - warned_on) FILTER (WHERE value IS NOT NULL),
            coalesce(sum(arr), 0), count(*) FILTER (WHERE arr IS NULL)
        FROM (
            SELECT t.arr, t.ended_on, t.value, least(shown.first_on, replayed.first_on, cases.first_on) AS warned_on
            FROM ({sql}) t
            CROSS JOIN LATERAL (
                SELECT min(h.day) AS first_on FROM {table} h WHERE h.customer_id = t.customer_id AND h.scorecard_id = %s
                  AND h.band = 'red' AND h.day > t.ended_on - {WARNED_WITHIN} AND h.day < t.ended_on AND {mine}
            ) shown
            CROSS JOIN LATERAL (
                SELECT min(p.day) AS first_on FROM health_replay p WHERE p.scorecard_id = %s
                  AND p.customer_id = t.customer_id AND p.band = 'red'
                  AND p.day > t.ended_on - {WARNED_WITHIN} AND p.day < t.ended_on
            ) replayed
            CROSS JOIN LATERAL (
                SELECT min(k.opened_on) AS first_on FROM health_case k WHERE k.customer_id = t.customer_id
                  AND k.kind = '{RISK}' AND k.opened_on > t.ended_on - {WARNED_WITHIN} AND k.opened_on < t.ended_on
            ) cases
        ) seen
    """
    with connection.cursor() as cursor:
        cursor.execute(query, [*params, card.pk, card.pk])
        row = cursor.fetchone()
    return Warnings(row[0], row[1], None if row[2] is None else float(row[2]), *row[3:])
