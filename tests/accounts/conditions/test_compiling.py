"""The predicate of a condition, and that it and its explanation never differ."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.db.models import Case, CharField, OuterRef, Subquery, Value, When
from hypothesis import HealthCheck, given, settings

from accounts import conditions
from accounts.conditions import fields, words
from accounts.models import Customer, Segment
from tests.accounts.conditions.trees import different_customers, registered, trees
from tests.examples import dear
from tests.factories import DAY, contact, customer

FIXTURE_IS_KEPT = [HealthCheck.function_scoped_fixture]


@pytest.fixture
def four(db: None) -> list[Customer]:
    return different_customers()


def names(stored: Any, day: dt.date = DAY, today: dt.date | None = None) -> set[str]:
    found = Customer.objects.filter(conditions.Holds(stored, day, today))
    return set(found.values_list("name", flat=True))


def leaf(field: str, test: str, value: Any = None) -> dict[str, Any]:
    return {"field": field, "test": test, "value": value}


@settings(suppress_health_check=FIXTURE_IS_KEPT, deadline=None, max_examples=dear(60))
@given(stored=trees())
def test_customers_let_in_are_those_whose_explanation_holds(four: list[Customer], stored: Any) -> None:
    conditions.check(stored)
    explained = {one.name: conditions.explain(stored, one, DAY) for one in four}
    assert names(stored) == {name for name, why in explained.items() if why.holds is True}
    query = conditions.members(stored, DAY)
    with connection.cursor() as cursor:
        cursor.execute(query.sql, query.params)
        ids = {pk for (pk,) in cursor.fetchall()}
    assert ids == {one.pk for one in four if explained[one.name].holds is True}
    exact = Customer.objects.annotate(truth=conditions.Holds(stored, DAY, exact=True)).values_list("name", "truth")
    assert dict(exact) == {name: why.holds for name, why in explained.items()}


@settings(suppress_health_check=FIXTURE_IS_KEPT, deadline=None, max_examples=dear(30))
@given(stored=trees())
def test_groups_follow_their_members_in_three_values(four: list[Customer], stored: Any) -> None:
    """The truth that SQL gives a group is what its members' truths make of it."""

    def truth(node: conditions.Explained) -> bool | None:
        if isinstance(node.node, conditions.Leaf):
            return node.holds
        of_members = [truth(member) for member in node.members]
        if node.node.how == "all":
            return False if False in of_members else None if None in of_members else True
        either = True if True in of_members else None if None in of_members else False
        return either if node.node.how == "any" else None if either is None else not either

    for past in (DAY, DAY - dt.timedelta(days=30)):
        for one in four:
            explained = conditions.explain(stored, one, past, today=DAY)
            assert truth(explained) is explained.holds


@settings(suppress_health_check=FIXTURE_IS_KEPT, deadline=None, max_examples=dear(30))
@given(stored=trees())
def test_past_day_agrees_with_its_explanation_as_well(four: list[Customer], stored: Any) -> None:
    past = DAY - dt.timedelta(days=1)
    explained = {one.name for one in four if conditions.explain(stored, one, past, today=DAY).holds is True}
    assert names(stored, past, today=DAY) == explained


