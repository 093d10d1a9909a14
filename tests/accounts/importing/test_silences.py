"""A source that falls silent opens one case for the admins, which closes by itself."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client

from accounts.imports import hearing, silences
from accounts.models import ImportFile, ImportRun, Silence, Source
from config.outbox import housekeeping
from tests import factories as make
from tests.accounts.importing.test_hearing import NOW, UTC, came

pytestmark = pytest.mark.django_db
LATER = dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def silent() -> None:
    make.organisation(frozen_today=None)
    Source.objects.create(name="crm", silent_days=8)
    came("crm", 9)


def opened() -> list[tuple[str, bool]]:
    return [(case.source, case.closed_on is None) for case in Silence.objects.order_by("pk")]


def test_one_case_at_a_time_until_the_source_speaks() -> None:
    assert silences.settle in housekeeping.JOINED
    assert [silences.settle(NOW), silences.settle(NOW + LATER)] == [1, 0]
    assert opened() == [("crm", True)]
    came("crm", 0)
    assert silences.settle(NOW + LATER) == 1
    assert opened() == [("crm", False)]
    assert silences.settle(NOW + dt.timedelta(days=9)) == 1
    assert opened() == [("crm", False), ("crm", True)]


def test_it_stays_open_when_the_runs_are_forgotten_and_closes_when_the_source_is_over() -> None:
    silences.settle(NOW)
    ImportFile.objects.all().delete()
    ImportRun.objects.all().delete()
    assert silences.settle(NOW + LATER) == 0
    Source.objects.update(is_over=True)
    assert silences.settle(NOW + LATER) == 1
    assert opened() == [("crm", False)]


def test_it_stays_silent_while_its_runs_are_forgotten_one_by_one() -> None:
    """By a weekly file alone: a fourth day that goes leaves nothing usual, gaps that stay may be longer, and then none is left."""
    Silence.objects.all().delete()
    Source.objects.all().delete()
    ImportFile.objects.all().delete()
    for back in (79, 72, 65, 58, 51, 44):
        came("crm", back)
    assert silences.settle(NOW) == 1
    for days, left in ((10, 5), (20, 3), (40, 1), (60, 0)):
        gone = ImportFile.objects.order_by("run__ended_at").values("pk")[: ImportFile.objects.count() - left]
        ImportFile.objects.filter(pk__in=list(gone.values_list("pk", flat=True))).delete()
        assert silences.settle(NOW + dt.timedelta(days=days)) == 0
        row = next(row for row in hearing.sources(NOW, UTC) if row.name == "crm")
        assert row.silent_days(NOW.date() + dt.timedelta(days=days)) == 44 + days
    assert opened() == [("crm", True)]
    came("crm", -60)
    assert silences.settle(NOW + dt.timedelta(days=61)) == 1
    assert opened() == [("crm", False)]


def test_nothing_opens_while_the_day_is_frozen() -> None:
    make.organisation()
    assert silences.settle(NOW) == 0


def test_admins_see_it_in_their_day(client: Client) -> None:
    silences.settle(NOW)
    client.force_login(make.user(role="admin"))
    assert "crm has been silent for" in client.get("/").text
    client.force_login(make.user(role="csm"))
    assert "crm has been silent for" not in client.get("/").text


def test_who_is_no_admin_has_none() -> None:
    silences.settle(NOW)
    today = NOW.date()
    assert silences.open_for(make.user(role="manager"), today) == []
    assert [(case.source, days) for case, days in silences.open_for(make.user(role="admin"), today)] == [("crm", 9)]
