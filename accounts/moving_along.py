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
    """The numbers of open renewals, plays and reviews that go with the customers, and of tasks and cases that go
    with them or stay with the person who got them by hand. ``late`` counts tasks that go and are past their day;
    ``tasks_of_managers`` are for the manager of whoever owns the customer;
    ``arr`` is the ARR of the renewals, without ``untold`` ones whose ARR cannot be told.
    """

    renewals: int
    arr: Decimal
    untold: int
    tasks: int
    late: int
    tasks_stay: int
    tasks_of_managers: int
    cases: int
    cases_stay: int
    plays: int
    reviews: int


def with_customers(customers: Sequence[int], day: dt.date) -> Along:
    """The open work of ``customers`` on ``day``. Five statements, whatever their number."""
    of_customers = Q(customer__in=customers)
    follows = Q(assigned_as=Task.AssignedAs.OWNER)
    tasks = Task.objects.awake(day).filter(of_customers)
    counted = tasks.aggregate(
        tasks=Count("pk", filter=follows),
        late=Count("pk", filter=follows & Q(due_on__lt=day)),
        tasks_stay=Count("pk", filter=Q(assigned_as=Task.AssignedAs.PERSON)),
        tasks_of_managers=Count("pk", filter=Q(assigned_as=Task.AssignedAs.MANAGER)),
    )
    handed_on = Q(pk__in=Case.objects.filter(of_customers, acts__act="handed_on").values("pk"))
    cases = Case.objects.awake(day).lasting().filter(of_customers)
    counted |= cases.aggregate(cases=Count("pk", filter=~handed_on), cases_stay=Count("pk", filter=handed_on))
    renewals = Renewal.objects.to_come().filter(of_customers).order_by()
    money = renewals.aggregate(renewals=Count("pk"), total=Sum("arr", default=Decimal(0)), untold=revenue.untold())
    plays = Enrolment.objects.filter(of_customers, state=Enrolment.State.RUNNING).count()
    reviews = Qbr.objects.filter(of_customers, held_on=None).count()
    return Along(arr=money.pop("total"), **money, **counted, plays=plays, reviews=reviews)
