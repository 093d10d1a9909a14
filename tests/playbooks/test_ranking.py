"""By what the stake of a line is multiplied, worked by hand."""

from __future__ import annotations

from decimal import Decimal

import pytest

from accounts.models import Customer
from health.models import Case
from playbooks.shortlist.lines import Line
from playbooks.shortlist.ranking import factor_of_days, factors, key
from tests.factories import DAY


@pytest.mark.parametrize(
    ("days", "factor"),
    [
        (0, "1"),
        (1, "0.5"),
        (2, "0.3333"),
        (3, "0.25"),
        (9, "0.1"),
        (-1, "1.1"),
        (-9, "1.9"),
        (-10, "2"),
        (-11, "2"),
        (-400, "2"),
    ],
)
def test_tomorrow_counts_half_and_each_day_late_a_tenth_more_up_to_double(days, factor):
    assert round(factor_of_days(days), 4) == Decimal(factor)


def line(kind: str, *, severity: str = "", is_new: bool = False) -> Line:
    case = Case(severity=severity, kind="risk") if severity else None
    return Line(kind, Customer(last_touch_on=DAY), Decimal(100), 0, Decimal(0), is_new=is_new, case=case)


@pytest.mark.parametrize(
    ("of", "more"),
    [
        (line("task"), {}),
        (line("task", is_new=True), {"new": Decimal("1.5")}),
        (line("case", severity="high"), {"severe": Decimal("1.5")}),
        (line("case", severity="medium", is_new=True), {"new": Decimal("1.5")}),
        (line("touch"), {"routine": Decimal("0.1")}),
        (line("qbr"), {"routine": Decimal("0.1")}),
    ],
)
def test_news_and_danger_count_half_as_much_again_and_routine_a_tenth(of, more):
    assert factors(of) == {"days": Decimal(1)} | more


def test_of_a_touch_with_none_before_no_day_is_known():
    assert factors(Line("touch", Customer(), Decimal(100), 0, Decimal(0))) == {"routine": Decimal("0.1")}


def test_a_place_is_named_as_its_line_is():
    case = Case(pk=7, kind="risk", severity="low")
    named = Line("case", Customer(), None, 0, Decimal(0), case=case)
    assert named.key == key({"kind": "case", "pk": 7})
