"""Days with the name of their month."""

from __future__ import annotations

import datetime as dt

import pytest
from babel import Locale
from hypothesis import given
from hypothesis import strategies as st

from accounts.imports.cells import NAMED_IN, Field, Formats, Treatment, Unfit
from accounts.imports.recognising.columns import described
from accounts.imports.values import reader
from accounts.imports.worded import months, worded


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("30. November 2025", "2025-11-30"),
        ("2. Dezember 2025", "2025-12-02"),
        ("1. März 2026", "2026-03-01"),
        ("5. Jänner 2026", "2026-01-05"),
        ("1st April 2026", "2026-04-01"),
        ("22nd of May, 2026", "2026-05-22"),
        ("December 2nd, 2025", "2025-12-02"),
        ("Nov 30 2025", "2025-11-30"),
        ("30-Nov-2025", "2025-11-30"),
        ("30.Nov.2025", "2025-11-30"),
        ("1er avril 2026", "2026-04-01"),
        ("12 févr. 2026", "2026-02-12"),
        ("3 AOÛT 2026", "2026-08-03"),
        ("30 de noviembre de 2025", "2025-11-30"),
        ("1 mrt. 2026", "2026-03-01"),
        ("29. Februar 2024", "2024-02-29"),
    ],
)
def test_a_day_is_read_by_the_name_of_its_month(text: str, day: str) -> None:
    assert str(worded(text).date()) == day
    read = reader(Field("day", "date"), Formats(dates=("worded",)), Treatment())
    assert read(text) == dt.date.fromisoformat(day)


@pytest.mark.parametrize(
    "text",
    [
        "November 2025",
        "Q1 2026",
        "1. K 2026",
        "Room 12 2026",
        "30 Nov 25",
        "4月1日2026",
        "2026年4月1日",
        "12 2026",
        "",
        "May",
    ],
)
def test_what_names_no_day_is_none(text: str) -> None:
    assert worded(text) is None


def test_a_day_that_is_none_is_refused() -> None:
    with pytest.raises(Unfit, match="is not a date"):
        reader(Field("day", "date"), Formats(dates=("worded",)), Treatment())("31 Feb 2026")


@given(st.dates(dt.date(1990, 1, 1), dt.date(2099, 12, 31)), st.sampled_from(NAMED_IN))
def test_every_month_of_every_language_is_known(day: dt.date, language: str) -> None:
    if language == "ja":  # which has numbers for its months
        return
    wide, short = (Locale(language).months["format"][width][day.month] for width in ("wide", "abbreviated"))
    assert (
        months()[wide.casefold().replace("ä", "a").replace("é", "e").replace("û", "u").replace("ç", "c")] == day.month
    )
    for text in (
        f"{day.day}. {wide} {day.year}",
        f"{short} {day.day}, {day.year}",
        f"{day.day:02} {short.upper()} {day.year}",
    ):
        assert worded(text).date() == day, text


def test_a_column_of_days_written_out_is_recognised() -> None:
    columns, formats, questions = described(
        ["Vertragsbeginn"], [["1. März 2026"], ["30. November 2025"], ["2. Dezember 2025"]]
    )
    assert (columns[0].dates, formats.dates, questions) == (("worded",), ("worded",), ())
