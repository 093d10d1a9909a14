"""An amount times the cells of other columns: units, and periods of a year."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from accounts.imports.cells import Formats
from accounts.imports.maps import FieldMap, FileMap, MappingError
from accounts.imports.planning import plan_for
from accounts.imports.targets import TARGETS
from tests.factories import DAY

PERIODS = "day, week, month, quarter, half-year, year"
THOUSANDS = 'set decimal = "," if it is grouped by ., or round = true'
COLUMNS = ["id", "customer", "start", "price", "units", "period"]


def plan(*more: FieldMap, by: tuple[str, ...] = ("units", "period"), **formats: Any) -> Any:
    fields = (
        FieldMap("external_id", ("id",)),
        FieldMap("customer", ("customer",)),
        FieldMap("starts_on", ("start",)),
        FieldMap("product", constant="Team"),
        FieldMap("annual_amount", ("price",), by=by),
        *more,
    )
    return plan_for(
        FileMap("a.csv", "contracts", "crm", fields, Formats(**formats)), TARGETS["contracts"], COLUMNS, DAY
    )


def row(price: str, units: str, period: str) -> list[str]:
    return ["K1", "C1", "2026-01-01", price, units, period]


@pytest.mark.parametrize(
    ("price", "units", "period", "amount"),
    [
        ("10", "3", "month", "360.00"),
        ("10", "3", "Monthly", "360.00"),
        ("10", "3", "year", "30.00"),
        ("10", "2.5", "quarter", "100.00"),
        ("1", "1", "week", "52.00"),
        ("1", "1", "day", "365.00"),
        ("10", "", "", "10.00"),
        ("0", "3", "month", "0.00"),
        ("19.99", "3", "12", "719.64"),
    ],
)
def test_units_and_periods_multiply_the_price(price: str, units: str, period: str, amount: str) -> None:
    values, troubles, _unread = plan().values(row(price, units, period))
    assert (values["annual_amount"], troubles) == (Decimal(amount), [])


def test_a_factor_is_read_as_the_file_writes_numbers() -> None:
    values, _troubles, _unread = plan(decimal=",").values(row("10", "2,5", "year"))
    assert values["annual_amount"] == Decimal("25.00")


@pytest.mark.parametrize(
    ("units", "period", "reason"),
    [
        ("many", "month", ("units", f"“many” is neither a number nor one of: {PERIODS}")),
        ("3", "fortnight", ("period", f"“fortnight” is neither a number nor one of: {PERIODS}")),
        ("3", "12x", ("period", "“12x” is not a number")),
        ("1.000", "month", ("units", "“1.000” can be read as 1 and as 1000: " + THOUSANDS)),
        ("999999999999", "month", ("units", "999999999999 is out of range (0 to 999999999999)")),
        ("-1", "month", ("units", "is below 0: take the discount off the line that it lowers")),
    ],
)
def test_what_does_not_multiply_refuses_the_row(units: str, period: str, reason: tuple[str, str]) -> None:
    _values, troubles, _unread = plan().values(row("10", units, period))
    assert troubles == [reason]


def test_a_price_that_is_none_is_named_alone() -> None:
    _values, troubles, _unread = plan().values(row("soon", "3", "month"))
    assert troubles == [("price", "“soon” is not a number")]


def test_only_amounts_are_multiplied() -> None:
    with pytest.raises(MappingError, match="seats is no amount: nothing multiplies it"):
        plan(FieldMap("seats", ("units",), by=("period",)))
