"""The changes a draft would make if it were published now: a scoring of today that writes nothing.

"Before" are the current scores; "after" is what the formula computes from today's record with the draft in the place
of the version in use. The preview counts the current customers that the draft would score or that the version in use
scores, so that one who moves to another scorecard, or to none, shows too.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from typing import Any, Final

from django.db import connection
from django.db.models import QuerySet

from accounts.models import Customer
from health.models import Scorecard
from health.scorecards import Card, Content, history_of
from health.scorecards.cards import stored_card
from health.scoring import scored_with

LARGEST: Final = 5

SCORED: Final = """
    WITH scored AS MATERIALIZED (
        SELECT c.id, c.name, c.arr, b.value AS old, coalesce(b.band, '') AS old_band,
            a.value AS new, coalesce(a.band, '') AS new_band, a.points, coalesce(a.card = %s, false) AS mine
        FROM ({customers}) c(id, name, arr)
        LEFT JOIN ({after}) a ON a.id = c.id
        LEFT JOIN LATERAL (
            SELECT s.scorecard_id, s.value, s.band FROM {table} s
            WHERE s.customer_id = c.id AND {mine} AND s.day <= %s ORDER BY s.day DESC LIMIT 1
        ) b ON true
        WHERE a.card = %s OR b.scorecard_id = %s
    )
"""
SUMMARY: Final = """
    SELECT (SELECT count(*) FROM scored),
        ARRAY(SELECT count(s.id) FROM generate_series(0, 9) ten
              LEFT JOIN scored s ON s.old IS NOT NULL AND least(9, floor(s.old / 10)) = ten GROUP BY ten ORDER BY ten),
        ARRAY(SELECT count(s.id) FROM generate_series(0, 9) ten
              LEFT JOIN scored s ON s.new IS NOT NULL AND least(9, floor(s.new / 10)) = ten GROUP BY ten ORDER BY ten),
        (SELECT json_agg(m) FROM (
            SELECT old_band AS before, new_band AS after, count(*) AS customers, coalesce(sum(arr), 0)::text AS arr,
                count(*) FILTER (WHERE arr IS NULL) AS untold
            FROM scored WHERE old_band <> new_band GROUP BY old_band, new_band
         ) m),
        (SELECT json_agg(m) FROM (
            SELECT id AS customer, name, arr::text, old::text, new::text, old_band, new_band
            FROM scored WHERE old <> new ORDER BY abs(new - old) DESC, arr DESC NULLS LAST, id LIMIT {largest}
         ) m),
        (SELECT count(*) FROM scored WHERE mine),
        (SELECT ARRAY[{present}]::float8[] FROM scored WHERE mine)
"""
FURTHER: Final = "(arr IS NULL OR (-arr, id) > (%s, %s))"
MOVERS: Final = """
    SELECT json_build_object('customer', id, 'name', name, 'arr', arr::text, 'old', old::text, 'new', new::text,
        'old_band', old_band, 'new_band', new_band)
    FROM scored WHERE old_band <> new_band {narrowed} ORDER BY arr DESC NULLS LAST, id LIMIT %s
"""


@dataclass(frozen=True)
class Move:
    """One customer's score before and after; None and "" where it has none. ``arr`` is None when it is unknown."""

    customer: int
    name: str
    arr: Decimal | None
    old: Decimal | None
    new: Decimal | None
    old_band: str
    new_band: str

    @property
    def change(self) -> Decimal | None:
        return None if self.old is None or self.new is None else self.new - self.old


@dataclass(frozen=True)
class BandMove:
    """Customers that move between two bands and their ARR a year, unknown for ``untold`` of them; "" is no score."""

    before: str
    after: str
    customers: int
    arr: Decimal
    untold: int = 0


@dataclass(frozen=True)
class Preview:
    """``before`` and ``after`` count scores by tens, 0–9 to 90–100; ``has_data`` is the share (0–1) of the customers
    the draft would score, ``scored``, whose measure has data within its shelf life.
    """

    customers: int = 0
    before: Sequence[int] = (0,) * 10
    after: Sequence[int] = (0,) * 10
    bands: Sequence[BandMove] = ()
    largest: Sequence[Move] = ()
    scored: int = 0
    has_data: dict[str, float] = field(default_factory=dict)

    @property
    def changing(self) -> int:
        """Customers that change band."""
        return sum(move.customers for move in self.bands)


