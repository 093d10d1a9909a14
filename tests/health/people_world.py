"""People who use the product on days counted back from DAY, for tests: as the roll-up leaves them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from accounts.models import Contact, Customer
from health.models import Feature, Person, RollupMark, UsageRecord
from health.signals.partitions import ensure_partitions
from health.signals.rollup import roll_up_changed
from tests.health.conftest import ago


def come(customer: Customer, visits: Mapping[int, Iterable[int]], **fields: Any) -> None:
    """Each person (a number) uses the product once on each of the days; rolled up."""
    rows = []
    for person, backs in visits.items():
        for back in backs:
            ensure_partitions(ago(back), ago(back))
            name = f"{customer.pk}-{person}-{back}-{sorted(fields)}"
            values = {"source": "people", "message_id": name, "digest": name[:32], "uses": 1} | fields
            rows.append(UsageRecord(customer=customer, day=ago(back), person=person, **values))
    UsageRecord.objects.bulk_create(rows)
    RollupMark.objects.bulk_create(RollupMark(customer=customer, day=row.day) for row in rows)
    roll_up_changed()


def is_known_as(customer: Customer, person: int, contact: Contact, **fields: Any) -> None:
    """The roll-up finds the person to be the contact."""
    Person.objects.filter(customer=customer, number=person, **fields).update(contact=contact)
    RollupMark.objects.create(customer=customer, day=dt.date.min)
    roll_up_changed()


def core_feature() -> Feature:
    return Feature.objects.create(key="core", name="Core", is_core=True)
