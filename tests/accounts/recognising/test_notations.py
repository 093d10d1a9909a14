"""Which notations read the days of a column, and how little is asked of a column of texts."""

from __future__ import annotations

import datetime as dt

import pytest

from accounts.imports.recognising import notations

TEXTS = [f"w12-{number}" for number in range(60)]


@pytest.mark.parametrize(
    ("values", "read"),
    [
        (["2026-01-02", "2026-01-03", "2026-01-04", "2026-01-05", "soon"], True),
        (["2026-01-02", "2026-01-03", "2026-01-04", "soon"], False),
        (["令和元年5月1日"] * 3, True),
        (["2026-01-02", "03.02.2026", "R8.3.1", "5 Jan 2026", "x"], True),
        (TEXTS, False),
        (["soon"], False),
        ([], False),
        ([" ", ""], False),
    ],
)
def test_most_values_are_days_by_some_notation(values: list[str], *, read: bool) -> None:
    assert bool(notations.readings(values, "seen")) == read


def test_the_days_of_mixed_notations() -> None:
    found = notations.readings(["2026-01-02", "R8.3.1", "soon", "2026-01-03", "R8.3.2"], "seen")
    days = {text: day for read in found.values() for text, day in read.items()}
    assert days["R8.3.1"] == dt.date(2026, 3, 1)
    assert days["2026-01-02"] == dt.date(2026, 1, 2)
    assert "soon" not in days


def test_a_column_of_texts_is_asked_notation_by_notation(monkeypatch: pytest.MonkeyPatch) -> None:
    """293 columns that are asked cell by cell take half a minute: each notation is then compiled anew for each cell."""
    asked: list[str] = []
    plain = notations.by
    monkeypatch.setattr(notations, "by", lambda notation, text: asked.append(notation) or plain(notation, text))
    assert not notations.readings(TEXTS, "r1")
    turns = [one for one, before in zip(asked, [None, *asked], strict=False) if one != before]
    assert len(turns) == len(set(turns)) > 20
    asked.clear()
    assert not notations.readings(["north", "south"], "r1")
    assert not asked, "no digit, no day"
    assert notations.are_mostly_days(["2026-01-02", "2026-01-03"], ["%Y-%m-%d", "iso"])
    assert asked == ["%Y-%m-%d"] * 2, "what reads most of them ends the search"
