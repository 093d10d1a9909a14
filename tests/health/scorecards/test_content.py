"""A card's content: its shares are exact, its places are those of a score's points, its thresholds begin on their day."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from health.scorecards import Cap, Content, Group, Line, Place, Threshold

EARLY = Threshold(90, Decimal(0), Decimal(10))
LATER = Threshold(365, Decimal(20), Decimal(10))


def line(measure: str, weight: str = "1", **fields: object) -> Line:
    return Line(measure, Decimal(weight), 28, Decimal(0), Decimal(5), **fields)  # type: ignore[arg-type]


def content(*groups: tuple[str, list[Line]]) -> Content:
    return Content("Card", groups=tuple(Group(f"g{n}", Decimal(w), tuple(ls)) for n, (w, ls) in enumerate(groups)))


def test_a_group_without_a_measure_neither_weighs_nor_takes_a_number() -> None:
    """Weights 3 and 1: a half of 3/4 each, and 1/4; the empty group's 96 count for nothing."""
    found = content(("3", [line("a"), line("b")]), ("96", []), ("1", [line("c")]))
    assert found.shares == {"a": Fraction(3, 8), "b": Fraction(3, 8), "c": Fraction(1, 4)}
    assert found.places == (Place(line("a"), 0), Place(line("b"), 0), Place(line("c"), 1))
    assert [line.measure for line in found.lines] == ["a", "b", "c"]


def test_what_is_missing_gives_its_weight_to_its_siblings_first() -> None:
    found = content(("3", [line("a", "2"), line("b")]), ("1", [line("c")]))
    assert found.shares_of({"a", "c"}) == {"a": Fraction(3, 4), "c": Fraction(1, 4)}
    assert found.shares_of({"c"}) == {"c": Fraction(1)}
    assert found.shares_of(set()) == {}


weights = some.decimals(min_value="0.01", max_value="9999.99", places=2).map(str)


@settings(max_examples=30, deadline=None)
@given(some.lists(some.tuples(weights, some.lists(weights, max_size=4)), max_size=4), some.data())
def test_shares_sum_to_one_whatever_is_missing(groups: list[tuple[str, list[str]]], data: some.DataObject) -> None:
    made = [
        (weight, [line(f"m{number}_{n}", inside) for n, inside in enumerate(lines)])
        for number, (weight, lines) in enumerate(groups)
    ]
    found = content(*made)
    known = [line.measure for line in found.lines]
    present = data.draw(some.sets(some.sampled_from(known))) if known else set()
    shares = found.shares_of(present)
    assert set(shares) == present
    assert sum(shares.values()) == (1 if present else 0)


@pytest.mark.parametrize(
    ("tenure", "holds"), [(None, None), (0, None), (89, None), (90, EARLY), (364, EARLY), (365, LATER), (9999, LATER)]
)
def test_the_thresholds_that_have_begun_hold(tenure: int | None, holds: Threshold | None) -> None:
    mine = line("a", by_tenure=(EARLY, LATER))
    assert mine.slope(tenure) == (holds or mine)


def test_two_lines_count_alike_whatever_their_weight_and_window() -> None:
    assert line("a", "1").counts_like(line("b", "2"))
    assert line("a", by_tenure=(EARLY,)).counts_like(line("a", by_tenure=[EARLY]))
    assert not line("a").counts_like(line("a", shelf_life=89))
    assert not line("a").counts_like(line("a", by_tenure=(EARLY,)))


def test_the_lowest_ceiling_bites_first() -> None:
    caps = (Cap("silent", Decimal(69)), Cap("overdue", Decimal(44)), Cap("login_only", Decimal(69)))
    assert [cap.condition for cap in Content("Card", ceilings=caps).lowest_first] == ["overdue", "login_only", "silent"]


def test_a_measure_that_the_card_does_not_count_has_no_line() -> None:
    assert content(("1", [line("a")])).line("b") is None
