"""The first model: how often contracts in each health band went on, with a prior until enough have.

For 90, 180 and 365 days before a term's end: of the contracts alive then whose term has ended,
the share that went on, by the band they stood in that day. A term still running says nothing yet,
even if its contract has already churned, or losses would be seen before renewals. Until
``MINIMUM`` terms of scored customers are known at a distance, the bands' figures are those of the
prior alone; customers without a score make a group of their own.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Final, NamedTuple

from django.db import connection, transaction
from django.db.models import OuterRef, Subquery

from accounts.models import Band
from renewals.models import Calibration

DISTANCES: Final = (90, 180, 365)
MINIMUM: Final = 30
INTERVAL: Final = 0.8
# Starting beliefs and how many renewals each is worth. Green and red after field guide item 24
# (90 %+ and 50–60 %), no score after item 67 (annual renewals 80 %+), yellow between.
PRIOR: Final = {Band.GREEN.value: 0.90, Band.YELLOW.value: 0.75, Band.RED.value: 0.55, "": 0.80}
PRIOR_WORTH: Final = 10

COUNT: Final = """
    SELECT at.days_before, coalesce(s.band, '') AS band, count(*) AS n,
        count(*) FILTER (WHERE r.outcome <> 'churned') AS kept
    FROM renewals_renewal r
    JOIN accounts_contract c ON c.id = r.contract_id
    CROSS JOIN (VALUES (90), (180), (365)) AS at(days_before)
    LEFT JOIN LATERAL (
        SELECT h.band FROM health_score h
        WHERE h.customer_id = r.customer_id AND h.day <= r.due_on - at.days_before
        ORDER BY h.day DESC LIMIT 1
    ) s ON true
    WHERE r.stage = 'closed' AND r.due_on <= %(day)s AND r.closed_on <= %(day)s
      AND c.starts_on <= r.due_on - at.days_before
      AND NOT (r.outcome = 'churned' AND r.closed_on <= r.due_on - at.days_before)
    GROUP BY 1, 2
"""

APPLY: Final = """
    UPDATE renewals_renewal r
    SET model_likelihood = m.mean, model_low = m.low, model_high = m.high
    FROM accounts_customer c, unnest(
        %(days)s::int[], %(bands)s::text[], %(means)s::numeric[], %(lows)s::numeric[], %(highs)s::numeric[]
    ) AS m(days_before, band, mean, low, high)
    WHERE r.stage <> 'closed' AND c.id = r.customer_id AND m.band = c.band
      AND m.days_before = CASE WHEN r.due_on <= %(day)s::date + 90 THEN 90
                               WHEN r.due_on <= %(day)s::date + 180 THEN 180 ELSE 365 END
      AND (r.model_likelihood, r.model_low, r.model_high) IS DISTINCT FROM (m.mean, m.low, m.high)
"""


class Rate(NamedTuple):
    """A renewal rate with its 80 % interval, as fractions."""

    mean: Decimal
    low: Decimal
    high: Decimal


def rate(band: str, n: int, kept: int) -> Rate:
    """Posterior of the band's renewal rate after ``kept`` of ``n`` went on; the prior for n = 0."""
    a = PRIOR[band] * PRIOR_WORTH + kept
    b = (1 - PRIOR[band]) * PRIOR_WORTH + n - kept
    figures = (a / (a + b), *interval(a, b))
    return Rate(*(Decimal(figure).quantize(Decimal("0.001")) for figure in figures))


def interval(a: float, b: float) -> tuple[float, float]:
    """The middle 80 % of Beta(a, b)."""
    from scipy.special import betaincinv

    tail = (1 - INTERVAL) / 2
    return float(betaincinv(a, b, tail)), float(betaincinv(a, b, 1 - tail))


def fit(day: dt.date) -> list[Calibration]:
    """The model as of ``day``, from what was known then: one row a distance and band, not saved."""
    with connection.cursor() as cursor:
        cursor.execute(COUNT, {"day": day})
        counted = {(days_before, band): (n, kept) for days_before, band, n, kept in cursor.fetchall()}
    rows = []
    for days_before in DISTANCES:
        cells = {band: counted.get((days_before, band), (0, 0)) for band in PRIOR}
        scored = sum(n for band, (n, _kept) in cells.items() if band)
        for band, (n, kept) in cells.items():
            enough = (scored if band else n) >= MINIMUM
            figures = rate(band, n, kept) if enough else rate(band, 0, 0)
            fitted = enough and n >= PRIOR_WORTH
            rows.append(
                Calibration(
                    day=day, days_before=days_before, band=band, n=n, kept=kept, is_fitted=fitted, **figures._asdict()
                )
            )
    return rows


def standing(day: dt.date) -> list[Calibration]:
    """The model that holds on ``day``: the newest row of each distance and band. One statement."""
    newest = Calibration.objects.filter(
        days_before=OuterRef("days_before"), band=OuterRef("band"), day__lte=day
    ).order_by("-day")
    return list(Calibration.objects.filter(pk=Subquery(newest.values("pk")[:1])).order_by("days_before", "pk"))


@transaction.atomic
def refresh(day: dt.date) -> int:
    """Fit the model to what is known on ``day`` and give every open renewal its value.

    Only rows that changed are written; returns how many renewals. At most four statements.
    """
    rows = fit(day)
    old = {(row.days_before, row.band): _content(row) for row in standing(day)}
    changed = [row for row in rows if old.get((row.days_before, row.band)) != _content(row)]
    if changed:
        Calibration.objects.bulk_create(
            changed,
            update_conflicts=True,
            unique_fields=["days_before", "band", "day"],
            update_fields=["n", "kept", "mean", "low", "high", "is_fitted"],
        )
    with connection.cursor() as cursor:
        cursor.execute(
            APPLY,
            {
                "day": day,
                "days": [row.days_before for row in rows],
                "bands": [row.band for row in rows],
                "means": [row.mean for row in rows],
                "lows": [row.low for row in rows],
                "highs": [row.high for row in rows],
            },
        )
        return cursor.rowcount


def _content(row: Calibration) -> tuple[object, ...]:
    return (row.n, row.kept, row.mean, row.low, row.high, row.is_fitted)
