"""The model: the likelihood that a contract goes on, by health score, with a starting belief until enough terms closed.

For 90, 180 and 365 days before a term's end, the model counts the contracts alive then whose term has ended, and which
of them went on, by the score of that day. A running term does not count, even if its contract has already churned:
otherwise losses would be counted before renewals. The log-odds of going on are linear in the score and never fall with
it (logistic regression). The starting belief enters as ``BELIEF_WORTH`` pseudo-renewals for each band, so that few own
renewals move it little and many outweigh it; below ``MINIMUM`` closed terms of scored customers at a distance the
model is the belief alone. Customers without a score are a group of their own.

Hard facts come first: where the end is confirmed the model gives no value, for the likelihood is 0; where notice was
given it gives the share of this company's notices that ended in a renewal, once ``NOTICES`` of them are known.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from math import exp
from typing import Any, Final, NamedTuple

from django.db import connection, transaction
from django.db.models import OuterRef, Subquery

from accounts.models import Contract
from renewals.models import Calibration

DISTANCES: Final = (90, 180, 365)
MINIMUM: Final = 30
NOTICES: Final = 10
INTERVAL: Final = 0.8
# 80 % of a normal distribution lies within so many deviations of its mean.
DEVIATIONS: Final = 1.2816
# Starting beliefs, by the score in the middle of each band, and how many renewals each is worth. Green and red follow
# field guide item 24 (90 %+ and 50–60 %), yellow lies between, no score follows item 67 (annual renewals 80 %+).
BELIEFS: Final = ((20, 0.55), (55, 0.75), (85, 0.90))
BELIEF_UNSCORED: Final = 0.80
BELIEF_WORTH: Final = 10
FIGURES: Final = (
    "n", "kept", "is_fitted", "intercept", "slope", "intercept_variance", "slope_variance", "covariance",
    "mean", "low", "high",
)  # fmt: skip

# Closed terms by distance and by the score of that day in whole points (None: no score).
COUNT: Final = f"""
    SELECT at.days_before, round(s.value)::int AS score, count(*) AS n,
        count(*) FILTER (WHERE r.outcome <> 'churned') AS kept
    FROM renewals_renewal r
    JOIN accounts_contract c ON c.id = r.contract_id
    CROSS JOIN unnest(ARRAY{list(DISTANCES)}) AS at(days_before)
    LEFT JOIN LATERAL (
        SELECT h.value FROM health_score h
        WHERE h.customer_id = r.customer_id AND h.day <= r.due_on - at.days_before
        ORDER BY h.day DESC LIMIT 1
    ) s ON true
    WHERE r.stage = 'closed' AND r.outcome <> 'void' AND r.due_on <= %(day)s AND r.closed_on <= %(day)s
      AND c.starts_on <= r.due_on - at.days_before
      AND NOT (r.outcome = 'churned' AND r.closed_on <= r.due_on - at.days_before)
    GROUP BY 1, 2
    ORDER BY 1, 2
"""  # noqa: S608 (made of constants)

# Closed terms with a notice within the farthest distance of their end: all, and those that went on after all.
COUNT_NOTICES: Final = f"""
    SELECT count(*), count(*) FILTER (WHERE r.outcome <> 'churned')
    FROM renewals_renewal r
    JOIN accounts_contract c ON c.id = r.contract_id
    WHERE r.stage = 'closed' AND r.outcome <> 'void' AND r.due_on <= %(day)s AND r.closed_on <= %(day)s
      AND c.notice_given_on < r.due_on AND c.notice_given_on >= r.due_on - {DISTANCES[-1]}
"""  # noqa: S608 (made of constants)

NEARER: Final = " ".join(f"WHEN r.due_on <= %(day)s::date + {days} THEN {days}" for days in DISTANCES[:-1])
APPLY: Final = f"""
    UPDATE renewals_renewal r
    SET model_likelihood = said.mean, model_low = said.low, model_high = said.high
    FROM (
        SELECT r.id,
            coalesce(round((1 / (1 + exp(-odds.mean)))::numeric, 3), m.mean) AS mean,
            coalesce(round((1 / (1 + exp({DEVIATIONS} * odds.deviation - odds.mean)))::numeric, 3), m.low) AS low,
            coalesce(round((1 / (1 + exp(-{DEVIATIONS} * odds.deviation - odds.mean)))::numeric, 3), m.high) AS high
        FROM renewals_renewal r
        JOIN accounts_customer c ON c.id = r.customer_id
        LEFT JOIN unnest(
            %(days)s::int[], %(groups)s::text[], %(intercepts)s::float8[], %(slopes)s::float8[],
            %(intercept_variances)s::float8[], %(slope_variances)s::float8[], %(covariances)s::float8[],
            %(means)s::numeric[], %(lows)s::numeric[], %(highs)s::numeric[]
        ) AS m(days_before, "group", intercept, slope, intercept_variance, slope_variance, covariance, mean, low, high)
          ON m."group" = CASE WHEN r.leaving = 'notice' THEN 'notice' WHEN r.leaving = 'confirmed' THEN NULL
                              WHEN c.score IS NULL THEN 'none' ELSE 'score' END
         AND m.days_before = CASE WHEN r.leaving <> '' THEN 0
                                  {NEARER} ELSE {DISTANCES[-1]} END
        CROSS JOIN LATERAL (SELECT (c.score / 100)::float8 AS score) x
        CROSS JOIN LATERAL (
            SELECT m.intercept + m.slope * x.score AS mean,
                sqrt(greatest(0, m.intercept_variance + 2 * m.covariance * x.score
                                 + m.slope_variance * x.score * x.score)) AS deviation
        ) odds
        WHERE r.stage <> 'closed' AND (%(only)s::bigint[] IS NULL OR r.contract_id = ANY(%(only)s))
    ) said
    WHERE said.id = r.id
      AND (r.model_likelihood, r.model_low, r.model_high) IS DISTINCT FROM (said.mean, said.low, said.high)
