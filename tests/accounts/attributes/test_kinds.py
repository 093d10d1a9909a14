"""A value of each kind: what is taken, how it is stored, what a refusal says, and that SQL takes it for the same."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from accounts.attributes import kinds
from accounts.attributes.comparing import TYPED, fits, misfit
from accounts.imports.cells import Formats, Treatment, Unfit
from accounts.models import Attribute
from tests.examples import dear

TAKEN = [
    ("number", "1,250", "1250"), ("number", "-12.50", "-12.5"), ("number", "0.000001", "0.000001"), ("number", "-0", "0"),
    ("number", "１２", "12"), ("number", "△3", "-3"), ("number", "999999999999", "999999999999"), ("number", "", ""),
    ("text", " Gold plan ", "Gold plan"), ("text", "金", "金"),
    ("day", "2026-02-28", "2026-02-28"), ("day", "２０２６-02-28", "2026-02-28"),
    ("choice", "gold", "Gold"), ("choice", "SILVER", "Silver"),
    ("flag", "Yes", "yes"), ("flag", "0", "no"), ("flag", "TRUE", "yes"),
]  # fmt: skip
REFUSED = [
    ("number", "twelve", "“twelve” is not a number: write one such as 1250 or 12.5"),
    ("number", "1000000000000", "“1000000000000” has more digits than are kept: at most 12 before the point and 6 after it"),
    ("number", "0.0000001", "“0.0000001” has more digits than are kept: at most 12 before the point and 6 after it"),
    ("text", "x" * 201, "is longer than 200 characters"),
    ("text", "a\nb", "has more than one line"),
    ("day", "28.2.2026", "“28.2.2026” is not a date: write it as in 2026-11-28"),
    ("day", "2026-02-29", "“2026-02-29” is not a date: write it as in 2026-11-28"),
    ("day", "1889-01-01", "1889-01-01 is out of range (1990 to 2099): write it as in 2026-11-28"),
    ("choice", "Tin", "“Tin” is none of its choices: Gold, Silver, Bronze"),
    ("flag", "maybe", "“maybe” is neither yes nor no: write yes or no"),
]  # fmt: skip


def of_kind(kind: str) -> Attribute:
    return Attribute(key="k", kind=kind, choices=["Gold", "Silver", "Bronze"] if kind == "choice" else [])


@pytest.mark.parametrize(("kind", "text", "stored"), TAKEN)
def test_a_value_is_stored_in_one_form(kind: str, text: str, stored: str) -> None:
    assert kinds.read(of_kind(kind), text) == stored


@pytest.mark.parametrize(("kind", "text", "reason"), REFUSED)
def test_a_refusal_says_what_would_do(kind: str, text: str, reason: str) -> None:
    with pytest.raises(Unfit) as refused:
        kinds.read(of_kind(kind), text)
    assert str(refused.value) == reason


def test_a_file_has_formats_of_its_own() -> None:
    formats = Formats(dates=("%d.%m.%Y",), decimal=",", true=frozenset({"ja"}), false=frozenset({"nein"}))

    def read(kind: str, text: str) -> str:
        return kinds.reader(of_kind(kind), formats, Treatment())(text)

    assert [read("day", "28.2.2026"), read("number", "1.250,5"), read("flag", "Ja")] == ["2026-02-28", "1250.5", "yes"]
    with pytest.raises(Unfit, match="neither yes nor no: write ja or nein"):
        read("flag", "yes")


def in_sql(kind: str, text: str) -> tuple[Any, bool]:
    with connection.cursor() as cursor:
        typed, does_not = TYPED[kind]("%(text)s::text"), misfit(kind, "%(text)s::text", "%(choices)s::text[]")
        cursor.execute(f"SELECT {typed}, {does_not}", {"text": text, "choices": ["Gold", "Silver", "Bronze"]})
        return cursor.fetchone()


MEANT = {
    "number": Decimal, "text": str.strip, "choice": str, "day": dt.date.fromisoformat, "flag": lambda text: text == "yes",
}  # fmt: skip
WORDS = st.one_of(
    st.sampled_from(
        ["Gold", "gold", "yes", "no", "2026-02-28", "2026-02-30", "2024-02-29", "12", "-1.5", "1e3", "", " ", "0"]
    ),
    st.decimals(-(10**12), 10**12, allow_nan=False, places=4).map(str),
    st.dates(dt.date(1990, 1, 1), dt.date(2099, 12, 31)).map(str),
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12),
)


@pytest.mark.django_db
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=dear(60))
@given(kind=st.sampled_from(sorted(MEANT)), text=WORDS)
@example(kind="day", text="2026-02-30")
@example(kind="number", text="9" * 13)
def test_what_is_stored_is_of_its_kind_in_sql(kind: str, text: str) -> None:
    """Whatever is read is stored in a form that SQL takes for the same value, and that fits; the page says the same of any."""
    assert fits(of_kind(kind), text) == (not in_sql(kind, text)[1])
    try:
        stored = kinds.read(of_kind(kind), text)
    except Unfit:
        return
    value, does_not_fit = in_sql(kind, stored)
    assert not does_not_fit
    assert value == (MEANT[kind](stored) if stored else None)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("kind", "text", "value", "does_not"),
    [
        ("number", "many", None, True), ("number", " 7.5 ", Decimal("7.5"), False), ("number", "1,250", None, True),
        ("day", "2026-02-30", None, True), ("day", "2024-02-29", dt.date(2024, 2, 29), False), ("day", "soon", None, True),
        ("flag", "True", True, False), ("flag", "perhaps", None, True), ("choice", "Tin", "Tin", True),
        ("text", "two\nlines", "two\nlines", True), ("number", "  ", None, False),
    ],
)  # fmt: skip
def test_what_was_there_before_may_not_fit(kind: str, text: str, value: Any, does_not: bool) -> None:  # noqa: FBT001
    assert in_sql(kind, text) == (value, does_not)
