"""What the numbers of notices count: by their heading or their own words, else asked on the page."""

from __future__ import annotations

from pathlib import Path

import pytest

from accounts.forms.import_file import FileSetup
from accounts.imports.guessing import notices
from accounts.imports.mapping import parse
from accounts.imports.maps import FieldMap, Mapping
from accounts.imports.writing import text_of
from tests.accounts.imports import write
from tests.factories import organisation

pytestmark = pytest.mark.django_db
HEAD = "contract id,customer id,start date,product,annual amount"


def setup(folder: Path, heading: str, *cells: str, **said: str) -> FileSetup:
    rows = "".join(f"K{number},C1,2026-01-01,Suite,1200,{cell}\n" for number, cell in enumerate(cells))
    path = write(folder / "contracts.csv", f"{HEAD},{heading}\n{rows}")
    return FileSetup(path, path.name, {"by": "", "source": "csv"} | said, is_sent=True)


@pytest.mark.parametrize(
    ("heading", "cells", "asked"),
    [
        ("Kündigungsfrist", ["3", "6"], ["3 months", "3 days", "3 weeks"]),
        ("Notice period", ["0", "30", "90"], ["30 months", "30 days", "30 weeks"]),
        ("解約予告期間", ["３"], ["3 months", "3 days", "3 weeks"]),
        ("Préavis", ["3 mois", "2"], ["2 months", "2 days", "2 weeks"]),
        ("Kündigungsfrist (Monate)", ["3"], []),
        ("Notice days", ["30"], []),
        ("解約予告日数", ["30"], []),
        ("予告期間（ヶ月）", ["3"], []),
        ("Délai de préavis (mois)", ["3"], []),
        ("Kündigungsfrist", ["3 Monate", "90 Tage", "4 Wochen zum Monatsende", ""], []),
        ("予告期間", ["3ヶ月", "90日前"], []),
        ("Notice period", ["0"], []),
        ("Notice period", ["9" * 5_000, "30", "60", "90"], ["30 months", "30 days", "30 weeks"]),
    ],
)
def test_bare_numbers_are_asked_about(tmp_path: Path, heading: str, cells: list[str], asked: list[str]) -> None:
    organisation()
    form = setup(tmp_path, heading, *cells)
    fit = form.guess.of_column(5)
    assert fit
    assert fit.field == "notice_days"
    found = [question for question in form.asked if question.about == "unit"]
    assert [choice.example for question in found for choice in question.choices] == asked
    assert form.is_sure is not bool(asked)


def test_the_answer_stands_in_the_mapping(tmp_path: Path) -> None:
    organisation()
    assert not setup(tmp_path, "Kündigungsfrist", "3").is_valid()
    form = setup(tmp_path, "Kündigungsfrist", "3", **{"q-unit-Kündigungsfrist": "0"})
    assert form.is_valid(), form.columns.errors
    file = form.file_map()
    notice = file.field("notice_days")
    assert notice
    assert (notice.columns, notice.unit) == (("Kündigungsfrist",), "months")
    read = parse(text_of(Mapping("Own", "csv", None, "EUR", (file,))), "own").files[0]
    assert read.field("notice_days") == notice


def test_what_a_mapping_says_of_words_and_numbers_is_left_to_it() -> None:
    told = {("unit", "Frist"): "months"}
    notice = FieldMap("notice_days", ("Frist",), values={"3M": "90", "none": ""})
    (answered,) = notices.answered([notice], told)
    assert (answered.unit, answered.values) == ("months", {"3M": "90 days", "none": ""})
