"""The portfolio as of a past day: every column from its history, the same filters, orders, sums and export."""

from __future__ import annotations

import csv
import datetime as dt
import io
from decimal import Decimal
from typing import Any

import pytest

from accounts import shipped
from accounts.models import Customer, DatedFact, ExchangeRate, Segment, Touchpoint
from health.models import Score, Scorecard
from renewals.models import Renewal
from tests.counting import statements
from tests.factories import DAY, contract, customer, organisation, user
from tests.problems import told

pytestmark = pytest.mark.django_db

THEN = DAY - dt.timedelta(days=100)


def ago(days: int) -> dt.date:
    return DAY - dt.timedelta(days=days)


@pytest.fixture(autouse=True)
def company() -> None:
    organisation()
    shipped.install()


@pytest.fixture
def csm():
    return user(name="Mara Lindqvist")


@pytest.fixture
def signed_in(client, csm):
    client.force_login(csm)
    return client


def fact(of: Customer, name: str, back: int, value: object) -> None:
    DatedFact.objects.create(customer=of, fact=name, from_day=ago(back), value=str(value))


def scored(of: Customer, back: int, value: int | None, band: str) -> None:
    card = Scorecard.objects.get_or_create(key="card", defaults={"name": "Card", "created_on": DAY})[0]
    Score.objects.create(customer=of, day=ago(back), scorecard=card, value=value, band=band)


def known(csm: Any, name: str, **facts: object) -> Customer:
    """A customer that today is churned, nobody's and unscored; 100 days ago it was what ``facts`` say."""
    of = customer(name=name, owner=csm, status="churned", stage="mature", touch_model="tech")
    held = {"owner": csm.pk, "segment": "", "touch": "low", "status": "live", "stage": "growth"} | facts
    for key, value in held.items():
        fact(of, key, 300, value)
        fact(of, key, 50, {"status": "churned", "stage": "mature", "touch": "tech"}.get(key, ""))
    return of


def names(response: Any) -> list[str]:
    return [row.name for row in response.context["page"]]


def test_every_column_is_of_the_day(signed_in, csm):
    before = user(name="Nils Before")
    segment = Segment.objects.get(name="Enterprise")
    of = known(csm, "Alder", owner=before.pk, segment=segment.pk)
    scored(of, 300, 81, "green")
    scored(of, 120, 62, "yellow")
    scored(of, 99, 12, "red")
    made = contract(of, amount=24_000, starts_on=ago(300), ended_on=ago(50))
    contract(of, amount=1_000, starts_on=ago(99))
    Renewal.objects.create(
        customer=of, contract=made, term_number=1, due_on=ago(60), arr=24_000, stage="closed", outcome="churned",
        closed_on=ago(50), closed_arr=0,
    )  # fmt: skip
    Touchpoint.objects.create(customer=of, kind="call", happened_on=ago(130))
    Touchpoint.objects.create(customer=of, kind="call", happened_on=ago(90))
    (row,) = signed_in.get("/customers/", {"as_of": THEN}).context["page"].rows
    assert (row.name, row.score, row.band) == ("Alder", 62, "yellow")
    assert (row.owner_name, row.segment_name, row.touch_model) == ("Nils Before", "Enterprise", "low")
    assert (row.arr, row.next_renewal_on, row.last_touch_on) == (24_000, ago(60), ago(130))
    assert row.score_before == 81  # 130 days ago the 62 of ten days later was not there yet
    assert names(signed_in.get("/customers/")) == []


def test_customer_of_whom_nothing_was_known_is_left_out(signed_in, csm):
    fact(customer(name="New", owner=csm), "status", 99, "live")
    fact(customer(name="Old", owner=csm), "status", 100, "live")
    assert names(signed_in.get("/customers/", {"as_of": THEN})) == ["Old"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["Birch", "Alder", "Cedar"]),
        ("band=red", ["Birch"]),
        ("band=none", ["Cedar"]),
        ("status=churned", ["Gone"]),
        ("status=any&sort=name", ["Alder", "Birch", "Cedar", "Gone"]),
        ("owner=nobody", ["Cedar"]),
        ("owner=me", ["Birch", "Alder"]),
        ("stage=onboarding", ["Alder"]),
        ("touch=high", ["Birch"]),
        ("arr_min=5000", ["Alder"]),
        ("quiet=30", ["Birch", "Cedar"]),
        ("sort=-arr", ["Alder", "Cedar", "Birch"]),
        ("sort=touch&quiet=", ["Alder", "Birch", "Cedar"]),
    ],
)
def test_filters_and_orders_ask_the_day(signed_in, csm, query, expected):
    alder = known(csm, "Alder", stage="onboarding")
    birch = known(csm, "Birch", touch="high")
    known(csm, "Cedar", owner="")
    known(csm, "Gone", status="churned")
    scored(alder, 200, 70, "green")
    scored(birch, 200, 30, "red")
    contract(alder, amount=9_000, starts_on=ago(200))
    Touchpoint.objects.create(customer=alder, kind="call", happened_on=ago(110))
    assert names(signed_in.get(f"/customers/?as_of={THEN}&{query}")) == expected


