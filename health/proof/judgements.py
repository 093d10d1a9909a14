"""How often people were right: overrides and sentiments before a renewal closed, compared with its outcome.

An override to green, or a sentiment of 4 or 5, expects that the customer stays; red, or 1 or 2, that it leaves. Yellow
and 3 expect nothing and do not count. Each is compared with the computed band on the same renewals.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final, NamedTuple

from django.db import connection

from accounts import sentiment
from health.intervals import wilson
from health.proof.rows import Terms

LEAST: Final = 20  # the judgements that a share needs to mean anything

RECORD: Final = f"""
    SELECT t.kept, coalesce(o.band, '') AS said, f.value AS felt, coalesce(s.band, '') AS computed, count(*)
    FROM ({{terms}}) t
    LEFT JOIN LATERAL (
        SELECT o.band FROM health_override o
        WHERE o.customer_id = t.customer_id AND o.from_day <= t.asked_on AND o.until_day > t.asked_on
          AND (o.withdrawn_on IS NULL OR o.withdrawn_on > t.asked_on)
        LIMIT 1
    ) o ON true
    LEFT JOIN LATERAL (
        SELECT s.value FROM accounts_sentiment s
        WHERE s.customer_id = t.customer_id AND s.day <= t.asked_on AND {sentiment.STANDS.format(until="t.asked_on")}
        ORDER BY s.day DESC, s.id DESC LIMIT 1
    ) f ON true
    LEFT JOIN LATERAL (
        SELECT s.band FROM health_score s
        WHERE s.customer_id = t.customer_id AND s.day <= t.asked_on ORDER BY s.day DESC LIMIT 1
    ) s ON true
    GROUP BY 1, 2, 3, 4
"""


class Case(NamedTuple):
    """Renewals that share outcome and judgements; ``felt`` is None without a sentiment."""

    kept: bool
    said: str
    felt: int | None
    computed: str
    n: int


Expects = Callable[[Case], bool | None]


@dataclass(frozen=True)
class Track:
    """``right`` of ``n`` expectations came true."""

    right: int
    n: int

    @property
    def share(self) -> float | None:
        return self.right / self.n if self.n else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """Wilson's at 95 %."""
        return wilson(self.right, self.n)

    @property
    def enough(self) -> bool:
        return self.n >= LEAST


@dataclass(frozen=True)
class Judgement:
    """One way to judge, and the computed band over the same renewals."""

    key: str
    track: Track
    computed: Track


@dataclass(frozen=True)
class Record:
    """``renewals`` closed, ``kept`` of them; each way to judge; the computed band over all of them."""

    renewals: int
    kept: int
    judgements: list[Judgement]
    computed: Track


def record(terms: Terms) -> Record:
    """Overrides and sentiments as of ``terms.days`` days before each renewal that closed. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(RECORD.format(terms=terms.sql), terms.parameters)
        cases = [Case(*row) for row in cursor.fetchall()]
    ways: list[tuple[str, Expects]] = [
        ("override", lambda case: _by_band(case.said)),
        ("content", lambda case: True if (case.felt or 0) >= 4 else None),  # noqa: PLR2004 (of five)
        ("unhappy", lambda case: False if case.felt in {1, 2} else None),
    ]
    return Record(
        renewals=sum(case.n for case in cases),
        kept=sum(case.n for case in cases if case.kept),
        judgements=[
            Judgement(key, _track(cases, way), _track([c for c in cases if way(c) is not None], _computed))
            for key, way in ways
        ],
        computed=_track(cases, _computed),
    )


def _by_band(band: str) -> bool | None:
    return {"green": True, "red": False}.get(band)


def _computed(case: Case) -> bool | None:
    return _by_band(case.computed)


def _track(cases: Iterable[Case], way: Expects) -> Track:
    judged = [(way(case), case) for case in cases]
    counted = [(expected, case) for expected, case in judged if expected is not None]
    return Track(
        right=sum(case.n for expected, case in counted if expected == case.kept),
        n=sum(case.n for _, case in counted),
    )
