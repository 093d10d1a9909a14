"""Every case from the field has tests of its value and of its kind, and its files are those that were handed over."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import pytest

from tests.config.cases import CASES
from tests.config.ravenstack import DATA

TESTS: Final = Path(__file__).parents[1]
PLACES: Final = [TESTS / "data" / name for name in ("cases", "reading", "identity")]
HANDED: Final = DATA.parent / "cases"


def number(folder: str) -> str:
    """``06b`` of ``06b-trailing-delimiter``."""
    return re.split("[-_]", folder)[0]


def test_every_case_here_is_in_the_table() -> None:
    here = {number(folder.name) for place in PLACES for folder in place.iterdir() if folder.is_dir()}
    assert here == CASES.keys()


@pytest.mark.skipif(not HANDED.is_dir(), reason=f"the cases as they were handed over are not in {HANDED}")
def test_every_case_that_was_handed_over_is_here_as_it_was() -> None:
    handed = {folder.name for folder in HANDED.iterdir() if folder.is_dir()}
    assert {number(name) for name in handed} == CASES.keys()
    for name in sorted(handed):
        copies = [copy for place in PLACES if (copy := place / name.replace("_", "-")).is_dir()]
        assert copies, name
        for path in (file for file in (HANDED / name).rglob("*.*") if file.suffix != ".toml"):
            of_case = [copy / path.relative_to(HANDED / name) for copy in copies]
            assert any(copy.is_file() and copy.read_bytes() == path.read_bytes() for copy in of_case), path


@pytest.mark.parametrize("case", sorted(CASES))
def test_a_case_has_tests_of_its_value_and_of_its_kind(case: str) -> None:
    values, kinds = CASES[case]
    assert values
    assert kinds
    for name in (*values, *kinds):
        file, _colons, test = name.partition("::")
        assert f"def {test}(" in (TESTS / file).read_text(encoding="utf-8"), name
