"""Two spreads of scores by tens: what is drawn, and the rows behind it."""

from __future__ import annotations

import re

from config.ui.charts import Band
from config.ui.histogram import tens_chart

BEFORE = [0, 0, 1, 0, 2, 0, 0, 4, 0, 3]
AFTER = [0, 0, 0, 1, 2, 0, 0, 2, 2, 3]
BANDS = [Band("risk", 0, 45), Band("watch", 45, 70), Band("good", 70, 100)]


def drawn() -> str:
    return tens_chart(BEFORE, AFTER, names=("now", "v2 draft"), title="Scores", bands=BANDS)


def test_each_ten_has_a_column_of_either_kind() -> None:
    heights = re.findall(r'class="bar (\w+ \w+)" x="([\d.]+)%" width="7.6%" y="[\d.]+%" height="([\d.]+)%"', drawn())
    assert len(heights) == 20
    # The highest of all is 4, so 4 fills the plot, 2 is half of it and 1 a quarter.
    assert ("ink soft", "71.2", "100") in heights
    assert ("info ghost", "71.2", "50") in heights
    assert ("info ghost", "31.2", "25") in heights


def test_bands_lie_behind_where_they_begin() -> None:
    assert re.findall(r'class="band (\w+)" x="([\d.]+)%" width="([\d.]+)%"', drawn()) == [
        ("risk", "0", "45"), ("watch", "45", "25"), ("good", "70", "30"),
    ]  # fmt: skip


def test_those_who_do_not_see_it_get_the_numbers() -> None:
    chart = drawn()
    assert "now: 0, 0, 1, 0, 2, 0, 0, 4, 0, 3. v2 draft: 0, 0, 0, 1, 2, 0, 0, 2, 2, 3" in chart
    assert '<th scope="row">70–79</th><td class="num">4</td><td class="num">2</td>' in chart
    assert '<th scope="row">90–100</th>' in chart


def test_nobody_at_all_is_a_flat_chart() -> None:
    chart = tens_chart([0] * 10, [0] * 10, names=("now", "then"), title="Scores", bands=BANDS)
    assert 'height="0%" rx="1.5"' in chart
