"""Customers with facts of every kind, for tests of measures: by hand, and by chance."""

from __future__ import annotations

import datetime as dt
from random import Random

from accounts.models import Contact, ContactRole, Contract, Customer, Entitlement
from health.models import Feature, FeatureDay, Milestone, SurveyResponse, UsageDay
from tests import factories as make
from tests.health.conftest import ago, ticket, use
from tests.health.people_world import come, is_known_as


def answer(customer: Customer, kind: str, value: int, back: int = 5, contact: Contact | None = None) -> None:
    SurveyResponse.objects.create(
        customer=customer,
        contact=contact,
        kind=kind,
        answer=value,
        answered_on=ago(back),
        source="t",
        external_id=str(SurveyResponse.objects.count()),
    )


def allow(contract: Contract, kind: str, name: str = "", quantity: int | None = None) -> None:
    Entitlement.objects.create(contract=contract, kind=kind, name=name, quantity=quantity)


def five_features() -> list[Feature]:
    """Bits 1, 2, 4 are open to everybody, 8 belongs to the module a, 16 to b."""
    modules = ("", "", "", "a", "b")
    return [Feature.objects.create(key=f"f{n}", name=f"F{n}", module=module) for n, module in enumerate(modules)]


def features_used(customer: Customer, feature: Feature, uses: dict[int, int]) -> None:
    """``uses`` on days counted back."""
    rows = [FeatureDay(customer=customer, feature=feature, day=ago(back), users=1, uses=n) for back, n in uses.items()]
    FeatureDay.objects.bulk_create(rows)


def bill(customer: Customer, issued: int, *, due: int = 30, paid: int | None = None) -> None:
    """Issued so many days ago, due ``due`` days later, paid so many days ago."""
    customer.invoices.create(
        source="t",
        external_id=str(customer.invoices.count()) + f"-{customer.pk}",
        issued_on=ago(issued),
        due_on=ago(issued - due),
        paid_on=None if paid is None else ago(paid),
        amount=100,
    )


def by_chance(seed: int, features: list[Feature]) -> Customer:
    """A customer with facts before and after DAY; the same seed gives the same one."""
    chance = Random(seed)
    customer = make.customer()
    contract = make.contract(customer, starts_on=ago(chance.randrange(-10, 400)))
    allow(contract, "seats", quantity=chance.randrange(1, 20))
    if chance.random() < 0.5:
        allow(contract, "module", "a")
    if chance.random() < 0.7:
        allow(contract, "limit", "f1", chance.randrange(1, 60))
    days = sorted({chance.randrange(-5, 70) for _ in range(chance.randrange(12))})
    rows = [
        UsageDay(
            customer=customer,
            day=ago(back),
            active_users=chance.randrange(9),
            uses=chance.randrange(30),
            core_uses=chance.randrange(5),
            features=chance.randrange(5),
            errors=chance.randrange(3),
            feature_bits=chance.choice([0, chance.randrange(32)]),
        )
        for back in days
    ]
    UsageDay.objects.bulk_create(rows)
    for person, agent in ((1, False), (2, False), (3, True)):
        if chance.random() < 0.7:
            come(customer, {person: chance.sample(range(70), 4)}, agent=agent)
            if chance.random() < 0.5:
                is_known_as(customer, person, make.contact(customer, roles=chance.sample(ContactRole.values, 2)))
    for back in days:
        features_used(customer, chance.choice(features), {back: chance.randrange(30)})
    people = [
        make.contact(
            customer,
            roles=chance.sample(ContactRole.values, 2),
            state=chance.choice(["active", "left"]),
            state_on=ago(chance.randrange(-20, 300)),
        )
        for _ in range(chance.randrange(4))
    ]
    for _ in range(chance.randrange(6)):
        touch = customer.touchpoints.create(
            kind=chance.choice(["call", "email", "one_to_many"]),
            proactive=chance.random() < 0.5,
            happened_on=ago(chance.randrange(-10, 250)),
        )
        touch.contacts.set(chance.sample(people, chance.randrange(len(people) + 1)))
        answer(customer, chance.choice(["nps", "intent", "csat", "ces"]), 5, chance.randrange(-9, 200))
        opened = chance.randrange(-5, 120)
        ticket(
            customer,
            opened,
            topic=chance.choice(["", "billing", "access"]),
            reopened=chance.randrange(2),
            csat=chance.choice([None, 2, 5]),
            solved_at=chance.choice([None, dt.datetime.combine(ago(opened - 3), dt.time(10), dt.UTC)]),
        )
    for _ in range(chance.randrange(3)):
        bill(customer, chance.randrange(-5, 200), paid=chance.choice([None, chance.randrange(-9, 150)]))
        connected = chance.randrange(-10, 300)
        gone = chance.choice([None, ago(connected - 20)])
        customer.integrations.create(name="CRM", connected_on=ago(connected), disconnected_on=gone)
        customer.community.create(kind="post", happened_on=ago(chance.randrange(-10, 120)))
    for key in chance.sample(Milestone.Key.values, 2):
        reached = chance.choice([None, ago(chance.randrange(-10, 60))])
        customer.milestones.create(key=key, due_on=ago(chance.randrange(-10, 60)), reached_on=reached)
    return customer


__all__ = ["allow", "answer", "bill", "by_chance", "features_used", "five_features", "use"]