"""  # noqa: S608 (made of constants)


class Rate(NamedTuple):
    """A likelihood with its 80 % interval, as fractions."""

    mean: Decimal
    low: Decimal
    high: Decimal


class Curve(NamedTuple):
    """Log-odds ``intercept`` + ``slope`` × score / 100, with their variances and covariance."""

    intercept: float
    slope: float
    intercept_variance: float
    slope_variance: float
    covariance: float

    def at(self, score: float) -> Rate:
        """The likelihood at a score from 0 to 100."""
        fraction = score / 100
        odds = self.intercept + self.slope * fraction
        variance = self.intercept_variance + 2 * self.covariance * fraction + self.slope_variance * fraction * fraction
        reach = DEVIATIONS * max(variance, 0.0) ** 0.5
        return _rate(*(1 / (1 + exp(-value)) for value in (odds, odds - reach, odds + reach)))


class Count(NamedTuple):
    """Closed terms of customers at one score: ``kept`` of ``n`` went on."""

    score: int
    n: int
    kept: int


def curve(counts: Sequence[Count]) -> Curve:
    """The likelihood by score, fitted to the starting beliefs and these closed terms.

    It never falls with the score: a fit with a negative slope is replaced by a flat curve.
    """
    import numpy as np
    from sklearn.linear_model import LogisticRegression

    beliefs = [(score, BELIEF_WORTH * share, BELIEF_WORTH * (1 - share)) for score, share in BELIEFS]
    rows = [*beliefs, *((count.score, float(count.kept), float(count.n - count.kept)) for count in counts)]
    scores = np.array([score / 100 for score, _kept, _lost in rows])
    kept = np.array([amount for _score, amount, _lost in rows])
    lost = np.array([amount for _score, _kept, amount in rows])
    model = LogisticRegression(C=np.inf, tol=1e-8, max_iter=1000)
    outcomes = np.repeat([1, 0], len(rows))
    model.fit(np.tile(scores, 2).reshape(-1, 1), outcomes, sample_weight=np.concatenate([kept, lost]))
    intercept, slope = float(model.intercept_[0]), float(model.coef_[0, 0])
    if slope < 0:
        share = kept.sum() / (kept.sum() + lost.sum())
        information = (kept.sum() + lost.sum()) * share * (1 - share)
        return Curve(float(np.log(share / (1 - share))), 0.0, float(1 / information), 0.0, 0.0)
    chances = 1 / (1 + np.exp(-(intercept + slope * scores)))
    weights = (kept + lost) * chances * (1 - chances)
    design = np.column_stack([np.ones_like(scores), scores])
    spread = np.linalg.inv(design.T @ (design * weights[:, None]))
    return Curve(intercept, slope, float(spread[0, 0]), float(spread[1, 1]), float(spread[0, 1]))


def rate(n: int, kept: int, belief: float = 0.5, worth: float = 2) -> Rate:
    """The rate after ``kept`` of ``n`` went on, from a ``belief`` worth so many renewals: mean of the Beta posterior."""
    a, b = belief * worth + kept, (1 - belief) * worth + n - kept
    return _rate(a / (a + b), *interval(a, b))


def interval(a: float, b: float) -> tuple[float, float]:
    """The middle 80 % of Beta(a, b)."""
    from scipy.special import betaincinv

    tail = (1 - INTERVAL) / 2
    return float(betaincinv(a, b, tail)), float(betaincinv(a, b, 1 - tail))


def fit(day: dt.date) -> list[Calibration]:
    """The model of the terms closed by ``day``: one unsaved row per distance and group. Two statements."""
    scored: dict[int, list[Count]] = {days: [] for days in DISTANCES}
    unscored: dict[int, tuple[int, int]] = dict.fromkeys(DISTANCES, (0, 0))
    with connection.cursor() as cursor:
        cursor.execute(COUNT, {"day": day})
        for days, score, n, kept in cursor.fetchall():
            if score is None:
                unscored[days] = (n, kept)
            else:
                scored[days].append(Count(score, n, kept))
        cursor.execute(COUNT_NOTICES, {"day": day})
        notices, renewed = cursor.fetchone() or (0, 0)
    rows = [_of_notices(day, notices, renewed)]
    for days in DISTANCES:
        rows += [_of_scores(day, days, scored[days]), _of_unscored(day, days, *unscored[days])]
    return rows


def standing(day: dt.date) -> list[Calibration]:
    """The model in force on ``day``: the newest row of each distance and group. One statement."""
    newest = Calibration.objects.filter(
        days_before=OuterRef("days_before"), group=OuterRef("group"), day__lte=day
    ).order_by("-day")
    return list(Calibration.objects.filter(pk=Subquery(newest.values("pk")[:1])).order_by("days_before", "group"))


def curve_of(row: Calibration) -> Curve:
    """The curve stored in a row of the group "score"."""
    figures = (row.intercept, row.slope, row.intercept_variance, row.slope_variance, row.covariance)
    return Curve(*(figure or 0.0 for figure in figures))


@transaction.atomic
def refresh(day: dt.date) -> int:
    """Fit the model to the terms closed by ``day`` and update the likelihood of every open renewal.

    Writes only rows that changed; returns how many renewals changed. At most five statements.
    """
    rows = fit(day)
    old = {(row.days_before, row.group): _content(row) for row in standing(day)}
    changed = [row for row in rows if old.get((row.days_before, row.group)) != _content(row)]
    if changed:
        Calibration.objects.bulk_create(
            changed, update_conflicts=True, unique_fields=["days_before", "group", "day"], update_fields=FIGURES
        )
    return apply(rows, day)


def apply_to(day: dt.date, customers: Sequence[int]) -> int:
    """Apply the model in force on ``day`` to the open renewals of ``customers``; how many changed. Three statements."""
    contracts = Contract.objects.filter(customer__in=customers).order_by("pk").values_list("pk", flat=True)
    return apply(standing(day), day, list(contracts))


def apply(rows: Sequence[Calibration], day: dt.date, only: Sequence[int] | None = None) -> int:
    """Write the model's likelihoods on ``day`` to the open renewals (of the contracts ``only``); how many changed."""
    columns = {
        "days": "days_before", "groups": "group", "intercepts": "intercept", "slopes": "slope",
        "intercept_variances": "intercept_variance", "slope_variances": "slope_variance",
        "covariances": "covariance", "means": "mean", "lows": "low", "highs": "high",
    }  # fmt: skip
    parameters: dict[str, Any] = {name: [getattr(row, column) for row in rows] for name, column in columns.items()}
    with connection.cursor() as cursor:
        cursor.execute(APPLY, {"day": day, "only": None if only is None else list(only), **parameters})
        return cursor.rowcount


