"""Days with the name of their month."""

from __future__ import annotations

import datetime as dt

import pytest
from babel import Locale
from hypothesis import given
from hypothesis import strategies as st

from accounts.imports.cells import NAMED_IN, Field, Formats, Treatment, Unfit
from accounts.imports.dating import by
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
        ("1 Apr 26", "2026-04-01"),
        ("Apr 1, '26", "2026-04-01"),
        ("1. Mai 26", "2026-05-01"),
        ("3 mars 26", "2026-03-03"),
        ("30 Nov 99", "1999-11-30"),
        ("Wed, 1 Apr 2026", "2026-04-01"),
        ("Wed, 01 Apr 2026 10:00:00 +0000", "2026-04-01"),
        ("Wednesday, April 1st, 2026 at 11:59 PM", "2026-04-01"),
        ("Tues 31 Mar 2026 12:30 am", "2026-03-31"),
        ("Mi., 1. April 2026", "2026-04-01"),
        ("Donnerstag, den 2. April 2026", "2026-04-02"),
        ("mercredi 1er avril 2026 à 10:00", "2026-04-01"),
    ],
)
def test_a_day_is_read_by_the_name_of_its_month(text: str, day: str) -> None:
    assert str(by("worded", text).date()) == day
    read = reader(Field("day", "date"), Formats(dates=("worded",)), Treatment())
    assert read(text) == dt.date.fromisoformat(day)


@pytest.mark.parametrize(
    "text",
    [
        "November 2025",
        "Q1 2026",
        "1. K 2026",
        "Room 12 2026",
        "30 Nov 5",
        "Wednesday",
        "1 Apr 2026 13:00 PM later",
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


@pytest.mark.parametrize(
    ("text", "notation", "day"),
    [
        ("2026年4月1日(水)", "%Y年%m月%d日", "2026-04-01"),
        ("2026年4月1日（水曜日）", "%Y年%m月%d日", "2026-04-01"),
        ("2026/4/1 (水)", "%Y/%m/%d", "2026-04-01"),
        ("2026/4/1(水) 10:00", "%Y/%m/%d %H:%M", "2026-04-01"),
        ("令和8年4月1日（水）", "era", "2026-04-01"),
        ("水曜日 2026/4/1", "%Y/%m/%d", "2026-04-01"),
        ("Mittwoch, 01.04.2026", "%d.%m.%Y", "2026-04-01"),
        ("Mi 01.04.2026 10:00", "%d.%m.%Y %H:%M", "2026-04-01"),
        ("mer. 01/04/2026", "%d/%m/%Y", "2026-04-01"),
        ("Wed 01/04/2026", "%d/%m/%Y", "2026-04-01"),
        ("Wed 01/04/2026", "%m/%d/%Y", None),
        ("2026/4/1(木)", "%Y/%m/%d", None),
        ("Client 01/04/2026", "%d/%m/%Y", None),
        ("1/4/2026 10:00 AM", "%d/%m/%Y %I:%M %p", "2026-04-01"),
        ("13/5/2026 1:30:05 PM", "%d/%m/%Y %I:%M:%S %p", "2026-05-13"),
    ],
)
def test_a_day_of_the_week_stands_beside_its_own_day(text: str, notation: str, day: str | None) -> None:
    read = by(notation, text)
    assert (str(read.date()) if read else None) == day


@given(st.dates(dt.date(1990, 1, 1), dt.date(2099, 12, 31)), st.sampled_from(NAMED_IN))
def test_every_day_of_the_week_of_every_language_is_known(day: dt.date, language: str) -> None:
    for width in ("wide", "abbreviated"):
        name = Locale(language).days["format"][width][day.weekday()]
        assert by("iso", f"{day}({name})") or by("iso", f"{name} {day}"), name


@pytest.mark.parametrize(
    ("cells", "dates", "asked"),
    [
        (["1/4/2026 10:00 AM", "13/5/2026 1:30 PM"], ("%d/%m/%Y %I:%M %p",), []),
        (["1/4/2026 10:00 AM", "2/5/2026 1:30 PM"], ("%d/%m/%Y %I:%M %p", "%m/%d/%Y %I:%M %p"), ["dates"]),
        (["Wed, 1 Apr 2026", "Thu, 2 Apr 2026"], ("worded",), []),
        (["Wed 1/4/2026", "Thu 2/4/2026"], ("%d/%m/%Y",), []),
        (["1 Apr 26", "30 Nov 26"], ("worded",), []),
        (["2026/4/1(水)", "2026/4/2(木)"], ("%Y/%m/%d",), []),
        (["Mi., 1. April 26", "Do., 2. April 26"], ("worded",), []),
    ],
)
def test_what_a_column_of_such_days_is_read_by(cells: list[str], dates: tuple[str, ...], asked: list[str]) -> None:
    columns, _formats, questions = described(["Start date"], [[cell] for cell in cells])
    assert columns[0].dates == dates
    assert [question.about for question in questions] == asked
