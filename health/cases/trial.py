"""The dry run of a rule: the customers it would open a case for today, and the reasons for one customer.

Both evaluate the rule as the sweep does (``health.cases.opening``).
"""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection, transaction
from django.db.models import QuerySet

from accounts.embedding import embedded
from accounts.models import Customer
from health.cases import opening
from health.models import CaseRule
from health.states import table
from health.states.verdicts import Check, Verdict, current, in_audience, in_state

SHOWN: Final = 50

# After the CTE ``judged``.
TRY: Final = """
    , page AS (
        SELECT j.customer_id, j.facts, j.opens, c.arr FROM judged j JOIN accounts_customer c ON c.id = j.customer_id
        ORDER BY j.opens DESC, c.arr DESC NULLS LAST, c.id LIMIT %(limit)s
    )
    SELECT total.holding, total.opening, page.customer_id, page.facts::text, page.opens
    FROM (SELECT count(*) AS holding, count(*) FILTER (WHERE opens) AS opening FROM judged) total
    LEFT JOIN page ON true ORDER BY page.opens DESC, page.arr DESC NULLS LAST, page.customer_id
"""


@dataclass(frozen=True)
class Holding:
    """A customer in the rule's state, the facts of the state, and whether a case would open for it."""

    customer: Customer
    facts: dict[str, Any]
    opens: bool


@dataclass(frozen=True)
class Trial:
    """The number of visible customers in the state, of those a case would open for, and the first of them."""

    holding: int
    opening: int
    rows: list[Holding]


def dry_run(rule: CaseRule, day: dt.date, visible_customers: QuerySet[Customer], *, limit: int = SHOWN) -> Trial:
    """The ``visible_customers`` in the state of ``rule``, saved or not, and whether ``day``'s sweep opens a case.

    Those that get a case come first, then the highest ARR. Empty when the rule is invalid. A fixed number of
    statements; writes only a table that ends with the transaction.
    """
    ready = opening.readable(rule)
    if ready is None:
        return Trial(0, 0, [])
    visible = embedded(visible_customers.values_list("pk", flat=True), "seen")
    moment = table.moment_of(day, None)
    with transaction.atomic(), connection.cursor() as cursor:
        query = ready.judged(table.build(day, ready.watch.reads.values(), None), moment, visible)
        cursor.execute(query.sql + TRY, query.params | {"limit": limit})
        rows = cursor.fetchall()
        table.drop()
    customers = Customer.objects.select_related("owner").in_bulk([row[2] for row in rows if row[2]])
    holdings = [Holding(customers[row[2]], json.loads(row[3]), row[4]) for row in rows if row[2]]
    return Trial(rows[0][0], rows[0][1], holdings)


def explain(customer: Customer, rule: CaseRule, day: dt.date) -> Verdict:
    """Why the sweep of ``day`` would, or would not, open a case of ``rule`` for ``customer``. A fixed number of
    statements.
    """
    ready = opening.readable(rule)
    state = in_state(ready.watch if ready else None, customer, day)
    standing = opening.standing(rule, customer, day, state.actual if state.holds else None)
    open_case = {"pk": standing.case, "opened_on": standing.opened_on} if standing.case else {}
    checks = [
        Check("in_use", rule.is_active and ready is not None, {"readable": ready is not None}),
        current(customer),
        state,
        *(in_audience(rule.audience, customer, day) if ready else []),
        Check("entered", standing.since is None, {"since": standing.since}),
        Check("open_case", not open_case, open_case),
    ]
    if state.holds and opening.is_unknown(rule, day):
        began = state.actual.get("since")
        checks.append(Check("fresh", standing.fresh, {"since": dt.date.fromisoformat(began) if began else None}))
    return Verdict(checks)
