"""Workbooks put together by hand: their XML is what a test is about."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final
from xml.sax.saxutils import escape

NAMESPACE: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATED: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE: Final = "http://schemas.openxmlformats.org/package/2006"
HEAD: Final = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
DAY_STYLE: Final = 1
Cell = str | float | bool | None


def column(number: int) -> str:
    """A for 0, AA for 26."""
    letters = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def cell_xml(cell: Cell, place: str) -> str:
    """A text, a number, a truth; a text that begins with ``<`` is XML of its own, with the place put in."""
    match cell:
        case None:
            return ""
        case bool():
            return f'<c r="{place}" t="b"><v>{int(cell)}</v></c>'
        case str() if cell.startswith("<"):
            return cell.replace("<c", f'<c r="{place}"', 1)
        case str():
            return f'<c r="{place}" t="inlineStr"><is><t xml:space="preserve">{escape(cell)}</t></is></c>'
        case _:
            return f'<c r="{place}"><v>{cell!r}</v></c>'


def day(serial: float) -> str:
    """A cell with the format of a day."""
    return f'<c s="{DAY_STYLE}"><v>{serial}</v></c>'


def sheet_xml(rows: Sequence[Sequence[Cell]], first: int = 1, more: str = "") -> str:
    lines = "".join(
        f'<row r="{number}">{"".join(cell_xml(c, f"{column(i)}{number}") for i, c in enumerate(row))}</row>'
        for number, row in enumerate(rows, first)
    )
    return f'{HEAD}<worksheet xmlns="{NAMESPACE}"><sheetData>{lines}</sheetData>{more}</worksheet>'


def parts_of(sheets: Mapping[str, str], hidden: Sequence[str] = ()) -> dict[str, str]:
    """The parts of a workbook with these sheets, by their names."""
    listed, related = "", ""
    parts: dict[str, str] = {}
    for number, (name, xml) in enumerate(sheets.items(), 1):
        state = ' state="hidden"' if name in hidden else ""
        listed += f'<sheet name="{escape(name)}" sheetId="{number}"{state} r:id="rId{number}"/>'
        related += f'<Relationship Id="rId{number}" Type="{RELATED}/worksheet" Target="worksheets/sheet{number}.xml"/>'
        parts[f"xl/worksheets/sheet{number}.xml"] = xml
    styles = '<cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="14" applyNumberFormat="1"/></cellXfs>'
    related += f'<Relationship Id="rId99" Type="{RELATED}/styles" Target="styles.xml"/>'
    book = f'<workbook xmlns="{NAMESPACE}" xmlns:r="{RELATED}"><sheets>{listed}</sheets></workbook>'
    office = f'<Relationship Id="rId1" Type="{RELATED}/officeDocument" Target="xl/workbook.xml"/>'
    return parts | {
        "xl/workbook.xml": HEAD + book,
        "xl/_rels/workbook.xml.rels": f'{HEAD}<Relationships xmlns="{PACKAGE}/relationships">{related}</Relationships>',
        "xl/styles.xml": f'{HEAD}<styleSheet xmlns="{NAMESPACE}">{styles}</styleSheet>',
        "_rels/.rels": f'{HEAD}<Relationships xmlns="{PACKAGE}/relationships">{office}</Relationships>',
        "[Content_Types].xml": f'{HEAD}<Types xmlns="{PACKAGE}/content-types"/>',
    }


def zipped(path: Path, parts: Mapping[str, str]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return path


def workbook(path: Path, *rows: Sequence[Cell], first: int = 1, more: str = "") -> Path:
    """A workbook of one sheet."""
    return zipped(path, parts_of({"Sheet1": sheet_xml(rows, first, more)}))
