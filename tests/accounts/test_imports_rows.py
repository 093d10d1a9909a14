"""Files that are damaged: the rows that can be read go on, the others are named."""

from __future__ import annotations

import csv
import datetime as dt
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.imports.dialects import Dialect
from accounts.imports.opening import opened
from accounts.imports.quoting import LONGEST_LINE
from accounts.imports.rejects import Rejects
from accounts.imports.rows import Row, Unreadable
from accounts.imports.texts import escaped, unescaped
from tests.accounts.imports import write


def rows(path: Path, encoding: str = "utf-8", delimiter: str = ",", escape: str = "") -> list[Row]:
    with opened(path, Dialect(encoding=encoding, delimiter=delimiter, escape=escape)) as table:
        return list(table.rows())


def test_a_byte_order_mark_and_blank_lines_are_no_cells(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", b"\xef\xbb\xbfid,name\r\n\r\n1,Caf\xc3\xa9\r\n")
    assert rows(path) == [Row(3, ["1", "Café"])]


def test_other_encodings_and_delimiters(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", "id;名前\n1;株式会社".encode("cp932"))
    assert rows(path, "cp932", ";") == [Row(2, ["1", "株式会社"])]
    path = write(tmp_path / "b.csv", "id,n\n1,é".encode("utf-16"))
    assert rows(path, "utf-16") == [Row(2, ["1", "é"])]


def test_rows_that_cannot_be_read_are_named_by_their_first_line(tmp_path: Path) -> None:
    text = b'id,name\n1,a\n2,b,c\n3\n4,"x\ny"\n5,\xff\n6,a\x00b\n7,z\n'
    found = rows(write(tmp_path / "a.csv", text))
    assert [row.line for row in found] == [2, 3, 4, 5, 7, 8, 9]
    assert [row.trouble for row in found] == [
        None,
        ("", "3 cells where the first line names 2 columns"),
        ("", "1 cell where the first line names 2 columns"),
        None,
        ("name", "holds bytes that are not text in the file's encoding"),
        ("name", "holds a NUL character"),
        None,
    ]


MARK = 'cannot be read as CSV: a quotation mark inside quotes is neither doubled nor after the "escape" of the mapping'
BACKSLASHES = r"""id,name
1,"The \"Best\" Shop"
2,"\"A\" and \"B\", Ltd"
3,"C:\\temp\\"
4,plain
5,"5\""
6,"6"
"""


def test_backslashes_before_quotes_are_read_where_the_mapping_says_so(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", BACKSLASHES)
    names = [row.cells[1] for row in rows(path, escape="\\") if not row.trouble]
    assert names == ['The "Best" Shop', '"A" and "B", Ltd', "C:\\temp\\", "plain", '5"', "6"]
    with Rejects(tmp_path / "rejects.csv", ["id", "name"], dt.date(2026, 11, 24)) as written:
        written.add(Row(2, ["1", 'C:\\temp "x"\nand more']), [("", "no")])
        written.add(Row(4, ["2", "y"]), [("", "no")])
    corrected = rows(tmp_path / "rejects.csv", escape="\\")
    assert [(row.line, row.cells[5]) for row in corrected] == [(2, 'C:\\temp "x"\nand more'), (4, "y")]


def test_no_row_with_quotes_that_cannot_be_told_goes_in(tmp_path: Path) -> None:
    found = rows(write(tmp_path / "a.csv", BACKSLASHES))
    assert [(row.line, row.trouble) for row in found] == [
        (2, ("", MARK)),
        (3, ("", MARK)),
        (4, None),
        (5, None),
        (6, ("", f"{MARK} (lines 6 to 7)")),
    ]
    found = rows(write(tmp_path / "a.csv", 'id,name\n1,"a\n2,b\n3,c\n'))
    never = "cannot be read as CSV: quotes that are opened and never closed (lines 2 to 4)"
    assert [row.trouble for row in found] == [("", never)]


@pytest.mark.parametrize(
    ("text", "taken", "refused"),
    [
        ('1,"He said "yes"\n2, then left"\n3,c\n', [4], ["lines 2 to 3)"]),
        ('1,"He said "yes"\n2,b\n3, then left"\n4,"d"\n5,e\n', [5, 6], ["lines 2 to 4)"]),
        ('1,"He said "yes"\n2,"no"\n3, then left"\n4,"d\ne"\n', [5], ["lines 2 to 4)"]),
        ('1,"He said "yes" and\n2,b\n3,"no"\n4,"d"\n5,e\n', [5, 6], ["lines 2 to 4)"]),
        ('1,"He said "yes" and\n2,b\n3,c\n', [3, 4], [MARK]),
        ('1,"He said "yes"\n2,b\n' + f"3,{'c' * 1000}\n" * 150 + '4, then left"\n', list(range(3, 155)), [MARK]),
        ('1,"Said "yes"\n2,b\n3,"c" d\n4,e\n', [5], ["lines 2 to 3)", MARK]),
        ('1,"Said "yes"\n2,b\n3,c\n', [3, 4], [MARK]),
        ('1,"Said "yes"\n"\n2,"\n3, then "\n4,"d"\n', [6], [MARK, "lines 3 to 5)"]),
    ],
)
def test_what_could_be_the_tail_of_a_refused_row_does_not_go_in(
    text: str, taken: list[int], refused: list[str], tmp_path: Path
) -> None:
    found = rows(write(tmp_path / "a.csv", f"id,name\n{text}".encode()))
    assert [row.line for row in found if not row.trouble] == taken
    reasons = [row.trouble[1] for row in found if row.trouble]
    assert [reason.rpartition("(")[2] for reason in reasons] == refused


def test_an_endless_cell_is_one_rejected_row_and_the_rest_is_read(tmp_path: Path) -> None:
    found = rows(write(tmp_path / "a.csv", "id,name\n1," + "x" * 200_000 + "\n2,b\n"))
    assert [bool(row.trouble) for row in found] == [True, False]
    assert found[1] == Row(3, ["2", "b"])


@pytest.mark.parametrize(
    "size", [LONGEST_LINE - 3, LONGEST_LINE, LONGEST_LINE + 1, 3 * LONGEST_LINE, 3 * LONGEST_LINE + 7]
)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_line_is_one_line_however_long(size: int, end: str, tmp_path: Path) -> None:
    lines = ["id,name", "1," + "x" * size, "2,b", ""]
    found = rows(write(tmp_path / "a.csv", end.join(lines)))
    assert [(row.line, bool(row.trouble)) for row in found] == [(2, True), (3, False)]
    assert found[0].trouble == ("", "cannot be read as CSV: a cell is longer than 131,072 characters")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "a.csv is empty."),
        (b"\n1,2\n", "a.csv: its first line does not name columns."),
        (b"id,name,id\n", "a.csv: the column id stands twice in its first line."),
        (b"i\xffd,name\n", "a.csv: its first line does not name columns."),
        (
            b"PK\x03\x04\x00\x00\x00\x00,\n",
            "a.csv is no workbook (XLSX) that can be read: save it again as XLSX or CSV.",
        ),
    ],
)
def test_a_file_without_a_heading_is_one_sentence(content: bytes, sentence: str, tmp_path: Path) -> None:
    with pytest.raises(Unreadable) as refused:
        rows(write(tmp_path / "a.csv", content))
    assert str(refused.value) == sentence


