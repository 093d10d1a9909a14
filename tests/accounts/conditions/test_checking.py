"""What is wrong with a condition is named with its place; what passes, every statement survives."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts import conditions
from accounts.conditions.checking import MOST_LEAVES
from accounts.models import Customer
from tests.accounts.conditions.trees import different_customers, registered
from tests.examples import dear
from tests.factories import DAY

ARR = {"field": "arr", "test": "at_least", "value": 1}


def nested(depth: int) -> Any:
    tree: Any = [ARR]
    for _ in range(depth - 1):
        tree = [{"any": tree}]
    return tree


@pytest.mark.parametrize(
    ("stored", "message"),
    [
        ("arr", "The rule is a list of conditions."),
        (None, "The rule is a list of conditions."),
        ({"some": [ARR]}, "needs field, test and value."),
        ({"any": []}, "A group needs a condition."),
        ({"none": []}, "A group needs a condition."),
        ({"any": ARR}, "A group is a list of conditions."),
        ([{"field": "arr"}], "Condition 1: needs field, test and value."),
        ([[ARR]], "Condition 1: needs field, test and value."),
        ([ARR, {"any": []}], "Condition 2: A group needs a condition."),
        ([{"field": "age", "test": "is", "value": 1}], "Condition 1: no field “age”."),
        ([{"field": "attribute:", "test": "is", "value": "x"}], "Condition 1: no field “attribute:”."),
        ([{"field": ["arr"], "test": "is", "value": 1}], "Condition 1: no field “list”."),
        ([{"field": "arr", "test": "is", "value": 1}], "Condition 1: “ARR” cannot be tested by “is”."),
        ([{"field": "arr", "test": {}, "value": 1}], "Condition 1: “ARR” cannot be tested by “dict”."),
        ([{"field": "arr", "test": "at_least", "value": "much"}], "Condition 1: “ARR” needs a number."),
        ([{"field": "arr", "test": "at_least", "value": True}], "Condition 1: “ARR” needs a number."),
        ([{"field": "industry", "test": "is", "value": " "}], "Condition 1: “Industry” needs a value."),
        ([{"field": "industry", "test": "known", "value": "x"}], "Condition 1: “Industry” takes no value with this test."),
        ([ARR, {"field": "stage", "test": "is_in", "value": ["old"]}], "Condition 2: “old” is not a value of “Stage”."),
        ([{"any": [ARR, {"none": [ARR, {"field": "x", "test": "is", "value": 1}]}]}], "Condition 1.2.2: no field “x”."),
        ([{"field": "has_champion", "test": "is", "value": "maybe"}],
         "Condition 1: “maybe” is not a value of “Has an active champion”."),
        ([{"field": "next_renewal", "test": "before", "value": "2026-02-30"}],
         "Condition 1: “Next renewal” needs a day between 1900 and 2199."),
        ([{"field": "next_renewal", "test": "within_next", "value": 36_501}],
         "Condition 1: “Next renewal” needs a number of days between 0 and 36500."),
        ([{"field": "next_renewal", "test": "within_next", "value": 1.5}],
         "Condition 1: “Next renewal” needs a number of days between 0 and 36500."),
    ],
)  # fmt: skip
def test_condition_that_cannot_be_asked_is_named_by_its_place(stored: Any, message: str) -> None:
    with pytest.raises(ValidationError) as refused:
        conditions.check(stored)
    assert refused.value.messages == [message]


@pytest.mark.parametrize(
    ("day", "passes"),
    [
        ("1899-12-31", False),
        ("1900-01-01", True),
        ("2199-12-31", True),
        ("2200-01-01", False),
        ("2026-11-31", False),
        ("2026-W01-1", False),
        ("20261130", False),
    ],
)
def test_a_day_lies_between_1900_and_2199(day: str, *, passes: bool) -> None:
    stored = [{"field": "next_renewal", "test": "before", "value": day}]
    if passes:
        conditions.check(stored)
        return
    with pytest.raises(ValidationError, match="needs a day between 1900 and 2199"):
        conditions.check(stored)


@pytest.mark.parametrize(("key", "passes"), [(0, False), (1, True), (2**63 - 1, True), (2**63, False), (True, False)])
def test_a_key_is_one_that_the_database_can_hold(key: int, *, passes: bool) -> None:
    stored = [{"field": "owner", "test": "is_in", "value": [key]}]
    if passes:
        conditions.check(stored)
        return
    with pytest.raises(ValidationError, match="“Owner” needs a value"):
        conditions.check(stored)


@pytest.mark.parametrize(
    "value",
    [
        "NaN",
        "Infinity",
        "-inf",
        float("nan"),
        float("inf"),
        10**12,
        -(10**12),
        "1e-40",
        10**400,
        "9" * 31,
        "",
        None,
        [],
    ],
)
def test_figure_beyond_what_sql_can_hold_is_refused(value: Any) -> None:
    with pytest.raises(ValidationError, match="needs a number"):
        conditions.check([ARR | {"value": value}])


@pytest.mark.parametrize("value", [10**12 - 1, -(10**12) + 1, "0.000000000001", "１２", 0, -0.0])
def test_figure_up_to_the_limits_is_taken(value: Any) -> None:
    conditions.check([ARR | {"value": value}])


@pytest.mark.parametrize("text", ["a\x00b", "\ud800", "x\udfff", "w" * 201])
def test_text_that_the_database_cannot_hold_is_refused(text: str) -> None:
    for stored in ({"test": "is", "value": text}, {"test": "is_in", "value": ["x", text]}):
        with pytest.raises(ValidationError, match="needs a value"):
            conditions.check([{"field": "industry"} | stored])


@pytest.mark.parametrize("stored", [{"test": "is", "value": "w" * 200}, {"test": "is_in", "value": ["x", "w" * 200]}])
def test_text_of_the_greatest_length_is_taken(stored: dict[str, Any]) -> None:
    conditions.check([{"field": "industry"} | stored])


def test_limits_are_held_at_their_edge() -> None:
    conditions.check(nested(5))
    with pytest.raises(ValidationError, match="at most 5 deep"):
        conditions.check(nested(6))
    conditions.check([ARR] * MOST_LEAVES)
    for many in ([ARR] * 51, [{"any": [ARR] * 26}, {"any": [ARR] * 25}], [ARR] * 100_000):
        with pytest.raises(ValidationError, match="At most 50 conditions"):
            conditions.check(many)
    tags = {"field": "industry", "test": "is_in"}
    conditions.check([tags | {"value": ["x"] * 100}])
    with pytest.raises(ValidationError, match="at most 100 values"):
        conditions.check([tags | {"value": ["x"] * 101}])


def test_very_deep_tree_is_refused_without_a_traceback() -> None:
    tree: Any = [ARR]
    for _ in range(50_000):
        tree = [{"any": tree}]
    with pytest.raises(ValidationError, match="deep"):
        conditions.check(tree)


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(["all", "is", "arr", "NaN"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["all", "any", "none", "field", "x"]), inner)
    ),
    max_leaves=8,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=dear(50))
@given(data=st.data())
def test_what_passes_every_statement_survives(db: None, data: st.DataObject) -> None:
    """Anything whatever is refused with a message or can be compiled, run and explained."""
    pairs = [(field, test) for field in registered() for test in field.tests]

    def leaf(pair: Any) -> st.SearchStrategy[Any]:
        values = (
            ANYTHING | st.text(max_size=5) | st.integers(-(10**13), 10**13) | st.lists(st.text(max_size=3), max_size=3)
        )
        values |= st.floats() | st.decimals().map(str) | st.dates().map(str) | st.none() | st.integers(0, 40_000)
        return st.fixed_dictionaries({"field": st.just(pair[0].key), "test": st.just(pair[1]), "value": values})

    leaves = st.sampled_from(pairs).flatmap(leaf)
    group = st.builds(
        lambda how, inner: {how: inner}, st.sampled_from(["all", "any", "none"]), st.lists(leaves, max_size=2)
    )
    stored = data.draw(st.lists(leaves | group, max_size=3) | ANYTHING)
    if wrong := list(conditions.problems(stored)):
        assert all(problem.strip() for _place, problem in wrong)
        return
    assert Customer.objects.filter(conditions.Holds(stored, DAY)).count() >= 0
    one = Customer.objects.first() or different_customers()[0]
    assert conditions.explain(stored, one, DAY).holds in {True, False, None}
    assert conditions.write(conditions.read(stored)) in (
        stored,
        [stored],
        stored.get("all") if isinstance(stored, dict) else [],
    )
