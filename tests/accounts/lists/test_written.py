"""Filters as they stand in addresses: whatever is written is read back, whatever is typed is read or said."""

from __future__ import annotations

import json
from random import Random
from typing import Any

import pytest

from accounts.conditions import Group, How, Leaf, problems, read, write
from accounts.conditions.checking import MOST_LEAVES
from accounts.lists.written import LONGEST, member_of, members_of, same, written

PIECES = ["a", "b ", "~", ",", "%7E", "%", "or", "株", "{", '"', "not"]


def text(pick: Random) -> str:
    return "".join(pick.choices(PIECES, k=pick.randint(1, 5))).strip() or "x"


def a_leaf(pick: Random) -> Leaf:
    return pick.choice([
        Leaf("name", pick.choice(["is", "contains"]), text(pick)),
        Leaf("name", "is_in", [text(pick) for _ in range(pick.randint(1, 3))]),
        Leaf("owner", "is", pick.randint(1, 10**9)),
        Leaf("arr", "at_least", pick.choice(["5", "5.25", "-1"])),
        Leaf(pick.choice(["score", "last_touch", "attribute:CRM stage"]), "missing", None),
        Leaf("state:silence", "holds", {"days": 14}),
    ])  # fmt: skip


def a_member(pick: Random, deep: int = 2) -> Any:
    if deep == 0 or pick.random() < 0.4:
        return a_leaf(pick)
    return Group(pick.choice(list(How)), tuple(a_member(pick, deep - 1) for _ in range(pick.randint(1, 3))))


def plain(node: Any) -> Any:
    """The member with groups of one condition taken for that condition."""
    if isinstance(node, Leaf):
        return node
    members = tuple(map(plain, node.members))
    return members[0] if len(members) == 1 and node.how != How.NONE else Group(node.how, members)


def test_what_is_written_is_read_back() -> None:
    pick = Random(9)
    for _ in range(300):
        member = a_member(pick)
        said = written(member)
        again = member_of(said)
        assert plain(again) == plain(member), said
        assert written(again) in {said, written(plain(again))}


def test_what_is_typed_is_read_or_said() -> None:
    pick = Random(11)
    parts = [*PIECES, "arr", "name", "is", "is_in", "at_least", "5", "[", "]", "}", ":", "\x00", "\ud800"]
    for _ in range(300):
        typed = pick.choice(["~", "", ":"]).join(pick.choices(parts, k=pick.randint(1, 7)))
        members, wrong = members_of([typed], "customers")
        assert len(members) + len(wrong) == 1, typed
        for member in members:
            assert not list(problems([json.loads(json.dumps(_stored(member)))], "customers")), typed


def _stored(member: Any) -> Any:
    (stored,) = write(Group(How.ALL, (member,)))
    return stored


@pytest.mark.parametrize(("text", "means"), [
    ("arr~at_least~50000", {"field": "arr", "test": "at_least", "value": "50000"}),
    ("owner~is~me", {"field": "owner", "test": "is", "value": "me"}),
    ("owner~is_in~4,team", {"field": "owner", "test": "is_in", "value": [4, "team"]}),
    ("not~tags~has~in dispute", {"none": [{"field": "tags", "test": "has", "value": "in dispute"}]}),
    ("status~is~live~or~score~missing", {"any": [
        {"field": "status", "test": "is", "value": "live"}, {"field": "score", "test": "missing", "value": None}]}),
    ("name~is_in~a%2Cb,c%7Ed", {"field": "name", "test": "is_in", "value": ["a,b", "c~d"]}),
])  # fmt: skip
def test_a_short_form_means_one_condition(text: str, means: Any) -> None:
    assert member_of(text) == read([means]).members[0]
    assert written(member_of(text)) == text


@pytest.mark.parametrize(
    "text", ["{", "[1]", "~", "arr", "arr~at_least~", "not~", '{"any":[]}', "x" * (LONGEST + 1), "[" * 900]
)
def test_what_nobody_can_ask_is_said(text: str) -> None:
    with pytest.raises(ValueError, match="cannot be read"):
        member_of(text)


def test_filters_are_the_same_in_another_order_and_with_numbers_as_texts() -> None:
    arr, status = {"field": "arr", "test": "at_least", "value": 5}, {"field": "status", "test": "is", "value": "live"}
    assert same([arr, status], [status, arr | {"value": "5"}])
    assert not same([arr, status], [arr])


def test_a_filter_is_limited_as_a_whole() -> None:
    members = [f"arr~at_least~{number}" for number in range(MOST_LEAVES + 1)]
    assert members_of(members[:-1], "customers")[1] == []
    for many in (members, ["~or~".join(members[:30]), "~or~".join(members[21:])], members * 3):
        read_members, wrong = members_of(many, "customers")
        assert len(read_members) <= MOST_LEAVES
        assert wrong == ["The filter is too long: at most 50 conditions."]
    # The same member again adds nothing.
    assert members_of([members[0]] * 200, "customers") == ([member_of(members[0])], [])
