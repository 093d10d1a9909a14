"""A load against its limit: how far the bar reaches, and where it turns."""

from __future__ import annotations

import re

import pytest

from config.ui import loads


def rects(svg: str) -> list[tuple[str, float, float]]:
    found = re.findall(r'<rect class="([^"]*)" x="([\d.]+)%" width="([\d.]+)%"', svg)
    return [(css, float(x), float(width)) for css, x, width in found]


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ([0.75], [("part", 0, 50)]),
        ([1.0], [("part", 0, 66.7)]),
        ([1.2], [("part", 0, 66.7), ("over", 66.7, 13.3)]),
        ([9], [("part", 0, 66.7), ("over", 66.7, 33.3)]),
        ([0.3, 0.3, 0.3, 0.3], [("part", 0, 20), ("part second", 20, 20), ("part third", 40, 20), ("part third", 60, 6.7), ("over", 66.7, 13.3)]),
        ([], []),
    ],
)  # fmt: skip
def test_parts_stand_one_after_the_other_and_turn_at_the_limit(parts, expected):
    drawn = rects(loads.bar(parts))
    assert [css for css, _x, _width in drawn] == [css for css, _x, _width in expected]
    assert [place[1:] for place in drawn] == [pytest.approx(place[1:], abs=0.11) for place in expected]


def test_a_change_shows_what_was_and_what_comes():
    assert [css for css, _x, _w in rects(loads.bar([0.5], was=1.4))] == ["part", "was"]
    assert [css for css, _x, _w in rects(loads.bar([0.5], more=0.7))] == ["part", "more", "over"]
    assert [css for css, _x, _w in rects(loads.bar([0.5], was=0.5))] == ["part"]


@pytest.mark.parametrize(
    ("share", "tone"), [(None, "calm"), (1, "calm"), (1.01, "watch"), (1.2, "watch"), (1.21, "risk")]
)
def test_above_the_limit_it_warns(share, tone):
    assert loads.tone(share) == tone
