"""The features of the product that a customer uses."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection

from accounts.amounts import seats
from accounts.models import Customer


@dataclass(frozen=True)
class FeatureUse:
    """One feature over the last 28 days against the 28 before; ``weeks`` are the uses of 12 weeks, oldest first."""

    name: str
    is_core: bool
    uses: int
    before: int
    users: int
    weeks: Sequence[int]

    @property
    def change(self) -> float | None:
        """−0.2 means a fifth fewer; None where there was nothing before."""
        return self.uses / self.before - 1 if self.before else None


FEATURES = """
    SELECT f.name, f.is_core,
        coalesce(sum(d.uses) FILTER (WHERE d.day > %(day)s::date - 28), 0),
        coalesce(sum(d.uses) FILTER (WHERE d.day <= %(day)s::date - 28 AND d.day > %(day)s::date - 56), 0),
        coalesce(max(d.users) FILTER (WHERE d.day > %(day)s::date - 28), 0),
        ARRAY(SELECT coalesce(sum(w.uses), 0) FROM generate_series(11, 0, -1) n
              LEFT JOIN health_featureday w ON w.customer_id = %(customer)s AND w.feature_id = f.id
                AND w.day > %(day)s::date - 7 * (n + 1) AND w.day <= %(day)s::date - 7 * n
              GROUP BY n ORDER BY n DESC)
    FROM health_featureday d JOIN health_feature f ON f.id = d.feature_id
    WHERE d.customer_id = %(customer)s AND d.day > %(day)s::date - 84 AND d.day <= %(day)s
    GROUP BY f.id
"""
WITH_SEATS = f"""
    SELECT bought.seats, f.* FROM (SELECT {seats("%(customer)s", "%(day)s::date")}) bought(seats)
    LEFT JOIN ({FEATURES}) f(name, is_core, uses, before, users, weeks) ON true
    ORDER BY f.uses DESC, f.name
"""  # noqa: S608 (made of constants)


def feature_use(customer: Customer, day: dt.date) -> tuple[list[FeatureUse], int | None]:
    """Features used in the last 12 weeks, most used first, and the seats under contract. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(WITH_SEATS, {"customer": customer.pk, "day": day})
        rows = cursor.fetchall()
    bought = rows[0][0]
    return [FeatureUse(*row[1:]) for row in rows if row[1] is not None], None if bought is None else int(bought)