def test_a_file_that_cannot_be_opened_or_decoded_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match=r"^b\.csv cannot be read: No such file or directory\.$"):
        rows(tmp_path / "b.csv")
    with pytest.raises(Unreadable, match=r"cannot be read: Is a directory\.$"):
        rows(tmp_path)
    path = write(tmp_path / "a.csv", b"id,name\n1,a\n")
    with pytest.raises(Unreadable, match=r"^a\.csv is not text in the encoding utf-16\.$"):
        rows(path, "utf-16")


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-5", "@x", "\tx", "\rx", " =1", "＝1", "－1"])
def test_a_rejected_cell_is_no_formula_and_comes_back(cell: str) -> None:
    assert escaped(cell) == f"'{cell}"
    assert unescaped(escaped(cell)) == cell


def test_rejected_rows_keep_their_cells_and_can_come_in_again(tmp_path: Path) -> None:
    path = tmp_path / "rejects.csv"
    with Rejects(path, ["id", "amount"], dt.date(2026, 11, 24)) as written:
        assert not path.exists()
        written.add(Row(7, ["1", "-5"]), [("amount", "is negative")])
        written.add(Row(9, ["1", "2", "3"]), [("", "3 cells")])
    with path.open(newline="") as stream:
        assert list(csv.reader(stream)) == [
            ["rejected_line", "rejected_field", "rejected_reason", "rejected_on", "id", "amount"],
            ["7", "amount", "amount is negative", "2026-11-24", "1", "'-5"],
            ["9", "", "3 cells", "2026-11-24", "1", "2", "3"],
        ]
    first = rows(path)[0]
    assert first.cells[4:] == ["1", "-5"]


def test_a_line_that_names_the_delimiter_is_understood(tmp_path: Path) -> None:
    for line in (b"sep=;\n", b"\xef\xbb\xbfsep=;\r\n", b'"sep=;"\n', b"SEP=;;;\n"):
        path = write(tmp_path / "a.csv", line + b"id;name\n1;a\n")
        assert rows(path) == [Row(3, ["1", "a"])]


