"""Notices and terms as people write them, in days and months."""

from __future__ import annotations

import datetime as dt
import time
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.imports import durations, mapping
from accounts.imports.cells import Field, Formats, Treatment, Unfit
from accounts.imports.contracts import CONTRACTS
from accounts.imports.maps import FieldMap, MappingError
from accounts.imports.parts import part_for
from accounts.imports.values import reader
from accounts.imports.writing import text_of
from accounts.terms import months_after
from config import clock

NOTICE, TERM = CONTRACTS.field("notice_days"), CONTRACTS.field("term_months")
OWN = """
title = "Own"
source = "own"
[[file]]
name = "contracts.csv"
into = "contracts"
[file.fields]
external_id = "id"
"""


def read(spec: Field | None, heading: str, cell: str, unit: str = "") -> int:
    assert spec
    told = durations.unit_of(FieldMap(spec.name, (heading,), unit=unit), spec)
    return reader(spec, Formats(), Treatment(unit=told))(cell)


@pytest.mark.parametrize(
    ("cell", "days"),
    [
        ("90 days", 90),
        ("30 days' notice", 30),
        ("30 days before the end", 30),
        ("3 months", 92),
        ("3-month", 92),
        ("1 month prior to renewal", 31),
        ("2 weeks", 14),
        ("1 year", 366),
        ("90日", 90),
        ("９０日前", 90),
        ("3ヶ月", 92),
        ("３か月前", 92),
        ("6カ月前まで", 184),
        ("2週間", 14),
        ("1年", 366),
        ("3 Monate", 92),
        ("3 Monate zum Vertragsende", 92),
        ("4 Wochen zum Monatsende", 28),
        ("90 Tage", 90),
        ("1 Monat", 31),
        ("1 Jahr", 366),
        ("3 mois", 92),
        ("3 mois de préavis", 92),
        ("60 jours avant l’échéance", 60),
        ("15 jours", 15),
        ("2 semaines", 14),
        ("1 an", 366),
        ("0", 0),
    ],
)
def test_a_notice_is_read_in_its_own_unit(cell: str, days: int) -> None:
    assert read(NOTICE, "Kündigungsfrist", cell) == days


@pytest.mark.parametrize(
    ("heading", "cell", "days"),
    [
        ("Kündigungsfrist (Monate)", "3", 92),
        ("Kündigungsfrist in Wochen", "4", 28),
        ("Kündigungsfrist (Tage)", "3", 3),
        ("notice_days", "30", 30),
        ("NoticeDays", "30", 30),
        ("Notice period (months)", "2", 62),
        ("解約予告日数", "30", 30),
        ("解約予告期間（ヶ月）", "3", 92),
        ("予告期間（月）", "1", 31),
        ("予告期間（日）", "30", 30),
        ("Préavis (mois)", "3", 92),
        ("Délai de préavis en jours", "60", 60),
    ],
)
def test_a_bare_number_counts_what_the_heading_names(heading: str, cell: str, days: int) -> None:
    assert read(NOTICE, heading, cell) == days


@pytest.mark.parametrize(
    "heading", ["Kündigungsfrist", "Notice period", "予告期間", "Préavis", "Kündigungsfrist (Tage/Monate)", "解約予告"]
)
def test_a_bare_number_of_no_unit_is_refused_until_a_mapping_says_it(heading: str) -> None:
    with pytest.raises(Unfit, match="may be days or months: write it with its unit, or set unit ="):
        read(NOTICE, heading, "3")
    assert read(NOTICE, heading, "3", "months") == 92
    assert read(NOTICE, heading, "3", "days") == 3
    assert read(NOTICE, heading, "3", "weeks") == 21
    assert read(NOTICE, heading, "90 Tage", "months") == 90, "what the cell says goes before"


@pytest.mark.parametrize(
    ("heading", "cell", "months"),
    [
        ("term", "36", 36),
        ("Contract length", "3 years", 36),
        ("term", "1.5 years", 18),
        ("term", "12-month", 12),
        ("Laufzeit", "3 Jahre", 36),
        ("Laufzeit", "24 Monate", 24),
        ("Laufzeit (Jahre)", "2", 24),
        ("契約期間", "36ヶ月", 36),
        ("契約期間", "3年", 36),
        ("契約期間", "３年間", 36),
        ("契約年数", "2", 24),
        ("Durée du contrat", "3 ans", 36),
        ("Durée", "24 mois", 24),
    ],
)
def test_a_term_is_read_in_months(heading: str, cell: str, months: int) -> None:
    assert read(TERM, heading, cell) == months


@pytest.mark.parametrize("cell", ["90 days", "4 Wochen", "30日"])
def test_a_term_of_days_is_no_number_of_months(cell: str) -> None:
    with pytest.raises(Unfit, match="is no number of months"):
        read(TERM, "term", cell)


@pytest.mark.parametrize(
    "cell", ["3 Monate, dann 1 Monat", "soon", "3 months after signing", "3 months 10 days", "monthly", "3月"]
)
def test_what_names_no_duration_is_refused(cell: str) -> None:
    with pytest.raises(Unfit):
        read(NOTICE, "Kündigungsfrist", cell)


