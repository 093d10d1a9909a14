"""Cells to values: what is taken, what is refused, and in which words."""

from __future__ import annotations

import datetime as dt
import time
import tracemalloc
from dataclasses import replace
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import translation

from accounts.imports import amounts, choosing, dating
from accounts.imports.cells import FALSE, TRUE, Field, Formats, Treatment, Unfit
from accounts.imports.guessing import shapes
from accounts.imports.targets import TARGETS
from accounts.imports.values import reader

PLAIN = Formats()
THOUSANDS = 'set decimal = "," if it is grouped by ., or round = true'


def value(kind: str, cell: str, formats: Formats = PLAIN, treatment: Treatment | None = None, **limits: Any) -> Any:
    return reader(Field("f", kind, **limits), formats, treatment or Treatment())(cell)


def test_choices_are_known_by_their_labels_in_each_language() -> None:
    """Of every target; of a file only: a program gives the words themselves."""
    choices = [known for target in TARGETS.values() for known in target.fields if known.choices]
    assert len(choices) > 10
    for known in choices:
        assert {*known.choices} <= {word for word, _label in known.labels}, known.name
        for language in ("en", "ja"):
            with translation.override(language):
                labels = {str(label): word for word, label in known.labels}
            for label, word in labels.items():
                assert reader(known, PLAIN, Treatment())(label) in (word, [word])
    status = TARGETS["invoices"].field("status")
    assert status
    cells = ("支払済", "支払済み", "未払い", "未入金", "無効", "Paid in full", "bezahlt", "Offen", "storniert")
    assert [reader(status, PLAIN, Treatment())(cell) for cell in cells] == [
        "paid",
        "paid",
        "open",
        "open",
        "void",
        "paid",
        "paid",
        "open",
        "void",
    ]
    with pytest.raises(Unfit, match="is none of"):
        reader(status, Formats(of_file=False), Treatment())("未払い")


def test_choices_are_listed_as_the_file_may_say_them() -> None:
    status, roles = TARGETS["invoices"].field("status"), TARGETS["contacts"].field("roles")
    assert status
    assert roles
    for known, language, formats, listed in (
        (status, "ja", PLAIN, "未払い, 支払済み, 無効"),
        (status, "ja", Formats(of_file=False), "open, paid, void"),
        (status, "en", PLAIN, "Open, Paid, Void"),
        (roles, "en", PLAIN, "Champion, Economic buyer, Executive sponsor, Admin, End user"),
    ):
        with translation.override(language), pytest.raises(Unfit) as refused:
            reader(known, formats, Treatment())("boss")
        assert str(refused.value).endswith(listed)
        assert {choosing.meant(known, word, by_synonym=formats.of_file) for word in listed.split(", ")} == {
            *known.choices
        }


@pytest.mark.parametrize("mark", ["?", "？", " ?"])
def test_a_word_with_a_question_mark_is_not_taken_for_what_it_asks(mark: str) -> None:
    severity = TARGETS["tickets"].field("severity")
    assert severity
    for word in ("至急", "Urgent", "緊急"):
        assert reader(severity, PLAIN, Treatment())(word) == "urgent"
        with pytest.raises(Unfit, match="is none of"):
            reader(severity, PLAIN, Treatment())(f"{word}{mark}")
    with pytest.raises(Unfit, match="is neither a country"):
        value("country", f"Germany{mark}")


