"""The annual value of a measured result: a person has to enter its period."""

from __future__ import annotations

from decimal import Decimal

from accounts import changes
from accounts.models import Outcome


def say_period(outcome: Outcome, period: str, per_period: Decimal) -> None:
    """Record that ``outcome`` brings its value once a ``period``, from ``per_period`` such results; empty: unknown."""
    outcome.period, outcome.per_period = period, per_period
    outcome.save(update_fields=["period", "per_period"])
    changes.mark([outcome.objective.customer_id])
