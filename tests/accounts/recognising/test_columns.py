"""What columns hold: days, numbers, tax, words for nothing; and what is asked."""

from __future__ import annotations

import datetime as dt
import time
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.imports.cells import Field, Treatment
from accounts.imports.maps import FieldMap
from accounts.imports.recognising import Recognised, figures, recognise
from accounts.imports.recognising.columns import described
from accounts.imports.recognising.notations import differ
from accounts.imports.values import reader


def of(name: str, *values: str, **others: tuple[str, ...]) -> Recognised:
    names = (name, *others)
    rows = list(zip(values, *others.values(), strict=True))
    details, formats, questions = described(names, rows)
    return Recognised(
        "a.csv", columns=names, samples=tuple(rows), details=details, formats=formats, questions=questions
    )


@pytest.mark.parametrize(
    ("values", "dates"),
    [
        (["2026-04-01", "2026-12-31"], ()),
        (["2026/4/1", "2026/12/31"], ("%Y/%m/%d",)),
        (["31.12.2026", "01.04.2026"], ("%d.%m.%Y",)),
        (["03/04/2026", "13/04/2026"], ("%d/%m/%Y",)),
        (["03/04/2026", "04/13/2026"], ("%m/%d/%Y",)),
        (["令和8年4月1日", "R8.4.2"], ("era",)),
        (["2026年4月1日"], ("%Y年%m月%d日",)),
        (["46113", "46114"], ("serial",)),
        (["1775001600"], ("epoch",)),
        (["1775001600000"], ("epoch_ms",)),
        (["20260401", "20261231"], ("%Y%m%d",)),
        (["2026-04-01T10:00:00Z", "2026-04-01"], ("iso",)),
        (["01-Apr-26"], ("%d-%b-%y",)),
    ],
)
def test_days_in_one_notation(values: list[str], dates: tuple[str, ...]) -> None:
    found = of("start date", *values)
    assert (found.formats.dates, found.questions) == (dates, ())
    assert found.details[0].dates


@pytest.mark.parametrize(
    ("values", "examples"),
    [
        (["03/04/2026", "05/06/2026"], ["03/04/2026 → 2026-04-03", "03/04/2026 → 2026-03-04"]),
        (["03-04-2026"], ["03-04-2026 → 2026-04-03", "03-04-2026 → 2026-03-04"]),
        (["03/04/05"], ["03/04/05 → 2005-04-03", "03/04/05 → 2005-03-04", "03/04/05 → 2003-04-05"]),
    ],
)
def test_days_in_two_orders_are_a_question(values: list[str], examples: list[str]) -> None:
    (question,) = of("due", *values).questions
    assert not question.is_mixed
    assert [choice.example for choice in question.choices] == examples


def test_an_answer_keeps_one_notation() -> None:
    found = of("due", "03/04/2026", "05/06/2026")
    answered = found.answered({("dates", "due"): "%m/%d/%Y"})
    assert answered.dates == ("%m/%d/%Y",)
    file = found.file_map("contracts", "crm", (FieldMap("starts_on", ("due",)),), {("dates", "due"): "%d/%m/%Y"})
    assert reader(Field("d", "date"), file.formats, Treatment())("03/04/2026") == dt.date(2026, 4, 3)


@pytest.mark.parametrize("values", [["12000", "46113"], ["1", "2"], ["2026", "2027"]])
def test_numbers_are_no_days_unless_their_heading_says_so(values: list[str]) -> None:
    assert of("amount", *values).formats.dates == ()


def test_a_day_that_means_no_end_is_asked_about() -> None:
    found = of("end", "2026-01-01", "9999-12-31")
    (question,) = found.questions
    assert (question.about, question.choices[0].value) == ("no_end", "9999-12-31")
    assert found.answered({("no_end", "end"): "9999-12-31"}).no_end == {"9999-12-31"}
    assert found.answered({("no_end", "end"): ""}).no_end == frozenset()


