"""One row of every kind whose history is kept."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import connection, models

from accounts.models import ClosingDay, Entitlement, ExchangeRate
from health.models import (
    Case,
    CaseRule,
    Ceiling,
    MeasureGroup,
    OwnMeasure,
    Scorecard,
    ScorecardMeasure,
    TenureThreshold,
)
from playbooks.models import Playbook, PlaybookStep, PlaybookVersion, Task
from renewals.models import PrepPart, Renewal
from tests import factories
from tests.factories import DAY

NEW_IN_THIS_TRANSACTION = ("health_scorecard", "playbooks_playbookversion")

# A field of each kind and another value of it.
CHANGES: dict[str, tuple[str, Any]] = {
    "customer": ("industry", "Printing"),
    "contact": ("title", "CFO"),
    "contract": ("notice_days", 30),
    "contractline": ("quantity", 7),
    "entitlement": ("quantity", 9),
    "user": ("name", "Grace Hopper"),
    "segment": ("renewal_lead_days", 61),
    "organisation": ("alerts_per_day", 3),
    "closingday": ("name", "Founding day"),
    "exchangerate": ("rate", "2.00000000"),
    "caserule": ("is_active", False),
    "ownmeasure": ("about", "How often"),
    "scorecard": ("green_from", "71.00"),
    "scorecard_segments": ("segment_id", 0),
    "measuregroup": ("weight", "3.00"),
    "scorecardmeasure": ("window_days", 14),
    "tenurethreshold": ("from_days", 40),
    "ceiling": ("at_most", "55.00"),
    "case": ("plan", "Call them"),
    "renewal": ("csm_note", "Sure"),
    "preppart": ("note", "Looked at"),
    "playbook": ("state", "paused"),
    "playbookversion": ("reentry_days", 10),
    "playbookstep": ("title", "Write to them"),
    "task": ("due_on", dt.date(2027, 1, 5)),
}


def begun_long_ago() -> None:
    """What stands is not new any more, as in a later transaction: what is added to it is history."""
    with connection.cursor() as cursor:
        for table in NEW_IN_THIS_TRANSACTION:
            cursor.execute("SELECT set_config(%s, '', true)", [f"tsunagu.new_{table}"])


def rows() -> dict[str, models.Model]:
    """One row a kind, under the kind's name; the segment of ``scorecard_segments``' change is the second."""
    customer = factories.customer()
    contract = factories.contract(customer)
    scorecard = Scorecard.objects.create(key="kept", name="Kept", created_on=DAY)
    segment, other = factories.segment(), factories.segment()
    CHANGES["scorecard_segments"] = ("segment_id", other.pk)
    scorecard.segments.add(segment)
    group = MeasureGroup.objects.create(scorecard=scorecard, key="use", name="Use", weight=1)
    line = ScorecardMeasure.objects.create(group=group, measure="usage_trend", zero_at=0, full_at=1, weight=1)
    renewal = Renewal.objects.create(customer=customer, contract=contract, term_number=1, due_on=DAY)
    playbook = Playbook.objects.create(key="kept", name="Kept")
    version = PlaybookVersion.objects.create(playbook=playbook, number=1, trigger_kind="by_hand")
    made = [
        customer, contract, contract.lines.get(), scorecard, segment, group, line, renewal, playbook, version,
        factories.contact(customer), factories.user(), factories.organisation(),
        Entitlement.objects.create(contract=contract, kind="seats", quantity=5),
        ClosingDay.objects.create(day=DAY), ExchangeRate.objects.create(currency="EUR", fiscal_year=2026, rate=1),
        CaseRule.objects.create(key="kept", name="Kept", reason="kept", detector="low_score"),
        OwnMeasure.objects.create(
            key="own_kept", name="Kept", source="attribute", attribute="seats", statistic="newest", zero_at=0, full_at=1,
            created_on=DAY,
        ),
        Scorecard.segments.through.objects.get(scorecard=scorecard),
        TenureThreshold.objects.create(line=line, from_days=30, zero_at=0, full_at=2),
        Ceiling.objects.create(scorecard=scorecard, condition="silent", at_most=50),
        Case.objects.create(
            customer=customer, kind="risk", reason="kept", title="Kept", opened_on=DAY, due_on=DAY, newest_evidence_on=DAY
        ),
        PrepPart.objects.create(renewal=renewal, part="value"),
        PlaybookStep.objects.create(version=version, position=1, title="Call them"),
        Task.objects.create(customer=customer, title="Call them", due_on=DAY),
    ]  # fmt: skip
    begun_long_ago()
    return {str(each._meta.model_name): each for each in made}
