"""A daily cycle that has run has nothing left to write."""

from __future__ import annotations

from config import cycle
from tests import tables
from tests.factories import DAY

OWN = {"setaside_steprun"}  # the cycle notes when it ran


def test_the_day_again_writes_no_row(company: dict[str, int]) -> None:
    before = tables.rows(OWN, in_place=True)
    list(cycle.run(DAY, anew=True))
    after = tables.rows(OWN, in_place=True)
    assert {table for table, _ in (after - before) + (before - after)} == set()
