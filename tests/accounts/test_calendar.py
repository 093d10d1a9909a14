import datetime as dt

import pytest

from accounts import calendar
from accounts.calendar import business_day, due_dates, of_country
from accounts.models import ClosingDay
from tests.factories import organisation, user

FRIDAY = dt.date(2026, 11, 20)
CLOSED = "/settings/closing-days/"


def on(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


@pytest.mark.parametrize(
    ("start", "days", "country", "expected"),
    [
        ("2026-11-20", 0, "", "2026-11-20"),
        ("2026-11-20", 1, "", "2026-11-23"),
        ("2026-11-20", 1, "JP", "2026-11-24"),  # 23 November: Labor Thanksgiving Day
        ("2026-11-21", 0, "", "2026-11-23"),
        ("2026-11-20", 5, "US", "2026-11-30"),  # 26 November: Thanksgiving
        ("2026-11-20", 0, "EG", "2026-11-22"),  # a Friday: the weekend is Friday and Saturday
        ("2026-11-19", 1, "SA", "2026-11-22"),
        ("2026-11-20", 0, "AE", "2026-11-20"),  # since 2022 Saturday and Sunday
        ("2026-12-25", 0, "ZZ", "2026-12-25"),  # no such calendar: Monday to Friday
    ],
)
def test_working_days_skip_the_countrys_weekends_and_holidays(start, days, country, expected):
    assert business_day(on(start), days, of_country(country)) == on(expected)


@pytest.mark.parametrize(("banks", "expected"), [(False, "2026-12-31"), (True, "2027-01-04")])
def test_banks_holidays_are_closed_where_the_organisation_says_so(banks, expected):
    assert business_day(on("2026-12-31"), 0, of_country("JP", banks=banks)) == on(expected)


def test_a_country_without_bank_holidays_takes_the_option_and_keeps_its_own():
    assert business_day(on("2026-12-25"), 0, of_country("DE", banks=True)) == on("2026-12-28")


def test_due_dates_answer_each_number_once():
    assert due_dates(FRIDAY, [1, 1, 2], of_country("JP")) == {1: on("2026-11-24"), 2: on("2026-11-25")}


@pytest.mark.django_db
def test_the_organisations_closing_days_are_no_working_days():
    organisation(holiday_country="JP", bank_holidays=True)
    ClosingDay.objects.create(day=FRIDAY, name="Founding day")
    assert business_day(on("2026-11-19"), 1, calendar.working_days()) == on("2026-11-24")
    assert business_day(on("2026-12-31"), 0, calendar.working_days()) == on("2027-01-04")


@pytest.mark.django_db
def test_an_admin_adds_removes_and_brings_back_a_closing_day(client):
    organisation()
    client.force_login(user("admin"))
    assert client.post(CLOSED, {"day": "2026-12-28", "name": "Year end"}).status_code == 302
    assert "Year end" in client.get(CLOSED).text
    assert client.post(CLOSED, {"day": "2026-12-28"}).status_code == 422
    row = ClosingDay.objects.get()
    assert client.post(f"{CLOSED}{row.pk}/remove/").status_code == 302
    assert not ClosingDay.objects.exists()
    assert client.post(f"{CLOSED}2026-12-28/back/?name=Year+end").status_code == 302
    assert ClosingDay.objects.values_list("day", "name").get() == (on("2026-12-28"), "Year end")
    assert client.post(f"{CLOSED}yesterday/back/").status_code == 404
