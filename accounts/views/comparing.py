"""Two customers side by side, and the figures of the survivor before and after a merge, which is tried and rolled back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import Count, Q, Sum
from django.db.models.functions import Lower

from accounts import revenue
from accounts.identity import merging
from accounts.identity.values import ATTRIBUTE, FIELDS, contested, lacking
from accounts.models import Contact, Contract, Customer, User
from accounts.views.attribute_values import told
from config.ui import figures as figures_of
from health.explaining.difference import Difference, pieces, score_on
from health.explaining.exact import end_of
from health.models import Case, Purpose, UsageDay
from health.models.scores import ScoreRow
from health.scorecards.cards import cards_of
from health.words import differences
from playbooks.models import Task
from renewals.models import Renewal

DAYS: Final = 28
NAMED: Final = 3
PATIENCE: Final = "SET LOCAL lock_timeout = '300ms'"


@dataclass(frozen=True)
class Value:
    """A field of which one value stays; ``stays`` is the number of the customer whose value is proposed."""

    name: str
    label: str
    values: tuple[Any, Any]
    stays: int

    @property
    def is_same(self) -> bool:
        return self.values[0] == self.values[1]


@dataclass(frozen=True)
class Side:
    """What one of the two has, of which both stay."""

    customer: Customer
    attributes: Sequence[tuple[str, Any]]
    keys: Sequence[str]
    contracts: Sequence[Contract]
    contacts: int
    shared: int
    uses: int
    cases: int
    tasks: int


@dataclass(frozen=True)
class Figures:
    """The survivor's figures, and those of all customers that the person may see."""

    arr: Decimal | None
    contracts: int
    contacts: int
    keys: int
    score: Decimal | None
    next_renewal_on: dt.date | None
    renewals: int
    employees: int | None
    total: Decimal
    untold: int
    customers: int


@dataclass(frozen=True)
class Preview:
    """Before and after; ``health`` are the parts of the score's change in words. ``problem``: why it cannot be done."""

    before: Figures
    after: Figures | None
    health: Sequence[differences.Row] = ()
    problem: ValidationError | None = None


def values(merged: Customer, survivor: Customer, taken: Collection[str] | None = None, *, day: dt.date) -> list[Value]:
    """The fields that either has, in the order of the form, then the attributes of which each has another value; ``taken``
    None proposes what the survivor lacks.
    """
    from_merged = lacking(merged, survivor) if taken is None else set(taken)
    rows = []
    for name in FIELDS:
        field = Customer._meta.get_field(name.removesuffix("_id"))
        both = tuple(_shown(getattr(side, field.name)) for side in (merged, survivor))
        if any(value not in ("", None) for value in both):
            stays = merged.pk if name in from_merged else survivor.pk
            rows.append(Value(name, str(field.verbose_name), both, stays))  # type: ignore[union-attr]
    for key in contested(merged, survivor):
        name = f"{ATTRIBUTE}{key}"
        (label, one), (_label, other) = (told(side, key, day) for side in (merged, survivor))
        rows.append(Value(name, label, (one, other), merged.pk if name in from_merged else survivor.pk))
    return rows


def _shown(value: Any) -> Any:
    return figures_of.number(value) if isinstance(value, int) else value


def owner_of(rows: Sequence[Value], merged: Customer) -> User | None:
    """The owner that stays."""
    owners = (row.values[0] if row.stays == merged.pk else row.values[1] for row in rows if row.name == "owner_id")
    return next(owners, None) or None


def side(customer: Customer, other: Customer, day: dt.date) -> Side:
    """What ``customer`` has. Seven statements."""
    emails = Contact.objects.exclude(email="").filter(customer=other).values(folded=Lower("email"))
    contacts = Contact.objects.filter(customer=customer)
    use = UsageDay.objects.filter(customer=customer, day__gt=day - dt.timedelta(days=DAYS), day__lte=day)
    return Side(
        customer=customer,
        attributes=[told(customer, key, day) for key in sorted(set(customer.attributes) - set(other.attributes))],
        keys=[f"{key.source} {key.external_id}" for key in customer.external_keys.order_by("source", "external_id")],
        contracts=list(customer.contracts.ran().order_by("starts_on", "pk")),
        contacts=contacts.count(),
        shared=contacts.annotate(folded=Lower("email")).filter(folded__in=emails).count(),
        uses=use.aggregate(uses=Sum("uses"))["uses"] or 0,
        cases=Case.objects.open().filter(customer=customer).count(),
        tasks=Task.objects.open().filter(customer=customer).count(),
    )


def preview(merged: Customer, survivor: Customer, taken: Collection[str], *, by: User, day: dt.date) -> Preview:
    """Merge the two, read the figures, and roll all of it back. Who is writing either is not waited for."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(PATIENCE)
        before, score = figures(survivor.pk, by), score_on(survivor, day)
        try:
            with transaction.atomic():
                merging.merge(merged, survivor, taken=taken, by=by, day=day)
        except ValidationError as problem:
            transaction.set_rollback(True)
            return Preview(before, None, problem=problem)
        after = figures(survivor.pk, by)
        health = changed(survivor, score, score_on(survivor, day), day)
        transaction.set_rollback(True)
    return Preview(before, after, health)


def figures(customer: int, by: User) -> Figures:
    """The figures as they are now, totals over what ``by`` may see: five statements."""
    row = Customer.objects.annotate(
        contracts_n=Count("contracts", filter=Q(contracts__in=Contract.objects.ran()), distinct=True),
        contacts_n=Count("contacts", distinct=True),
    ).get(pk=customer)
    totals = revenue.totals(Customer.objects.visible_to(by))
    keys = Customer.objects.filter(merged_into=customer).values("pk")
    return Figures(
        arr=row.arr,
        contracts=row.contracts_n,
        contacts=row.contacts_n,
        keys=row.external_keys.model.objects.filter(
            customer__in=[customer, *keys.values_list("pk", flat=True)]
        ).count(),
        score=row.score,
        next_renewal_on=row.next_renewal_on,
        renewals=Renewal.objects.filter(customer=customer).exclude(stage="closed").count(),
        employees=row.employees,
        total=totals.arr,
        untold=totals.untold,
        customers=totals.customers,
    )


def changed(customer: Customer, first: ScoreRow | None, last: ScoreRow | None, day: dt.date) -> list[differences.Row]:
    """Why the score differs, the largest parts of it."""
    if first is None or last is None:
        return []
    ends = [
        end_of(score, card, customer.tenure_days(day))
        for score, card in zip((first, last), cards_of([first.scorecard, last.scorecard]), strict=True)
    ]
    if ends[0] is None or ends[1] is None:
        return []
    found = Difference(customer, Purpose.HEALTH, day, day, first, last, pieces(ends[0], ends[1]))
    return [row for row in differences.rows(found, day) if row.points][:NAMED]
