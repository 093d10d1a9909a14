"""A source that falls silent opens one case for the admins, which closes by itself."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse

from accounts.imports import hearing, silences
from accounts.models import ImportFile, ImportRun, Silence, Source
from config import clock
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


def test_it_closes_where_nobody_says_any_more_how_long_it_may_be_silent() -> None:
    """One file says nothing of what is usual: the admin alone did."""
    silences.settle(NOW)
    silences.say("crm", {"silent_days": None, "is_over": False}, NOW)
    assert silences.settle(NOW) == 1
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


def test_a_case_has_an_owner_a_day_and_rests(client: Client) -> None:
    """The next silence of the source is the same admin's, as long as that one is an admin."""
    silences.settle(NOW)
    today = NOW.date()
    case = Silence.objects.get()
    assert (case.owner, case.due_on) == (None, today + dt.timedelta(days=3))
    ann, bob = make.user(role="admin", name="Ann Archer"), make.user(role="admin")
    client.force_login(ann)
    page = reverse("accounts:source_silence", args=["crm"])
    csm = make.user(role="csm")
    assert client.post(page, {"owner": csm.pk}).status_code == 422
    assert "Choose a day after today" in client.post(page, {"snoozed_until": "2020-01-01"}).text
    answer = client.post(page, {"owner": ann.pk, "due_on": "2026-12-01"}, follow=True).text
    assert "Ann Archer looks into it." in answer
    assert "Silent since" in answer
    assert [len(silences.open_for(person, today)) for person in (ann, bob)] == [1, 0]
    assert "Ann Archer" not in client.get("/").text.partition("crm has been silent")[2].partition("</p>")[0]
    for days, is_told in ((0, False), (1, True)):
        Silence.objects.update(snoozed_until=clock.now().date() + days * LATER)
        assert ("Snoozed until" in client.get(reverse("accounts:source", args=["crm"])).text) is is_told
    Silence.objects.update(snoozed_until=today + LATER)
    assert [len(silences.open_for(ann, today + days * LATER)) for days in (0, 1)] == [0, 1]
    ann.role = "manager"
    ann.save(update_fields=["role"])
    assert len(silences.open_for(bob, today + LATER)) == 1
    came("crm", 0)
    silences.settle(NOW + LATER)
    assert client.get(page).status_code == 404
    silences.settle(NOW + dt.timedelta(days=9))
    assert Silence.objects.get(closed_on=None).owner is None
    ann.role = "admin"
    ann.save(update_fields=["role"])
    Silence.objects.filter(closed_on=None).delete()
    silences.settle(NOW + dt.timedelta(days=9))
    assert Silence.objects.get(closed_on=None).owner == ann


def test_a_source_that_was_over_and_speaks_again_is_waited_for(client: Client) -> None:
    client.force_login(make.user(role="admin"))
    silences.say("crm", {"silent_days": 8, "is_over": True}, NOW)
    assert silences.settle(NOW) == 0
    came("crm", -1)
    assert silences.settle(NOW + 2 * LATER) == 0
    row = Source.objects.get(name="crm")
    assert (row.is_over, row.over_since, row.resumed_on) == (False, None, NOW.date() + 2 * LATER)
    page = reverse("accounts:source", args=["crm"])
    for back, is_told in ((30, True), (31, False)):
        Source.objects.update(resumed_on=clock.now().date() - back * LATER)
        assert ("spoke again on" in client.get(page).text) is is_told
    assert silences.settle(NOW + 12 * LATER) == 1
    # Said again, it is over for good.
    silences.say("crm", {"silent_days": 8, "is_over": True}, NOW + 12 * LATER)
    assert silences.settle(NOW + 13 * LATER) == 1
    assert Source.objects.get(name="crm").resumed_on is None


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
