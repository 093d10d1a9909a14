"""The manager's forecast: ARR available to renew and the part of it to expect, in three voices.

The final value of a renewal is the manager's decision, else the CSM's call, else the model's. Hard facts come first:
where the end is confirmed it is 0, and after a notice only calls of its day or later count (``stands``). Amounts are
ARR in the organisation's currency.
"""

from renewals.calibration import refresh
from renewals.forecast.deciding import (
    DECIDE_DAYS,
    NO_CALL,
    due_between,
    needs_decision,
    stands,
    swinging,
    to_decide,
    with_final,
)
from renewals.forecast.figures import Summary
from renewals.forecast.summing import summary

__all__ = [
    "DECIDE_DAYS",
    "NO_CALL",
    "Summary",
    "due_between",
    "needs_decision",
    "refresh",
    "stands",
    "summary",
    "swinging",
    "to_decide",
    "with_final",
]
