"""Churns: customers whose paid revenue ended, the day, and the ARR lost. The single list of churns."""

from __future__ import annotations

from accounts.amounts import customer_value
from accounts.lifecycle import paid_lines


def churns(since: str, day: str, among: str = "true") -> str:
    """Rows (customer_id, churned_on, arr) of stretches of paid revenue that ended after ``since`` and up to ``day``.

    A customer that paid again within ``lifecycle.UNBROKEN_GAP_DAYS`` has not churned; one that fell to a free plan has.
    ``arr`` is the ARR of the day before, NULL where it cannot be told. ``among`` is a condition on contract ``k``.
    """
    return f"""
        SELECT stretch.customer_id, stretch.churned_on, {customer_value("gone", "(stretch.churned_on - 1)")} AS arr
        FROM (
            SELECT customer_id, max(ends_on) AS churned_on
            FROM (
                SELECT customer_id, ends_on, count(*) FILTER (WHERE begins) OVER (
                    PARTITION BY customer_id ORDER BY starts_on, ends_on ROWS UNBOUNDED PRECEDING) AS number
                FROM ({paid_lines(day, among)}) lines
                WHERE is_paid
            ) numbered
            GROUP BY customer_id, number
        ) stretch
        JOIN accounts_customer gone ON gone.id = stretch.customer_id
        WHERE stretch.churned_on > {since} AND stretch.churned_on <= {day}
    """  # noqa: S608 (made of constants)
