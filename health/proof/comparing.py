"""A draft beside the version in use, on the same renewals and on scores of the same days."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from django.db import connection

from health.models import Scorecard
from health.proof import statistics
from health.proof.figures import LEAST_CHURNS, LEAST_RENEWALS
from health.proof.rows import OLDEST_REPLAY, Terms
from health.proof.statistics import Cell, Interval
from health.scorecards import history_of

# The draft's replay of the newest month-end before the day asked, and the score that the version in use showed, or its
# own replay, on the same month-end: otherwise the version with the fresher score would look better.
PAIRED: Final = """
    SELECT coalesce(s.value, p.value)::int, d.value::int, coalesce(s.band, p.band), d.band, t.kept, count(*)
    FROM ({terms}) t
    CROSS JOIN LATERAL (
        SELECT value, band, day FROM health_replay d
        WHERE d.scorecard_id = %s AND d.customer_id = t.customer_id AND d.value IS NOT NULL
          AND d.day <= t.asked_on AND d.day >= t.asked_on - {oldest}
        ORDER BY d.day DESC LIMIT 1
    ) d
    LEFT JOIN LATERAL (
        SELECT value, band FROM (
            SELECT * FROM {table} h WHERE h.customer_id = t.customer_id AND h.day <= d.day AND {mine}
            ORDER BY h.day DESC LIMIT 1
        ) h WHERE h.scorecard_id = %s AND h.value IS NOT NULL
    ) s ON true
    LEFT JOIN health_replay p ON s.value IS NULL AND p.scorecard_id = %s AND p.customer_id = t.customer_id
        AND p.day = d.day
    WHERE coalesce(s.value, p.value) IS NOT NULL
    GROUP BY 1, 2, 3, 4, 5
"""


class Answer(StrEnum):
    """The result of the comparison; ``*_NOISE``: the interval of the difference contains 0."""

    TOO_FEW = "too_few"
    BETTER = "better"
    BETTER_NOISE = "better_noise"
    SAME = "same"
    WORSE_NOISE = "worse_noise"
    WORSE = "worse"


@dataclass(frozen=True)
class Side:
    """One version's figures on the renewals that both have scored."""

    auc: Interval | None
    missed: int
    alarms: int


@dataclass(frozen=True)
class Comparison:
    """``used`` and ``draft`` on the same ``n`` renewals, ``churns`` of them lost; ``change`` in AUC is draft − used."""

    n: int
    churns: int
    used: Side
    draft: Side
    change: Interval | None
    answer: Answer

    @property
    def missed(self) -> int:
        """How many more (or fewer) churns the draft missed."""
        return self.draft.missed - self.used.missed

    @property
    def alarms(self) -> int:
        return self.draft.alarms - self.used.alarms


def compared(draft: Scorecard, used: Scorecard, terms: Terms) -> Comparison:
    """Both versions on the renewals that both scored. One statement; the interval is the paired one of DeLong (1988)."""
    history = history_of(used.purpose)
    sql = PAIRED.format(terms=terms.sql, oldest=OLDEST_REPLAY, table=history.table, mine=history.where("h"))
    with connection.cursor() as cursor:
        cursor.execute(sql, [*terms.parameters, draft.pk, used.pk, used.pk])
        rows = cursor.fetchall()
    joint: dict[tuple[int, int], tuple[float, float]] = {}
    for before, after, _old, _new, kept, n in rows:
        good, bad = joint.get((before, after), (0.0, 0.0))
        joint[before, after] = (good + n * kept, bad + n * (not kept))
    n, churns = sum(row[5] for row in rows), sum(row[5] for row in rows if not row[4])
    change = statistics.difference(joint)
    return Comparison(n, churns, _side(rows, 0), _side(rows, 1), change, answer_of(n, churns, change))


def _side(rows: list[tuple[int, int, str, str, bool, int]], place: int) -> Side:
    cells = [Cell((row[0], row[1])[place], row[5] * row[4], row[5] * (not row[4])) for row in rows]
    missed = sum(row[5] for row in rows if not row[4] and (row[2], row[3])[place] == "green")
    alarms = sum(row[5] for row in rows if row[4] and (row[2], row[3])[place] == "red")
    return Side(statistics.area(cells), missed, alarms)


def answer_of(n: int, churns: int, change: Interval | None) -> Answer:
    if change is None or n < LEAST_RENEWALS or churns < LEAST_CHURNS:
        return Answer.TOO_FEW
    if change.low > 0:
        return Answer.BETTER
    if change.high < 0:
        return Answer.WORSE
    if change.value == 0:
        return Answer.SAME
    return Answer.BETTER_NOISE if change.value > 0 else Answer.WORSE_NOISE
