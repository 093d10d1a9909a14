"""Cells drawn in Python: from which day and figure on they warn, and the line of thirteen weeks."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal

import pytest

from accounts.lists import cells
from tests.factories import DAY


def tone(cell: str) -> str:
    """The first word of the cell's class, empty where it has none."""
    shown = re.search(r'class="(\w+)', cell)
    return shown.group(1) if shown else ""


@pytest.mark.parametrize(("days", "late"), [(-1, True), (0, False), (1, False)])
def test_a_day_is_past_from_the_day_after(days, late):
    on = DAY + dt.timedelta(days=days)
    assert tone(cells.due(on, DAY, "en")) == ("risk" if late else "")
    assert tone(cells.due(on, DAY, "en", late=False)) == ""


def test_what_has_no_day_is_not_late():
    assert tone(cells.due(None, DAY, "en")) == ""


@pytest.mark.parametrize(
    ("days", "shown"), [(-1, "risk"), (60, "risk"), (61, "watch"), (90, "watch"), (91, "calm"), (None, "")]
)
def test_days_left_warn_from_60_and_90(days, shown):
    assert tone(cells.left(days, "en")) == shown


@pytest.mark.parametrize(("days", "shown"), [(None, ""), (0, ""), (14, ""), (15, "watch"), (30, "watch"), (31, "risk")])
def test_silence_warns_after_14_and_30_days(days, shown):
    assert tone(cells.quiet(days, "en")) == shown


@pytest.mark.parametrize(("length", "titled"), [(20, False), (21, True)])
def test_a_text_of_more_than_20_characters_says_itself_in_a_title(length, titled):
    assert ("title=" in cells.cut("x" * length)) is titled


@pytest.mark.parametrize("trend", [None, [], [None, None], [None, Decimal(50)], [Decimal(50)]])
def test_fewer_than_two_weeks_draw_no_line(trend):
    assert cells.spark(trend, "green") == ""


@pytest.mark.parametrize(
    ("trend", "points", "says"),
    [
        # Three weeks over 84: 0, 42 and 84; 18 high from 20 upwards.
        ([40, 50, 60], "1.0,20.0 43.0,11.0 85.0,2.0", "40 → 60"),
        ([60, None, 40], "1.0,2.0 85.0,20.0", "60 → 40"),
        ([50, 50], "1.0,11.0 85.0,11.0", "50 → 50"),
    ],
)
def test_a_line_of_weeks(trend, points, says):
    drawn = cells.spark([None if value is None else Decimal(value) for value in trend], "green")
    assert f'points="{points}"' in drawn
    assert f'aria-label="{says}"' in drawn
