"""The difference of two scores: its parts sum to it, whatever lies between."""

from __future__ import annotations

import datetime as dt
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from accounts.models import Customer
from health import scoring
from health.explaining import Difference, Kind, between
from health.explaining.difference import pieces
from health.explaining.exact import End, apportioned, shares, total, under
from health.models import NamedScore, Purpose, Score, Scorecard, ScorecardMeasure
from health.scorecards import Card, Content, Group, Line, Threshold
from health.scorecards.cards import cards_of
from health.scoring.points import points_of
from tests import factories as make
from tests.counting import statements
from tests.examples import dear
from tests.factories import DAY
from tests.health.conftest import ago, scorecard, ticket, use
from tests.health.scoring.test_scoring import portfolio_customer

MEASURES = ("trend", "days", "csat", "nps", "champion", "seats")
Amounts = dict[str, tuple[float, dt.date] | None]


Placed = tuple[int, Line]


def card(pk: int, groups: list[str], lines: list[Placed]) -> Card:
    """A version with groups of those weights, each with the lines that name its number."""
    made = (
        Group(str(number), Decimal(weight), tuple(line for at, line in lines if at == number))
        for number, weight in enumerate(groups)
    )
    return Card(pk, "card", Content("Card", groups=tuple(made)))


def line(measure: str, group: int, weight: str, **fields: Any) -> Placed:
    values = {"window": 28, "zero_at": Decimal(0), "full_at": Decimal(1), "shelf_life": 90} | fields
    return group, Line(measure=measure, weight=Decimal(weight), **values)


def end(
    of: Card, day: dt.date, amounts: Amounts, at_most: Decimal | None = None, tenure: int | None = None
) -> End | None:
    """What the score query would keep of ``amounts`` on ``day``; None without any data."""
    points = {one.measure: _points(one, day, amounts.get(one.measure), tenure) for one in of.content.lines}
    if all(value is None for value in points.values()):
        return None
    exact = total(of, points)
    raw = (Decimal(exact.numerator) / Decimal(exact.denominator)).quantize(Decimal("0.01"), ROUND_HALF_UP)
    whole = raw.quantize(Decimal(1), ROUND_HALF_UP)
    value = whole if at_most is None else min(whole, at_most)
    there = {measure: pair for measure, pair in amounts.items() if of.content.lines and pair}
    return End(
        of,
        day,
        value,
        points,
        {one.measure: there[one.measure][0] if one.measure in there else None for one in of.content.lines},
        {one.measure: there[one.measure][1] if one.measure in there else None for one in of.content.lines},
        value - whole,
        tenure,
    )


def _points(of: Line, day: dt.date, amount: tuple[float, dt.date] | None, tenure: int | None) -> int | None:
    if amount is None or (day - amount[1]).days > of.shelf_life:
        return None
    return points_of(amount[0], of, tenure)


weights = some.decimals(min_value="0.01", max_value="99.99", places=2).map(str)
slopes = some.sampled_from([("0", "1"), ("1", "0"), ("0.2", "0.7"), ("-0.5", "0.1")])


@some.composite
def lines(draw: Any, measure: str, group: int) -> Placed:
    zero_at, full_at = draw(slopes)
    later = draw(some.lists(some.tuples(some.integers(1, 400), slopes), max_size=2, unique_by=lambda pair: pair[0]))
    return line(
        measure,
        group,
        draw(weights),
        window=draw(some.sampled_from([28, 90])),
        zero_at=Decimal(zero_at),
        full_at=Decimal(full_at),
        shelf_life=draw(some.sampled_from([30, 90])),
        by_tenure=tuple(Threshold(day, Decimal(slope[0]), Decimal(slope[1])) for day, slope in sorted(later)),
    )


@some.composite
def cards(draw: Any, pk: int) -> Card:
    chosen = draw(some.lists(some.sampled_from(MEASURES), min_size=1, max_size=6, unique=True))
    groups = draw(some.lists(weights, min_size=1, max_size=min(3, len(chosen))))
    # A group without a measure is left out when a card is read: each has one at least.
    places = [*range(len(groups)), *(draw(some.integers(0, len(groups) - 1)) for _ in chosen[len(groups) :])]
    return card(pk, groups, [draw(lines(measure, place)) for measure, place in zip(chosen, places, strict=True)])


@some.composite
def ends(draw: Any, of: Card, day: dt.date) -> End | None:
    known = some.tuples(
        some.floats(-1.2, 1.8, allow_nan=False), some.integers(0, 120).map(lambda back: day - dt.timedelta(days=back))
    )
    amounts = {one.measure: draw(some.none() | known) for one in of.content.lines}
    at_most = draw(some.none() | some.decimals(min_value=0, max_value=100, places=2))
    return end(of, day, amounts, at_most, draw(some.none() | some.integers(0, 800)))