def _of_scores(day: dt.date, days: int, counts: list[Count]) -> Calibration:
    n, kept = sum(count.n for count in counts), sum(count.kept for count in counts)
    enough = n >= MINIMUM
    figures = {name: round(figure, 6) for name, figure in curve(counts if enough else [])._asdict().items()}
    row = Calibration(day=day, days_before=days, group=Calibration.Group.SCORE, n=n, kept=kept, is_fitted=enough)
    return _filled(row, figures)


def _of_unscored(day: dt.date, days: int, n: int, kept: int) -> Calibration:
    enough = n >= MINIMUM
    evidence = (n, kept) if enough else (0, 0)
    row = Calibration(day=day, days_before=days, group=Calibration.Group.NONE, n=n, kept=kept, is_fitted=enough)
    return _filled(row, rate(*evidence, BELIEF_UNSCORED, BELIEF_WORTH)._asdict())


def _of_notices(day: dt.date, n: int, kept: int) -> Calibration:
    enough = n >= NOTICES
    row = Calibration(day=day, days_before=0, group=Calibration.Group.NOTICE, n=n, kept=kept, is_fitted=enough)
    return _filled(row, rate(n, kept)._asdict()) if enough else row


def _filled(row: Calibration, figures: dict[str, Any]) -> Calibration:
    for name, figure in figures.items():
        setattr(row, name, figure)
    return row


def _rate(mean: float, low: float, high: float) -> Rate:
    return Rate(*(Decimal(figure).quantize(Decimal("0.001")) for figure in (mean, low, high)))


def _content(row: Calibration) -> tuple[Any, ...]:
    return tuple(getattr(row, name) for name in FIGURES)
