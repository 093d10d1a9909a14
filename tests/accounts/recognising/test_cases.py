"""The field's own files, recognised: what is sure, and what is asked."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from accounts.imports.recognising import Question, Recognised, recognise
from accounts.imports.rows import Unreadable
from tests.accounts.imports import write
from tests.accounts.workbooks import day, parts_of, sheet_xml, workbook, zipped

CASES: Final = Path(__file__).parents[2] / "data" / "reading"


def case(number: str, name: str) -> Recognised:
    return recognise(next(CASES.glob(f"{number}-*")) / name)


def asked(found: Recognised, about: str) -> Question:
    (question,) = [question for question in found.questions if question.about == about]
    return question


@pytest.mark.parametrize(
    ("number", "name", "encoding", "delimiter", "skip_lines", "columns"),
    [
        ("05", "customers.csv", "utf-8", ",", 0, ("external_id", "name", "industry")),
        ("06", "customers.csv", "utf-8", ",", 0, ("external_id", "name", "industry")),
        ("06b", "customers.csv", "utf-8", ",", 0, ("external_id", "name", "industry")),
        ("06c", "customers.csv", "utf-8", ",", 0, ("external_id", "name", "industry")),
        ("07", "kokyaku.csv", "cp932", ";", 0, ("顧客番号", "会社名", "国", "メール")),
        ("32", "customers.csv", "utf-8", ",", 0, ("external_id", "name")),
        ("33", "customers.csv", "utf-16", "\t", 0, ("external_id", "name")),
        ("33b", "customers.csv", "utf-8", ";", 0, ("external_id", "name", "domain")),
        ("33c", "customers.csv", "cp1252", ",", 0, ("external_id", "name")),
        ("72", "customers.csv", "utf-8", ",", 0, ("external_id", "name")),
        ("74", "customers.csv", "utf-8", ",", 3, ("external_id", "name", "industry")),
    ],
)
def test_the_layout_of_a_file(
    number: str, name: str, encoding: str, delimiter: str, skip_lines: int, columns: tuple[str, ...]
) -> None:
    found = case(number, name)
    assert (found.encoding, found.delimiter, found.skip_lines, found.columns) == (
        encoding,
        delimiter,
        skip_lines,
        columns,
    )
    assert found.questions == ()
    assert found.is_whole


def test_05_a_backslash_before_quotes_is_seen() -> None:
    found = case("05", "customers.csv")
    assert found.escape == "\\"
    assert found.samples[0] == ("C1", 'The "Best" Shop', "Retail")


def test_06c_74_what_stands_under_the_rows() -> None:
    assert len(case("06c", "customers.csv").foot) == 4
    found = case("74", "customers.csv")
    assert found.foot == ("Total,1,",)
    assert found.titles == ("Customer report,,", '"As of 2026-11-28, filtered by: active",,', ",,")


def test_07_the_text_is_read_as_it_was_written() -> None:
    assert case("07", "kokyaku.csv").samples[1][1] == "㈱はしご髙"


def test_09_money_that_is_written_in_several_ways_is_asked_about() -> None:
    found = case("09", "contracts.csv")
    assert {"$", "USD", "¥", "€", "円"} <= set(found.formats.marks)
    question = asked(found, "decimal")
    assert question.is_mixed
    assert {choice.value for choice in question.choices} == {".", ","}


def test_11_instants_in_a_column_of_days() -> None:
    found = case("11", "contracts.csv")
    assert found.formats.dates == ("iso",)
    assert not found.questions


def test_12_days_in_many_notations() -> None:
    """None of them means what another one does: each is read, and nothing is asked but what the last day means."""
    found = case("12", "contracts.csv")
    assert {"serial", "era", "epoch", "worded", "%Y年%m月%d日"} <= set(found.formats.dates)
    (question,) = found.questions
    assert (question.about, question.choices[0].value) == ("no_end", "9999-12-31")


def test_13_both_orders_are_asked_about() -> None:
    question = asked(case("13", "contracts.csv"), "dates")
    assert question.is_mixed
    assert {choice.example for choice in question.choices} == {"13/04/2026 → 2026-04-13", "04/13/2026 → 2026-04-13"}


def test_19_words_for_nothing_are_proposed_but_never_na() -> None:
    found = case("19", "customers.csv")
    assert found.formats.null_words == {"null", "n/a", "nan", "-", "none", "\\n", "#n/a", "?"}


@pytest.mark.parametrize("name", ["customers.csv", "customers.xlsx"])
def test_70_a_broken_workbook_is_one_sentence(name: str) -> None:
    with pytest.raises(Unreadable, match="is no workbook"):
        case("70", name)


def test_a_workbook_with_titles_and_days(tmp_path: Path) -> None:
    path = workbook(
        tmp_path / "a.xlsx",
        ["売上表", None, None], [], ["顧客番号", "開始日", "金額（税込）"], ["A1", day(46113), 1100], ["A2", day(46114), 2200.5],
        ["合計", None, 3300.5],
    )  # fmt: skip
    found = recognise(path)
    assert (found.format, found.sheet, found.skip_lines) == ("xlsx", "Sheet1", 2)
    assert found.columns == ("顧客番号", "開始日", "金額（税込）")
    assert found.foot == ("合計,,3300.5",)
    assert found.rows_seen == 2
    question = asked(found, "tax")
    assert [(choice.value, choice.example) for choice in question.choices] == [
        ("10", "1100 → 1000.00"), ("8", "1100 → 1018.52"), ("typed", ""), ("0", "1100"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("above", "beside"),
    [
        (["顧客一覧", None, None, None, None, "印刷日 2026-04-01"], []),
        (["顧客一覧"], [None, None, "確認済み"]),
        (["Report", None, None, None, None, None, "2026-04-01"], [None, None, "x"]),
    ],
)
def test_what_stands_beside_a_table_does_not_hide_it(
    above: list[str | None], beside: list[str | None], tmp_path: Path
) -> None:
    path = workbook(
        tmp_path / "a.xlsx",
        above, ["顧客番号", "開始日", "金額（税込）"], ["A1", day(46113), 1100, *beside], ["A2", day(46114), 2200],
        ["A3", day(46115), None], ["A4", day(46116), 990],
    )  # fmt: skip
    found = recognise(path)
    assert (found.columns, found.skip_lines) == (("顧客番号", "開始日", "金額（税込）"), 1)
    assert (found.rows_seen, found.foot) == (4, ())
    assert [question.about for question in found.questions] == ["tax"]
    assert found.details[1].dates


def test_several_sheets_are_a_question(tmp_path: Path) -> None:
    listed = {"A": sheet_xml([["id"], ["1"]]), "B": sheet_xml([["key"], ["2"]])}
    path = zipped(tmp_path / "a.xlsx", parts_of(listed))
    assert [(c.value, c.example) for c in asked(recognise(path), "sheet").choices] == [("A", "id"), ("B", "key")]
    assert recognise(path, "B").columns == ("key",)
    assert not recognise(path, "B").questions


def test_json_lines(tmp_path: Path) -> None:
    found = recognise(write(tmp_path / "a.jsonl", '{"id": "1", "on": "2026-04-01"}\nx\n{"id": "2", "note": "n"}\n'))
    assert (found.format, found.columns) == ("jsonl", ("id", "on", "note"))
    assert found.samples == (("1", "2026-04-01", ""), ("2", "", "n"))


def test_rejected_rows_are_recognised_as_ours(tmp_path: Path) -> None:
    text = "rejected_line;rejected_field;rejected_reason;rejected_on;id;name\r\n7;a;b;2026-11-24;1;株\r\n"
    for encoding in ("utf-8-sig", "utf-8", "utf-16"):
        found = recognise(write(tmp_path / "a.csv", text.encode(encoding)))
        assert (found.delimiter, found.columns[4:], found.samples[0][5]) == (";", ("id", "name"), "株")
