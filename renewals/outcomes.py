"""Closed renewals for health's proof: the outcome to predict, and the day of the prediction."""

from __future__ import annotations

import datetime as dt
from typing import Final

from django.db.models import QuerySet

from accounts import facts
from accounts.models import Customer, Fact
from health.proof import Terms

# A running term does not count, even if its contract has already churned: otherwise losses would be counted before
# renewals. A churn by the day asked can no longer be predicted. As in ``renewals.calibration``.
CLOSED: Final = f"""
    SELECT r.id AS renewal_id, r.customer_id, r.due_on, r.closed_on, r.outcome <> 'churned' AS kept, r.arr,
        r.closed_arr, r.due_on - %s AS asked_on, least(r.closed_on, r.due_on) AS ended_on,
        nullif({facts.value_on("r.customer_id", Fact.SEGMENT, "r.due_on - %s")}, '')::bigint AS segment_id
    FROM renewals_renewal r JOIN accounts_contract c ON c.id = r.contract_id
    WHERE r.stage = 'closed' AND r.outcome <> 'void' AND r.due_on <= %s AND r.closed_on <= %s AND c.starts_on <= r.due_on - %s
      AND NOT (r.outcome = 'churned' AND r.closed_on <= r.due_on - %s)
"""  # noqa: S608 (made of constants)


def closed_terms(customers: QuerySet[Customer], day: dt.date, days: int) -> Terms:
    """Every renewal of ``customers`` closed by ``day``, for a prediction made ``days`` before its end.

    Excludes void renewals, terms that began after the day of the prediction, and churns before it. ``segment_id`` is
    the customer's segment on that day, None where unknown; ``arr`` and ``closed_arr`` are None where unknown.
    """
    sql, parameters = CLOSED, [days, days, day, day, days, days]
    query, customer_parameters = customers.order_by().values("pk").query.sql_with_params()
    return Terms(f"{sql} AND r.customer_id IN ({query})", (*parameters, *customer_parameters), day, days)
