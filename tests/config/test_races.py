"""Two who do the same at the same moment: one of them wins, the other is told; nobody meets an error of the server's."""

from __future__ import annotations

from threading import Barrier, Thread

import pytest
from django.db import connection
from django.test import Client

from accounts.models import ClosingDay, ExchangeRate, Segment
from health.models import CaseRule, OwnMeasure, Scorecard
from health.publishing import shipped as scorecards
from playbooks import versions
from playbooks.models import Playbook
from tests.access.policy import OWN_MEASURE, PERSON, SEGMENT
from tests.factories import DAY, organisation, user

ABREAST = 4


def at_once(person, url, body):
    """The statuses of the same form, sent by ``ABREAST`` browsers of one person at the same moment."""
    start, found, signed_in = Barrier(ABREAST), [], Client()
    signed_in.force_login(person)

    def send() -> None:
        start.wait()
        try:
            client = Client(raise_request_exception=False)
            client.cookies = signed_in.cookies
            found.append(client.post(url, body).status_code)
        finally:
            connection.close()

    threads = [Thread(target=send) for _ in range(ABREAST)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(found)


@pytest.mark.django_db(transaction=True)
def test_whatever_is_added_twice_at_once_ends_in_no_error():
    organisation()
    scorecards.install(DAY)
    admin, card = user("admin", name="Ren Admin"), Scorecard.objects.get(key="standard")
    play = versions.create("Sketched")
    forms = {
        f"/scorecards/{card.pk}/edit/": ({}, lambda: Scorecard.objects.filter(key="standard", is_draft=True), 1),
        "/scorecards/new/": (
            {"name": "Third", "purpose": "risk"},
            lambda: Scorecard.objects.filter(name="Third"),
            ABREAST,
        ),
        "/scorecards/own/new/?source=survey": (OWN_MEASURE, OwnMeasure.objects.all, 1),
        "/playbooks/new/": ({"name": "Sketched"}, Playbook.objects.exclude(pk=play.pk).filter, ABREAST),
        "/case-rules/new/": (
            {"name": "Quiet", "detector": "silence", "kind": "risk"},
            CaseRule.objects.filter(name="Quiet").all,
            ABREAST,
        ),
        "/settings/segments/new/": (SEGMENT, Segment.objects.filter(name="New").all, None),
        "/settings/users/new/": (PERSON, lambda: type(admin).objects.filter(email=PERSON["email"]), 1),
        "/settings/rates/": ({"currency": "CHF", "fiscal_year": "2026", "rate": "1.1"}, ExchangeRate.objects.all, None),
        "/settings/closing-days/": ({"day": "2026-12-28", "name": "Year end"}, ClosingDay.objects.all, 1),
    }
    for url, (body, rows, kept) in forms.items():
        statuses = at_once(admin, url, body)
        assert statuses[0] == 302, (url, statuses)
        assert set(statuses) <= {302, 409, 422}, (url, statuses)
        assert kept is None or rows().count() == kept, (url, rows().count())
