"""Files as nobody should send them: tables of any target in any dialect, workbooks (with macros, too), JSON lines and archives in
archives, and then damaged.
"""

from __future__ import annotations

import json
import tempfile
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path
from typing import Any, Final

from hypothesis import strategies as st

from accounts.imports.cells import Field
from accounts.imports.targets import TARGETS
from tests.accounts.workbooks import workbook

FITTING: Final[dict[str, list[str]]] = {
    "date": ["2026-01-01", "2026/4/1", "01.04.2026", "令和8年4月1日", "46113", "2026-01-01T00:00:00Z", "9999-12-31", "0000-00-00", "2026-02-30"],
    "instant": ["2026-03-29T02:30:00", "2026-11-01 10:00", "2026-01-01T00:00:00+14:00", "1775001600", "2062-01-01T00:00:00Z"],
    "money": ["12000", "1,200.00", "￥1,200", "12.000,50", "-5", "(5)", "1e9", "999999999999999", "0.001", "１２", "NaN", "Infinity"],
    "figure": ["1", "-1", "0.005", "1e400", "99999999999999999999"],
    "percent": ["10", "10%", "101", "-1", "１０％"],
    "rate": ["1.1", "0", "1e-9", "1000001"],
    "number": ["1", "0", "-1", "1.0", "2147483648", "9" * 30, "１２", "0x10", "1_000"],
    "flag": ["yes", "no", "true", "FALSE", "1", "はい", "maybe"],
    "email": ["a@example.org", "A@EXAMPLE.ORG", "a@", "@", "a b@example.org", "名@例.jp"],
    "country": ["JP", "jp", "Germany", "日本", "NA", "ZZ"],
    "currency": ["USD", "usd", "ZZZ", "円", "EURO"],
    "list": ["a;b", "champion;buyer", ";;;", "a|b"],
    "attributes": ["x", '{"a": 1}', "\\u0000"],
}  # fmt: skip
ODD: Final = [
    "", " ", "\u3000", "\ufeff", "\u200b", "e\u0301", "NULL", "N/A", "#REF!", "=1+1", "+81", "-Dash", "@SUM(A1)", "=cmd|' /C calc'!A0",
    "'", '"', '""', '"x', "\\", "\\N", "\\.", "{a,b}", "x" * 300, "a\nb", "a\r\nb", "a\tb", "a,b", "a;b", "\x00", "\x1f", "𠮷", "Ａ１",
    "'; DROP TABLE accounts_customer; --", "%(source)s", "%s", "{cell}", "{}", "\\u0000", "A1", "K1", "P1", "O1",
]  # fmt: skip
DELIMITERS: Final = [",", ";", "\t", "|"]
ENCODINGS: Final = ["utf-8", "utf-8-sig", "utf-16", "cp932", "cp1252", "euc_jp"]
LINE_ENDS: Final = ["\n", "\r\n", "\r"]
JUNK: Final = ["note", "customer name", "", "external_id", "日付"]


@dataclass(frozen=True)
class Made:
    """A file and what it is for; ``said``: the mapping names its encoding and delimiter. ``is_whole``: it is as it was made."""

    target: str
    name: str
    content: bytes
    encoding: str
    delimiter: str
    said: bool
    is_whole: bool = True


def cell_of(field: Field) -> st.SearchStrategy[str]:
    fitting = [*field.choices, *FITTING.get(field.kind, ["Suite", "名前"])]
    if field.name in {"external_id", "customer", "contract", "objective", "contact", "key"}:
        fitting = ["A1", "K1", "P1", "O1", "001", "1.0", "nobody"]
    return st.one_of(st.sampled_from(fitting), st.sampled_from(fitting), st.sampled_from(ODD), st.text(max_size=8))


@st.composite
def tables(draw: Any) -> tuple[str, list[str], list[list[str]]]:
    """(target, names of columns, rows): most needed columns are there; rows may be too short or too long."""
    target = TARGETS[draw(st.sampled_from(sorted(TARGETS)))]
    fields = [field for field in target.fields if draw(st.integers(0, 9)) < (9 if field.required else 6)]
    fields = draw(st.permutations(fields or list(target.fields)))
    names = [field.name for field in fields]
    if draw(st.integers(0, 5)) == 0:
        names.append(draw(st.sampled_from(JUNK)))
    rows = []
    for _row in range(draw(st.integers(0, 6))):
        row = [draw(cell_of(field)) for field in fields] + [""] * (len(names) - len(fields))
        change = draw(st.integers(0, 11))
        rows.append(row[:-1] if change == 0 else [*row, "more"] if change == 1 else row)
    return target.name, names, rows