@pytest.mark.parametrize(
    ("kind", "cell", "wanted"),
    [
        ("text", "  Acme ", "Acme"),
        ("number", "1,000", 1000),
        ("number", "4.0", 4),
        ("number", "+7", 7),
        ("money", "1,234,567.89", Decimal("1234567.89")),
        ("money", "12'000.50", Decimal("12000.50")),
        ("money", "12\u202f000", Decimal(12_000)),
        ("money", "１２０００", Decimal(12_000)),
        ("money", "1200.0000000000002", Decimal("1200.00")),
        ("percent", "15%", Decimal(15)),
        ("percent", "１５％", Decimal(15)),
        ("date", "2024-02-29", dt.date(2024, 2, 29)),
        ("instant", "2024-01-01 10:30", dt.datetime(2024, 1, 1, 10, 30, tzinfo=ZoneInfo("UTC"))),
        ("instant", "2024-01-01", dt.datetime(2024, 1, 1, tzinfo=ZoneInfo("UTC"))),
        ("flag", "TRUE", True),
        ("flag", "n", False),
        ("country", "jp", "JP"),
        ("country", "UK", "GB"),
        ("country", "U.S.", "US"),
        ("country", "u. s. a.", "US"),
        ("country", "DEU", "DE"),
        ("country", "Wales", "GB"),
        ("country", "Cote d'Ivoire", "CI"),
        ("country", "Korea", "KR"),
        ("country", "大韓民国", "KR"),
        ("country", "Ｈｏｎｇ  Ｋｏｎｇ", "HK"),
        ("number", "12.0", 12),
        ("number", "1.00", 1),
        ("number", "12000.000", 12_000),
        ("number", "1,000.000", 1_000),
        ("number", "99999.000", 99_999),
        ("number", "0.000", 0),
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
        (
            "number",
            "1,5",
            '“1,5” is not a number (where it means 1.5, write 1.5, or set decimal = "," where the whole column is written so)',
        ),
        ("number", "1.000", f"“1.000” can be read as 1 and as 1000: {THOUSANDS}"),
        ("number", "-１.000", f"“-１.000” can be read as -1 and as -1000: {THOUSANDS}"),
        ("money", "250.000", f"“250.000” can be read as 250 and as 250000: {THOUSANDS}"),
        (
            "money",
            "€ 12.000,50",
            '“€ 12.000,50” is not a number (where € may stand beside it, set marks = ["€"], decimal = ",")',
        ),
        (
            "money",
            "12 000,50",
            '“12 000,50” is not a number (where it means 12000.50, write 12000.50, or set decimal = "," where the whole column is written so)',
        ),
        ("money", "₹ 1,20,000", "“₹ 1,20,000” is not a number (digits are grouped by threes: write 120000)"),
        ("number", "n/a", '“n/a” is not a number (where it means nothing, set null_words = ["n/a"])'),
        ("date", "NULL", '“NULL” is not a date (where it means nothing, set null_words = ["NULL"])'),
        (
            "country",
            "?",
            '“?” is neither a country nor its code of two letters (ISO 3166) (where it means nothing, set null_words = ["?"])',
        ),
        (
            "money",
            "6.000,-",
            '“6.000,-” is not a number (where it means 6000, write 6000, or set decimal = "," where the whole column is written so)',
        ),
        ("money", "12.50,-", "“12.50,-” is not a number"),
        (
            "money",
            "1.200,-- €",
            '“1.200,-- €” is not a number (where € may stand beside it, set marks = ["€"], decimal = ",")',
        ),
        ("number", "1e5", "“1e5” is not a number"),
        ("number", "12.5", "“12.5” is not a whole number"),
        (
            "money",
            "12.345",
            f"“12.345” can be read as 12.345 and as 12345: {THOUSANDS}",
        ),
        ("money", "-12.500", f"“-12.500” can be read as -12.5 and as -12500: {THOUSANDS}"),
        (
            "money",
            "12.3456",
            '“12.3456” has more digits than money has: set decimal = "," if it is grouped by ., or round = true',
        ),
        ("money", "12k", "“12k” is not a number (k is a factor: write the amount in full)"),
        ("money", "120万円", "“120万円” is not a number (万円 is a factor: write the amount in full)"),
        ("money", "12億", "“12億” is not a number (億 is a factor: write the amount in full)"),
        ("money", "1200千円", "“1200千円” is not a number (千円 is a factor: write the amount in full)"),
        ("money", "1,5 Mio", "“1,5 Mio” is not a number (Mio is a factor: write the amount in full)"),
        ("money", "12 T€", "“12 T€” is not a number (T€ is a factor: write the amount in full)"),
        ("money", "1.2E4", "“1.2E4” is not a number"),
        ("money", "1,20,000", "“1,20,000” is not a number (digits are grouped by threes: write 120000)"),
        ("money", "1'20'000", "“1'20'000” is not a number"),
        ("money", "1,200'000", "“1,200'000” is not a number"),
        ("money", "15%", '“15%” is not a number (where % may stand beside it, set marks = ["%"])'),
        ("money", "$12,000.00", '“$12,000.00” is not a number (where $ may stand beside it, set marks = ["$"])'),
        ("money", "12000円", '“12000円” is not a number (where 円 may stand beside it, set marks = ["円"])'),
        ("number", "nan", '“nan” is not a number (where it means nothing, set null_words = ["nan"])'),
        ("number", "-1", "-1 is out of range (0 to 2147483647)"),
        ("number", "9" * 5_000, f"{'9' * 40}… is out of range (0 to 2147483647)"),
        ("money", "-0.01", "-0.01 is out of range (0 to 2147483647)"),
        ("date", "0000-01-01", "“0000-01-01” is not a date"),
        ("date", "2023-02-29", "“2023-02-29” is not a date"),
        ("date", "0001-01-01", "0001-01-01 is out of range (1990 to 2099)"),
        ("date", "9999-12-31", "9999-12-31 is out of range (1990 to 2099)"),
        ("date", "20240101", '“20240101” is not a date (where it means 2024-01-01, set dates = ["iso"])'),
        (
            "date",
            "01/02/2024",
            (
                '“01/02/2024” is not a date (where it means 2024-02-01, set dates = ["iso", "%d/%m/%Y"]) '
                '(where it means 2024-01-02, set dates = ["iso", "%m/%d/%Y"])'
            ),
        ),
        ("date", "45748", '“45748” is not a date (where it means 2025-04-01, set dates = ["iso", "serial"])'),
        (
            "date",
            "令和8年4月1日",
            '“令和8年4月1日” is not a date (where it means 2026-04-01, set dates = ["iso", "era"])',
        ),
        ("date", "R8.4.1", '“R8.4.1” is not a date (where it means 2026-04-01, set dates = ["iso", "era"])'),
        ("date", "1775001600", '“1775001600” is not a date (where it means 2026-04-01, set dates = ["iso", "epoch"])'),
        (
            "date",
            "2026-11-21T23:30:00-05:00",
            '“2026-11-21T23:30:00-05:00” is not a date (where it means 2026-11-22, set dates = ["iso"])',
        ),
        (
            "instant",
            "1.4.2026",
            '“1.4.2026” is not a date (where it means 2026-04-01, set instants = ["iso", "%d.%m.%Y"])',
        ),
        ("instant", "yesterday", "“yesterday” is not a date"),
        *(
            ("date", cell, f"“{cell}” is not a date (it names no single day: write one, as in 2026-11-28)")
            for cell in (
                "2026年4月",
                "Q1 2026",
                "2026-Q1",
                "März 2026",
                "2026/4",
                "04/2026",
                "FY2026",
                "2026年度",
                "4月1日",
            )
        ),
        ("date", "ab 29 Nov 2025", "“ab 29 Nov 2025” is not a date (write it as in 2026-11-28)"),
        ("date", "Sun, 29 Nov 2025", "“Sun, 29 Nov 2025” is not a date (write it as in 2026-11-28)"),
        ("date", "31. April 2026", "“31. April 2026” is not a date (write it as in 2026-11-28)"),
        ("date", "平成1年1月7日", "“平成1年1月7日” is not a date (1989-01-07 is out of range: 1990 to 2099)"),
        ("date", "令和1年4月30日", "“令和1年4月30日” is not a date (令和 began on 2019-05-01)"),
        ("date", "令和1年4月31日", "“令和1年4月31日” is not a date"),
        ("money", "120,0000円", "“120,0000円” is not a number (digits are grouped by threes: write 1200000)"),
        ("money", "¥12,0000", "“¥12,0000” is not a number (digits are grouped by threes: write 120000)"),
        ("money", "1,0000,0000", "“1,0000,0000” is not a number (digits are grouped by threes: write 100000000)"),
        (
            "money",
            "120,0000",
            '“120,0000” is not a number (where it means 1200000, write it so; where it means 120.0000, set decimal = ",")',
        ),
        (
            "rate",
            "0,8512",
            '“0,8512” is not a number (where it means 0.8512, write 0.8512, or set decimal = "," where the whole column is written so)',
        ),
        (
            "date",
            "30. November 2025",
            '“30. November 2025” is not a date (where it means 2025-11-30, set dates = ["iso", "worded"])',
        ),
        ("date", "昭和64年1月7日", "“昭和64年1月7日” is not a date (1989-01-07 is out of range: 1990 to 2099)"),
        ("flag", "maybe", "“maybe” is neither yes nor no"),
        ("country", "MI", "“MI” is neither a country nor its code of two letters (ISO 3166)"),
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


@pytest.mark.parametrize(
    ("dates", "day"),
    [
        (("worded",), "28 November 2026"),
        (("era",), "令和8年11月28日"),
        (("%d.%m.%Y", "worded"), "28.11.2026"),
        (("serial", "iso"), "2026-11-28"),
        (("serial", "epoch"), ""),
    ],
)
def test_a_day_to_write_is_one_that_the_column_reads(dates: tuple[str, ...], day: str) -> None:
    for cell, advice in [
        ("Q1 2026", "it names no single day: write one, as in"),
        ("ab 29 Nov 2025", "write it as in"),
    ]:
        with pytest.raises(Unfit) as refused:
            value("date", cell, Formats(dates=dates))
        assert str(refused.value) == f"“{cell}” is not a date" + (f" ({advice} {day})" if day else "")
    assert not day or value("date", day, Formats(dates=dates)) == dt.date(2026, 11, 28)


@pytest.mark.parametrize(
    ("kind", "cell", "most"), [("number", "1.000", 500), ("percent", "15.000", 100), ("rate", "1.000", 10_000)]
)
def test_a_thousand_that_cannot_be_is_none(kind: str, cell: str, most: int) -> None:
    assert value(kind, cell, most=most) == Decimal(cell)


@pytest.mark.parametrize("decimal", [".", ","])
def test_three_zeros_behind_the_sign_are_asked_about_whichever_it_is(decimal: str) -> None:
    with pytest.raises(Unfit, match="can be read as 20 and as 20000"):
        value("number", f"20{decimal}000", Formats(decimal=decimal))
    assert value("number", f"20{decimal}000", Formats(decimal=decimal, round=True)) == 20


@pytest.mark.parametrize(
    ("kind", "cell", "reason"),
    [
        ("number", "n/a", "“n/a” is not a number"),
        ("money", "$12", "“$12” is not a number"),
        ("date", "45748", "“45748” is not a date"),
        ("instant", "R8.4.1", "“R8.4.1” is not a date"),
    ],
)
def test_programs_are_told_nothing_of_mappings(kind: str, cell: str, reason: str) -> None:
    with pytest.raises(Unfit) as refused:
        value(kind, cell, Formats(of_file=False))
    assert str(refused.value) == reason


def test_a_notation_that_is_missing_is_named_beside_those_that_are_there() -> None:
    with pytest.raises(Unfit) as refused:
        value("date", "R8.4.1", Formats(dates=("%d.%m.%Y",)))
    assert str(refused.value) == '“R8.4.1” is not a date (where it means 2026-04-01, set dates = ["%d.%m.%Y", "era"])'
    with pytest.raises(Unfit, match=r"\(write it as in 28\.11\.2026\)"):
        value("date", "Sat, 1 Apr 2026", Formats(dates=("%d.%m.%Y",)))


def test_a_list_with_another_mark_between_its_parts_names_the_setting() -> None:
    roles = {"choices": ("buyer", "sponsor")}
    with pytest.raises(Unfit) as refused:
        value("list", "buyer|決裁者|sponsor", Formats(of_file=True), choices=("buyer", "決裁者", "sponsor"))
    assert str(refused.value).startswith('“buyer|決裁者|sponsor” has “|” between its parts: set list_separator = "|"')
    assert value("list", "buyer|sponsor", Formats(of_file=True, list_separator="|"), **roles) == ["buyer", "sponsor"]
    for cell, formats in (("buyer|boss", Formats(of_file=True)), ("buyer|sponsor", Formats(of_file=False))):
        with pytest.raises(Unfit, match="is none of: buyer, sponsor"):
            value("list", cell, formats, **roles)


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
    assert value("money", "33.3349", treatment=Treatment(times=Decimal(12))) == Decimal("400.02")
    with pytest.raises(Unfit, match="out of range"):
        value("money", "900", treatment=Treatment(times=Decimal(12)), most=10_000)


def test_words_are_replaced_before_the_cell_is_read() -> None:
    assert value("country", "UK", treatment=Treatment({"UK": "GB"})) == "GB"
    assert value("date", "9999-12-31", treatment=Treatment({"9999-12-31": ""})) is None


MARKS = Formats(marks=("$", "US$", "USD", "¥", "円", "€"))
CONTINENTAL = Formats(marks=("€",), decimal=",")


@pytest.mark.parametrize(
    ("cell", "formats", "wanted"),
    [
        ("$12,000.00", MARKS, "12000.00"),
        ("US$ 12,000.00", MARKS, "12000.00"),
        ("12,000 USD", MARKS, "12000"),
        ("¥1,200,000", MARKS, "1200000"),
        ("１２，０００円", MARKS, "12000"),
        ("-$5.10", MARKS, "-5.10"),
        ("$-5.10", MARKS, "-5.10"),
        ("(1,200.00)", MARKS, "-1200"),
        ("($1,200.00)", MARKS, "-1200"),
        ("$(1,200.00)", MARKS, "-1200"),
        ("（1,200円）", MARKS, "-1200"),
        ("△1,200", MARKS, "-1200"),
        ("▲1,200円", MARKS, "-1200"),
        ("€ 12.000,50", CONTINENTAL, "12000.50"),
        ("12.345", CONTINENTAL, "12345"),
        ("6.000,-", CONTINENTAL, "6000"),
        ("1.200,-- €", CONTINENTAL, "1200"),
        ("€ 1.200,–", CONTINENTAL, "1200"),
        ("12000.-", CONTINENTAL, "12000"),
        ("12.000.—", CONTINENTAL, "12000"),
        ("-6.000,-", CONTINENTAL, "-6000"),
        ("(6.000,- €)", CONTINENTAL, "-6000"),
        ("12'000.-", PLAIN, "12000"),
        ("6000,-", PLAIN, "6000"),
        ("12 000,50", CONTINENTAL, "12000.50"),
        ("12\u00a0000,50 €", CONTINENTAL, "12000.50"),
        ("12.345", Formats(round=True), "12.35"),
        ("-12.345", Formats(round=True), "-12.35"),
        # A point parts no groups of four.
        ("123.4567円", replace(MARKS, round=True), "123.46"),
        ("¥1234.5000", MARKS, "1234.5"),
    ],
)
def test_money_as_people_write_it(cell: str, formats: Formats, wanted: str) -> None:
    assert value("money", cell, formats, least=-10_000_000) == Decimal(wanted)


@pytest.mark.parametrize("cell", ["$$5", "$5 USD", "5 $ 5", "(5", "((5))", "(-5)", "$", "()", "△", "--5", "5-"])
def test_marks_that_do_not_enclose_one_number_are_refused(cell: str) -> None:
    with pytest.raises(Unfit, match="is not a number"):
        value("money", cell, MARKS, least=-100)


@pytest.mark.parametrize("decimal", [".", ","])
@pytest.mark.parametrize("group", ["", "'", "’", " ", "\u00a0", "\u202f", "other"])
def test_any_grouping_gives_the_number(decimal: str, group: str) -> None:
    group = {".": ",", ",": "."}[decimal] if group == "other" else group
    for number in (0, 7, 999, 1000, 12_345, 1_234_567):
        text = f"{number:,}".replace(",", group) + f"{decimal}50"
        assert value("money", text, Formats(decimal=decimal)) == number + Decimal("0.50")


def test_readings_are_told_of_the_first_refused_days_of_a_column(monkeypatch: pytest.MonkeyPatch) -> None:
    tried = []
    monkeypatch.setattr(dating, "other_readings", lambda text, *_: tried.append(text) or (("%d.%m.%y", APRIL),))
    for kind, setting in (("date", "dates"), ("instant", "instants")):
        tried.clear()
        read, reasons = reader(Field("f", kind), Formats(dates=("%Y/%m/%d",)), Treatment()), []
        for number in [*range(250), 7]:
            with pytest.raises(Unfit) as refused:
                read(f"{number}?")
            reasons.append(str(refused.value))
        assert len(set(tried)) == dating.MOST_ADVISED
        assert setting in reasons[99]
        assert reasons[100:250] == [f"“{number}?” is not a date" for number in range(100, 250)]
        assert reasons[250] == reasons[7]


def test_rounding_is_noted_once_an_amount() -> None:
    treatment = Treatment(times=Decimal(12))
    read = reader(Field("f", "money"), PLAIN, treatment)
    assert [read(cell) for cell in ("83.3333", "83.3333", "0.1234", "1.25")] == [
        Decimal("1000.00"), Decimal("1000.00"), Decimal("1.48"), Decimal(15),
    ]  # fmt: skip
    assert (treatment.rounded.count, treatment.rounded.first) == (2, "83.3333")


TOKYO = ZoneInfo("Asia/Tokyo")
APRIL = dt.date(2026, 4, 1)


@pytest.mark.parametrize(
    ("cell", "notation"),
    [
        ("46113", "serial"),
        ("46113.75", "serial"),
        ("令和8年4月1日", "era"),
        ("令和 8年 4月 1日", "era"),
        ("令和８年４月１日", "era"),
        ("R8.4.1", "era"),
        ("r08/04/01", "era"),
        ("R8-4-1", "era"),
        ("2026年4月1日", "%Y年%m月%d日"),
        ("2026/4/1", "%Y/%m/%d"),
        ("２０２６/０４/０１", "%Y/%m/%d"),
        ("1775001600", "epoch"),
        ("1775001600000", "epoch_ms"),
        ("01-Apr-26", "%d-%b-%y"),
        ("April 1, 2026", "%B %d, %Y"),
        ("2026-04-01T00:00:00", "iso"),
        ("2026-04-01", "iso"),
        ("2026-03-31T15:00:00Z", "iso"),
        ("2026-04-01T00:00:00+09:00", "iso"),
        ("2026-03-31T15:00:00Z", "%Y-%m-%dT%H:%M:%SZ"),
        ("2026-03-31 15:00:00", "%Y-%m-%d %H:%M:%S"),
    ],
)
def test_a_day_in_any_notation_is_the_day_in_tokyo(cell: str, notation: str) -> None:
    assert value("date", cell, Formats(dates=(notation,)), Treatment(home=TOKYO)) == APRIL


@pytest.mark.parametrize(
    ("cell", "notation"),
    [
        ("0000-00-00", "iso"), ("R0.4.1", "era"), ("令和1年4月1日", "era"), ("R8.4/1", "era"), ("R8.13.1", "era"),
        ("60", "serial"), ("-5", "serial"), ("1e5", "serial"), ("99999999999999", "epoch"), ("1.5", "epoch"),
        ("2026-02-30", "%Y-%m-%d"), ("", "%Y"),
    ],
)  # fmt: skip
def test_what_is_no_day_is_refused(cell: str, notation: str) -> None:
    with pytest.raises(Unfit):
        value("date", cell, Formats(dates=(notation,)), required=True)


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        ("令和元年5月1日", (2019, 5, 1)),
        ("H31.4.30", (2019, 4, 30)),
        ("平成2年1月1日", (1990, 1, 1)),
        ("㋿8.4.1", (2026, 4, 1)),
    ],
)
def test_eras(cell: str, day: tuple[int, int, int]) -> None:
    assert value("date", cell, Formats(dates=("era",))) == dt.date(*day)


