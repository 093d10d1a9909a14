"""Closed renewals as health's proof asks for them: what was to be foretold, and from which day on."""

from __future__ import annotations

import datetime as dt
from typing import Final

from django.db.models import QuerySet

from accounts import facts
from accounts.models import Customer, Fact
from health.proof import Terms

# A term still running says nothing yet, even if its contract has already churned, or losses would be seen before
# renewals; and whoever had left by the day asked could not be foretold any more. As in ``renewals.calibration``.
CLOSED: Final = f"""
    SELECT r.id AS renewal_id, r.customer_id, r.due_on, r.closed_on, r.outcome <> 'churned' AS kept, r.arr,
        r.closed_arr, r.due_on - %s AS asked_on, least(r.closed_on, r.due_on) AS ended_on,
        nullif({facts.value_on("r.customer_id", Fact.SEGMENT, "r.due_on - %s")}, '')::bigint AS segment_id
    FROM renewals_renewal r JOIN accounts_contract c ON c.id = r.contract_id
    WHERE r.stage = 'closed' AND r.outcome <> 'void' AND r.due_on <= %s AND r.closed_on <= %s AND c.starts_on <= r.due_on - %s
      AND NOT (r.outcome = 'churned' AND r.closed_on <= r.due_on - %s)
"""  # noqa: S608 (made of constants)


def closed_terms(customers: QuerySet[Customer], day: dt.date, days: int) -> Terms:
    """Every renewal of ``customers`` that was closed by ``day``, for the question asked ``days`` before its end.

    Left out are void ones, terms that began later than that, and churns that had happened by then. ``segment_id`` is the
    customer's segment on the day asked, None where none was known; ``arr`` and
    ``closed_arr`` None where they cannot be told.
    """
    sql, parameters = CLOSED, [days, days, day, day, days, days]
    query, given = customers.order_by().values("pk").query.sql_with_params()
    return Terms(f"{sql} AND r.customer_id IN ({query})", (*parameters, *given), day, days)
