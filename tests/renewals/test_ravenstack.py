"""The sweep on a data set made by nobody here; its README names the figures."""

import csv
import datetime as dt
from decimal import Decimal

import pytest
from django.db import connection

from accounts.models import Contract, Customer
from renewals import pipeline
from renewals.figures import figures
from renewals.models import PrepPart, Renewal
from tests.config.ravenstack import FOLDER, needed
from tests.factories import organisation

LAST_DAY = dt.date(2024, 12, 31)

pytestmark = needed


def rows(name):
    with (FOLDER / f"ravenstack_{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def ravenstack(db):
    organisation(frozen_today=LAST_DAY)
    made = Customer.objects.bulk_create(Customer(name=row["account_name"]) for row in rows("accounts"))
    customers = dict(zip((row["account_id"] for row in rows("accounts")), made, strict=True))
    with connection.cursor() as cursor, connection.cursor() as lines:
        subscriptions = [(row, customers[row["account_id"]].pk) for row in rows("subscriptions")]
        columns = "customer_id, external_id, starts_on, ended_on, term_months, is_trial, auto_renews"
        with cursor.copy(f"COPY accounts_contract ({columns}, source, currency, notice_days) FROM STDIN") as copy:
            for row, customer in subscriptions:
                copy.write_row(contract_row(row, customer))
        numbers = dict(Contract.objects.values_list("external_id", "pk"))
        columns = "contract_id, product, starts_on, quantity, annual_amount, discount_percent"
        with lines.copy(f"COPY accounts_contractline ({columns}) FROM STDIN") as copy:
            for row, _ in subscriptions:
                pk = numbers[row["subscription_id"]]
                copy.write_row((pk, row["plan_tier"], row["start_date"], row["seats"], row["arr_amount"], 0))


def contract_row(row, customer):
    months = {"annual": 12, "monthly": 1}[row["billing_frequency"]]
    flags = (row["is_trial"], row["auto_renew_flag"])
    return (
        customer, row["subscription_id"], row["start_date"], row["end_date"] or None, months, *flags,
        "ravenstack", "USD", 0,
    )  # fmt: skip


def test_the_sweep_finds_the_figures_of_the_readme(ravenstack):
    pipeline.sweep(LAST_DAY)
    found = figures(LAST_DAY)
    assert round(found.pop("rolling_share"), 3) == 0.503
    sums = found.pop("sums")
    assert sums["available"] == Decimal("74387736.00")
    assert sums["available"] == sums["kept"] + sums["contracted"] + sums["lost"] + sums["open"]
    assert found == {
        "open": 1871,
        "due_within_60": {"renewals": 106} | {k: v for k, v in found["due_within_60"].items() if k != "renewals"},
        "due_within_90": {"renewals": 180, "customers": 131, "arr": 5_725_476.0, "untold": 0},
        "terms_passed": 257,
        "terms_passed_without_auto_renewal": 57,
        "ended_inside_a_term": 206,
        "zero_length": 10,
        "rolling_share_untold": 0,
    }
    open_rows = Renewal.objects.still_open()
    assert open_rows.exclude(stage="upcoming").count() >= 180
    assert PrepPart.objects.count() == 4 * open_rows.exclude(stage="upcoming").filter(prep_with=None).count()


def test_a_second_sweep_changes_nothing(ravenstack):
    pipeline.sweep(LAST_DAY)
    before = list(Renewal.objects.order_by("pk").values())
    assert pipeline.sweep(LAST_DAY) == 0
    assert list(Renewal.objects.order_by("pk").values()) == before