def test_a_day_that_two_notations_read_apart_is_refused_with_both() -> None:
    both = Formats(dates=("%d/%m/%Y", "%m/%d/%Y"))
    with pytest.raises(Unfit) as refused:
        value("date", "03/04/2026", both)
    assert str(refused.value) == "“03/04/2026” can be read as 2026-04-03 or 2026-03-04: keep one of the two in dates"
    assert value("date", "13/04/2026", both) == dt.date(2026, 4, 13)
    assert value("date", "04/13/2026", both) == dt.date(2026, 4, 13)
    assert value("date", "04/04/2026", both) == dt.date(2026, 4, 4)


def test_a_day_that_means_no_end_is_none() -> None:
    endless = Formats(no_end=frozenset({"9999-12-31"}))
    assert value("date", "9999-12-31", endless) is None
    assert value("instant", "9999-12-31", endless) is None
    with pytest.raises(Unfit, match="out of range"):
        value("date", "9999-12-31", endless, required=True)


@pytest.mark.parametrize(
    ("cell", "home"), [("9999-12-31T23:59:59Z", "Asia/Tokyo"), ("0001-01-01T00:00:00Z", "America/New_York")]
)
def test_the_first_and_the_last_instant_are_no_day_in_another_zone(cell: str, home: str) -> None:
    with pytest.raises(Unfit, match="is not a date"):
        value("date", cell, Formats(dates=("iso",)), Treatment(home=ZoneInfo(home)))


