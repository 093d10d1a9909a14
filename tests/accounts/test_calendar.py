import datetime as dt

import pytest

from accounts.calendar import business_day, due_dates, is_open

FRIDAY = dt.date(2026, 11, 20)


@pytest.mark.parametrize(
    ("start", "days", "country", "expected"),
    [
        (FRIDAY, 0, "", FRIDAY),
        (FRIDAY, 1, "", dt.date(2026, 11, 23)),
        (FRIDAY, 1, "JP", dt.date(2026, 11, 24)),  # 23 November: Labor Thanksgiving Day
        (dt.date(2026, 11, 21), 0, "", dt.date(2026, 11, 23)),
        (FRIDAY, 5, "US", dt.date(2026, 11, 30)),  # 26 November: Thanksgiving
    ],
)
def test_business_days_skip_weekends_and_holidays(start, days, country, expected):
    assert business_day(start, days, country) == expected


def test_due_dates_answer_each_number_once():
    assert due_dates(FRIDAY, [1, 1, 2], "JP") == {
        1: dt.date(2026, 11, 24),
        2: dt.date(2026, 11, 25),
    }


def test_unknown_country_has_no_holidays():
    assert is_open(dt.date(2026, 12, 25), "ZZ")
