"""One record of each kind, of a customer that one CSM has and another has not."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from accounts.models import Customer, User
from health.models import Case
from playbooks.models import Playbook, PlaybookVersion, Task
from renewals.models import Renewal
from tests import factories
from tests.factories import DAY


@dataclass
class World:
    mara: User
    jonas: User
    aoba: Customer


def of_customer(customer: Customer, number: str, title: str) -> None:
    """A contact, a contract, a renewal, a case and a task of this customer."""
    factories.contact(customer, name="佐藤 花子", reading="サトウ ハナコ", email=f"hanako{customer.pk}@mori.example")
    contract = factories.contract(customer, external_id=number)
    Renewal.objects.create(
        customer=customer, contract=contract, term_number=1, due_on=DAY + dt.timedelta(days=30), arr=100
    )
    Case.objects.create(
        customer=customer,
        kind="risk",
        reason=f"r{number.lower()}",
        title=title,
        opened_on=DAY,
        due_on=DAY,
        newest_evidence_on=DAY,
    )
    Task.objects.create(customer=customer, title=title, due_on=DAY, assignee=customer.owner)


def made() -> World:
    factories.organisation()
    mara, jonas = (
        factories.user(name=name, email=f"user.{name.split()[0].lower()}@demo.example")
        for name in ("Mara Lindgren", "Jonas Weber")
    )
    aoba = factories.customer(name="青葉物流", reading="アオバ ブツリュウ", domain="aoba.example", owner=mara)
    of_customer(aoba, "HC-2024-118", "Quiet for 14 days")
    playbook = Playbook.objects.create(key="champion", name="Champion change")
    version = PlaybookVersion.objects.create(playbook=playbook, number=1, trigger_kind="by_hand")
    values: dict[str, Any] = {"published": version}
    Playbook.objects.filter(pk=playbook.pk).update(**values)
    return World(mara, jonas, aoba)
