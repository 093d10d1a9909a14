"""Rates with their intervals, drawn: positions by hand, words escaped."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from config.ui.whiskers import Rate, calibration, rate_bars
from tests.config.test_ui_charts import drawn

HEAD = ["What", "n", "Rate", "Interval"]


def bars(*rates: Rate):
    return drawn(rate_bars(rates, title="Rates", desc="Said", head=HEAD))


def test_bars_stand_on_zero_with_their_interval():
    tree = bars(Rate(0.97, 0.92, 0.99, 118, "Green", "good"), Rate(0.52, 0.35, 0.67, 33, "Red", "risk"))
    first, second = tree.findall(".//rect[@rx='2']")
    assert (first.get("x"), first.get("width"), first.get("y"), first.get("height")) == ("16%", "18%", "3%", "97%")
    assert (second.get("x"), second.get("y")) == ("66%", "48%")
    whiskers = tree.findall(".//line[@class='whisker ink']")
    assert [(one.get("y1"), one.get("y2")) for one in whiskers] == [("1%", "8%"), ("33%", "65%")]
    words = [text.text for text in tree.iter("text")]
    assert "97%" in words
    assert "Green, n 118" in words


def test_the_rows_stand_behind():
    tree = bars(Rate(0.9661, 0.9161, 0.9867, 118, "<Green>"))
    assert [cell.text for cell in tree.findall(".//tbody/tr/*")] == ["<Green>", "118", "96.6%", "92% to 99%"]
    assert tree.find(".//desc").text == "Said"


def test_calibration_points_by_how_many():
    points = [(0.28, Rate(0.33, 0.12, 0.6, 9)), (0.96, Rate(0.98, 0.92, 0.99, 81))]
    tree = drawn(calibration(points, title="Calibration", desc="Said", head=HEAD))
    dots = tree.findall(".//circle")
    # Radius 6 × √(9 / 81) = 2, at least 3.
    assert [(dot.get("cx"), dot.get("cy"), dot.get("r")) for dot in dots] == [("28%", "67%", "3"), ("96%", "2%", "6")]
    assert tree.find(".//polyline").get("points") == "0,100 100,0"


def test_nothing_draws_nothing():
    assert rate_bars([], title="", desc="", head=HEAD) == ""
    assert calibration([], title="", desc="", head=HEAD) == ""


@given(st.lists(st.tuples(st.floats(0, 1), st.integers(1, 10**6)), min_size=1, max_size=6))
def test_whatever_the_rates_they_stay_inside(rates):
    tree = bars(*(Rate(share, share / 2, (1 + share) / 2, n, "x") for share, n in rates))
    for rect in tree.findall(".//rect"):
        assert 0 <= float(rect.get("y")[:-1]) <= 100
        assert float(rect.get("height")[:-1]) <= 100
