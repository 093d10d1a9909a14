"""A difference as plain values, so that a reader can recompute it with other tools."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from health.explaining.difference import Difference
from health.explaining.exact import shares
from health.models.scores import ScoreRow
from health.scorecards import Card, Line
from health.scorecards.cards import cards_of


def told(difference: Difference) -> dict[str, Any]:
    """The two scores with their inputs, the scorecards' rules, the parts and their sum; ready for JSON.

    Figures of the score are decimals written as text; ``exact`` is a part as a fraction of integers. Without a score
    at an end ``difference`` and ``sum`` are None, there are no parts, and ``no_score`` names the days.
    """
    scores = [score for score in (difference.first, difference.last) if score]
    cards = dict(zip([score.scorecard_id for score in scores], cards_of([s.scorecard for s in scores]), strict=True))
    scorecards = {score.scorecard_id: score.scorecard for score in scores}
    ends = [(difference.first_day, difference.first), (difference.last_day, difference.last)]
    total = None if difference.points is None else sum((piece.points for piece in difference.pieces), Decimal(0))
    return {
        "customer": {"id": difference.customer.pk, "name": difference.customer.name},
        "purpose": difference.purpose,
        "from": _end(difference.first_day.isoformat(), difference.first, cards),
        "to": _end(difference.last_day.isoformat(), difference.last, cards),
        "no_score": [day.isoformat() for day, score in ends if score is None or score.value is None],
        "difference": _text(difference.points),
        "parts": [
            {
                "kind": piece.kind.value,
                "measure": piece.measure or None,
                "points": _text(piece.points),
                "exact": f"{piece.exact.numerator}/{piece.exact.denominator}",
            }
            for piece in difference.pieces
        ],
        "sum": _text(total),
        "scorecards": [
            {"key": scorecards[pk].key, "version": scorecards[pk].version, "name": scorecards[pk].name} | _rules(card)
            for pk, card in cards.items()
        ],
    }


def _end(day: str, score: ScoreRow | None, cards: dict[int, Card]) -> dict[str, Any]:
    if score is None:
        return {"day": day, "value": None}
    return {
        "day": day,
        "since": score.day.isoformat(),
        "value": _text(score.value),
        "raw": _text(score.raw),
        "band": score.band,
        "coverage": _text(score.coverage),
        "ceiling": score.ceiling or None,
        "scorecard": {"key": score.scorecard.key, "version": score.scorecard.version},
        "measures": _inputs(score, cards[score.scorecard_id]),
    }


def _inputs(score: ScoreRow, card: Card) -> list[dict[str, Any]]:
    measures = score.scorecard.measures
    weights = shares(card, dict(zip(measures, score.points, strict=True)))
    return [
        {
            "measure": part.measure,
            "points": part.points,
            "weight": f"{weights[part.measure].numerator}/{weights[part.measure].denominator}"
            if part.measure in weights
            else None,
            "amount": part.amount,
            "newest_on": part.newest_on.isoformat() if part.newest_on else None,
        }
        for part in score.parts
    ]


def _rules(card: Card) -> dict[str, Any]:
    return {
        "groups": [
            {"weight": float(group.weight), "measures": [_line(line) for line in group.measures]}
            for group in card.content.counting
        ],
        "ceilings": [{"condition": cap.condition, "at_most": float(cap.at_most)} for cap in card.content.lowest_first],
        "green_from": float(card.content.green_from),
        "yellow_from": float(card.content.yellow_from),
    }


def _line(line: Line) -> dict[str, Any]:
    return {
        "measure": line.measure,
        "weight": float(line.weight),
        "window_days": line.window,
        "zero_at": float(line.zero_at),
        "full_at": float(line.full_at),
        "by_tenure": [
            [threshold.from_days, float(threshold.zero_at), float(threshold.full_at)] for threshold in line.by_tenure
        ],
        "shelf_life_days": line.shelf_life,
    }


def _text(figure: Decimal | None) -> str | None:
    return None if figure is None else str(figure)
