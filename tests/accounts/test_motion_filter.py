"""The next motion as a filter of the portfolio, now and on a past day, and as a field of the API."""

from __future__ import annotations

import datetime as dt

import pytest

from accounts import shipped
from health.standing import motions
from tests.counting import statements
from tests.factories import DAY, customer, organisation, user

pytestmark = pytest.mark.django_db

THEN = DAY - dt.timedelta(days=40)


@pytest.fixture
def signed_in(client):
    organisation()
    shipped.install()
    csm = user()
    client.force_login(csm)
    for name, fields in (
        ("Weak", {"band": "red", "score": 10}),
        ("Soon", {"next_renewal_on": DAY, "next_prep_on": THEN}),
        ("Left", {}),
    ):
        customer(name=name, owner=csm, **fields)
    motions.sweep(THEN)
    return client


def names(response):
    return [row.name for row in response.context["page"]]


@pytest.mark.parametrize(
    ("query", "expected"),
    [("motion=save", ["Weak"]), ("motion=find_out", ["Left"]), ("motion=prepare", ["Soon"]), ("motion=expand", [])],
)
def test_portfolio_shows_who_has_a_motion(signed_in, query, expected):
    motions.sweep(DAY)
    assert names(signed_in.get(f"/customers/?{query}")) == expected


def test_a_past_day_shows_the_motions_of_that_day(signed_in):
    csm = user()
    new = customer(name="New", owner=csm)
    motions.sweep(DAY)
    assert motions.with_motion(type(new).objects.filter(pk=new.pk)).get().motion_since == DAY
    signed_in.force_login(user("admin"))
    assert "New" in names(signed_in.get("/customers/?motion=find_out"))
    past = signed_in.get("/customers/", {"motion": "find_out", "as_of": THEN})
    assert past.status_code == 200
    assert "New" not in names(past)


def test_an_unknown_motion_is_said(signed_in):
    response = signed_in.get("/customers/?motion=dance")
    assert [problem.split(":")[0] for problem in response.context["problems"]] == ["Next action"]


def test_api_tells_the_motion_and_its_list_takes_the_filter(signed_in):
    found = signed_in.get("/api/v1/customers/?motion=save").json()["results"]
    assert [(one["name"], one["next_motion"], one["next_motion_since"]) for one in found] == [
        ("Weak", "save", THEN.isoformat())
    ]
    others = signed_in.get("/api/v1/customers/").json()["results"]
    assert {one["name"]: one["next_motion"] for one in others} == {
        "Weak": "save",
        "Soon": "prepare",
        "Left": "find_out",
    }


def test_the_filter_costs_no_statement_more(signed_in):
    counts = []
    for query in ("", "?motion=find_out"):
        with statements() as asked:
            signed_in.get(f"/customers/{query}")
        counts.append(len(asked))
    assert counts[0] == counts[1]
