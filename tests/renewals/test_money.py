"""available = kept + contracted + lost + open, to the cent, whatever closed how."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Customer, ExchangeRate
from config.figures import figures
from renewals import forecast, money, pipeline
from renewals.models import Renewal
from tests.factories import DAY, contract, customer, organisation, user
from tests.renewals.factories import due_in

UNTIL = DAY + dt.timedelta(days=400)
AMOUNT = st.decimals(0, 10_000_000, places=2)
WENT_ON = ("renewed", "expanded", "contracted", "auto", "rolled")
ROW = st.fixed_dictionaries(
    {
        "arr": st.none() | AMOUNT,
        "after": st.none() | AMOUNT,
        "outcome": st.sampled_from(["", "churned", "void", *WENT_ON]),
        "leaving": st.sampled_from(["", "notice", "confirmed"]),
        "share": st.none() | st.decimals(0, 1, places=2),
    }
)


def written(row: dict[str, Any], number: int, of: Customer) -> None:
    closed = row["outcome"] != ""
    leaving = "" if closed else row["leaving"]
    arr = row["arr"]
    going = None if arr is None or row["share"] is None else (arr * row["share"]).quantize(Decimal("0.01"))
    Renewal.objects.create(
        customer=of, contract=contract(of), term_number=number + 1, due_on=DAY + dt.timedelta(days=number), arr=arr,
        arr_going_on=going, stage="closed" if closed else "upcoming", outcome=row["outcome"],
        closed_on=DAY if closed else None, closed_arr=row["after"] if row["outcome"] in WENT_ON else None,
        void_reason="trial" if row["outcome"] == "void" else "", leaving=leaving,
        leaves_on=DAY if leaving else None, model_likelihood=Decimal("0.5"),
    )  # fmt: skip


@given(rows=st.lists(ROW, max_size=8))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_sums_add_up_whatever_closed_how(company, rows):
    with transaction.atomic():
        of = customer()
        for number, row in enumerate(rows):
            written(row, number, of)
        sums = money.sums(Renewal.objects.all())
        assert sums.available == sums.kept + sums.contracted + sums.lost + sums.open
        assert sums.at_notice + sums.confirmed <= sums.open
        assert 0 <= sums.ending <= sums.open
        told = [row for row in rows if row["outcome"] != "void" and row["arr"] is not None]
        told = [row for row in told if row["outcome"] not in WENT_ON or row["after"] is not None]
        assert sums.available == sum((row["arr"] for row in told), Decimal(0))
        assert sums.untold == sum(row["outcome"] != "void" for row in rows) - len(told)
        found = forecast.summary(Customer.objects.all(), DAY, UNTIL, DAY)
        assert found.sums == sums
        assert found.open.arr == sum((row["arr"] for row in rows if not row["outcome"] and row["arr"]), Decimal(0))
        assert found.expected <= sums.kept + sums.open
        transaction.set_rollback(True)


def test_an_automatic_renewal_with_less_money_is_a_contraction_everywhere(client):
    """12,000, of which a line of 2,000 ends with the term: 10,000 kept, 2,000 contracted."""
    owner = user()
    made = due_in(0, customer(owner=owner), amount=10_000, auto_renews=True)
    made.lines.create(product="Extra", starts_on=made.starts_on, ends_on=DAY, annual_amount=2_000)
    pipeline.sweep(DAY)
    row = Renewal.objects.get(contract=made, term_number=1)
    assert (row.outcome, row.arr, row.closed_arr) == ("contracted", Decimal(12_000), Decimal(10_000))
    found = forecast.summary(Customer.objects.all(), DAY, DAY + dt.timedelta(days=1), DAY)
    sums = found.sums
    assert (sums.available, sums.kept, sums.contracted, sums.lost, sums.open) == (12_000, 10_000, 2_000, 0, 0)
    assert (found.closed.by_itself, found.closed.contracted, found.closed.by_itself_arr) == (1, 1, 10_000)
    client.force_login(owner)
    assert "Contracted" in client.get("/forecast/?period=all").text
    answer = client.get("/api/v1/renewals/sums/?due_before=2026-12-01").json()
    assert (answer["available"], answer["kept"], answer["contracted"]) == ("12000.00", "10000.00", "2000.00")
    assert figures(DAY)["renewal_sums"]["contracted"] == 2_000


@pytest.mark.parametrize(("after", "outcome"), [(11_880, "auto"), (11_879, "contracted")])
def test_less_by_more_than_one_percent_is_less(after, outcome):
    made = due_in(0, amount=after, auto_renews=True)
    made.lines.create(product="Extra", starts_on=made.starts_on, ends_on=DAY, annual_amount=12_000 - after)
    pipeline.sweep(DAY)
    assert Renewal.objects.get(contract=made, term_number=1).outcome == outcome


def test_an_amount_in_a_currency_without_a_rate_opens_a_renewal_that_is_in_no_sum():
    organisation(currency="USD")
    due_in(30, currency="EUR", amount=9_000)
    due_in(30, amount=1_000)
    pipeline.sweep(DAY)
    assert sorted(Renewal.objects.values_list("arr", flat=True), key=str) == [Decimal("1000.00"), None]
    sums = money.sums(Renewal.objects.all())
    assert (sums.available, sums.open, sums.untold) == (1_000, 1_000, 1)
    ExchangeRate.objects.create(currency="EUR", fiscal_year=2026, rate=Decimal("1.1"))
    pipeline.sweep(DAY)
    sums = money.sums(Renewal.objects.all())
    assert (sums.available, sums.untold) == (10_900, 0)
