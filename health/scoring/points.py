"""The points of one amount, outside the database: the same sum as the score query's, to the point."""

from __future__ import annotations

from health.scorecards import Line


def points_of(amount: float | None, line: Line, tenure_days: int | None) -> int | None:
    """Whole points (0–100) that ``amount`` earns on ``line``; None without an amount. No statement.

    ``tenure_days`` is how long the customer has been one on the day, None when no first contract is known. A
    half is rounded to the even neighbour, as PostgreSQL rounds double precision. The age of the amount is not checked.
    """
    if amount is None:
        return None
    slope = line.slope(tenure_days)
    zero_at, full_at = float(slope.zero_at), float(slope.full_at)
    return round(100 * max(0.0, min(1.0, (amount - zero_at) / (full_at - zero_at))))
