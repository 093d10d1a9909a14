"""What health keeps of customers that become one."""

from __future__ import annotations

import datetime as dt
from typing import Final

from accounts.identity.merging import Rows
from health import scoring
from health.models import Case, Override, Person, SurveyResponse, Ticket, UsageRecord
from health.signals import rollup
from health.signals.merging import carry

SAME_CASE: Final = """t.state <> 'closed' AND EXISTS (
    SELECT FROM health_case x WHERE x.customer_id = %(to)s AND x.state <> 'closed' AND x.reason = t.reason)"""
SAME_PERSON: Final = """EXISTS (
    SELECT FROM health_person x WHERE (x.customer_id, x.number, x.is_agent) = (%(to)s, t.number, t.is_agent))"""
# One override holds on a day.
SAME_DAYS: Final = """EXISTS (
    SELECT FROM health_override x WHERE x.customer_id = %(to)s
      AND daterange(x.from_day, greatest(x.from_day, least(x.until_day, x.withdrawn_on)))
          && daterange(t.from_day, greatest(t.from_day, least(t.until_day, t.withdrawn_on))))"""
DAYS_OF_USE: Final = "INSERT INTO health_rollupmark (customer_id, day) SELECT DISTINCT customer_id, day FROM moved"
ROWS: Final = (
    Rows(UsageRecord, noted=DAYS_OF_USE), Rows(Ticket), Rows(SurveyResponse), Rows(Case, SAME_CASE, wakes=False),
    Rows(Person, SAME_PERSON, wakes=False), Rows(Override, SAME_DAYS, wakes=False),
)  # fmt: skip


def follow(customers: list[int], day: dt.date) -> None:
    """Roll up their use and score them."""
    rollup.roll_up_changed(customers=customers)
    scoring.score_customers(customers, day)


__all__ = ["ROWS", "carry", "follow"]
