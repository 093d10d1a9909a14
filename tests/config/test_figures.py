"""The figures of a small portfolio, added up by hand."""

from __future__ import annotations

import datetime as dt
import json
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts import lifecycle, revenue
from accounts.models import Customer
from config.figures import figures
from health.models import Ticket
from tests.factories import DAY, contract, customer, organisation

pytestmark = pytest.mark.django_db


def portfolio() -> None:
    """Two paying customers (12,000 and 600 a year, the second monthly), a trial, one that has left."""
    organisation()
    acme, beta, trial, gone = (customer(name=name) for name in ("Acme", "Beta", "Trial", "Gone"))
    contract(acme, amount=12_000)
    contract(beta, amount=600, term_months=1)
    contract(trial, amount=9_000, is_trial=True)
    contract(gone, amount=5_000, ended_on=DAY - dt.timedelta(days=1))
    lifecycle.sweep(DAY)
    opened = dt.datetime(2026, 11, 1, 9, tzinfo=dt.UTC)
    for number, (minutes, csat) in enumerate([(30, 4), (60, 5), (None, None)]):
        Ticket.objects.create(
            customer=acme,
            source="t",
            external_id=str(number),
            severity="low",
            opened_at=opened,
            first_response_at=opened + dt.timedelta(minutes=minutes) if minutes else None,
            csat=csat,
            escalated=number == 2,
        )


def test_figures_of_a_small_portfolio() -> None:
    portfolio()
    found = figures(DAY)
    assert (found["arr"], found["mrr"]) == (12_600, 1_050)
    assert (found["active_contracts"], found["paying_customers"]) == (3, 2)
    assert (found["trials"], found["active_trials"]) == (1, 1)
    assert found["rolling_share"] == round(600 / 12_600, 6)
    assert found["csat"] == {"n": 2, "mean": 4.5}
    assert (found["first_response_minutes_mean"], found["escalations"]) == (45, 1)
    assert found["customers_per_band"] == {"green": 0, "yellow": 0, "red": 0, "none": 2}
    assert (found["rows"]["customers"], found["rows"]["contract_lines"], found["usage_sum"]) == (4, 4, 0)


def test_who_pays_is_counted_one_way_also_where_what_they_pay_cannot_be_told() -> None:
    portfolio()
    part = customer(name="Ohne")
    contract(part, amount=700, currency="EUR")  # no rate
    contract(part, amount=50)
    contract(customer(name="Free"), amount=0)
    lifecycle.sweep(DAY)
    lost = customer(name="Lost")
    contract(lost, amount=300)
    lifecycle.sweep(DAY)
    Customer.objects.filter(pk=lost.pk).update(merged_into=Customer.objects.get(name="Acme"))
    found, totals = figures(DAY), revenue.totals(Customer.objects.all())
    assert (found["paying_customers"], found["untold_customers"]) == (totals.customers, totals.untold) == (3, 1)
    assert set(revenue.paying_on(DAY)) == set(Customer.objects.current()), (
        "what the sweep left is what the contracts say"
    )
    assert (totals.arr, found["arr"], found["untold_contracts"]) == (12_600, 12_600, 1), (
        "of whom a part is known, no part counts"
    )


def test_figures_of_nothing_are_zero_or_absent_and_as_many_statements() -> None:
    with CaptureQueriesContext(connection) as empty:
        found = figures(DAY)
    assert (found["arr"], found["mrr"], found["rolling_share"]) == (0, 0, 0)
    assert (found["csat"], found["first_response_minutes_mean"]) == ({"n": 0, "mean": None}, None)
    portfolio()
    with CaptureQueriesContext(connection) as full:
        figures(DAY)
    assert len(full) == len(empty)


def test_the_command_prints_json_or_lines_of_any_day() -> None:
    portfolio()
    out = StringIO()
    call_command("figures", "--json", "--day", "2026-01-01", stdout=out)
    found = json.loads(out.getvalue())
    assert (found["as_of"], found["arr"]) == ("2026-01-01", 0)
    out = StringIO()
    call_command("figures", "--json", "--as-of", "2026-01-01", stdout=out)
    assert json.loads(out.getvalue()) == found, "by the name that the rows behind it have for it"
    out = StringIO()
    call_command("figures", stdout=out)
    lines = dict(line.rsplit("  ", 1) for line in out.getvalue().splitlines())
    assert {name.strip(): value for name, value in lines.items()}["arr"] == "12,600"


def test_a_day_that_is_none_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(Exception, match="must be a day like"):
        call_command("figures", "--day", "2026-13-01")
