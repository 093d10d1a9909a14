"""Whether an end is the last day or the day after, by the starts beside it."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.imports.guessing import Guess, ends, guess
from accounts.imports.recognising.columns import described
from accounts.imports.recognising.found import Recognised
from accounts.imports.targets import TARGETS

DAY = dt.timedelta(days=1)


def of(heading: str, *rows: str) -> tuple[Guess, Recognised]:
    """The guess and the file of contracts whose start and end stand as ``2026-01-01 2027-01-01``."""
    names = ("id", "customer_id", "product", "start", heading)
    cells = [(f"K{number}", "C1", "Suite", *row.split(" ")) for number, row in enumerate(rows)]
    details, formats, _questions = described(names, cells)
    file = Recognised("contracts.csv", columns=names, samples=tuple(cells), details=details, formats=formats)
    return ends.judged(guess(file, TARGETS, "contracts"), file), file


@pytest.mark.parametrize(
    ("heading", "rows", "is_last"),
    [
        ("end", ["2026-01-01 2027-01-01", "2026-02-01 2027-02-01"], False),
        ("end_date", ["2026-01-15 2026-02-15"], False),
        ("end", ["2026/01/31 2026/02/28", "2026/03/31 2026/06/30"], False),
        ("契約終了日", ["2026年1月1日 2027年1月1日"], False),
        ("end", ["2026-01-01 2026-12-31", "2026-02-15 2027-02-14"], True),
        ("契約終了日", ["2026/04/01 2027/03/31", "2026/05/01 2026/05/20", "2026/06/01 2027/05/31"], True),
        # Two of three fall on the start's day.
        ("end", ["2026-01-01 2027-01-01", "2026-01-01 2026-07-01", "2026-01-01 2026-12-31"], False),
    ],
)
def test_most_ends_say_whether_they_are_last_days(heading: str, rows: list[str], *, is_last: bool) -> None:
    guessed, file = of(heading, *rows)
    (fit,) = [fit for fit in guessed.columns if fit.field == "ends_on"]
    assert (fit.column, fit.last_day) == (heading, is_last)
    assert ends.questions(guessed, file) == []
    assert ("most fall on the day of the start" in fit.why) is not is_last


@pytest.mark.parametrize(
    "rows", [["2026-01-01 2026-08-17", "2026-02-01 2027-05-09"], ["2026-01-01 2027-01-01", "2026-01-01 2026-12-31"]]
)
def test_ends_that_say_neither_are_a_question(rows: list[str]) -> None:
    guessed, file = of("end_date", *rows)
    (question,) = ends.questions(guessed, file)
    first = rows[0].split(" ")[1]
    assert (question.about, question.column) == ("last_day", "end_date")
    assert [(choice.value, choice.example) for choice in question.choices] == [
        ("last_day", f"{first} is the last day on which it holds"),
        ("", f"{first} is the first day on which it holds no more"),
    ]


@pytest.mark.parametrize("heading", ["gekündigt zum", "Kündigung zum"])
def test_until_when_a_contract_is_cancelled_is_a_last_day_in_german(heading: str) -> None:
    for rows, is_last in ([["2026-01-01 2026-12-31"], True], [["2026-01-01 2027-01-01"], False]):
        guessed, file = of(heading, *rows)
        assert [fit.last_day for fit in guessed.columns if fit.field == "ended_on"] == [is_last]
        assert ends.questions(guessed, file) == []
    guessed, file = of(heading, "2026-01-01 2026-08-17")
    assert [(question.about, question.column) for question in ends.questions(guessed, file)] == [("last_day", heading)]


@pytest.mark.parametrize(
    ("heading", "rows"),
    [("renewal date", ["2026-01-01 2026-08-17"]), ("end", ["2026-01-01 "]), ("最終日", ["2026-01-01 2026-08-17"])],
)
def test_nothing_is_asked_where_the_heading_says_it_or_no_row_has_both(heading: str, rows: list[str]) -> None:
    guessed, file = of(heading, *rows)
    assert ends.questions(guessed, file) == []
    assert [fit.last_day for fit in guessed.columns if fit.field == "ends_on"] in ([heading == "end"], [])


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 5_000), st.integers(1, 36))
def test_terms_of_whole_months_are_always_told(day: int, months: int) -> None:
    start = dt.date(2015, 1, 1) + day * DAY
    pairs = [("", start, after(start, months))]
    assert ends.is_last_day(pairs) is False
    assert ends.is_last_day([("", start, end - DAY) for _text, start, end in pairs]) is True


def after(start: dt.date, months: int) -> dt.date:
    """The same day so many months later, the last one of a shorter month."""
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    last = (dt.date(year + (month + 1) // 12, (month + 1) % 12 + 1, 1) - DAY).day
    return dt.date(year, month + 1, min(start.day, last))