@pytest.mark.parametrize(
    ("values", "decimal", "marks"),
    [
        (["1,200.00", "12"], ".", ()),
        (["1.200,00", "12"], ",", ()),
        (["1 200,50"], ",", ()),
        (["1'200.50"], ".", ()),
        (["¥1,200,000", "5"], ".", ("¥",)),
        (["1,200,000円"], ".", ("円",)),
        (["12,000.50 USD", "$5"], ".", ("USD", "$")),
        (["(1,200.00)", "△5"], ".", ()),
        (["12", "15"], ".", ()),
        (["15%", "7.5%"], ".", ()),
    ],
)
def test_numbers_as_people_write_them(values: list[str], decimal: str, marks: tuple[str, ...]) -> None:
    found = of("amount", *values)
    assert (found.formats.decimal, found.formats.marks, found.questions) == (decimal, marks, ())
    assert found.details[0].decimals


@pytest.mark.parametrize("value", ["1,200", "12.345"])
def test_a_number_that_both_signs_read_is_a_question(value: str) -> None:
    (question,) = of("amount", value).questions
    assert question.about == "decimal"
    assert [choice.value for choice in question.choices] == [".", ","]


@pytest.mark.parametrize(
    ("values", "decimal"),
    [
        (["￥100,000", "￥600,000"], "."),
        (["¥100,000", "500,000"], "."),
        (["100.000円", "600.000円"], ","),
        (["JPY 100,000"], "."),
        (["₩1,200"], "."),
    ],
)
def test_round_amounts_of_currencies_without_fractions_are_no_question(values: list[str], decimal: str) -> None:
    found = of("amount", *values)
    assert (found.formats.decimal, found.questions) == (decimal, ())


@pytest.mark.parametrize("values", [["$100,000"], ["￥100,000", "$100,000"], ["€1.200"]])
def test_round_amounts_of_other_currencies_are_a_question(values: list[str]) -> None:
    assert [question.about for question in of("amount", *values).questions] == ["decimal"]


def test_another_column_decides_the_sign() -> None:
    found = of("amount", "1,200", "2,400", price=("1,200.00", "5"))
    assert (found.formats.decimal, found.questions) == (".", ())


@pytest.mark.parametrize(
    ("name", "word", "included"),
    [
        ("金額（税込）", "税込", True), ("税抜金額", "税抜", False), ("Price incl. VAT", "incl.", True), ("Betrag netto", "netto", False),
        ("amount excluding tax", "excluding", False), ("Gross amount", "Gross", True), ("Network", "", None), ("Includer", "", None),
        ("Betrag (inkl. MwSt.)", "inkl.", True), ("Bruttobetrag", "Brutto", True), ("Betrag einschl. USt", "einschl.", True),
        ("Preis mit MwSt", "mit Mw St", True), ("USt. enthalten", "USt. enthalten", True), ("Amount (VAT included)", "VAT included", True),
        ("amount_incl_vat", "incl", True), ("grossAmount", "gross", True), ("Prix (taxes comprises)", "taxes comprises", True),
        ("Total TTC", "TTC", True), ("Net à payer TTC", "TTC", True), ("Betrag zzgl. MwSt.", "zzgl", False), ("Preis exkl. USt", "exkl.", False),
        ("Prix hors taxe", "hors taxe", False), ("Amount (tax not included)", "tax not included", False), ("netAmount", "net", False),
        ("Amount plus VAT", "plus VAT", False), ("MwSt", "", None), ("Industrie", "", None), ("Users included", "", None),
    ],
)  # fmt: skip
def test_headings_that_say_whether_tax_is_included(name: str, word: str, *, included: bool | None) -> None:
    column = of(name, "100", "200").details[0]
    assert (column.tax, column.tax_included) == (word, included)


@pytest.mark.parametrize(("rate", "larger"), [("10", ("1100", "2200", "550")), ("8", ("1080", "2160", "540"))])
def test_two_prices_that_differ_by_a_tax_are_asked_about(rate: str, larger: tuple[str, ...]) -> None:
    found = of("price", "1000", "2000", "500", total=larger)
    (question,) = [question for question in found.questions if question.about == "tax_pair"]
    assert question.text == f"total is price plus {rate} %: which is the amount without tax?"


@pytest.mark.parametrize(
    ("rate", "larger"),
    [("19", ("1190", "2380", "595")), ("7", ("1070", "2140", "535")), ("20", ("1200", "2400", "600"))],
)
def test_two_prices_that_differ_by_a_tax_of_europe_are_asked_about_once(rate: str, larger: tuple[str, ...]) -> None:
    (question,) = of("Preis", "1000", "2000", "500", Summe=larger).questions
    assert (question.about, str(question.rate)) == ("tax_pair", rate)


