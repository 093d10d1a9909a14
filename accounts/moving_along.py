"""What goes with customers to a new owner, and what stays where it is.

Shared by edges, above all domains, as ``accounts.book`` is.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, Q, Sum

from accounts import revenue
from health.models import Case
from playbooks.models import Enrolment, Task
from renewals.models import Qbr, Renewal


@dataclass(frozen=True)
class Along:
    """How many open renewals, plays and reviews go with the customers, and how many tasks go with them or stay with whom they were
    given to by hand; ``late`` of those that go are past their day. Renewals are worth ``arr``, but for ``untold`` of them.
    """

    renewals: int
    arr: Decimal
    untold: int
    tasks: int
    late: int
    tasks_stay: int
    cases: int
    cases_stay: int
    plays: int
    reviews: int


def with_customers(customers: Sequence[int], day: dt.date) -> Along:
    """What hangs on ``customers`` on ``day``. Five statements, whatever their number."""
    of = Q(customer__in=customers)
    follows = ~Q(assigned_as=Task.AssignedAs.PERSON)
    tasks = Task.objects.awake(day).filter(of)
    counted = tasks.aggregate(
        tasks=Count("pk", filter=follows),
        late=Count("pk", filter=follows & Q(due_on__lt=day)),
        tasks_stay=Count("pk", filter=~follows),
    )
    handed = Q(pk__in=Case.objects.filter(of, acts__act="handed_on").values("pk"))
    cases = Case.objects.awake(day).lasting().filter(of)
    counted |= cases.aggregate(cases=Count("pk", filter=~handed), cases_stay=Count("pk", filter=handed))
    renewals = Renewal.objects.to_come().filter(of).order_by()
    money = renewals.aggregate(renewals=Count("pk"), total=Sum("arr", default=Decimal(0)), untold=revenue.untold())
    plays = Enrolment.objects.filter(of, state=Enrolment.State.RUNNING).count()
    reviews = Qbr.objects.filter(of, held_on=None).count()
    return Along(arr=money.pop("total"), **money, **counted, plays=plays, reviews=reviews)
