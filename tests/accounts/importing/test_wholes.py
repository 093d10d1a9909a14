"""Yen have no fraction: groups of four or three digits behind a comma are never one, however the currency is told."""

from __future__ import annotations

from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from accounts.imports.amounts import decimal_of
from accounts.imports.cells import Formats, Unfit
from accounts.imports.maps import FieldMap
from accounts.models import ContractLine, Customer
from tests.accounts.imports import write
from tests.factories import organisation

pytestmark = pytest.mark.django_db
MAPPING = """
title = "Own"
source = "csv"
[formats]
decimal = ","
[[file]]
name = "contracts.csv"
into = "contracts"
delimiter = ";"
[file.fields]
external_id = "id"
customer = "who"
product = "what"
starts_on = "start"
annual_amount = "{heading}"
"""


BY_QUANTITY = 'annual_amount = { column = "金額", by = ["quantity"] }'


def brought(folder: Path, home: str, heading: str, cell: str, more: str = "", head: str = "") -> str:
    organisation(currency=home)
    Customer.objects.create(name="Aoba").external_keys.create(source="csv", external_id="C1")
    said = MAPPING.format(heading=heading)
    if more.startswith(BY_QUANTITY):
        said = said.replace(f'annual_amount = "{heading}"\n', "")
    by = write(folder / "map.toml", said + more)
    write(folder / "contracts.csv", f"id;who;what;start;{heading}{head}\nK1;C1;Suite;2026-01-01;{cell}\n")
    out = StringIO()
    refused = folder / "refused.csv"
    call_command("import_data", str(folder), mapping=str(by), rejects=refused, stdout=out, stderr=out)
    return refused.read_text() if refused.exists() else ""


@pytest.mark.parametrize(
    ("home", "heading", "cell", "more", "head"),
    [
        ("JPY", "年額（円）", "120,0000", "", ""),
        ("JPY", "金額", "120,0000", "", ""),
        ("JPY", "Annual amount", "120,0000", "", ""),
        ("JPY", "Jahresbetrag", "120,0000", "", ""),
        ("JPY", "Montant annuel", "１２０，００００", "", ""),
        ("USD", "年額（円）", "120,0000", 'currency = { constant = "JPY" }', ""),
        ("USD", "amount", "120,0000;JPY", 'currency = "cur"', ";cur"),
    ],
)
def test_groups_of_four_are_refused_with_what_to_write(
    tmp_path: Path, home: str, heading: str, cell: str, more: str, head: str
) -> None:
    assert (
        "JPY has no fraction (digits are grouped by threes: where it means 1200000, write it so; where the four digits are a fraction, "
        "set round = true)"
    ) in brought(tmp_path, home, heading, cell, more, head)
    assert not ContractLine.objects.exists()


@pytest.mark.parametrize(
    ("home", "heading", "cell", "more", "amount"),
    [
        ("EUR", "Jahresbetrag", "120,0000", "", "120.00"),
        ("JPY", "Annual amount (EUR)", "120,0000", 'currency = { constant = "EUR" }', "120.00"),
        ("JPY", "金額", "1200000", "", "1200000.00"),
        # A program that writes four digits of every currency, and prices of one of many.
        ("JPY", "金額", "8500,0000", "[file.formats]\nround = true", "8500.00"),
        ("JPY", "金額", "120000,0000", "", "120000.00"),
        ("JPY", "金額", "2,5000;1000", BY_QUANTITY, "2500.00"),
        ("JPY", "金額", "2,5000円;1000", f'{BY_QUANTITY}\n[file.formats]\nmarks = ["円"]', "2500.00"),
    ],
)
def test_four_digits_are_a_fraction_of_what_has_one(
    tmp_path: Path, home: str, heading: str, cell: str, more: str, amount: str
) -> None:
    assert brought(tmp_path, home, heading, cell, more, ";quantity" if BY_QUANTITY in more else "") == ""
    assert str(ContractLine.objects.get().annual_amount) == amount


def test_three_digits_behind_a_comma_are_thousands_of_yen() -> None:
    formats = Formats(decimal=",", marks=("￥", "円", "€"))
    assert decimal_of("￥550,000", formats, 10**12) == 550_000
    assert decimal_of("550,000円", formats, 10**12) == 550_000
    with pytest.raises(Unfit, match="can be read as 550 and as 550000"):
        decimal_of("€550,000", formats, 10**12)
    # Of one of many that are bought, yen have fractions too.
    price = FieldMap("annual_amount", ("price",), by=("quantity",)).formats(replace(formats, decimal="."))
    with pytest.raises(Unfit, match=r"can be read as 1\.125 and as 1125"):
        decimal_of("￥1.125", price, 10**12)


@pytest.mark.parametrize("cell", ["~100", "約100", "税別 1000", "100円也", "ca 100", "env 100", "≈100"])
def test_what_is_no_mark_is_not_to_be_set_as_one(cell: str) -> None:
    with pytest.raises(Unfit, match="write the number without “"):
        decimal_of(cell, Formats())


@pytest.mark.parametrize(
    ("decimal", "cell", "advice"),
    [
        (",", "9'600.00", 'write 9600,00, or set decimal = "." where the whole column is written so'),
        (".", "9.600,00", 'write 9600.00, or set decimal = "," where the whole column is written so'),
        (",", "9,600.50", 'write 9600,50, or set decimal = "." where the whole column is written so'),
    ],
)
def test_another_decimal_sign_is_told_how_to_write_the_cell(decimal: str, cell: str, advice: str) -> None:
    with pytest.raises(Unfit) as refused:
        decimal_of(cell, Formats(decimal=decimal))
    assert advice in str(refused.value)
