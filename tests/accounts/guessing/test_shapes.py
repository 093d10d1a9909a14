"""How far the values of a column look like what a field takes."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from accounts.imports.cells import Field
from accounts.imports.guessing import LEAST, guess, shapes
from accounts.imports.targets import TARGETS


@dataclass
class Sheet:
    """A file of these columns and rows."""

    name: str
    columns: tuple[str, ...]
    samples: list[list[str]]


@pytest.mark.parametrize(
    ("cells", "fitting"),
    [
        (["1/4/2026 10:00 AM"], 1.0),
        (["13/5/2026 1:30 PM"], 1.0),
        (["Wed, 1 Apr 2026"], 1.0),
        (["1 Apr 26"], 1.0),
        (["Mi., 1. April 2026"], 1.0),
        (["mercredi 1 avril 2026"], 1.0),
        (["2026年4月1日（水）"], 1.0),
        (["令和8年4月1日"], 1.0),
        (["46113", "46114"], 1.0),
        (["9999-12-31", "0000-00-00", "2026-04-01"], 1.0),
        (["April 2026"], 0.0),
        (["1/4/2026 at ten"], 0.0),
        (["Thu, 1 Apr 2026"], 0.0),
        (["2026年4月1日頃"], 0.0),
        (["1/4/2026 ca.", "2/4/2026"], 0.5),
        (["soon"], 0.0),
    ],
)
def test_days_fit_where_some_notation_reads_them(cells: list[str], fitting: float) -> None:
    assert shapes.share(Field("day", "date"), cells) == fitting


@pytest.mark.parametrize(
    ("heading", "cell"),
    [
        ("Start date", "April 2026"),
        ("契約開始日", "2026年4月1日頃"),
        ("Vertragsbeginn", "ca. 1.4.2026"),
        ("Start date", "1/4/2026 at ten"),
    ],
)
def test_days_that_no_notation_reads_are_doubted_and_not_left_out(heading: str, cell: str) -> None:
    rows = [[f"K{number}", f"C{number}", cell] for number in range(3)]
    guessed = guess(Sheet("contracts.csv", ("Contract ID", "Customer ID", heading), rows), TARGETS, "contracts")
    fit = guessed.of_column(2)
    if "ca." in cell:  # no day at all by its shape
        assert fit is None or fit.certainty <= LEAST
    else:
        assert fit
        assert (fit.field, fit.certainty) == ("starts_on", LEAST)
        assert "only 0 %" in fit.why
