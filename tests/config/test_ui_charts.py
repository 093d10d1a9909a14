"""Charts and small marks: positions by hand, words escaped, nothing that a strict CSP refuses."""

from __future__ import annotations

import datetime as dt
from functools import partial
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.ui import charts, figures, marks

DAY = dt.date(2026, 8, 24)
DAYS = [DAY + dt.timedelta(days=n) for n in range(5)]
MONEY = partial(figures.money_short, currency="USD")


def drawn(markup: str) -> ET.Element:
    """The markup as a tree; it fails where a tag is left open or a word is not escaped."""
    tree = ET.fromstring(f"<all>{markup}</all>")
    assert not [node for node in tree.iter() if "style" in node.attrib]
    return tree


def test_spark_runs_from_high_to_low():
    tree = drawn(marks.spark([39, 35, 31], "risk", "39 → 31"))
    assert tree.find(".//polyline").attrib["points"] == "1,2 43,11 85,20"
    assert tree.find("svg").attrib["aria-label"] == "39 → 31"


def test_spark_of_a_flat_line_lies_in_the_middle():
    assert drawn(marks.spark([5, 5])).find(".//polyline").attrib["points"] == "1,11 85,11"


@pytest.mark.parametrize("values", [[], [4], [None, 4, None]])
def test_spark_needs_two_known_values(values: list[float | None]):
    assert marks.spark(values) == ""


@given(st.lists(st.one_of(st.none(), st.floats(-1e6, 1e6)), max_size=40))
def test_spark_stays_inside_its_box(values: list[float | None]):
    markup = marks.spark(values)
    if not markup:
        return
    for point in drawn(markup).find(".//polyline").attrib["points"].split():
        x, y = map(float, point.split(","))
        assert 0 <= x <= 88
        assert 2 <= y <= 20


def test_meter_is_kept_between_nothing_and_all():
    assert 'width="53%"' in marks.meter(0.53)
    assert 'width="100%"' in marks.meter(1.7)
    assert 'width="0%"' in marks.meter(None)


def test_voices_draw_only_what_was_said():
    tree = drawn(marks.voices("Model 54%", model=0.54, low=0.38, high=0.69))
    assert tree.find(".//rect[@class='range']").attrib["x"] == "38%"
    assert tree.find(".//rect[@class='range']").attrib["width"] == "31%"
    assert tree.find(".//circle").attrib["cx"] == "54%"
    assert tree.find(".//path") is None


def test_part_grows_from_the_middle():
    loss = drawn(marks.part(-6.2, 6.2)).find(".//rect").attrib
    gain = drawn(marks.part(3.1, 6.2)).find(".//rect").attrib
    assert (loss["x"], loss["width"]) == ("0%", "50%")
    assert (gain["x"], gain["width"]) == ("50%", "25%")
    assert drawn(marks.part(0, 0)).find("svg").attrib["class"] == "calm"


def test_line_chart_places_line_bands_and_events():
    chart = charts.line_chart(
        DAYS,
        [charts.Series("Health", [90, 60, None, 45, 30])],
        title="Health of <Cobalt>",
        desc="falls from 90 to 30",
        low=30,
        high=90,
        bands=[charts.Band("good", 70, 90), charts.Band("watch", 45, 70)],
        events=[charts.Event(DAYS[1], "QBR held"), charts.Event(DAY - dt.timedelta(days=1), "too early")],
    )
    tree = drawn(chart)
    lines = [line.attrib["points"] for line in tree.iter("polyline")]
    assert lines == ["0,0 25,50", "75,75 100,100"]
    band = tree.find(".//rect[@class='band good']").attrib
    assert (band["y"], band["height"]) == ("0%", "33.3%")
    assert [text.text for text in tree.iter("text") if text.attrib["class"] == "y"] == ["30", "45", "70", "90"]
    assert [item.findtext("span") for item in tree.iter("li")] == ["QBR held"]
    assert tree.find(".//title").text == "Health of <Cobalt>"
    rows = [[cell.text for cell in row] for row in tree.find(".//tbody")]
    assert rows[2] == ["26 Aug", "–"]


def test_line_chart_of_no_days_is_nothing():
    assert charts.line_chart([], [], title="t", desc="d", low=0, high=1) == ""


@given(st.floats(-1e9, 1e9), st.floats(0.01, 1e9))
def test_ticks_are_few_and_inside(low: float, width: float):
    found = charts.ticks(low, low + width)
    assert len(found) <= 12
    assert all(low - width * 1e-6 - 1e-6 <= tick <= low + width * (1 + 1e-6) + 1e-6 for tick in found)


def test_ticks_are_round():
    assert charts.ticks(0, 920_000) == [0, 250_000, 500_000, 750_000]
    assert charts.ticks(3, 3) == [3]
