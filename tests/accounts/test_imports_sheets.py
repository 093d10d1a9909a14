"""Workbooks and JSON lines: the same rows as a CSV file has, or one sentence."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.imports import sheets
from accounts.imports.dialects import Dialect
from accounts.imports.opening import opened
from accounts.imports.recognising import recognise
from accounts.imports.rows import Row, Unreadable
from accounts.uploads import archives
from tests.accounts.imports import write
from tests.accounts.workbooks import day, parts_of, sheet_xml, workbook, zipped

CASES = Path(__file__).parents[1] / "data" / "reading"


def read(path: Path, said: Dialect | None = None) -> tuple[list[str], list[Row]]:
    with opened(path, said or Dialect()) as table:
        return table.columns, list(table.rows())


def refusal(path: Path, said: Dialect | None = None) -> str:
    with pytest.raises(Unreadable) as refused:
        read(path, said)
    assert "\n" not in str(refused.value)
    return str(refused.value)


def test_cells_are_the_values_last_computed(tmp_path: Path) -> None:
    path = workbook(
        tmp_path / "a.xlsx",
        ["id", "day", "amount", "yes", "text"],
        ["1", day(46113), 1234.5, True, "=1+1"],
        [2.0, day(46113.5), 0.1 + 0.2, False, '<c t="str"><f>A1</f><v>two</v></c>'],
        ["3", "<c><f>NOW()</f></c>", 12_000_000, None, '<c t="e"><f>1/0</f><v>#DIV/0!</v></c>'],
    )
    columns, rows = read(path)
    assert columns == ["id", "day", "amount", "yes", "text"]
    assert rows == [
        Row(2, ["1", "2026-04-01", "1234.5", "true", "=1+1"]),
        Row(3, ["2", "2026-04-01T12:00:00", "0.3", "false", "two"]),
        Row(4, ["3", "", "12000000", "", ""]),
    ]
    assert read(path, Dialect(decimal=","))[1][0].cells[2] == "1234,5"


def test_titles_above_blank_rows_and_cells_at_the_side(tmp_path: Path) -> None:
    merged = '<mergeCells count="1"><mergeCell ref="A2:C2"/></mergeCells>'
    path = workbook(
        tmp_path / "a.xlsx",
        ["Report"],
        [],
        ["id", "name"],
        ["1", "a"],
        [],
        ["2"],
        ["3", "c", "note"],
        first=2,
        more=merged,
    )
    columns, rows = read(path, Dialect(skip_lines=2))
    assert columns == ["id", "name"]
    assert rows[:2] == [Row(5, ["1", "a"]), Row(7, ["2", ""])]
    assert rows[2].trouble == ("", "3 cells where the first line names 2 columns")


def test_a_workbook_is_one_whatever_it_is_called(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.csv", ["id"], ["1"])
    assert read(path, Dialect(encoding="cp932", delimiter=";")) == (["id"], [Row(2, ["1"])])


def test_one_of_several_sheets_has_to_be_named(tmp_path: Path) -> None:
    listed = {
        "A": sheet_xml([["id"], ["1"]]),
        "B": sheet_xml([["id"], ["2"]]),
        "C": sheet_xml([["id"]]),
        "D": sheet_xml([]),
    }
    path = zipped(tmp_path / "a.xlsx", parts_of(listed, hidden=["C"]))
    assert refusal(path) == 'a.xlsx has several sheets (A, B): set sheet = "A" or another.'
    assert refusal(path, Dialect(sheet="E")) == "a.xlsx has no sheet E; it has A, B, D."
    assert read(path, Dialect(sheet="B"))[1] == [Row(2, ["2"])]
    assert refusal(path, Dialect(sheet="D")) == "a.xlsx is empty."
    del listed["B"]
    assert read(zipped(path, parts_of(listed, hidden=["C"])))[1] == [Row(2, ["1"])]


BROKEN = "a.xlsx is no workbook (XLSX) that can be read: save it again as XLSX or CSV."
LARGE = "a.xlsx is too large a workbook (over 200 MB unpacked, or 10000000 cells): save it as CSV."


@pytest.mark.parametrize("cut", [4, 100, 400])
def test_a_workbook_cut_short_is_one_sentence(cut: int, tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", ["id"], ["1"])
    assert refusal(write(path, path.read_bytes()[:cut])) == BROKEN


@pytest.mark.parametrize("name", ["customers.xlsx", "customers.csv"])
def test_70_what_only_looks_like_a_workbook(name: str, tmp_path: Path) -> None:
    content = (CASES / "70-xlsx" / name).read_bytes()
    assert refusal(write(tmp_path / "a.xlsx", content)) == BROKEN


def test_other_archives_and_old_excel_are_one_sentence(tmp_path: Path) -> None:
    assert refusal(zipped(tmp_path / "a.xlsx", {"a.txt": "x"})) == BROKEN
    old = write(tmp_path / "a.xlsx", bytes.fromhex("d0cf11e0a1b11ae1") + b"x" * 600)
    assert refusal(old) == "a.xlsx is an old or protected Excel file: save it as XLSX without a password, or as CSV."


def test_bombs_are_refused_before_they_are_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("xl/sharedStrings.xml", "w") as part:
        for _chunk in range(201):
            part.write(b" " * 1_000_000)
    assert path.stat().st_size < 1_000_000
    assert refusal(path) == LARGE
    assert refusal(zipped(path, {f"{number}.xml": "" for number in range(sheets.MOST_PARTS + 1)})) == LARGE


def test_two_cells_far_apart_are_no_way_to_fill_the_memory(tmp_path: Path) -> None:
    far = sheet_xml([["id"]]).replace(
        "</sheetData>", '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    )
    assert refusal(zipped(tmp_path / "a.xlsx", parts_of({"A": far}))) == LARGE
    empty = far.replace("<v>1</v></c></row>", "</c></row>").replace('"XFD1048576"></c>', '"XFD1048576" s="1"/>')
    assert read(zipped(tmp_path / "a.xlsx", parts_of({"A": empty}))) == (["id"], [])


def test_json_lines_have_the_columns_of_all_lines(tmp_path: Path) -> None:
    lines = [
        {"id": "1", "amount": 12.50, "company": {"name": "A", "tags": ["x", "y"]}, "gone": None},
        {"id": 2, "live": True, "items": [{"a": 1}]},
    ]
    path = write(tmp_path / "a.jsonl", "\ufeff" + "\n\n".join(map(json.dumps, lines)).replace("12.5", "12.50"))
    columns, rows = read(path)
    assert columns == ["id", "amount", "company.name", "company.tags", "gone", "live", "items"]
    assert rows == [
        Row(1, ["1", "12.50", "A", "x;y", "", "", ""]),
        Row(3, ["2", "", "", "", "", "true", '[{"a": "1"}]']),
    ]
    cells = read(path, Dialect(decimal=",", list_separator="|"))[1][0].cells
    assert cells[1:4] == ["12,50", "A", "x|y"]


@pytest.mark.parametrize("text", ['[{"id": 1}]', '\ufeff[\n  {"id": 1},\n  {"id": 2}\n]'])
def test_a_list_of_objects_is_one_sentence(text: str, tmp_path: Path) -> None:
    path = write(tmp_path / "a.json", text)
    sentence = "a.json is one JSON list: write each of its objects on a line of its own."
    assert refusal(path) == sentence
    with pytest.raises(Unreadable) as refused:
        recognise(path)
    assert str(refused.value) == sentence


def test_a_line_that_is_no_object_is_named(tmp_path: Path) -> None:
    deep = '{"a":' * 30 + "1" + "}" * 30
    deeper = '{"a":' + "[" * 200_000
    text = "\n".join(['{"id": 1}', "[1]", '{"id": 2', deep, deeper, '{"id": "' + "x" * (1 << 20) + '"}', '{"id": 3}'])
    columns, rows = read(write(tmp_path / "a.jsonl", text))
    assert columns == ["id"]
    assert [row.cells for row in rows if not row.trouble] == [["1"], ["3"]]
    reasons = [row.trouble[1] for row in rows if row.trouble]
    assert reasons[0] == "is no JSON object"
    assert reasons[1].startswith("cannot be read as JSON: ")
    assert reasons[2] == "cannot be read as JSON: it is nested too deeply"
    assert reasons[4] == "is longer than 1048576 characters"


CELLS = st.one_of(
    st.none(), st.booleans(), st.integers(-(10**9), 10**9), st.text("aé株'=,;\"<& 1", min_size=1, max_size=8)
)


@given(st.lists(st.lists(CELLS, min_size=3, max_size=3), max_size=5))
def test_a_table_is_the_same_as_workbook_and_as_json_lines(
    tmp_path_factory: pytest.TempPathFactory, table: list
) -> None:
    def text(cell: object) -> str:
        return "" if cell is None else str(cell).lower() if isinstance(cell, bool) else str(cell)

    folder = tmp_path_factory.mktemp("t")
    wanted = [[text(cell) for cell in row] for row in table if any(text(cell) for cell in row)]
    head = ["id", "名", "c"]
    made = [
        [cell if not isinstance(cell, str) or not cell.startswith("<") else f"a{cell}" for cell in r] for r in table
    ]
    as_book = [row.cells for row in read(workbook(folder / "a.xlsx", head, *made))[1]]
    assert as_book == [[f"a{cell}" if cell.startswith("<") else cell for cell in row] for row in wanted]
    lines = "\n".join(json.dumps(dict(zip(head, row, strict=True))) for row in table)
    if lines:
        as_lines = [row.cells for row in read(write(folder / "a.jsonl", lines))[1]]
        assert [row for row in as_lines if any(row)] == wanted


def test_a_workbook_that_is_all_directory_is_refused_before_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = zipped(tmp_path / "a.xlsx", {f"{number}.xml": "" for number in range(20)})
    monkeypatch.setattr(archives, "MOST_READ", 500)
    assert refusal(path) == "a.xlsx is no workbook (XLSX) that can be read: save it again as XLSX or CSV."