def test_null_words_are_empty_but_not_as_a_name() -> None:
    null = Formats(null_words=frozenset({"null", "-"}))
    assert value("text", "NULL", null) is None
    assert value("number", "-", null, blank=3) == 3
    assert value("list", "null", null, blank=[]) == []
    assert value("text", "NULL", null, required=True) == "NULL"
    assert value("country", "NA") == "NA"
    with pytest.raises(Unfit, match="is empty"):
        value("date", "NULL", null, required=True)


@pytest.mark.parametrize(
    ("notation", "cell"), [("epoch", "1704105000"), ("epoch_ms", "1704105000000"), ("iso", "2024-01-01T10:30Z")]
)
def test_instants_in_other_notations(notation: str, cell: str) -> None:
    wanted = dt.datetime(2024, 1, 1, 10, 30, tzinfo=ZoneInfo("UTC"))
    assert value("instant", cell, Formats(instants=(notation,))) == wanted


def test_long_cells_are_not_remembered() -> None:
    read = reader(Field("note", longest=10_000), PLAIN, Treatment())
    cells = [f"{number} " + "x" * 5_000 for number in range(400)]
    tracemalloc.start()
    for cell in cells:
        read(cell + "y")
    assert tracemalloc.get_traced_memory()[0] < 500_000
    tracemalloc.stop()