@pytest.mark.parametrize(
    ("name", "rates"),
    [
        ("年額（税込）", ["10", "8"]), ("Betrag inkl. MwSt.", ["19", "7", "20", "10", "8.1"]), ("Prix TTC", ["20", "10", "5.5", "21", "8.1"]),
        ("Amount (VAT included)", ["10", "8", "20", "19", "7", "5", "21", "22", "23", "25"]),
    ],
)  # fmt: skip
def test_the_rates_of_an_included_tax_are_those_of_its_words(name: str, rates: list[str]) -> None:
    (question,) = of(name, "119", "238").questions
    assert [choice.value for choice in question.choices] == [*rates, "typed", "0"]
    nineteen = [choice.example for choice in question.choices if choice.value == "19"]
    assert nineteen == ["119 → 100.00"] * ("19" in rates)


def test_two_prices_that_have_nothing_to_do_with_each_other() -> None:
    assert of("price", "1000", "2000", "500", total=("1100", "2500", "600")).questions == ()


def test_a_rate_of_tax_goes_into_the_field() -> None:
    found = of("税込", "1100", "2200")
    fields = (FieldMap("annual_amount", ("税込",)), FieldMap("name", constant="x"))
    file = found.file_map("contracts", "crm", fields, {("tax", "税込"): "10"})
    assert (file.fields[0].tax, file.fields[1].tax) == (Decimal(10), None)


def test_words_for_nothing_and_filled_shares() -> None:
    found = of("industry", "NULL", "なし", "", "Steel", country=("NA", "JP", "NA", "DE"))
    assert found.formats.null_words == {"null", "なし"}
    assert found.details[0].null_words == ("NULL", "なし")
    assert [column.filled for column in found.details] == [0.25, 1.0]


@given(st.lists(st.dates(dt.date(1990, 1, 1), dt.date(2099, 12, 31)), min_size=1, max_size=20), st.data())
def test_days_written_in_a_notation_are_read_back_or_asked_about(values: list[dt.date], data: st.DataObject) -> None:
    notation = data.draw(
        st.sampled_from(["%Y-%m-%d", "%Y/%m/%d", "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%d-%b-%Y", "%Y%m%d"])
    )
    found = of("day", *(value.strftime(notation) for value in values))
    if found.questions:
        assert any(choice.value == notation for choice in found.questions[0].choices)
        return
    read = reader(Field("d", "date"), found.formats, Treatment())
    assert [read(value.strftime(notation)) for value in values] == values


@given(
    st.lists(st.decimals(0, 10**7, places=2), min_size=1, max_size=20),
    st.sampled_from([(",", "."), (".", ","), (" ", ","), ("'", "."), ("", ".")]),
    st.sampled_from(["{}", "${}", "{} EUR", "¥{}"]),
)
def test_money_written_in_a_notation_is_read_back(values: list[Decimal], signs: tuple[str, str], around: str) -> None:
    group, decimal = signs

    def text(value: Decimal) -> str:
        return around.format(f"{value:,.2f}".translate({ord(","): group, ord("."): decimal}))

    found = of("amount", *map(text, values))
    assert not found.questions
    read = reader(Field("d", "money"), found.formats, Treatment())
    assert [read(text(value)) for value in values] == values


@pytest.mark.parametrize(
    "name",
    [
        "Renewal amount incl. tax",
        "Lifetime value",
        "Vendor cost",
        "Spend",
        "期間料金(税込)",
        "日額",
        "Amount due",
        "annual_amount",
    ],
)
def test_amounts_that_could_be_days_of_a_spreadsheet_stay_amounts(name: str) -> None:
    column = of(name, "45000", "46113").details[0]
    assert (column.dates, column.decimals) == ((), (".",))


@pytest.mark.parametrize(
    "name",
    [
        "Renewal",
        "closedate",
        "StartDate",
        "created_at",
        "Payment due date",
        "契約終了日",
        "支払期限",
        "End (UTC)",
        "Vertragsende",
    ],
)
def test_headings_of_days_make_days_of_numbers(name: str) -> None:
    assert of(name, "45000", "46113").formats.dates == ("serial",)