@some.composite
def changes(draw: Any) -> tuple[End | None, End | None]:
    first = draw(cards(1))
    last = draw(some.just(first) | cards(2))
    return draw(ends(first, ago(30))), draw(ends(last, DAY))


@pytest.mark.parametrize(("back", "points"), [(0, 50), (30, 50), (31, None)])
def test_an_amount_counts_under_another_version_up_to_its_shelf_life(back: int, points: int | None) -> None:
    then, now = card(1, ["1"], [line("nps", 0, "1", shelf_life=30)]), card(2, ["1"], [line("nps", 0, "1")])
    last = end(now, DAY, {"nps": (0.5, ago(back))})
    assert last is not None
    assert under(then, last, "nps", None) == points


@settings(max_examples=dear(400), deadline=None)
@given(changes())
def test_the_parts_sum_to_the_difference(change: tuple[End | None, End | None]) -> None:
    first, last = change
    if first is None or last is None:
        return
    found = pieces(first, last)
    difference = last.value - first.value
    assert sum(piece.exact for piece in found) == Fraction(difference)
    assert sum(piece.points for piece in found) == difference
    assert all(abs(Fraction(piece.points) - piece.exact) < Fraction(1, 100) for piece in found)
    # What is not named is the rounding of both ends alone: a half point and half a hundredth each.
    rounding = next(piece.exact for piece in found if piece.kind == Kind.ROUNDING)
    assert abs(rounding) <= Fraction("1.01")
    assert len({(piece.kind, piece.measure) for piece in found}) == len(found)
    same_card = first.card.pk == last.card.pk
    assert (Kind.VERSION in {piece.kind for piece in found}) != same_card
    for piece in found if same_card else []:
        if piece.kind == Kind.MEASURE:
            change_of_points = (last.points[piece.measure] or 0) - (first.points[piece.measure] or 0)
            assert piece.exact == change_of_points * shares(first.card, first.points)[piece.measure]


@settings(max_examples=200, deadline=None)
@given(
    some.lists(some.fractions(min_value=-60, max_value=60, max_denominator=997), min_size=1, max_size=20),
    some.sampled_from([1, 2]),
)
def test_rounded_parts_sum_to_the_whole(parts: list[Fraction], digits: int) -> None:
    whole = Decimal(round(sum(parts) * 10**digits)).scaleb(-digits)
    parts.append(Fraction(whole) - sum(parts))
    figures = apportioned(parts, whole, digits)
    assert sum(figures) == whole
    assert all(abs(Fraction(f) - part) < Fraction(1, 10**digits) for f, part in zip(figures, parts, strict=True))


def at(value: float) -> tuple[float, dt.date]:
    return value, ago(40)


def by_hand(first: End | None, last: End | None) -> dict[str, str]:
    assert first
    assert last
    return {f"{one.kind} {one.measure}".strip(): str(one.points) for one in pieces(first, last)}


TWO = card(1, ["3.0", "1.0"], [line("trend", 0, "2.0"), line("csat", 0, "1.0"), line("nps", 1, "5.0")])


def test_measures_alone_worked_by_hand() -> None:
    """Weights: trend 3/4 × 2/3 = 1/2, csat 3/4 × 1/3 = 1/4, nps 1/4. 80·½ + 40·¼ + 60·¼ = 65; 50·½ + 60·¼ + 60·¼ = 55."""
    first = end(TWO, ago(30), {"trend": at(0.8), "csat": at(0.4), "nps": at(0.6)})
    last = end(TWO, DAY, {"trend": at(0.5), "csat": at(0.6), "nps": at(0.6)})
    # (50 − 80) · ½ = −15; (60 − 40) · ¼ = 5: −10.
    expected = {"measure trend": "-15.00", "measure csat": "5.00", "measure nps": "0.00", "rounding": "0.00"}
    assert by_hand(first, last) == expected


def test_missing_data_goes_to_its_siblings_worked_by_hand() -> None:
    """Support CSAT goes missing: trend takes all of its group's 3/4. 80·½ + 40·¼ + 60·¼ = 65; 80·¾ + 60·¼ = 75."""
    first = end(TWO, ago(30), {"trend": at(0.8), "csat": at(0.4), "nps": at(0.6)})
    last = end(TWO, DAY, {"trend": at(0.8), "csat": None, "nps": at(0.6)})
    assert by_hand(first, last) == {
        "measure trend": "0.00",
        "measure nps": "0.00",
        "went csat": "10.00",
        "rounding": "0.00",
    }
    # And back: from 75 to 65 once csat is heard of again.
    assert by_hand(last, first)["came csat"] == "-10.00"


