"""Which measures predict who stays: each one's own AUC on the renewals that the scorecard scored."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from django.db import connection

from health.models import Scorecard
from health.proof import statistics
from health.proof.rows import Terms, scored
from health.proof.statistics import Cell, Interval
from health.scorecards.cards import stored_card


@dataclass(frozen=True)
class Ranked:
    """One measure: the AUC of its points alone on the ``n`` renewals for which it had data.

    ``events``: how many of them had the rarer outcome, on which the interval rests.
    """

    measure: str
    n: int
    events: int
    auc: Interval | None


def order(card: Scorecard) -> list[str]:
    """The measures in the order of the points: fixed for a published version, as now stored for a draft."""
    if card.measures:
        return list(card.measures)
    return [line.measure for line in stored_card(card.pk).content.lines]


def ranking(card: Scorecard, terms: Terms, segment: int | None = None) -> list[Ranked]:
    """The card's measures, the best predictor first, those without an AUC last.

    One statement, whatever the number of renewals; a few more for a draft.
    """
    cells: dict[int, list[Cell]] = defaultdict(list)
    sql, params = scored(card, terms, "points")
    query = f"""
        SELECT m.place, m.points, count(*) FILTER (WHERE kept), count(*) FILTER (WHERE NOT kept)
        FROM (SELECT * FROM ({sql}) every {"" if segment is None else "WHERE segment_id = %s"}) r
        CROSS JOIN LATERAL unnest(r.points) WITH ORDINALITY m(points, place)
        WHERE m.points IS NOT NULL GROUP BY 1, 2
    """
    with connection.cursor() as cursor:
        cursor.execute(query, [*params, *([] if segment is None else [segment])])
        for place, points, kept, lost in cursor.fetchall():
            cells[place - 1].append(Cell(points, kept, lost))
    ranked = [_ranked(measure, cells[place]) for place, measure in enumerate(order(card))]
    return sorted(ranked, key=lambda row: (row.auc is None, -(row.auc.value if row.auc else 0), row.measure))


def _ranked(measure: str, cells: list[Cell]) -> Ranked:
    good, bad = round(sum(cell.good for cell in cells)), round(sum(cell.bad for cell in cells))
    return Ranked(measure, good + bad, min(good, bad), statistics.area(cells))
