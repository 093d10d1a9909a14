"""Where a new segment stands, which segments nobody reaches, and who would move."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts import segment_order, segmenting, shipped
from accounts.models import Customer, Segment
from tests.factories import DAY, customer, organisation, segment, user

pytestmark = pytest.mark.django_db

ARR = "arr"
SERVICE = {
    "touch_model": "low",
    "touch_every_days": 30,
    "renewal_lead_days": 75,
    "customers_per_csm": 50,
    "is_active": "on",
}


def over(amount: int) -> list[dict[str, Any]]:
    return [{"field": ARR, "test": "at_least", "value": amount}]


def names() -> list[str]:
    return list(Segment.objects.order_by("position").values_list("name", flat=True))


def draft(rule: list[dict[str, Any]], **fields: Any) -> Segment:
    return Segment(name="New", rule=rule, position=segment_order.new_position(), touch_model="low", **fields)


@pytest.fixture
def shipped_three() -> None:
    organisation()
    shipped.install()


@pytest.mark.usefixtures("shipped_three")
@pytest.mark.parametrize("rule", [over(50_000), [{"field": "country", "test": "is", "value": "JP"}], []])
def test_a_new_segment_stands_before_the_one_that_takes_everybody(rule: list[dict[str, Any]]):
    segment_order.add(draft(rule))
    assert names() == ["Enterprise", "Mid-market", "New", "Growth"]
    assert list(Segment.objects.order_by("position").values_list("position", flat=True)) == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("rules", "place"),
    [
        ([], 0),
        ([over(10)], 1),
        ([[], over(10)], 0),
        ([over(10), [], []], 1),
    ],
)
def test_its_place_is_before_the_first_that_takes_everybody_else_last(rules: list[list[dict[str, Any]]], place: int):
    for n, rule in enumerate(rules, start=1):
        segment(name=str(n), rule=rule, position=n)
    segment_order.add(draft(over(5)))
    assert names().index("New") == place


def test_one_out_of_use_takes_nobody():
    segment(name="Rest", rule=[], position=1, is_active=False)
    segment_order.add(draft(over(5)))
    assert names() == ["Rest", "New"]


@pytest.mark.usefixtures("shipped_three")
@pytest.mark.parametrize(
    ("rule", "hidden"), [(over(50_000), []), (over(1), []), ([], ["Growth"])], ids=["some", "many", "everybody"]
)
def test_what_a_draft_would_hide_is_named(rule: list[dict[str, Any]], hidden: list[str]):
    assert [one.name for one in segment_order.hidden_behind(draft(rule))] == hidden
    assert segment_order.hidden_behind(draft(rule, is_active=False)) == []


COUNTRY = "country"


@pytest.mark.parametrize(
    ("earlier", "later", "hides"),
    [
        (("is_in", ["JP", "DE"]), ("is_in", ["DE", "JP"]), True),
        (("is_in", ["JP", "DE"]), ("is", "JP"), True),
        (("is_in", ["JP"]), ("is", "JP"), True),
        (("is", "JP"), ("is_in", ["JP"]), True),
        (("is", "JP"), ("is_in", ["JP", "DE"]), False),
        (("is_in", ["JP", "DE"]), ("is", "FR"), False),
    ],
)
def test_one_of_the_same_or_more_choices_hides_what_comes_after(earlier: Any, later: Any, hides: bool):  # noqa: FBT001
    first, second = (
        segment(name=f"{place}", rule=[{"field": COUNTRY, "test": test, "value": value}], position=place)
        for place, (test, value) in enumerate((earlier, later), start=1)
    )
    assert segment_order.hidden_by(second, [first, second]) == (first if hides else None)


@pytest.mark.parametrize(
    ("test", "earlier", "later", "hides"),
    [("at_least", 9, 9, True), ("at_least", 9, 10, True), ("at_least", 10, 9, False),
     ("at_most", 9, 9, True), ("at_most", 10, 9, True), ("at_most", 9, 10, False)],
)  # fmt: skip
def test_a_wider_bound_hides_what_comes_after(test: str, earlier: int, later: int, hides: bool):  # noqa: FBT001
    first, second = (
        segment(name=f"{place}", rule=[{"field": ARR, "test": test, "value": amount}], position=place)
        for place, amount in enumerate((earlier, later), start=1)
    )
    assert segment_order.hidden_by(second, [first, second]) == (first if hides else None)


@pytest.mark.usefixtures("shipped_three")
def test_what_was_hidden_before_is_not_the_drafts_doing():
    segment(name="Dead", rule=over(200_000), position=9)
    assert segment_order.hidden_behind(draft(over(150_000))) == []
    first = Segment.objects.get(name="Enterprise")
    first.rule = []
    assert [one.name for one in segment_order.hidden_behind(first)] == ["Mid-market", "Growth"]


@pytest.mark.usefixtures("shipped_three")
def test_a_trial_counts_from_where_to_where_with_the_touch_of_both():
    rows = {arr: [customer(arr=arr) for _n in range(count)] for arr, count in ((200_000, 1), (60_000, 2), (6_000, 3))}
    segmenting.sweep(DAY)
    fresh = draft(over(5_000))
    fresh.pk = 0
    trial = segmenting.dry_run(segment_order.with_draft(fresh), DAY, among=Customer.objects.all())
    told = [(shift.before.name, shift.after.name, shift.after.touch_model, shift.customers)
            for shift in trial.shifts if shift.before and shift.after]  # fmt: skip
    assert told == [("Growth", "New", "low", 3)]
    assert trial.moving == len(rows[6_000]) == len(trial.moves)
    everybody = draft([])
    everybody.pk = 0
    drafts = sorted([everybody, *segmenting.in_order()], key=lambda one: one.pk)
    trial = segmenting.dry_run(drafts, DAY, among=Customer.objects.all(), limit=2)
    assert [shift.customers for shift in trial.shifts] == [3, 2, 1]
    assert (trial.moving, len(trial.moves)) == (6, 2)


@pytest.mark.usefixtures("shipped_three")
def test_the_page_says_where_it_will_stand_who_moves_and_what_is_hidden(client: Client):
    client.force_login(user("admin"))
    for _n in range(2):
        customer(arr=6_000)
    segmenting.sweep(DAY)
    url = reverse("accounts:segment_new")
    shown = " ".join(client.get(url).content.decode().split())
    assert "It is asked before “Growth”" in shown
    given = {
        "name": "Steady",
        "rule-how": "all",
        "rule-0-field": ARR,
        "rule-0-test": "at_least",
        "rule-0-value": "5000",
    }
    tried = " ".join(client.post(url, SERVICE | given | {"dry": "1"}).content.decode().split())
    assert "2 customers would move" in tried
    assert "Tech touch" in tried
    assert "Nobody would reach" not in tried
    assert not Segment.objects.filter(name="Steady").exists()
    tried = " ".join(client.post(url, SERVICE | {"name": "All", "dry": "1"}).content.decode().split())
    assert "Nobody would reach “Growth” any more" in tried
    assert client.post(url, SERVICE | given).status_code == 302
    assert names() == ["Enterprise", "Mid-market", "Steady", "Growth"]


@pytest.mark.usefixtures("shipped_three")
def test_a_move_says_where_it_stands_now_and_whom_nobody_reaches(client: Client):
    client.force_login(user("admin"))
    move = reverse("accounts:segment_move", args=[Segment.objects.get(name="Growth").pk])
    answer = client.post(move, {"to": "up"}, follow=True).content.decode()
    assert "“Growth” is asked as number 2. Nobody reaches: Mid-market." in answer
    assert "“Growth” is asked as number 3." in client.post(move, {"to": "down"}, follow=True).content.decode()
    assert answer.count('data-key="["') == answer.count('data-key="]"') == 3
