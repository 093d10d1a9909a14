"""A churned or merged customer enters no list or play, whatever the night does: over every table that names a customer.

A step of the nightly run that writes something about gone customers on purpose is named in ``RECORD``, with the tables.
"""

from __future__ import annotations

from typing import Any, Final

import pytest
from django.apps import apps
from django.db import models

from accounts.models import Customer, DatedFact, Status
from config import cycle, shipped
from health.models import CaseRule, Milestone
from playbooks.models import Playbook
from renewals.models import Renewal
from tests import factories as make
from tests.factories import DAY
from tests.health.conftest import ago, ticket, use
from tests.playbooks.rows import case, stage

pytestmark = pytest.mark.django_db

# What the record and history keep of everybody: no list, nothing to do. A renewal is a term of a contract; of who
# churned none is open.
RECORD: Final = {
    "Renewal",
    "DatedFact",
    "ChangeMark",
    "CustomerSource",
    "UsageDay",
    "FeatureDay",
    "Score",
    "NamedScore",
}


def about(customer: Customer) -> dict[str, int]:
    """How many rows of each table name the customer."""
    counts = {}
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            if isinstance(field, models.ForeignKey) and field.related_model is Customer and model is not Customer:
                counts[f"{model.__name__}.{field.name}"] = model._base_manager.filter(**{field.name: customer}).count()
    return {name: n for name, n in counts.items() if name.split(".")[0] not in RECORD}


def troubled(**fields: Any) -> Customer:
    """A customer about whom everything would speak: silent, late, escalated, in onboarding, with a case due."""
    owner = make.user()
    one = make.customer(owner=owner, first_contract_on=ago(40), stage="onboarding", touch_model="high", **fields)
    make.contract(one, starts_on=ago(40), ends_on=None if one.status != Status.CHURNED else ago(1))
    make.contact(one, roles=["champion"], state="left", state_on=ago(3))
    use(one, [19])
    ticket(one, 2, escalated=True)
    stage(one, "onboarding", 5)
    Milestone.objects.create(customer=one, key="habit", due_on=ago(12))
    return one


@pytest.fixture
def company(db: None) -> None:
    make.organisation(frozen_today=DAY)
    shipped.install(DAY)
    CaseRule.objects.update(is_active=True, swept_on=ago(1))
    Playbook.objects.update(state="active")


def test_night_writes_nothing_to_do_about_gone_customers(company: None) -> None:
    here = troubled()
    churned, merged = troubled(status="churned"), troubled(merged_into=here)
    for one in (churned, merged):
        DatedFact.objects.create(customer=one, fact="status", value=one.status, from_day=ago(20))
    ended = churned.contracts.get()
    ended.ended_on = ago(1)
    ended.save()
    case(churned, 3, reason="late", due_on=ago(1))
    before = {one.pk: about(one) for one in (churned, merged)}
    now_here = about(here)
    list(cycle.run(DAY))
    assert about(here) != now_here
    for one in (churned, merged):
        assert {name: n for name, n in about(one).items() if n > before[one.pk][name]} == {}
        assert not Milestone.objects.filter(customer=one, missed_on__isnull=False).exists()
    assert not churned.cases.exclude(state="closed").exists()
    assert not Renewal.objects.filter(customer=churned).exclude(stage="closed").exists()
    assert Milestone.objects.filter(customer=here, missed_on__isnull=False).exists()
