"""Cases over the API: the same access and the same acts as on the pages."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from tests import factories as make
from tests.factories import DAY
from tests.health.cases.rows import case, closed, rule
from tests.problems import told

pytestmark = pytest.mark.django_db
LIST = "/api/v1/cases/"


@pytest.fixture
def csm(db: None) -> User:
    make.organisation()
    return make.user(name="Mara")


def client(who: User) -> Client:
    made = Client()
    made.force_login(who)
    return made


def titles(who: User, **query: Any) -> list[str]:
    answer = client(who).get(LIST, query)
    assert answer.status_code == 200, answer.content
    return [one["title"] for one in answer.json()["results"]]


def test_list_filters_and_shows_the_evidence(csm: User) -> None:
    customer = make.customer(owner=csm)
    one = case(customer, rule("quiet"), 4, title="First", severity="high")
    one.evidence.create(rule=one.rule, day=DAY, facts={"days": 20})
    case(customer, rule(), 4, title="Late", due_on=DAY - dt.timedelta(days=1))
    closed(make.customer(owner=csm), rule(), 60, "resolved", csm, title="Over")
    case(make.customer(), rule(), 4, title="Others")
    assert titles(csm) == ["Over", "Late", "First"]
    assert titles(csm, state="late") == ["Late"]
    assert titles(csm, state="closed") == ["Over"]
    assert titles(csm, severity="high") == ["First"]
    assert titles(csm, customer=customer.pk) == ["Late", "First"]
    detail = client(csm).get(f"{LIST}{one.pk}/").json()
    assert detail["evidence"] == [{"day": "2026-11-24", "rule": "quiet", "facts": {"days": 20}, "note": ""}]
    assert (detail["rule"], detail["owner"], detail["state"]) == ("quiet", csm.email, "new")
    assert client(csm).get(LIST, {"state": "asleep"}).status_code == 400


def test_acts_and_their_refusals(csm: User) -> None:
    one = case(make.customer(owner=csm), rule(), 4)
    web = client(csm)

    def post(act: str, **given: Any) -> Any:
        return web.post(f"{LIST}{one.pk}/{act}/", given, content_type="application/json")

    assert told(post("plan", type="value")) == {"plan": ["This field is required."]}
    assert post("plan", type="value", plan="Ring").json()["state"] == "working"
    assert told(post("snooze", until="2026-11-24", reason="Fair")) == {"until": ["Choose a day after today."]}
    assert post("snooze", until="2026-11-30", reason="Fair").json()["snoozed_until"] == "2026-11-30"
    assert told(post("close", resolution="not_valid")) == {"note": ["Say why it was not valid."]}
    assert post("close", resolution="not_valid", note="Season").json()["resolution"] == "not_valid"
    assert told(post("close", resolution="resolved")) == {"non_field_errors": ["“Look at it” is closed already."]}


def test_statements_of_the_list_do_not_grow(csm: User) -> None:
    counts = []
    for size in (1, 3):
        for _ in range(size):
            made = case(make.customer(owner=csm), rule(), 4)
            made.evidence.create(rule=made.rule, day=DAY, facts={"days": 20})
        web = client(csm)
        with CaptureQueriesContext(connection) as seen:
            web.get(LIST)
        counts.append(len(seen))
    assert counts[0] == counts[1]
