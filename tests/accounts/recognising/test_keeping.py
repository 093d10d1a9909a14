"""What was recognised is kept by its bytes, its answers and the language: no page reckons the same twice."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.utils import translation

from accounts.imports.recognising import keeping, recognise
from accounts.imports.recognising.keeping import recognised
from accounts.imports.rows import Unreadable
from tests.accounts.imports import write
from tests.accounts.workbooks import workbook

pytestmark = pytest.mark.django_db
TEXT = "id;name;on\nA1;Acme;01/02/2026\nB2;Beta;03/04/2026\n"


@pytest.fixture
def reckoned(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The files that were reckoned, not known."""
    came: list[str] = []

    def counted(path: Path, *args: object) -> object:
        came.append(path.name)
        return recognise(path, *args)  # type: ignore[arg-type]

    monkeypatch.setattr(keeping, "recognise", counted)
    return came


def test_the_same_bytes_are_reckoned_once_and_others_anew(tmp_path: Path, reckoned: list[str]) -> None:
    path = write(tmp_path / "a.csv", TEXT)
    assert recognised(path) == recognised(path) == recognise(path)
    assert len(reckoned) == 1
    assert recognised(path, "", {"delimiter": ","}).columns != recognised(path).columns
    assert len(reckoned) == 2
    in_english = recognised(path).questions[0].text
    with translation.override("ja"):
        assert recognised(path).questions[0].text != in_english
    assert len(reckoned) == 3
    write(path, TEXT.replace("Beta", "Bete"))
    assert recognised(path).samples[1][1] == "Bete"
    assert len(reckoned) == 4


def test_of_a_workbook_every_byte_counts(tmp_path: Path, reckoned: list[str]) -> None:
    first = workbook(tmp_path / "a.xlsx", ["id", "name"], ["A1", "Acme"])
    recognised(first)
    recognised(first)
    workbook(first, ["id", "name"], ["A1", "Acne"])
    assert recognised(first).samples[0][1] == "Acne"
    assert len(reckoned) == 2


def test_what_cannot_be_read_says_so_each_time(tmp_path: Path) -> None:
    for path in (tmp_path / "none.csv", write(tmp_path / "empty.csv", "")):
        for _time in range(2):
            with pytest.raises(Unreadable):
                recognised(path)
