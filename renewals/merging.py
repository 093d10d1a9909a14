"""What renewals keep of customers that become one: renewals go with their contracts, reviews with their customer."""

from __future__ import annotations

import datetime as dt
from typing import Final

from accounts.identity.merging import Rows
from renewals import copies
from renewals.models import Qbr, Renewal

# A review is due once a day, and one is open.
SAME_REVIEW: Final = """EXISTS (SELECT FROM renewals_qbr x WHERE x.customer_id = %(to)s
    AND (x.due_on = t.due_on OR x.held_on IS NULL AND t.held_on IS NULL))"""
ROWS: Final = (Rows(Renewal), Rows(Qbr, SAME_REVIEW, wakes=False))


def follow(customers: list[int], _day: dt.date) -> None:
    copies.copy_next(customers)