def digest(content: Content) -> str:
    """A digest of the content; equal figures give the same digest however they are written."""
    text = json.dumps(asdict(content), default=_plain, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def preview(draft: Scorecard, day: dt.date, customers: QuerySet[Customer], typed: Content | None = None) -> Preview:
    """The effect of publishing ``draft``, as stored or as ``typed``, on ``day`` on the current ones of ``customers``.

    Some sixteen statements that read the scorecards, one that scores, whatever the number of customers. A draft
    without measures has an empty preview.
    """
    card = stored_card(draft.pk) if typed is None else Card(draft.pk, draft.key, typed)
    lines = card.content.lines
    if not lines:
        return Preview()
    terms = (f"avg((points[{n}] IS NOT NULL)::int)" for n in range(1, len(lines) + 1))
    summary = SUMMARY.format(largest=LARGEST, present=", ".join(terms))
    row = _ask(summary, [], card, day, customers)[0]
    bands = sorted(row[3] or [], key=lambda move: (-move["customers"], move["before"], move["after"]))
    shares = row[6] or []
    return Preview(
        customers=row[0],
        before=row[1],
        after=row[2],
        bands=[BandMove(**move | {"arr": Decimal(move["arr"])}) for move in bands],
        largest=[_move(move) for move in row[4] or []],
        scored=row[5],
        has_data={line.measure: share for line, share in zip(lines, shares, strict=True) if share is not None},
    )


def movers(
    draft: Scorecard,
    day: dt.date,
    customers: QuerySet[Customer],
    *,
    before: str | None = None,
    after: str | None = None,
    beyond: tuple[Decimal | None, int] | None = None,
    limit: int = 50,
) -> list[Move]:
    """Customers that would change band, the largest ARR first and unknown ARR last: up to ``limit`` after ``beyond``.

    ``before`` and ``after`` select one band each ("" for no score); ``beyond`` is the (ARR, id) of the last row
    shown. Statements as in ``preview``.
    """
    card = stored_card(draft.pk)
    if not card.content.lines:
        return []
    conditions: list[tuple[str, list[Any]]] = []
    if before is not None:
        conditions.append(("old_band = %s", [before]))
    if after is not None:
        conditions.append(("new_band = %s", [after]))
    if beyond is not None:
        arr, pk = beyond
        further = ("arr IS NULL AND id > %s", [pk]) if arr is None else (FURTHER, [-arr, pk])
        conditions.append(further)
    narrowed = "".join(f" AND {condition}" for condition, _ in conditions)
    params = [value for _, values in conditions for value in values]
    rows = _ask(MOVERS.format(narrowed=narrowed), [*params, limit], card, day, customers)
    return [_move(row[0]) for row in rows]


def _ask(select: str, params: list[Any], card: Card, day: dt.date, customers: QuerySet[Customer]) -> list[Any]:
    """The rows of ``select`` over ``scored``."""
    current = Customer.objects.current().filter(pk__in=customers.order_by().values("pk"))
    customers_sql, customers_params = current.order_by().values_list("pk", "name", "arr").query.sql_with_params()
    history, after = history_of(card.purpose), scored_with(card, day).replace("%", "%%")
    sql = SCORED.format(customers=customers_sql, after=after, table=history.table, mine=history.where("s")) + select
    in_use = Scorecard.objects.filter(key=card.key, is_published=True).values_list("pk", flat=True).first()
    with connection.cursor() as cursor:
        cursor.execute(sql, [card.pk, *customers_params, day, card.pk, in_use, *params])
        return cursor.fetchall()


def _plain(value: Any) -> str:
    return f"{value.normalize():f}" if isinstance(value, Decimal) else str(value)


def _move(row: dict[str, Any]) -> Move:
    figures = {name: None if row[name] is None else Decimal(row[name]) for name in ("arr", "old", "new")}
    return Move(row["customer"], row["name"], **figures, old_band=row["old_band"], new_band=row["new_band"])
