"""One line of a draft's content added, moved and taken out."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from health.measures import SHIPPED
from health.publishing.adding import with_line, with_measure
from health.scorecards import Content, Group, Line

NPS = SHIPPED["nps"]


def line(measure: str, weight: int = 40) -> Line:
    return Line(measure, Decimal(weight), 28, Decimal(0), Decimal(1), 90)


ADOPTION = Group("Use", Decimal(30), (line("breadth"),), "adoption")
TALK = Group("Voice", Decimal(70), (line("csat"),), "relationship")


def outline(content: Content) -> list[tuple[str, int, dict[str, int]]]:
    """Name, weight and lines of each group."""
    return [
        (group.name, int(group.weight), {line.measure: int(line.weight) for line in group.measures})
        for group in content.groups
    ]


@pytest.mark.parametrize(
    ("groups", "asked", "expected"),
    [
        ((ADOPTION, TALK), {}, [("Use", 30, {"breadth": 40}), ("Voice", 70, {"csat": 40, "nps": 10})]),
        ((ADOPTION,), {}, [("Use", 30, {"breadth": 40}), ("Relationship", 10, {"nps": 10})]),
        ((ADOPTION,), {"group": "adoption"}, [("Use", 30, {"breadth": 40, "nps": 10})]),
        ((TALK,), {"group": "gone"}, [("Voice", 70, {"csat": 40, "nps": 10})]),
        ((TALK,), {"name": " New "}, [("Voice", 70, {"csat": 40}), ("New", 10, {"nps": 10})]),
        ((), {}, [("Relationship", 10, {"nps": 10})]),
    ],
)
def test_a_new_measure_goes_to_the_group_named_or_that_of_its_kind(
    groups: tuple[Group, ...], asked: dict[str, Any], expected: list[Any]
) -> None:
    content = with_measure(Content("Card", groups=groups), NPS, **asked)
    assert outline(content) == expected
    [new] = [line for group in content.groups for line in group.measures if line.measure == "nps"]
    assert (new.window, float(new.zero_at), float(new.full_at)) == (NPS.window, NPS.zero_at, NPS.full_at)


@pytest.mark.parametrize(
    ("measure", "new", "group", "expected"),
    [
        ("csat", line("csat", 5), "relationship", [("Use", 30, {"breadth": 40}), ("Voice", 70, {"csat": 5})]),
        ("csat", line("csat", 5), "adoption", [("Use", 30, {"breadth": 40, "csat": 5})]),
        ("nps", line("nps", 5), "adoption", [("Use", 30, {"breadth": 40, "nps": 5}), ("Voice", 70, {"csat": 40})]),
        ("csat", None, "", [("Use", 30, {"breadth": 40})]),
        ("nps", None, "", [("Use", 30, {"breadth": 40}), ("Voice", 70, {"csat": 40})]),
    ],
)
def test_a_line_is_changed_in_its_place_moved_or_taken_out(
    measure: str, new: Line | None, group: str, expected: list[Any]
) -> None:
    content = with_line(Content("Card", groups=(ADOPTION, TALK)), measure, new, group)
    assert outline(content) == expected


def test_a_group_that_was_empty_before_stays() -> None:
    empty = Group("Later", Decimal(1), (), "later")
    assert [
        name for name, *_ in outline(with_line(Content("Card", groups=(ADOPTION, empty)), "breadth", None, ""))
    ] == ["Later"]