def test_one_goes_and_one_comes_without_an_empty_score_between() -> None:
    """Only trend (80), then only nps (60). With both: 80·¾ + 60·¼ = 75: came −5; then without trend 60: went −15."""
    first = end(TWO, ago(30), {"trend": at(0.8)})
    last = end(TWO, DAY, {"nps": at(0.6)})
    assert by_hand(first, last) == {"came nps": "-5.00", "went trend": "-15.00", "rounding": "0.00"}


def test_a_version_with_other_weights_worked_by_hand() -> None:
    """First 80·½ + 40·¼ + 60·¼ = 65. Last with all weights of 1 in one group: (50 + 40 + 60) / 3 = 50.
    Under the first card the last day is 50·½ + 40·¼ + 60·¼ = 50: trend −15, version 0, no rounding.
    """
    flat = card(2, ["1.0"], [line("trend", 0, "1.0"), line("csat", 0, "1.0"), line("nps", 0, "1.0")])
    first = end(TWO, ago(30), {"trend": at(0.8), "csat": at(0.4), "nps": at(0.6)})
    last = end(flat, DAY, {"trend": at(0.5), "csat": at(0.4), "nps": at(0.6)})
    assert by_hand(first, last)["measure trend"] == "-15.00"
    assert by_hand(first, last)["version"] == "0.00"
    # With trend unchanged the last day is (80 + 40 + 60) / 3 = 60: all of the −5 is the version's.
    same = end(flat, DAY, {"trend": at(0.8), "csat": at(0.4), "nps": at(0.6)})
    assert by_hand(first, same)["version"] == "-5.00"


def test_other_thresholds_take_the_points_from_the_amount() -> None:
    """Only trend, 0.8 then 0.5. The last card gives 100 points at 0.5: 80 → 100. Under the first card the last
    amount is 50 points: −30; the version's thresholds make up 50.
    """
    one = card(1, ["1.0"], [line("trend", 0, "1.0")])
    other = card(2, ["1.0"], [line("trend", 0, "1.0", full_at=Decimal("0.5"))])
    first, last = end(one, ago(30), {"trend": at(0.8)}), end(other, DAY, {"trend": at(0.5)})
    assert by_hand(first, last) == {"measure trend": "-30.00", "version": "50.00", "rounding": "0.00"}


def test_another_window_is_the_versions() -> None:
    one = card(1, ["1.0"], [line("trend", 0, "1.0")])
    other = card(2, ["1.0"], [line("trend", 0, "1.0", window=90)])
    first, last = end(one, ago(30), {"trend": at(0.8)}), end(other, DAY, {"trend": at(0.5)})
    assert by_hand(first, last) == {"measure trend": "0.00", "version": "-30.00", "rounding": "0.00"}


def test_nothing_in_common_is_the_versions() -> None:
    """No measure of the first card has data on the last, but it is never left with nothing."""
    one = card(1, ["1.0"], [line("trend", 0, "1.0"), line("nps", 0, "1.0")])
    other = card(2, ["1.0"], [line("trend", 0, "1.0"), line("nps", 0, "1.0"), line("csat", 0, "1.0")])
    first = end(one, ago(30), {"trend": at(0.8), "nps": at(0.6)})  # 70
    last = end(other, DAY, {"csat": at(0.9)})  # 90
    # trend goes: 60, −10; nps stays; 90 − 60 = 30 is the version's.
    assert by_hand(first, last) == {"went trend": "-10.00", "version": "30.00", "rounding": "0.00"}


def test_ceiling_and_rounding_worked_by_hand() -> None:
    """Thirds: (80 + 40 + 61) / 3 = 60.33…, held at 55.5: 60 → 55.5. From (80 + 40 + 60) / 3 = 60."""
    flat = card(1, ["1.0"], [line("trend", 0, "1.0"), line("csat", 0, "1.0"), line("nps", 0, "1.0")])
    first = end(flat, ago(30), {"trend": at(0.8), "csat": at(0.4), "nps": at(0.6)})
    last = end(flat, DAY, {"trend": at(0.8), "csat": at(0.4), "nps": at(0.61)}, Decimal("55.5"))
    # nps 1/3 = 0.333…; ceiling −4.5; rounding −0.333…: −4.5. Two decimals: 0.33, −4.50, −0.33.
    found = by_hand(first, last)
    assert (found["measure nps"], found["ceiling"], found["rounding"]) == ("0.33", "-4.50", "-0.33")


