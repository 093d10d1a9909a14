import datetime as dt
from decimal import Decimal

import pytest

from renewals import pipeline, qbrs
from renewals.models import ForecastCall, Qbr
from tests.factories import DAY, customer, segment, user
from tests.problems import told
from tests.renewals.factories import due_in, renewal_due_in

URL = "/api/v1/renewals/"


@pytest.fixture
def csm():
    return user()


@pytest.fixture
def api(client, csm):
    client.force_login(csm)
    return client


def test_list_and_detail_show_own_renewals_soonest_first(api, csm):
    late, soon = (renewal_due_in(n, customer(owner=csm)) for n in (60, 20))
    renewal_due_in(10)
    found = api.get(URL).json()
    assert [row["id"] for row in found["results"]] == [soon.pk, late.pk]
    row = api.get(f"{URL}{soon.pk}/").json()
    assert (row["arr"], row["due_on"], row["owner"]) == ("12000.00", "2026-12-14", csm.email)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("stage=upcoming", 1),
        ("stage=preparing", 1),
        ("due_before=2027-01-01", 1),
        ("due_from=2027-01-01", 1),
        ("outcome=churned", 0),
    ],
)
def test_filters(api, csm, query, found):
    for days in (20, 200):
        renewal_due_in(days, customer(owner=csm))
    assert len(api.get(f"{URL}?{query}").json()["results"]) == found


def test_the_forecast_says_nothing_of_a_closed_renewal(api, csm):
    due_in(0, customer(owner=csm), auto_renews=True)
    pipeline.sweep(DAY)
    rows = api.get(URL).json()["results"]
    assert [(row["outcome"], row["forecast_category"]) for row in rows] == [("auto", None), ("", "at_risk")]
    assert [(row["expected"], row["category_is_derived"]) for row in rows if row["outcome"]] == [(None, None)]


@pytest.mark.parametrize("query", ["stage=won", "due_from=soon", "customer=x"])
def test_a_wrong_filter_is_named(api, query):
    answer = api.get(f"{URL}?{query}")
    assert answer.status_code == 400
    assert list(told(answer)) == [query.split("=")[0]]


def test_a_call_goes_through_the_domain(api, csm):
    renewal = renewal_due_in(20, customer(owner=csm))
    body = {"likelihood": "0.7", "category": "most_likely", "note": "CFO agrees"}
    answer = api.post(f"{URL}{renewal.pk}/call/", body, content_type="application/json")
    assert (answer.status_code, answer.json()["csm_likelihood"]) == (200, "0.700")
    assert ForecastCall.objects.get().likelihood == Decimal("0.7")
    for wrong, field in [
        ({"likelihood": 2}, "likelihood"),
        ({"likelihood": None, "category": "hope"}, "category"),
        ({}, "likelihood"),
    ]:
        answer = api.post(f"{URL}{renewal.pk}/call/", wrong, content_type="application/json")
        assert (answer.status_code, list(told(answer))) == (400, [field])


def test_others_are_404_and_viewers_403(api, client):
    renewal = renewal_due_in(20)
    address = f"{URL}{renewal.pk}/call/"
    assert api.get(f"{URL}{renewal.pk}/").status_code == 404
    assert api.post(address, {"likelihood": 1}, content_type="application/json").status_code == 404
    client.force_login(user("viewer"))
    assert client.post(address, {"likelihood": 1}, content_type="application/json").status_code == 403


@pytest.mark.parametrize("n", [1, 3])
def test_statements_do_not_depend_on_rows(api, csm, n, django_assert_num_queries):
    for _ in range(n):
        renewal_due_in(20, customer(owner=csm))
    api.get(URL)
    with django_assert_num_queries(8):
        api.get(URL)


def test_a_qbr_is_closed_with_goals_only(api, csm):
    customer(owner=csm, segment=segment(qbr_every_days=90), first_contract_on=DAY - dt.timedelta(days=9))
    qbrs.sweep(DAY)
    address = f"/api/v1/qbrs/{Qbr.objects.get().pk}/"
    assert api.get(address).json()["held_on"] is None
    answer = api.post(f"{address}close/", {"goals": [" "]}, content_type="application/json")
    assert (answer.status_code, list(told(answer))) == (400, ["goals"])
    answer = api.post(f"{address}close/", {"goals": ["Feeds"]}, content_type="application/json")
    assert (answer.status_code, answer.json()["held_on"]) == (200, "2026-11-24")
