"""The organisation's form: what it refuses, and what follows for every customer when it is saved."""

from __future__ import annotations

import datetime as dt

import pytest
from django.forms.models import model_to_dict
from django.urls import reverse

from accounts import changes
from accounts.forms.settings import OrganisationForm
from accounts.models import Change, Customer, ExchangeRate, Organisation
from config import clock
from tests.factories import DAY, contract, customer, organisation, user

pytestmark = pytest.mark.django_db
OLD = DAY - dt.timedelta(days=400)


@pytest.fixture(autouse=True)
def company():
    organisation()


def body(**fields: object) -> dict[str, object]:
    """What the form posts when ``fields`` are changed and all else stays."""
    given = {name: "" if value is None else value for name, value in model_to_dict(Organisation.objects.get()).items()}
    return {name: value for name, value in (given | fields).items() if value is not False}


def test_frozen_day_lies_between_1990_and_today():
    today = clock.day_of(clock.now(), clock.UTC)
    taken = {
        "0001-01-01": False, "1989-12-31": False, "1990-01-01": True, str(today): True,
        str(today + dt.timedelta(days=1)): True, str(today + dt.timedelta(days=2)): False,
        "2062-01-01": False, "9999-12-31": False, "": True,
    }  # fmt: skip
    row = Organisation.objects.get()
    assert {day: OrganisationForm(body(frozen_today=day), instance=row).is_valid() for day in taken} == taken
    form = OrganisationForm(body(frozen_today="9999-12-31"), instance=row)
    assert form.errors == {"frozen_today": ["Choose a day between 1990 and today."]}


@pytest.mark.parametrize(
    ("changed", "follows"),
    [
        ({"currency": "EUR"}, True),
        ({"fiscal_year_start_month": 4}, True),
        ({"onboarding_days": 30}, True),
        ({"counts_unsettled": False}, True),
        ({"frozen_today": "2026-11-20"}, True),
        ({"name": "Hashi Inc"}, False),
        ({"alerts_per_day": 9}, False),
        ({}, False),
    ],
    ids=str,
)
def test_what_reckons_customers_marks_every_one(client, changed, follows):
    made = [customer(), customer()]
    customer(merged_into=made[0])
    Change.objects.all().delete()
    client.force_login(user("admin"))
    answer = client.post(reverse("accounts:organisation"), body(**changed))
    assert answer.status_code == 302
    for reader in ("scores", "segments", "renewals"):
        assert list(changes.waiting(reader)) == ([one.pk for one in made] if follows else [])


def test_arr_is_told_in_the_new_currency_at_once(client):
    """12,000 USD: with euros as the reporting currency nobody knows what a dollar is worth."""
    one = customer()
    contract(one, currency="USD", starts_on=OLD, term_months=36)
    client.force_login(user("admin"))
    client.post(reverse("accounts:organisation"), body(onboarding_days=31))
    assert Customer.objects.get(pk=one.pk).arr == 12_000
    client.post(reverse("accounts:organisation"), body(currency="EUR"))
    assert Customer.objects.get(pk=one.pk).arr is None


def test_contracts_to_be_settled_can_be_left_out_on_the_page(client):
    one = customer()
    contract(one, starts_on=OLD - dt.timedelta(days=365), ends_on=OLD, term_months=12, auto_renews=False)
    client.force_login(user("admin"))
    url = reverse("accounts:organisation")
    client.post(url, body(onboarding_days=31))
    assert Customer.objects.get(pk=one.pk).arr == 12_000
    client.post(url, body(counts_unsettled=False))
    assert Organisation.objects.get().counts_unsettled is False
    assert Customer.objects.get(pk=one.pk).arr == 0


def test_another_currency_is_asked_about_where_rates_were_entered_for_the_old_one(client):
    client.force_login(user("admin"))
    url = reverse("accounts:organisation")
    assert "rates_follow" not in client.get(url).content.decode()
    ExchangeRate.objects.create(currency="JPY", fiscal_year=2026, rate="0.0065")
    answer = client.post(url, body(currency="eur"))
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "Every exchange rate was entered for USD." in page
    assert 'name="rates_follow"' in page
    assert Organisation.objects.get().currency == "USD"
    assert client.post(url, body(currency="usd")).status_code == 302
    assert client.post(url, body(currency="EUR", rates_follow="on")).status_code == 302
    assert Organisation.objects.get().currency == "EUR"