def test_absurdly_long_cells_are_told_in_time_to_be_no_amounts() -> None:
    cell = " ".join(f"word{number}" for number in range(2_000))
    began = time.process_time()
    with pytest.raises(Unfit, match=r"is not a number$"):
        value("money", cell)
    assert not shapes.is_amount("1" + " " * 50_000 + "x")
    assert time.process_time() - began < 0.5


def test_digits_that_are_not_kept_are_told_of_every_currency() -> None:
    assert not amounts.fits(Decimal("12.345"), "KWD")
    assert amounts.fits(Decimal("12.34"), "KWD")
    assert not amounts.fits(Decimal("12.3"), "JPY")


@pytest.mark.parametrize(("words", "meant"), [(TRUE, True), (FALSE, False)])
def test_every_word_for_yes_and_no_is_read_and_guessed(words: frozenset[str], *, meant: bool) -> None:
    read = reader(Field("auto_renews", "flag"), Formats(), Treatment())
    assert {word: read(word.upper()) for word in words} == dict.fromkeys(words, meant)
    assert read("ＹＥＳ")
    assert not read("Ｎ")
    assert {"有", "はい", "あり", "○", "ja"} <= TRUE
    assert {"無", "いいえ", "なし", "×", "nein"} <= FALSE
    assert shapes.share(Field("auto_renews", "flag"), sorted(words)) == 1


def test_a_word_for_no_is_no_also_where_it_is_an_empty_cell_elsewhere_and_in_any_width() -> None:
    spec, empty = Field("attended", "flag"), Formats(null_words=frozenset({"なし", "-"}))
    read = reader(spec, empty, Treatment())
    assert [read(text) for text in ("なし", "-", "あり")] == [False, None, True]
    own = reader(spec, Formats(true=frozenset({"ﾊｲ"}), false=frozenset({"ｙｅｓ"})), Treatment())
    assert [own(text) for text in ("ﾊｲ", "ハイ", "Yes")] == [True, True, False]
