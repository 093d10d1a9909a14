"""Why a case or a playbook starts for one customer, or not: each requirement with the customer's own values.

The checks run the same query as the sweeps of rules and playbooks, so that they explain what a sweep does.
"""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass, field
from typing import Any, Final

from django.db import connection, transaction

from accounts import conditions
from accounts.models import Customer, Status
from health.measures import catalogue
from health.states import Measured, Watch, table

ONE: Final = """
    SELECT s.value, s.band, {measured} f.facts::text
    FROM standing s LEFT JOIN ({state}) f ON f.customer_id = s.id
"""


@dataclass(frozen=True)
class Check:
    """One requirement. ``actual`` has the customer's values by name."""

    key: str
    holds: bool
    actual: dict[str, Any] = field(default_factory=dict)
    condition: conditions.Explained | None = None


@dataclass(frozen=True)
class Verdict:
    """All checks for one customer, in the order a reader asks them."""

    checks: list[Check]

    @property
    def starts(self) -> bool:
        """Whether every check holds: the case opens, the playbook starts."""
        return all(check.holds for check in self.checks)

    @property
    def failing(self) -> int:
        return sum(not check.holds for check in self.checks)


def current(customer: Customer) -> Check:
    """Whether the customer is live or has given notice, and is not merged into another."""
    is_current = customer.status in {Status.LIVE, Status.NOTICE} and customer.merged_into_id is None
    return Check("current", is_current, {"status": customer.status})


def in_state(watch: Watch | None, customer: Customer, day: dt.date) -> Check:
    """Whether the state holds for ``customer`` on ``day``, with its facts or else with score, band and measures.

    A state that cannot be evaluated (None) holds for nobody. At most six statements.
    """
    facts, measured = _found(watch, customer, day) if watch else (None, {})
    return Check("state", facts is not None, measured if facts is None else facts)


def in_audience(audience: conditions.Stored, customer: Customer, day: dt.date) -> list[Check]:
    """One check for each condition or group that must hold. One statement."""
    return [
        Check("audience", part.holds is True, condition=part)
        for part in conditions.explain(audience, customer, day).required
    ]


def _found(watch: Watch, customer: Customer, day: dt.date) -> tuple[dict[str, Any] | None, dict[str, Any]]:
    reads = list(dict.fromkeys(_looked_at(watch)))
    with transaction.atomic(), connection.cursor() as cursor:
        columns = table.build(day, reads, [customer.pk])
        measured = "".join(f"s.{columns[read]}, " for read in reads)
        params = table.moment_of(day, [customer.pk]) | watch.bound()
        cursor.execute(ONE.format(measured=measured, state=watch.query(columns)), params)
        row = cursor.fetchone()
        table.drop()
    if row is None:
        return None, {}
    amounts = {read.measure: amount for read, amount in zip(reads, row[2:-1], strict=True) if not read.back}
    return json.loads(row[-1]) if row[-1] else None, {"score": row[0], "band": row[1], "measures": amounts}


def _looked_at(watch: Watch) -> list[Measured]:
    """The measures that the state reads, and the measure behind it."""
    behind = watch.state.behind or str(watch.values.get("measure", ""))
    reads = list(watch.reads.values())
    if behind in catalogue() and behind not in {read.measure for read in reads}:
        reads.append(Measured(behind))
    return reads