@pytest.mark.parametrize(
    ("months", "days"),
    [*enumerate([31, 62, 92, 123, 153, 184, 215, 245, 276, 306, 337, 366, 397], 1), (24, 731), (48, 1461), (60, 1827)],
)
def test_months_are_as_many_days_as_the_longest_of_them(months: int, days: int) -> None:
    assert NOTICE
    assert durations.counted(Decimal(months), "months", NOTICE) == days


@pytest.mark.parametrize(
    ("said", "cell", "read"),
    [
        ('term_months = { column = "Laufzeit (Jahre)", times = 12 }', "3", 36),
        ('term_months = { column = "Laufzeit (Jahre)", times = 12 }', "3 Jahre", 36),
        ('term_months = { column = "Term (years)", values = { "1" = "12", "3" = "36" } }', "3", 36),
        ('term_months = { column = "Term (years)", values = { "1" = "12", "3" = "36" } }', "5", 5),
        ('term_months = { column = "Term (years)", values = { "999" = "", "0" = "0", "long" = "60" } }', "2", 24),
        ('term_months = { column = "Term (years)", values = { "999" = "", "0" = "0", "long" = "60" } }', "long", 60),
        ('term_months = { column = "Term", unit = "years", values = { "long" = "5" } }', "long", 60),
        ('notice_days = { column = "Notice (months)", times = 30 }', "3", 90),
        ('notice_days = { column = "Notice", times = 30 }', "3", 90),
        ('notice_days = { column = "Notice", values = { 3M = "90", none = "0" } }', "3M", 90),
        ('notice_days = { column = "Notice", values = { 3M = "90", none = "0" } }', "none", 0),
        ('notice_days = { column = "Notice (months)", values = { 3M = "90", "99" = "" } }', "3", 92),
        ('notice_days = { column = "Notice (weeks)", values = { "4" = "30" } }', "4", 30),
    ],
)
def test_what_a_mapping_turns_itself_is_turned_once(said: str, cell: str, read: int) -> None:
    file = mapping.parse(f"{OWN}{said}\n", "own").files[0]
    field = file.fields[-1]
    part = part_for(file, field, CONTRACTS, {"id": 0, field.column: 1}, clock.UTC)
    assert part.value(["K1", cell]) == read


@pytest.mark.parametrize(
    ("term", "cell", "amount"),
    [
        ('{ column = "Jahre", times = 12 }', "3", 12_000),
        ('{ column = "Jahre", times = 12 }', "3 Jahre", 12_000),
        ('{ column = "Jahre", values = { "3" = "36" } }', "3", 12_000),
        ('{ column = "Jahre" }', "3", 1_000),
        ('{ column = "Jahre", unit = "months" }', "36", 1_000),
    ],
)
def test_an_amount_is_divided_by_what_the_mapping_turns(term: str, cell: str, amount: int) -> None:
    said = f'annual_amount = {{ column = "total", per = ["Jahre"] }}\nterm_months = {term}\n'
    file = mapping.parse(f"{OWN}{said}", "own").files[0]
    part = part_for(file, file.fields[-2], CONTRACTS, {"id": 0, "total": 1, "Jahre": 2}, clock.UTC)
    assert part.value(["K1", "36000", cell]) == amount


def test_what_a_mapping_says_of_the_unit() -> None:
    text = f'{OWN}notice_days = {{ column = "Frist", unit = "months" }}\n'
    said = mapping.parse(text, "own")
    notice = said.files[0].field("notice_days")
    assert notice
    assert notice.unit == "months"
    assert mapping.parse(text_of(said), "own").files == said.files
    with pytest.raises(MappingError, match="unit is none of days, weeks, months, years"):
        mapping.parse(text.replace('"months"', '"moons"'), "own")


def test_three_digits_behind_the_sign_may_be_thousands() -> None:
    for cell in ("1.000 days", "1,000 Tage"):
        with pytest.raises(Unfit):
            read(NOTICE, "Kündigungsfrist", cell)


@pytest.mark.parametrize(
    "cell",
    ["9" * 40 + " months", "9" * 29 + " Jahre", "1" + " " * 16_000 + "x", "1 month" + " x" * 40_000, "9" * 5_000],
)
def test_an_absurd_notice_is_refused_at_once(cell: str) -> None:
    begun = time.process_time()
    with pytest.raises(Unfit):
        read(NOTICE, "Kündigungsfrist", cell)
    assert time.process_time() - begun < 1
    assert read(NOTICE, "Kündigungsfrist", "3" + " " * 10_000 + "months") == 92


@given(st.integers(1, 120), st.dates(dt.date(1999, 1, 1), dt.date(2099, 12, 31)))
def test_a_notice_of_months_is_never_too_late(months: int, end: dt.date) -> None:
    """Counted back from the end, or on from a day, the days reach at least as far as the months, and little further."""
    assert NOTICE
    days = durations.counted(Decimal(months), durations.MONTHS, NOTICE)
    assert days is not None
    needed = max((end - months_after(end, -months)).days, (months_after(end, months) - end).days)
    assert needed <= days <= needed + 8