@pytest.mark.django_db
@pytest.mark.usefixtures("months")
def test_scores_that_the_database_made_are_explained() -> None:
    customer = portfolio_customer(1)
    scorecard(
        {
            "adoption": (60, {"usage_trend": 3, "days_since_use": 2, "stickiness": 1}),
            "support": (30, {"tickets_balance": 2, "ticket_resolution": 1}),
            "people": (10, {"touch_recency": 1}),
        }
    )
    for back in (70, 30):
        scoring.score_history([ago(back)])
    ticket(customer, 10, severity="urgent")
    use(customer, [200])
    scoring.score_range(customer.pk, customer.pk, DAY)
    for first, last in ((70, 30), (30, 0), (70, 0)):
        found = between(customer, ago(first), ago(last))
        assert found.points is not None
        assert sum(piece.points for piece in found.pieces) == found.points
        assert sum(figure for _, figure in found.shown()) == found.points
        rounding = next(piece for piece in found.pieces if piece.kind == Kind.ROUNDING)
        assert abs(rounding.exact) <= Fraction("1.01")


@pytest.mark.django_db
@pytest.mark.usefixtures("months")
def test_a_new_version_between_two_days_is_named() -> None:
    customer = portfolio_customer(1)
    rules = {
        "adoption": (60.0, {"usage_trend": 3.0, "days_since_use": 2.0}),
        "support": (40.0, {"tickets_balance": 1.0}),
    }
    scorecard(rules, key="one")  # type: ignore[arg-type]
    scoring.score_history([ago(30)])
    Scorecard.objects.update(is_published=False)
    scorecard({"adoption": (10, {"usage_trend": 1, "feature_breadth": 1})}, key="one", version=2)
    scoring.score_range(customer.pk, customer.pk, DAY)
    found = between(customer, ago(30), DAY)
    assert Kind.VERSION in {piece.kind for piece in found.pieces}
    assert sum(piece.points for piece in found.pieces) == found.points


@pytest.mark.django_db
@pytest.mark.usefixtures("months")
def test_no_score_at_one_end_is_said_and_not_a_number() -> None:
    customer = portfolio_customer(1)
    scorecard({"adoption": (60, {"usage_trend": 3})})
    scoring.score_range(customer.pk, customer.pk, DAY)
    found = between(customer, ago(300), DAY)
    assert (found.first, found.points, found.pieces) == (None, None, ())
    Score.objects.update(value=None, band="", points=[None])
    assert between(customer, DAY, DAY).points is None


@pytest.mark.django_db
@pytest.mark.usefixtures("months")
def test_named_scores_are_explained_from_their_own_history() -> None:
    customer = make.customer()
    on = scorecard({"adoption": (60, {"usage_trend": 1, "nps": 1})}, key="growing", purpose=Purpose.EXPANSION)
    for back, points, value in ((30, [40, 60], 50), (0, [40, None], 40)):
        NamedScore.objects.create(
            customer=customer, purpose=Purpose.EXPANSION, scorecard=on, day=ago(back), value=value, raw=value,
            band="yellow", points=points, weights=[0.5, 0.5], amounts=[None, None], inputs_on=[None, None],
        )  # fmt: skip
    found = between(customer, ago(30), DAY, Purpose.EXPANSION)
    assert found.points == -10
    assert [(piece.kind, piece.measure, piece.points) for piece in found.pieces if piece.exact] == [
        (Kind.WENT, "nps", Decimal("-10.00"))
    ]
    assert between(customer, ago(30), DAY).first is None


@pytest.mark.django_db
@pytest.mark.usefixtures("months")
def test_the_number_of_statements_does_not_grow_with_history() -> None:
    customer = portfolio_customer(1)
    scorecard({"adoption": (60, {"usage_trend": 3, "days_since_use": 1})})
    asked = []
    for days in ([60, 0], [60, 50, 40, 30, 20, 0]):
        scoring.score_history([ago(back) for back in days])
        with statements() as seen:
            between(customer, ago(60), DAY)
        asked.append(len(seen))
    assert asked[0] == asked[1] <= 7


@pytest.mark.django_db
def test_a_card_of_the_record_is_read_in_its_own_weights() -> None:
    on = scorecard({"adoption": (33.33, {"usage_trend": {"weight": "0.1"}, "nps": {"weight": "0.2"}})})
    assert ScorecardMeasure.objects.filter(group__scorecard=on).count() == 2
    (found,) = cards_of([on])
    assert shares(found, {"usage_trend": 1, "nps": 1}) == {"usage_trend": Fraction(1, 3), "nps": Fraction(2, 3)}


def test_difference_without_scores_has_no_figures() -> None:
    nobody = Difference(Customer(), Purpose.HEALTH, ago(1), DAY, None, None)
    assert (nobody.points, nobody.digits, nobody.shown()) == (None, 1, [])