def delimited(draw: Any, names: Sequence[str], rows: Sequence[Sequence[str]], delimiter: str) -> str:
    """The text of a table; quotes are doubled, left out or broken."""
    end = draw(st.sampled_from(LINE_ENDS))
    how = draw(st.integers(0, 3))

    def written(cell: str) -> str:
        if how == 0 or (how == 1 and any(mark in cell for mark in (delimiter, '"', "\n", "\r"))):
            return '"' + cell.replace('"', '""') + '"'
        return cell if how == 1 else cell.replace('"', '\\"') if how == 2 else f'"{cell}'

    above = draw(st.sampled_from(["", "", "", f"sep={delimiter}{end}", f"Report{end}{end}"]))
    below = draw(st.sampled_from(["", "", f"Total{delimiter}{end}", '"']))
    head = delimiter.join(names)
    return above + head + end + "".join(delimiter.join(map(written, row)) + end for row in rows) + below


@st.composite
def files(draw: Any) -> Made:
    """A file of one target, as text, workbook or JSON lines; one in three is damaged."""
    target, names, rows = draw(tables())
    kind = draw(st.sampled_from(["csv", "csv", "csv", "jsonl", "xlsx", "xlsm"]))
    encoding, delimiter = draw(st.sampled_from(ENCODINGS)), draw(st.sampled_from(DELIMITERS))
    if kind == "csv":
        content = delimited(draw, names, rows, delimiter).encode(encoding, "replace")
    elif kind == "jsonl":
        records = [json.dumps(dict(zip(names, row, strict=False)), ensure_ascii=draw(st.booleans())) for row in rows]
        content, encoding = "\n".join(records).encode("utf-8", "replace"), "utf-8"
    else:
        content = booked(names, rows)
    if kind == "xlsm":
        content, kind = with_macros(content), draw(st.sampled_from(["xlsm", "xlsx", "csv"]))
    is_whole = draw(st.integers(0, 2)) != 0
    content = content if is_whole else draw(damaged(content))
    return Made(target, f"{target}.{kind}", content, encoding, delimiter, draw(st.booleans()), is_whole)


@st.composite
def nested(draw: Any) -> tuple[Made, bytes]:
    """A file that is an archive although its name says otherwise, and an archive that holds it."""
    made = draw(files())
    name = draw(st.sampled_from([made.name, f"{made.target}.zip", "xl/workbook.xml"]))
    inner = packed(name, made.content)
    for _time in range(draw(st.integers(0, 2))):
        inner = packed(draw(st.sampled_from(["a.zip", "a.csv", "a.xlsx"])), inner)
    called = f"{made.target}.{draw(st.sampled_from(['csv', 'xlsx', 'jsonl', 'txt']))}"
    return replace(made, name=called, content=inner, is_whole=True), packed(called, inner)


def packed(name: str, content: bytes) -> bytes:
    stream = BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return stream.getvalue()


def with_macros(book: bytes) -> bytes:
    """The workbook with a program in it, and a sheet of old macros."""
    stream = BytesIO(book)
    with zipfile.ZipFile(stream, "a") as archive:
        archive.writestr("xl/vbaProject.bin", b"\xd0\xcf\x11\xe0" + b"Sub Auto_Open()" * 40)
        archive.writestr("xl/macrosheets/sheet1.xml", "<x><f>EXEC(&quot;calc&quot;)</f></x>")
    return stream.getvalue()


def booked(names: Sequence[str], rows: Sequence[Sequence[str]]) -> bytes:
    """A workbook with a formula in each row; characters that XML does not have are left out."""
    formula = "<c><f>1+1</f><v>2</v></c>"
    clean = [["".join(c for c in cell if c.isprintable()) for cell in row] for row in rows]
    with tempfile.TemporaryDirectory() as folder:
        cells = [[cell.replace("<", "‹") for cell in row] + [formula] for row in clean]
        return workbook(Path(folder) / "a.xlsx", [name or "x" for name in names], *cells).read_bytes()


@st.composite
def damaged(draw: Any, content: bytes) -> bytes:
    """The bytes cut, with some changed, put in or doubled."""
    for _time in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(content)))
        more = draw(st.binary(min_size=1, max_size=4))
        content = draw(
            st.sampled_from(
                [
                    content[:at],
                    content[:at] + more + content[at:],
                    content[:at] + more + content[at + len(more) :],
                    content[:at] * 2,
                ]
            )
        )
    return content
