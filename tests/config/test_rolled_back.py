"""After a roll-back of the code: what a later release wrote and this one does not know is left out and reported, the night goes on."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from accounts.models import Segment, User
from config import cycle
from config.setaside.models import SetAside
from health.models import CaseRule, Ceiling, Scorecard, ScorecardMeasure
from playbooks.models import Playbook, PlaybookVersion
from tests.config.test_changed import company, months, new_customer
from tests.factories import DAY

__all__ = ["company", "months"]  # fixtures

pytestmark = pytest.mark.usefixtures("months")

LATER = "from_later"


def night(later: int) -> None:
    for _done in cycle.run(DAY + dt.timedelta(days=later)):
        pass


def rolled_back(card: Scorecard) -> None:
    """One of each kind with a key that only a later release knows."""
    known = card.measures[0]
    ScorecardMeasure.objects.filter(group__scorecard=card, measure=known).update(measure=LATER)
    Scorecard.objects.filter(pk=card.pk).update(measures=[LATER, *card.measures[1:]])
    Ceiling.objects.filter(pk=Ceiling.objects.filter(scorecard=card).first().pk).update(condition=LATER)
    strange = [{"field": LATER, "test": "is", "value": "x"}]
    first, second = CaseRule.objects.filter(is_active=True).order_by("pk")[:2]
    CaseRule.objects.filter(pk=first.pk).update(detector=LATER)
    CaseRule.objects.filter(pk=second.pk).update(audience=strange)
    Segment.objects.filter(pk=Segment.objects.order_by("pk").first().pk).update(rule=strange)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(
            "ALTER TABLE playbooks_playbookversion DROP CONSTRAINT playbook_trigger_known"
        )  # the later schema's
    one, two, three = Playbook.objects.filter(published__isnull=False).order_by("pk")[:3]
    PlaybookVersion.objects.filter(pk=one.published_id).update(trigger_kind=LATER)
    PlaybookVersion.objects.filter(pk=two.published_id).update(
        trigger_kind="state", trigger={"state": LATER, "values": {}}
    )
    PlaybookVersion.objects.filter(pk=three.published_id).update(audience=strange)


def test_what_a_later_release_wrote_is_left_out_and_named(company: None, client: Client):
    customer = new_customer()
    night(0)
    card = Scorecard.objects.get(pk=customer.scores.latest("day").scorecard_id)
    rolled_back(card)
    night(1)
    others = customer.scores.latest("day")
    assert others.scorecard_id == card.pk
    assert others.points[0] is None
    assert others.value is not None
    assert sum(others.weights) == pytest.approx(1, abs=1e-5)
    assert {(row.kind, row.step) for row in SetAside.objects.filter(reason__contains=LATER)} == {
        ("segment", "segments"), ("scorecard", "scores"), ("rule", "cases"), ("playbook", "plays"),
    }  # fmt: skip
    assert SetAside.objects.count() == 7
    client.force_login(User.objects.create_superuser("admin@example.com", name="Ada"))
    for page in (
        reverse("accounts:customer", args=[customer.pk]),
        reverse("health:panel", args=[customer.pk]),
        reverse("health:scorecards"),
        reverse("health:scorecard", args=[card.pk]),
        reverse("health:case_rules"),
        reverse("playbooks:playbooks"),
        reverse("accounts:segments"),
        reverse("setaside:page"),
    ):
        assert client.get(page).status_code == 200, page
    assert client.get(reverse("health:score_part", args=[customer.pk, "nonsense"])).status_code == 404

    ScorecardMeasure.objects.filter(measure=LATER).update(measure=card.measures[0])
    Scorecard.objects.filter(pk=card.pk).update(measures=card.measures)
    Ceiling.objects.filter(condition=LATER).delete()
    night(2)
    assert not SetAside.objects.filter(kind="scorecard").exists()
