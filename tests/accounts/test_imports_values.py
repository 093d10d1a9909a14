"""Cells to values: what is taken, what is refused, and in which words."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from accounts.imports.cells import Field, Formats, Treatment, Unfit
from accounts.imports.values import reader

PLAIN = Formats()


def value(kind: str, cell: str, formats: Formats = PLAIN, treatment: Treatment | None = None, **limits: Any) -> Any:
    return reader(Field("f", kind, **limits), formats, treatment or Treatment())(cell)


@pytest.mark.parametrize(
    ("kind", "cell", "wanted"),
    [
        ("text", "  Acme ", "Acme"),
        ("number", "1,000", 1000),
        ("number", "4.0", 4),
        ("number", "+7", 7),
        ("money", "1,234,567.895", Decimal("1234567.90")),
        ("date", "2024-02-29", dt.date(2024, 2, 29)),
        ("instant", "2024-01-01 10:30", dt.datetime(2024, 1, 1, 10, 30, tzinfo=ZoneInfo("UTC"))),
        ("instant", "2024-01-01", dt.datetime(2024, 1, 1, tzinfo=ZoneInfo("UTC"))),
        ("flag", "TRUE", True),
        ("flag", "n", False),
        ("country", "jp", "JP"),
        ("currency", "eur", "EUR"),
        ("currency", "hrk", "HRK"),
        ("email", "A@B.example", "a@b.example"),
        ("list", "a; b;;a", ["a", "b"]),
        ("choice", "High", "high"),
        ("number", "", None),
        ("number", "   ", None),
    ],
)
def test_a_cell_is_taken(kind: str, cell: str, wanted: object) -> None:
    limits: dict[str, Any] = {"choices": ("low", "high")} if kind == "choice" else {"most": 10_000_000}
    assert value(kind, cell, **limits) == wanted


@pytest.mark.parametrize(
    ("kind", "cell", "reason"),
    [
        ("number", "1,5", "“1,5” is not a number"),
        ("number", "1e5", "“1e5” is not a number"),
        ("number", "12.5", "“12.5” is not a whole number"),
        ("number", "１２", "“１２” is not a number"),
        ("number", "nan", "“nan” is not a number"),
        ("number", "-1", "-1 is out of range (0 to 2147483647)"),
        ("number", "9" * 5_000, f"{'9' * 40}… is out of range (0 to 2147483647)"),
        ("money", "-0.01", "-0.01 is out of range (0 to 2147483647)"),
        ("date", "0000-01-01", "“0000-01-01” is not a date"),
        ("date", "2023-02-29", "“2023-02-29” is not a date"),
        ("date", "0001-01-01", "0001-01-01 is out of range (1990 to 2099)"),
        ("date", "9999-12-31", "9999-12-31 is out of range (1990 to 2099)"),
        ("date", "20240101", "“20240101” is not a date"),
        ("date", "01/02/2024", "“01/02/2024” is not a date"),
        ("instant", "yesterday", "“yesterday” is not a date"),
        ("flag", "maybe", "“maybe” is neither yes nor no"),
        ("country", "UK", "“UK” is neither a country nor its code of two letters (ISO 3166)"),
        ("currency", "€", "“€” is not a currency code of three letters (ISO 4217)"),
        ("currency", "UER", "“UER” is no currency (ISO 4217)"),
        ("email", "nobody", "“nobody” is not an email address"),
        ("choice", "huge", "“huge” is none of: low, high"),
        ("text", "x" * 201, "is longer than 200 characters"),
    ],
)
def test_a_cell_is_refused(kind: str, cell: str, reason: str) -> None:
    with pytest.raises(Unfit) as refused:
        value(kind, cell, choices=("low", "high"))
    assert str(refused.value) == reason


def test_an_empty_cell_is_its_default_or_refused() -> None:
    assert value("number", "", blank=12) == 12
    with pytest.raises(Unfit, match="is empty"):
        value("text", " ", required=True)


def test_formats_of_another_country() -> None:
    german = Formats(dates=("%d.%m.%Y",), decimal=",", true=frozenset({"ja"}), false=frozenset({"nein"}))
    assert value("date", "31.12.2024", german) == dt.date(2024, 12, 31)
    assert value("money", "1.234,50", german) == Decimal("1234.50")
    assert value("flag", "Ja", german) is True
    with pytest.raises(Unfit):
        value("date", "2024-12-31", german)


def test_the_last_day_becomes_the_day_after() -> None:
    assert value("date", "2024-12-31", treatment=Treatment(last_day=True)) == dt.date(2025, 1, 1)


def test_monthly_amounts_become_annual() -> None:
    assert value("money", "33.335", treatment=Treatment(times=Decimal(12))) == Decimal("400.02")
    with pytest.raises(Unfit, match="out of range"):
        value("money", "900", treatment=Treatment(times=Decimal(12)), most=10_000)


def test_words_are_replaced_before_the_cell_is_read() -> None:
    assert value("country", "UK", treatment=Treatment({"UK": "GB"})) == "GB"
    assert value("date", "9999-12-31", treatment=Treatment({"9999-12-31": ""})) is None