NUMBERS = [
    (leaf("arr", "at_least", 100), {"full"}),
    (leaf("arr", "at_least", "99.99"), {"full", "other"}),
    (leaf("arr", "at_most", 0), {"empty", "strange"}),
    (leaf("employees", "at_least", 51), {"other"}),
    (leaf("employees", "at_most", 300), {"full", "other"}),
    (leaf("employees", "known"), {"full", "other"}),
    (leaf("employees", "missing"), {"empty", "strange"}),
    (leaf("tenure_days", "at_least", 300), {"full"}),
    (leaf("tenure_days", "at_least", 301), set()),
    (leaf("tenure_days", "at_most", 100), {"other"}),
    (leaf("score", "at_least", 99.99), {"full"}),
    (leaf("attribute_number:seats", "at_least", 7.5), {"full", "other"}),
    (leaf("attribute_number:seats", "at_least", 8), {"full"}),
    (leaf("attribute_number:plan", "at_most", 7.5), {"other"}),
    (leaf("contacts", "at_least", 3), {"full"}),
    (leaf("contacts_champion", "at_least", 1), {"full"}),
    (leaf("contacts_champion", "at_most", 0), {"empty", "other", "strange"}),
]
TEXTS = [
    (leaf("industry", "is", "Bank"), {"full"}),
    (leaf("industry", "is_not", "Bank"), {"empty", "other", "strange"}),
    (leaf("industry", "is_in", ["Bank", "JP"]), {"full", "other"}),
    (leaf("industry", "missing"), {"empty", "strange"}),
    (leaf("band", "is_not", "red"), {"full", "empty", "strange"}),
    (leaf("band", "known"), {"full", "other"}),
    (leaf("segment", "is", "Bank"), {"full"}),
    (leaf("segment", "missing"), {"empty", "other", "strange"}),
    (leaf("owner", "is", "jp@demo.example"), {"full"}),
    (leaf("tags", "has", "vip"), {"full"}),
    (leaf("attribute:plan", "is", "7.5"), {"other"}),
    (leaf("attribute:plan", "missing"), {"empty", "strange"}),
    (leaf("has_champion", "is", "yes"), {"full"}),
    (leaf("has_champion", "is", "no"), {"empty", "other", "strange"}),
]
RENEWS_IN_100 = [
    (leaf("next_renewal", "within_next", 99), {"other"}),
    (leaf("next_renewal", "within_next", 100), {"full", "other"}),
    (leaf("next_renewal", "more_than_ahead", 99), {"full"}),
    (leaf("next_renewal", "more_than_ahead", 100), set()),
    (leaf("next_renewal", "within_last", 1), {"other", "strange"}),
    (leaf("next_renewal", "within_last", 0), {"other"}),
    (leaf("next_renewal", "more_than_ago", 0), {"strange"}),
    (leaf("next_renewal", "more_than_ago", 1), set()),
    (leaf("next_renewal", "before", "2026-11-24"), {"strange"}),
    (leaf("next_renewal", "from", "2026-11-24"), {"full", "other"}),
    (leaf("next_renewal", "missing"), {"empty"}),
    (leaf("last_touch", "more_than_ago", 29), {"full"}),
    (leaf("last_touch", "more_than_ago", 30), set()),
    (leaf("last_touch", "at_least_ago", 30), {"full"}),
    (leaf("last_touch", "at_least_ago", 31), set()),
    (leaf("name", "contains", "UL"), {"full"}),
    (leaf("name", "contains", "_"), set()),
]


def test_new_name_changes_no_condition_that_names_its_row_by_id(four: list[Customer]) -> None:
    bank = Segment.objects.get(name="Bank")
    by_id = (
        [leaf("segment", "is", bank.pk)],
        [leaf("segment", "is_in", [bank.pk])],
        {"none": [leaf("segment", "missing")]},
    )
    for stored in by_id:
        conditions.check(stored)
    Segment.objects.filter(pk=bank.pk).update(name="Savings")
    assert [names(stored) for stored in by_id] == [{"full"}] * 3
    assert names([leaf("segment", "is", "Savings")]) == {"full"}
    assert names([leaf("segment", "is_not", bank.pk)]) == {"empty", "other", "strange"}
    assert words.phrases(by_id[0], DAY) == ["Segment is Savings"]
    yesterday = DAY - dt.timedelta(days=1)
    assert [names(stored, yesterday, today=DAY) for stored in by_id[:2]] == [{"full"}, {"full"}]


def test_a_state_is_unknown_on_an_earlier_day(four: list[Customer]) -> None:
    silent = {"state": "silence", "values": {"days": 14}}
    yesterday = DAY - dt.timedelta(days=1)
    for stored in ([silent], {"none": [silent]}):
        conditions.check(stored)
        assert names(stored, yesterday, today=DAY) == set()
        assert conditions.explain(stored, four[0], yesterday, today=DAY).holds is None


@pytest.mark.parametrize(("stored", "expected"), NUMBERS + TEXTS + RENEWS_IN_100)
def test_leaf_lets_in_whom_it_names(four: list[Customer], stored: dict[str, Any], expected: set[str]) -> None:
    assert names([stored]) == expected
    assert names({"none": [stored]}) == {"full", "empty", "other", "strange"} - expected


BANK, RED = leaf("industry", "is", "Bank"), leaf("band", "is", "red")