def test_walk_by_key_meets_every_customer_once(signed_in, csm):
    for n in range(60):
        of = known(csm, f"C{n:02}")
        if n % 3:
            scored(of, 200, n % 7, "red")
    first = signed_in.get("/customers/", {"as_of": THEN})
    second = signed_in.get("/customers/", {"as_of": THEN, "after": first.context["page"].after})
    assert len(names(first)) == 50
    assert len(set(names(first) + names(second))) == 60
    assert second.context["page"].after is None


def test_totals_and_export_are_of_the_day(signed_in, csm):
    for name, amount, score in (("Alder", 1_000, 90), ("Birch", 3_000, 50)):
        of = known(csm, name)
        contract(of, amount=amount, starts_on=ago(200), ended_on=ago(20))
        scored(of, 150, score, "green" if score > 70 else "yellow")
    totals = signed_in.get("/customers/totals/", {"as_of": THEN}).context["totals"]
    assert (totals.customers, totals.arr, totals.health) == (2, 4_000, Decimal(60))  # (90 × 1 + 50 × 3) / 4
    answer = signed_in.get("/customers/export.csv", {"as_of": THEN})
    assert f"customers-{THEN}.csv" in answer["Content-Disposition"]
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [(r["name"], r["owner"], r["status"], r["score"], r["arr"]) for r in rows] == [
        ("Alder", "Mara Lindqvist", "live", "90.00", "1000.00"),
        ("Birch", "Mara Lindqvist", "live", "50.00", "3000.00"),
    ]


def test_a_past_owner_sees_no_more_than_today(client, csm):
    former = user(name="Nils Before")
    of = known(csm, "Alder", owner=former.pk)
    client.force_login(former)
    assert names(client.get("/customers/", {"as_of": THEN})) == []
    assert client.get("/api/v1/customers/", {"as_of": THEN}).json()["results"] == []
    of.refresh_from_db()
    assert of.owner == csm


@pytest.mark.parametrize("asked", [DAY + dt.timedelta(days=1), "2026-02-30", "yesterday"])
def test_day_that_cannot_be_asked_is_said_and_the_rest_of_the_address_done(signed_in, csm, asked):
    customer(name="Kept", owner=csm)
    customer(name="Other", owner=csm)
    answer = signed_in.get("/customers/", {"as_of": asked, "q": "kept"})
    assert [problem.split(":")[0] for problem in answer.context["problems"]] == ["As of"]
    assert names(answer) == ["Kept"]
    assert signed_in.get("/customers/export.csv", {"as_of": asked}).status_code == 400
    assert told(signed_in.get("/api/v1/customers/", {"as_of": asked})).keys() == {"as_of"}


def test_today_is_the_portfolio_as_it_is(signed_in, csm):
    customer(name="Live", owner=csm)  # has no dated facts at all
    answer = signed_in.get("/customers/", {"as_of": DAY})
    assert (names(answer), answer.context["as_of"]) == (["Live"], None)


def test_api_answers_the_values_of_the_day(signed_in, csm):
    of = known(csm, "Alder")
    scored(of, 150, 44, "red")
    (row,) = signed_in.get("/api/v1/customers/", {"as_of": THEN}).json()["results"]
    assert (row["name"], row["owner"], row["status"], row["score"], row["band"], row["as_of"]) == (
        "Alder", csm.email, "live", "44.00", "red", THEN.isoformat(),
    )  # fmt: skip


@pytest.mark.parametrize("rows", [1, 3])
def test_statements_do_not_grow(signed_in, csm, rows):
    for n in range(rows):
        scored(known(csm, f"C{n}"), 200, 50, "yellow")
    with statements() as asked:
        signed_in.get("/customers/", {"as_of": THEN})
    assert len(asked) == 7  # session, user, day, whose customers, time zone, scored ones, unscored ones


def test_touch_model_of_which_nothing_was_known_is_not_high(signed_in, csm):
    """A customer whose status is known then and whose touch model is not: shown as not known, found by no filter."""
    one = customer(name="Untold", owner=csm)
    for fact, value in (("status", "live"), ("stage", "adopting")):
        DatedFact.objects.create(customer=one, fact=fact, from_day=THEN, value=value)
    (row,) = signed_in.get("/api/v1/customers/", {"as_of": THEN}).json()["results"]
    assert (row["name"], row["touch_model"]) == ("Untold", None)
    assert "· –" in signed_in.get("/customers/", {"as_of": THEN}).content.decode()
    for touch in ("high", "low", "tech"):
        assert names(signed_in.get("/customers/", {"as_of": THEN, "touch": touch})) == []
    DatedFact.objects.create(customer=one, fact="touch", from_day=THEN, value="low")
    assert names(signed_in.get("/customers/", {"as_of": THEN, "touch": "low"})) == ["Untold"]


def test_largest_amounts_are_told_of_a_past_day(signed_in, csm):
    """999,999,999,999 a year at a rate of 1,000,000, both accepted: nineteen digits before the point."""
    one = customer(name="Absurd", owner=csm)
    for fact, value in (("status", "live"), ("stage", "adopting")):
        DatedFact.objects.create(customer=one, fact=fact, from_day=THEN, value=value)
    ExchangeRate.objects.create(currency="XTS", fiscal_year=THEN.year, rate=1_000_000)
    contract(one, currency="XTS", amount=999_999_999_999, starts_on=THEN, term_months=12)
    answer = signed_in.get("/api/v1/customers/", {"as_of": THEN})
    assert answer.status_code == 200
    assert answer.json()["results"][0]["arr"] == "999999999999000000.00"
