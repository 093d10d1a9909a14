"""Suggested weights: what a small monotone model makes of the measures' points on the closed renewals.

Shown beside today's weights and never applied by itself. Ridge regression with coefficients that may not be
negative (Hoerl and Kennard, 1970; scikit-learn): no measure may count against itself, and the penalty keeps a few
renewals from saying much. Its gain is measured on customers it was not fitted on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from django.db import connection

from health.models import Scorecard
from health.proof import statistics
from health.proof.figures import LEAST_CHURNS, LEAST_RENEWALS
from health.proof.measures import order
from health.proof.rows import Terms, scored
from health.proof.statistics import Interval
from health.scorecards.cards import stored_card

if TYPE_CHECKING:
    from numpy.typing import NDArray

PENALTY: Final = 10.0
FOLDS: Final = 5
# Predictions are rounded to this part of their range: enough for a ranking, and few enough to be counted.
STEPS: Final = 2_000


@dataclass(frozen=True)
class Suggested:
    """``shares`` by measure: its share of the whole today and as suggested, each adding up to 1.

    ``gain`` is the cross-validated AUC of the suggestion less today's on the same ``n`` renewals. Empty ``shares``:
    not enough data, or no measure that predicts.
    """

    n: int
    churns: int
    shares: dict[str, tuple[float, float]]
    gain: Interval | None

    @property
    def helps(self) -> bool:
        """Whether the gain is more than chance explains."""
        return self.gain is not None and self.gain.low > 0


def suggested(card: Scorecard, terms: Terms) -> Suggested:
    """Weights fitted on every renewal of ``terms`` that ``card`` scored. One statement for them, a few for the card."""
    sql, params = scored(card, terms, "points")
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT customer_id, kept, value, points FROM ({sql}) rows WHERE value IS NOT NULL ORDER BY renewal_id",
            params,
        )
        rows = cursor.fetchall()
    measures = order(card)
    # Scored by another make of the card, a row has other parts and says nothing of the weights of these.
    rows = [row for row in rows if row[3] and len(row[3]) == len(measures)]
    lost = sum(not kept for _customer, kept, _value, _points in rows)
    if len(rows) < LEAST_RENEWALS or lost < LEAST_CHURNS or lost == len(rows):
        return Suggested(len(rows), lost, {}, None)
    return _fitted(card, measures, rows, lost)


def _fitted(card: Scorecard, measures: Sequence[str], rows: Sequence[Any], lost: int) -> Suggested:
    import numpy as np

    points = np.array([[np.nan if p is None else p / 100 for p in row[3]] for row in rows], dtype=float)
    kept = np.array([row[1] for row in rows], dtype=float)
    coefficients = _fit(points, kept)[1]
    if not coefficients.sum():
        return Suggested(len(rows), lost, {}, None)
    today = {measure: float(share) for measure, share in stored_card(card.pk).content.shares.items()}
    normalised = coefficients / coefficients.sum()
    shares = {key: (today.get(key, 0.0), float(share)) for key, share in zip(measures, normalised, strict=True)}
    return Suggested(len(rows), lost, shares, _gain(points, kept, rows))


def _fit(points: NDArray[Any], kept: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any], float]:
    """The value used for a missing measure (its mean), the coefficients, and the level."""
    import numpy as np
    from sklearn.linear_model import Ridge

    has_points = ~np.isnan(points)
    means = np.where(has_points.any(axis=0), np.nansum(points, axis=0) / np.maximum(has_points.sum(axis=0), 1), 0.5)
    model = Ridge(alpha=PENALTY, positive=True)
    model.fit(np.where(has_points, points, means), kept)
    return means, np.maximum(model.coef_, 0), float(model.intercept_)


def _gain(points: NDArray[Any], kept: NDArray[Any], rows: Sequence[Any]) -> Interval | None:
    """The gain over the score as it was; each customer's renewals are predicted by a fit on the other customers'."""
    import numpy as np
    from sklearn.model_selection import GroupKFold

    customers = [row[0] for row in rows]
    if len(set(customers)) < FOLDS:
        return None
    predictions = np.zeros(len(rows))
    for train, test in GroupKFold(n_splits=FOLDS).split(points, kept, customers):
        means, coefficients, level = _fit(points[train], kept[train])
        predictions[test] = np.where(np.isnan(points[test]), means, points[test]) @ coefficients + level
    joint: dict[tuple[int, int], tuple[float, float]] = {}
    for row, prediction in zip(rows, predictions, strict=True):
        pair = (row[2], round(float(prediction) * STEPS))
        good, bad = joint.get(pair, (0.0, 0.0))
        joint[pair] = (good + row[1], bad + (not row[1]))
    return statistics.difference(joint)