@pytest.mark.parametrize(
    ("stored", "expected"),
    [
        ([], {"full", "empty", "other", "strange"}),
        ({"all": []}, {"full", "empty", "other", "strange"}),
        ([BANK, RED], set()),
        ({"any": [BANK, RED]}, {"full", "other"}),
        ({"none": [BANK, RED]}, {"empty", "strange"}),
        ({"none": [{"none": [BANK]}]}, {"full"}),
        ({"all": [{"any": [BANK, RED]}, {"none": [leaf("arr", "at_least", 100)]}]}, {"other"}),
        ([{"none": [leaf("employees", "at_least", 1)]}], {"empty", "strange"}),
    ],
)
def test_groups_take_their_members_together(four: list[Customer], stored: Any, expected: set[str]) -> None:
    conditions.check(stored)
    assert names(stored) == expected


def test_what_the_record_keeps_only_for_today_is_unknown_on_an_earlier_day(four: list[Customer]) -> None:
    yesterday = DAY - dt.timedelta(days=1)
    for stored in ([BANK], {"none": [BANK]}, [leaf("industry", "is_not", "Bank")]):
        assert names(stored, yesterday, today=DAY) == set()
        assert conditions.explain(stored, four[0], yesterday, today=DAY).holds is None
    assert names([], yesterday, today=DAY) == {"full", "empty", "other", "strange"}
    assert names([BANK], DAY, today=DAY) == {"full"}


def test_unknown_does_not_spoil_what_another_condition_decides(four: list[Customer]) -> None:
    fields.register(fields.Field("always", "Always", fields.Kind.NUMBER, lambda _asked: "1", every_day=True))
    try:
        yesterday, always = DAY - dt.timedelta(days=1), leaf("always", "at_least", 1)
        everybody = {"full", "empty", "other", "strange"}
        assert names({"any": [BANK, always]}, yesterday, today=DAY) == everybody
        assert names([BANK, always], yesterday, today=DAY) == set()
        never = {"none": [BANK, always]}
        assert conditions.explain(never, four[0], yesterday, today=DAY).holds is False
    finally:
        fields._registered.fields.pop("always")


def test_field_that_cannot_be_told_holds_neither_way(db: None) -> None:
    one = customer(name="one")
    untold = fields.Field("untold", "Untold", fields.Kind.MONEY, lambda _asked: "NULL::numeric", untold=True)
    fields.register(untold)
    try:
        for stored in ([leaf("untold", "at_least", 1)], {"none": [leaf("untold", "at_least", 1)]}):
            assert names(stored) == set()
            assert conditions.explain(stored, one, DAY).holds is None
    finally:
        fields._registered.fields.pop("untold")


def test_predicate_stands_in_case_when_and_in_a_subquery(four: list[Customer]) -> None:
    worded = Customer.objects.annotate(
        word=Case(
            When(conditions.Holds([BANK], DAY), then=Value("bank")), default=Value("%"), output_field=CharField()
        ),
    )
    assert dict(worded.values_list("name", "word")) == {"full": "bank", "empty": "%", "other": "%", "strange": "%"}
    inner = Customer.objects.filter(conditions.Holds([RED], DAY), pk=OuterRef("pk")).values("name")
    assert set(Customer.objects.annotate(red=Subquery(inner)).values_list("red", flat=True)) == {"other", None}


def test_values_are_bound_and_never_become_sql(four: list[Customer]) -> None:
    nasty = "x'); DROP TABLE accounts_customer; --%s %(a)s {c}"
    for stored in (
        [leaf("industry", "is", nasty)],
        [leaf("tags", "has", nasty)],
        [leaf(f"attribute:{nasty}", "is", nasty)],
    ):
        conditions.check(stored)
        assert names(stored) == set()
        assert conditions.explain(stored, four[0], DAY).holds is False


@pytest.mark.parametrize("rows", [1, 3])
def test_explanation_takes_one_statement(four: list[Customer], django_assert_num_queries: Any, rows: int) -> None:
    contact(four[0], roles=["champion"])
    every = [
        leaf(field.key, field.tests[-1], None if "missing" in field.tests else _value(field)) for field in registered()
    ]
    with django_assert_num_queries(1):
        why = conditions.explain(every * rows, four[0], DAY)
    assert len(list(why.leaves)) == len(every) * rows


def _value(field: fields.Field) -> Any:
    return 1 if field.kind in {"money", "count"} else (field.fixed_choices or [("vip", "")])[0][0]
