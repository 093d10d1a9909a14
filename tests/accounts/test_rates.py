"""Exchange rates: entered by page, file and API, known since a day, followed by everything."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts import changes, lifecycle, rates, revenue
from accounts.imports.given import Terms, take
from accounts.imports.targets import TARGETS
from accounts.models import Change, Customer, ExchangeRate, Role
from accounts.rates import Rate
from config import clock
from tests.accounts.imports import bring, counts, rejected, write
from tests.factories import DAY, contract, customer, organisation, user
from tests.problems import told

pytestmark = pytest.mark.django_db
EUR = Rate("EUR", 2026, Decimal("1.1"))


@pytest.fixture(autouse=True)
def company() -> None:
    organisation(currency="USD")


@pytest.fixture
def client() -> Client:
    browser = Client()
    browser.force_login(user(Role.ADMIN))
    return browser


def in_currency(currency: str, amount: int = 1000) -> Customer:
    made = customer()
    contract(made, amount=amount, currency=currency)
    lifecycle.sweep(DAY, [made.pk])
    made.refresh_from_db()
    return made


def test_revenue_without_a_rate_cannot_be_told_until_one_is_entered() -> None:
    euro, dollar = in_currency("EUR"), in_currency("USD")
    assert (euro.arr, dollar.arr) == (None, 1000)
    assert rates.missing() == ["EUR"]
    Change.objects.all().delete()
    assert rates.enter([EUR], day=DAY) == {("EUR", 2026, None): True}
    euro.refresh_from_db()
    assert euro.arr == 1100
    assert rates.missing() == []
    assert list(changes.waiting("scores")) == [euro.pk]


def test_a_first_rate_was_always_known_a_change_is_known_since_its_day() -> None:
    euro = in_currency("EUR")
    rates.enter([EUR], day=DAY)
    later = DAY + dt.timedelta(days=7)
    rates.enter([Rate("EUR", 2026, Decimal("1.2"))], day=later)
    assert [(row.rate, row.known_on) for row in rates.history("EUR", 2026)] == [
        (Decimal("1.2"), later),
        (Decimal("1.1"), None),
    ]
    assert [row.rate for row in rates.newest()] == [Decimal("1.2")]
    euro.refresh_from_db()
    assert euro.arr == 1200
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT reporting_rate('EUR', %(day)s, %(day)s), reporting_rate('EUR', %(day)s, %(later)s)",
            {"day": DAY, "later": later},
        )
        assert cursor.fetchone() == (Decimal("1.1"), Decimal("1.2"))


def test_the_same_rate_again_is_nothing_and_twice_a_day_is_the_last() -> None:
    rates.enter([EUR], day=DAY)
    Change.objects.all().delete()
    assert rates.enter([EUR], day=DAY) == {}
    for value in ("1.2", "1.3"):
        rates.enter([Rate("EUR", 2026, Decimal(value))], day=DAY)
    assert [(row.rate, row.known_on) for row in rates.history("EUR", 2026)] == [
        (Decimal("1.3"), DAY),
        (Decimal("1.1"), None),
    ]


def test_a_year_without_a_rate_takes_the_nearest() -> None:
    euro = in_currency("EUR")
    rates.enter([Rate("EUR", 2024, Decimal(2)), Rate("EUR", 2027, Decimal(3))], day=DAY)
    euro.refresh_from_db()
    assert euro.arr == 2000
    assert revenue.currencies_without_rate() == []


def test_statements_do_not_grow_with_rates_and_customers() -> None:
    spent = []
    for size in (1, 3):
        for _n in range(size):
            in_currency("EUR")
        given = [Rate("EUR", 2020 + n, Decimal(size)) for n in range(size)]
        with CaptureQueriesContext(connection) as captured:
            rates.enter(given, day=DAY)
        spent.append(len(captured))
    assert spent[0] == spent[1]


def test_a_file_of_rates(tmp_path: Path) -> None:
    euro = in_currency("EUR")
    head = "currency,fiscal_year,rate\n"
    rows = "eur,2026,1.5\nJPY,2026,0.0065\nUSD,2026,1\nGBP,1066,1\nGBP,2026,0\nGBP,2026,2000000\nJPY,2026,0.007\n"
    path = write(tmp_path / "rates.csv", head + rows)
    assert counts(bring(path)) == (2, 0, 0, 5)
    assert rejected(path) == [
        ("4", "currency", "currency “USD” is the reporting currency: its rate is always 1"),
        ("5", "fiscal_year", "fiscal_year 1066 is out of range (1990 to 2100)"),
        ("6", "rate", "rate is 0"),
        ("7", "rate", "rate 2000000 is out of range (0 to 1000000)"),
        ("8", "currency + fiscal_year", "currency + fiscal_year stands already on line 3 with other content"),
    ]
    euro.refresh_from_db()
    assert euro.arr == 1500
    assert counts(bring(path)) == (0, 0, 2, 5)
    write(path, head + "EUR,2026,1.25\n")
    assert counts(bring(path)) == (1, 0, 0, 0)
    assert ExchangeRate.objects.filter(currency="EUR").count() == 2


def test_the_page_names_what_is_missing_and_takes_a_rate(client: Client) -> None:
    euro = in_currency("EUR")
    page = client.get(reverse("accounts:rates"))
    assert "EUR" in page.content.decode()
    answer = client.post(reverse("accounts:rates"), {"currency": "eur", "fiscal_year": "2026", "rate": "1.10"})
    assert answer.status_code == 302
    euro.refresh_from_db()
    assert euro.arr == 1100
    page = client.get(reverse("accounts:rates")).content.decode()
    assert "1.1<" in page
    assert "cannot be told" not in page
    assert "1.1<" in client.get(reverse("accounts:rate_history", args=["EUR", 2026])).content.decode()


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"currency": "USD"}, "currency"),
        ({"currency": "E1R"}, "currency"),
        ({"currency": "EURO"}, "currency"),
        ({"currency": "UER"}, "currency"),
        ({"currency": "CNH"}, "currency"),
        ({"fiscal_year": "1989"}, "fiscal_year"),
        ({"fiscal_year": "2101"}, "fiscal_year"),
        ({"rate": "0"}, "rate"),
        ({"rate": "-1"}, "rate"),
        ({"rate": "1000001"}, "rate"),
        ({"rate": "NaN"}, "rate"),
    ],
)
def test_a_rate_that_cannot_be_is_refused_by_page_and_api(client: Client, given: dict[str, str], field: str) -> None:
    body = {"currency": "EUR", "fiscal_year": "2026", "rate": "1.1"} | given
    page = client.post(reverse("accounts:rates"), body)
    assert page.status_code == 422
    assert list(page.context["form"].errors) == [field]
    answer = client.post(reverse("api-rate-list"), body, content_type="application/json")
    assert (answer.status_code, list(told(answer))) == (400, [field])
    assert not ExchangeRate.objects.exists()


def test_the_api_enters_and_lists_rates(client: Client) -> None:
    body = {"currency": "EUR", "fiscal_year": 2026, "rate": "1.1"}
    url = reverse("api-rate-list")
    assert client.post(url, body, content_type="application/json").status_code == 201
    assert client.post(url, body, content_type="application/json").status_code == 200
    assert client.post(url, [body], content_type="application/json").status_code == 400
    at = ExchangeRate.objects.get().changed_at.isoformat().replace("+00:00", "Z")
    stamped = {"updated_at": at, "changed_at": at}
    assert client.get(url).json()["results"] == [
        {"currency": "EUR", "fiscal_year": 2026, "rate": "1.10000000", "known_on": None} | stamped
    ]


def test_portfolio_and_forecast_name_what_cannot_be_told(client: Client) -> None:
    in_currency("EUR")
    for name in ("accounts:totals", "renewals:forecast"):
        assert "Revenue in EUR cannot be told" in " ".join(client.get(reverse(name)).content.decode().split()), name
    rates.enter([EUR], day=DAY)
    for name in ("accounts:totals", "renewals:forecast"):
        assert "cannot be told" not in client.get(reverse(name)).content.decode(), name


def test_another_year_of_a_known_currency_is_known_since_the_day_it_was_entered() -> None:
    then = DAY - dt.timedelta(days=100)
    told = "SELECT reporting_rate('EUR', %(then)s::date, %(then)s::date), reporting_rate('EUR', %(day)s::date, %(day)s::date)"
    rates.enter(
        [Rate("EUR", 2025, Decimal("1.5")), Rate("EUR", 2024, Decimal("1.4"))], day=DAY - dt.timedelta(days=300)
    )
    assert set(ExchangeRate.objects.values_list("known_on", flat=True)) == {None}
    with connection.cursor() as cursor:
        rates.enter([Rate("EUR", 2026, Decimal(2))], day=DAY)
        cursor.execute(told, {"then": then, "day": DAY})
        assert cursor.fetchone() == (Decimal("1.5"), Decimal(2))


def test_a_file_of_a_history_of_rates_goes_in_once(tmp_path: Path) -> None:
    in_currency("EUR")
    head = "currency,fiscal_year,rate,known_on\n"
    rows = "EUR,2026,1.1,2026-01-01\nEUR,2026,1.2,2026-07-01\nEUR,2026,1.3,2026-07-01\nJPY,2026,0.01,\nJPY,2026,0.02,\n"
    path = write(tmp_path / "rates.csv", head + rows)
    assert counts(bring(path)) == (3, 0, 0, 2)
    assert [str(row.rate.normalize()) for row in rates.history("EUR", 2026)] == ["1.2", "1.1"]
    Change.objects.all().delete()
    assert counts(bring(path)) == (0, 0, 3, 2)
    assert not Change.objects.exists()


def test_a_currency_that_contracts_name_already_gets_its_rate(client: Client) -> None:
    in_currency("XTS")
    answer = client.post(reverse("accounts:rates"), {"currency": "XTS", "fiscal_year": "2026", "rate": "2"})
    assert answer.status_code == 302


def test_of_two_rates_of_a_year_only_the_new_one_is_told_as_new() -> None:
    rows: list[dict[str, object]] = [{"currency": "EUR", "fiscal_year": 2026, "rate": "1.1", "known_on": "2026-01-01"}]
    rows.append(rows[0] | {"rate": "1.2", "known_on": "2026-07-01"})
    statuses = []
    for given in (rows[:1], rows, [{"currency": "EUR", "fiscal_year": 2026, "rate": "1.3"}]):
        taken = take(given, TARGETS["rates"], Terms("crm"), by=user(role="admin"), day=DAY, now=clock.now)
        statuses.append([outcome.status for outcome in taken.outcomes])
    assert statuses == [["created"], ["unchanged", "created"], ["created"]]