def test_tax_is_asked_of_amounts_that_could_be_days() -> None:
    assert [question.about for question in of("期間料金(税込)", "45000", "46113").questions] == ["tax"]


def test_all_days_that_mean_no_end_are_asked_about_and_kept() -> None:
    found = of("end", "2026-01-01", "9999-12-31", "9999/12/31")
    question = next(question for question in found.questions if question.about == "no_end")
    assert "9999-12-31, 9999/12/31" in question.text
    assert found.answered({("no_end", "end"): "9999-12-31"}).no_end == {"9999-12-31", "9999/12/31"}


def test_pairs_of_very_many_number_columns_are_found_in_time() -> None:
    columns = {f"c{place}": [Decimal(place * 7 + row) for row in range(5_000)] for place in range(1, 60)}
    columns["with tax"] = [number * Decimal("1.1") for number in columns["c3"] if number is not None]
    began = time.process_time()
    assert figures.pairs(columns) == [("c3", "with tax", Decimal(10))]
    assert time.process_time() - began < 3
    assert figures.pairs({f"{name} {copy}": numbers for copy in range(6) for name, numbers in columns.items()}) == []


def test_sparse_pairs_are_found() -> None:
    small = [Decimal(row) if row % 5 == 0 else None for row in range(1, 2_000)]
    assert figures.pairs({"a": small, "b": [one and one * Decimal("1.08") for one in small]}) == [
        ("a", "b", Decimal(8))
    ]


def test_tax_is_asked_of_an_absurd_number() -> None:
    (question,) = of("税込", "9" * 27).questions
    assert question.about == "tax"
    (question,) = of("税込", "9" * 5_000).questions
    assert all(len(choice.example) < 200 for choice in question.choices)


def test_days_of_several_notations_that_no_text_confuses_are_no_question(tmp_path: Path) -> None:
    """An era, a Japanese date and one with slashes mean one day each; a month first and a day first do not."""
    text = "開始日,終了日\n令和7年12月1日,05/03/2026\nR7.4.1,17/03/2026\n2025/10/1,03/17/2026\n"
    path = tmp_path / "a.csv"
    path.write_text(text)
    found = recognise(path)
    assert [(question.about, question.column) for question in found.questions] == [("dates", "終了日")]
    fields = tuple(FieldMap(name, (column,)) for name, column in (("starts_on", "開始日"), ("ends_on", "終了日")))
    file = found.file_map("contracts", "csv", fields, {("dates", "終了日"): "%d/%m/%Y"})
    assert set(file.formats.dates) == {"era", "%Y/%m/%d", "%d/%m/%Y"}


@pytest.mark.parametrize(
    ("one", "other", "is_so"),
    [
        ("%d/%m/%Y", "%m/%d/%Y", True),
        ("%y/%m/%d", "%d/%m/%y", True),
        ("%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M", True),
        ("%d-%m-%Y", "%m-%d-%Y", True),
        ("era", "%Y/%m/%d", False),
        ("%Y-%m-%d", "%Y年%m月%d日", False),
        ("serial", "epoch", False),  # a number is a day of our years by one of them alone
    ],
)
def test_notations_differ_where_a_text_may_mean_two_days(one: str, other: str, *, is_so: bool) -> None:
    assert differ(one, other) == differ(other, one) == is_so


def test_days_beside_others_that_may_be_read_in_two_ways_are_asked_about(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("番号,開始日\n1,令和7年12月1日\n2,2025/10/01\n3,05/04/2026\n")
    (question,) = recognise(path).questions
    assert {choice.example for choice in question.choices} == {"05/04/2026 → 2026-04-05", "05/04/2026 → 2026-05-04"}


def test_tax_is_asked_although_a_cell_is_no_number(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('契約番号,年額（税込）\nK1,"￥1,100"\nK2,たくさん\nK3,別途\n')
    question = recognise(path).questions[0]
    assert (question.about, question.choices[0].example) == ("tax", "￥1,100 → 1000.00")


def test_a_currency_is_seen_beside_few_different_amounts_and_odd_cells() -> None:
    found = of("年額", *["￥1,200,000"] * 9, "￥十二万", "未定")
    assert found.formats.marks == ("￥",)
    assert of("備考", "予算は USD", "未定", "3 USD くらい", "値引きあり").formats.marks == ()
