"""One row of every kind whose history is kept."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import connection, migrations, models
from django.db.migrations.state import ProjectState

from accounts import tokens
from accounts.models import (
    Attribute,
    ClosingDay,
    Effort,
    Entitlement,
    ExchangeRate,
    FieldOrder,
    Post,
    SavedMapping,
    SavedView,
    Segment,
    Source,
)
from config import clock
from config.history import way
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
from playbooks.steps import task_step
from renewals.models import PrepPart, Renewal
from tests import factories
from tests.factories import DAY

NEW_IN_THIS_TRANSACTION = ("accounts_segment", "health_scorecard", "playbooks_playbook", "playbooks_playbookversion")

# To what it is already: a trigger that names the column hinders that all the same.
ALTER = "ALTER TABLE accounts_customer ALTER industry TYPE varchar(80)"
DEFINITIONS = """
    SELECT t.tgrelid::regclass::text || '.' || t.tgname, pg_get_triggerdef(t.oid) || pg_get_functiondef(t.tgfoid)
    FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid WHERE p.proname LIKE 'history\\_of\\_%' ORDER BY 1
"""
# A field of each kind and another value of it.
CHANGES: dict[str, tuple[str, Any]] = {
    "customer": ("industry", "Printing"),
    "contact": ("title", "CFO"),
    "post": ("title", "CFO"),
    "contract": ("notice_days", 30),
    "contractline": ("quantity", 7),
    "entitlement": ("quantity", 9),
    "user": ("name", "Grace Hopper"),
    "segment": ("renewal_lead_days", 61),
    "segment_pool": ("user_id", 0),
    "organisation": ("alerts_per_day", 3),
    "attribute": ("label", "Plan"),
    "savedmapping": ("toml", "source = 'b'"),
    "savedview": ("order", "-arr"),
    "effort": ("minutes", 25),
    "source": ("silent_days", 9),
    "fieldorder": ("sources", ["crm"]),
    "apitoken": ("name", "Billing run"),
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
    "playbookstep": ("position", 9),
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
    contract, person = factories.contract(customer), factories.contact(customer)
    scorecard = Scorecard.objects.create(key="kept", name="Kept", created_on=DAY)
    segment, other = factories.segment(), factories.segment()
    CHANGES["scorecard_segments"] = ("segment_id", other.pk)
    scorecard.segments.add(segment)
    segment.pool.add(factories.user())
    CHANGES["segment_pool"] = ("user_id", factories.user().pk)
    group = MeasureGroup.objects.create(scorecard=scorecard, key="use", name="Use", weight=1)
    line = ScorecardMeasure.objects.create(group=group, measure="usage_trend", zero_at=0, full_at=1, weight=1)
    renewal = Renewal.objects.create(customer=customer, contract=contract, term_number=1, due_on=DAY)
    playbook = Playbook.objects.create(key="kept", name="Kept")
    version = PlaybookVersion.objects.create(playbook=playbook, number=1, trigger_kind="by_hand")
    made = [
        customer, contract, contract.lines.get(), scorecard, segment, group, line, renewal, playbook, version,
        person, factories.user(), factories.organisation(),
        Post.objects.create(contact=person, title="CEO"),
        Entitlement.objects.create(contract=contract, kind="seats", quantity=5),
        tokens.issue(factories.user(), "Script", ["*:read"], days=9, by=factories.user(), now=clock.now())[0],
        SavedMapping.objects.create(name="Kept", toml="source = 'a'", by=factories.user()),
        Attribute.objects.create(key="kept", label="Kept", kind="text", position=1),
        SavedView.objects.create(kind="customers", name="Kept", owner=factories.user()),
        Effort.objects.create(kind="case", minutes=50), Source.objects.create(name="crm"), FieldOrder.objects.create(target="customers", field="name"), ClosingDay.objects.create(day=DAY), ExchangeRate.objects.create(currency="EUR", fiscal_year=2026, rate=1),
        CaseRule.objects.create(key="kept", name="Kept", reason="kept", detector="low_score"),
        OwnMeasure.objects.create(
            key="own_kept", name="Kept", source="attribute", attribute="seats", statistic="newest", zero_at=0, full_at=1,
            created_on=DAY,
        ),
        Scorecard.segments.through.objects.get(scorecard=scorecard),
        Segment.pool.through.objects.get(segment=segment),
        TenureThreshold.objects.create(line=line, from_days=30, zero_at=0, full_at=2),
        Ceiling.objects.create(scorecard=scorecard, condition="silent", at_most=50),
        Case.objects.create(
            customer=customer, kind="risk", reason="kept", title="Kept", opened_on=DAY, due_on=DAY, newest_evidence_on=DAY
        ),
        PrepPart.objects.create(renewal=renewal, part="value"),
        PlaybookStep.objects.create(version=version, position=1, kind="task", values=task_step("Call them").values),
        Task.objects.create(customer=customer, title="Call them", due_on=DAY),
    ]  # fmt: skip
    begun_long_ago()
    return {str(each._meta.model_name): each for each in made}


def migrated(operations: list[Any], *, backwards: bool = False, app: str = "accounts", atomic: bool = True) -> None:
    """Run ``operations`` as a migration of ``app``, prepared as ``migrate`` prepares it; commits where nobody else began."""
    migration = migrations.Migration("next", app)
    migration.operations = operations
    migration.atomic = atomic
    way.make_way("default", [(migration, backwards)])
    with connection.schema_editor(atomic=atomic) as editor:
        (migration.unapply if backwards else migration.apply)(ProjectState(), editor)


def alter() -> migrations.RunSQL:
    return migrations.RunSQL(ALTER, ALTER)


def address() -> dict[str, Any]:
    """Where another session finds the database of the test."""
    settings = connection.settings_dict
    return {
        "dbname": settings["NAME"], "user": settings["USER"], "password": settings["PASSWORD"],
        "host": settings["HOST"], "port": settings["PORT"],
    }  # fmt: skip


def definitions() -> dict[str, str]:
    """How each trigger that keeps history stands, by table and name."""
    with connection.cursor() as cursor:
        cursor.execute(DEFINITIONS)
        return dict(cursor.fetchall())