def test_lines_above_the_names_are_skipped_and_count(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", b'Report\n"filtered by: ""a""\n,,\nid,name\n1,a\n2\n')
    with opened(path, Dialect(skip_lines=3)) as table:
        assert table.columns == ["id", "name"]
        assert [(row.line, bool(row.trouble)) for row in table.rows()] == [(5, False), (6, True)]


def test_one_trailing_empty_cell_is_dropped(tmp_path: Path) -> None:
    found = rows(write(tmp_path / "a.csv", b"id,name\n1,a,\n2,b, \n3,c,,\n4,d,x\n"))
    assert [row.cells for row in found if not row.trouble] == [["1", "a"], ["2", "b"]]
    found = rows(write(tmp_path / "a.csv", b"id,name,\n1,a,\n2,b\n"))
    assert [row.cells for row in found] == [["1", "a", ""], ["2", "b", ""]]


FOOT = ("", "is the foot of a report, no record")


@pytest.mark.parametrize(
    "foot",
    ["Total,1,", "合計,,3", "Grand Totals (2 records),,", "総計,,", "Summe;x,,", "total,1,\n\nConfidential\nPage 1"],
)
def test_the_foot_of_a_report_is_refused(foot: str, tmp_path: Path) -> None:
    found = rows(write(tmp_path / "a.csv", f"id,name,kind\n1,a,b\n{foot}\n"))
    assert [row.trouble for row in found][:2] == [None, FOOT]
    assert all(row.trouble for row in found[1:])


@pytest.mark.parametrize("line", ["Total,Total SE,Oil", "Totally Co,1,", "T1,Total,", "合同会社,1,"])
def test_a_name_that_only_sounds_like_a_foot_stays(line: str, tmp_path: Path) -> None:
    assert [row.trouble for row in rows(write(tmp_path / "a.csv", f"id,name,kind\n{line}\n"))] == [None]


def test_a_sum_amid_the_rows_is_a_row(tmp_path: Path) -> None:
    found = rows(write(tmp_path / "a.csv", "id,name,kind\nTotal,,\nbad\n2,b,c\n"))
    assert [bool(row.trouble) for row in found] == [False, True, False]


def test_characters_are_composed_and_those_without_width_dropped(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", "id,\u30ab\u3099\n\ufeffC\u200b1,\u30d5\u309a\u2060\n")
    with opened(path, Dialect()) as table:
        assert table.columns == ["id", "ガ"]
        assert [row.cells for row in table.rows()] == [["C1", "プ"]]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
@pytest.mark.parametrize("said", ["utf-8", "cp932", "utf-16"])
def test_a_byte_order_mark_goes_before_what_is_said(encoding: str, said: str, tmp_path: Path) -> None:
    assert rows(write(tmp_path / "a.csv", "id,n\n1,é\n".encode(encoding)), said) == [Row(2, ["1", "é"])]


def test_shift_jis_is_what_windows_makes_of_it(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", "id,n\n1,髙橋①\n".encode("cp932"))
    assert rows(path, "shift_jis") == [Row(2, ["1", "髙橋①"])]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp932"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("quote", ["", '"'])
def test_rejected_rows_come_back_as_any_spreadsheet_saves_them(
    encoding: str, delimiter: str, quote: str, tmp_path: Path
) -> None:
    lines = [
        ["rejected_line", "rejected_field", "rejected_reason", "rejected_on", "名前", "amount"],
        ["7", "a", "“x” is no", "2026-11-24", "髙橋", "'-5"],
    ]
    text = "\r\n".join(delimiter.join(f"{quote}{cell}{quote}" for cell in line) for line in lines)
    path = write(tmp_path / "a.csv", text.encode(encoding))
    with opened(path, Dialect(format="jsonl", skip_lines=3, encoding="cp932", delimiter="|", escape="\\")) as table:
        assert table.columns == lines[0]
        assert [row.cells[4:] for row in table.rows()] == [["髙橋", "-5"]]
        assert table.rejected_on == dt.date(2026, 11, 24)


def test_an_import_that_fails_leaves_no_rejected_rows(tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    written = Rejects(path, ["id"], dt.date(2026, 11, 24))
    written.add(Row(2, ["1"]), [("", "no")])
    assert path.exists()
    written.__exit__(ValueError, ValueError(), None)
    assert not path.exists()


def test_what_could_not_be_read_is_no_question_mark_and_comes_not_back(tmp_path: Path) -> None:
    with Rejects(tmp_path / "r.csv", ["id", "name"], dt.date(2026, 11, 24)) as written:
        written.add(Row(2, ["1", "a\udc80b"]), [("", "no")])
    (row,) = rows(tmp_path / "r.csv")
    assert row.trouble == ("name", "holds a character that could not be read (\ufffd)")


@given(st.text(st.sampled_from("'=+-@ a\t＝"), max_size=6))
def test_any_cell_comes_back_from_the_rejects_as_it_went(cell: str) -> None:
    assert unescaped(escaped(cell)) == cell
