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


@pytest.mark.parametrize(
    ("start", "end", "amount", "trouble"),
    [
        ("2026-01-01", "2029-01-01", "12000.00", None),
        ("2026-01-01", "2026-07-01", "72000.00", None),
        ("2025-08-31", "2026-02-28", "72000.00", None),
        # A month and a half: 15 of the 30 days of April.
        ("2026-03-01", "2026-04-16", "288000.00", None),
        ("2026-01-01", "", None, ("end", "is empty: an amount of the whole term is divided by its months")),
        ("2026-01-01", "2026-01-01", None, ("end", "“2026-01-01 to 2026-01-01” is no number above 0")),
        ("2026-01-01", "2025-01-01", None, ("end", "“2026-01-01 to 2025-01-01” is no number above 0")),
    ],
)
def test_an_amount_of_the_whole_term_is_divided_by_the_months_from_start_to_end(
    start: str, end: str, amount: str | None, trouble: tuple[str, str] | None
) -> None:
    names = ["id", "customer", "start", "end", "total"]

    def planned(*ends: FieldMap) -> Any:
        total = FieldMap("annual_amount", ("total",), times=Decimal(12), whole_term=True)
        known = {"external_id": "id", "customer": "customer", "starts_on": "start"}
        fields = (*(FieldMap(name, (column,)) for name, column in known.items()), FieldMap("product", constant="Team"))
        file = FileMap("deals.csv", "contracts", "crm", (*fields, total, *ends), Formats())
        return plan_for(file, TARGETS["contracts"], names, DAY)

    values, troubles, _unread = planned(FieldMap("ends_on", ("end",))).values(["K1", "C1", start, end, "36000"])
    assert values.get("annual_amount") == (amount and Decimal(amount))
    assert troubles[:1] == ([trouble] if trouble else [])
    last, _troubles, _unread = planned(FieldMap("ends_on", ("end",), last_day=True)).values(
        ["K1", "C1", "2026-01-01", "2028-12-31", "36000"]
    )
    assert last["annual_amount"] == Decimal(12_000)
    with pytest.raises(MappingError, match="say which column is ends_on"):
        planned()
