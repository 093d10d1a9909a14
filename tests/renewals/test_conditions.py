"""What conditions ask of renewals: always the open one that is due first."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from accounts import conditions
from accounts.models import Contract, Customer
from renewals import board, copies, figures, forecast
from renewals.models import Renewal
from tests.factories import DAY, customer, user
from tests.playbooks.rows import closed, renewal

pytestmark = pytest.mark.django_db


def names(field: str, test: str, value: Any = None) -> set[str]:
    stored = [{"field": field, "test": test, "value": value}]
    conditions.check(stored)
    return set(Customer.objects.filter(conditions.Holds(stored, DAY)).values_list("name", flat=True))


@pytest.fixture(autouse=True)
def three() -> None:
    early, late, none = customer(name="early"), customer(name="late"), customer(name="none")
    renewal(early, 30, category="commit", arr=5_000)
    renewal(early, 90, stage="upcoming", prep_opened_on=None, category="omitted")
    closed(early, 5)
    renewal(late, 31, stage="upcoming", prep_opened_on=None)
    closed(none, 5)


@pytest.mark.parametrize(
    ("field", "test", "value", "expected"),
    [
        ("days_to_renewal", "at_most", 30, {"early"}),
        ("days_to_renewal", "at_most", 29, set()),
        ("days_to_renewal", "at_least", 31, {"late"}),
        ("days_to_renewal", "missing", None, {"none"}),
        ("renewal_stage", "is", "preparing", {"early"}),
        ("renewal_stage", "is_not", "preparing", {"late", "none"}),
        ("renewal_category", "is_in", ["commit", "omitted"], {"early"}),
        ("renewal_category", "is", "at_risk", {"late"}),
        ("renewal_category", "missing", None, {"none"}),
        ("renewal_arr", "at_least", 5_000, {"early", "late"}),
        ("renewal_arr", "at_most", 5_000, {"early"}),
        ("renewal_prep", "is", "yes", {"early"}),
        ("renewal_prep", "is", "no", {"late", "none"}),
    ],
)
def test_next_renewal_is_asked(field: str, test: str, value: Any, expected: set[str]) -> None:
    assert names(field, test, value) == expected


def test_who_is_known_to_leave_is_not_prepared() -> None:
    """What conditions call the next renewal is the one that the customer's row tells."""
    Renewal.objects.filter(customer__name="early", stage="preparing").update(leaving="confirmed", leaves_on=DAY)
    Renewal.objects.filter(customer__name="late").update(leaving="confirmed", leaves_on=DAY)
    copies.copy_next(Customer.objects.values_list("pk", flat=True))
    for days in (29, 30, 31, 89, 90, 91):
        on_row = Customer.objects.filter(next_renewal_on__lte=DAY + dt.timedelta(days=days))
        assert names("days_to_renewal", "at_most", days) == set(on_row.values_list("name", flat=True)), days
    assert names("renewal_stage", "is", "preparing") == names("renewal_prep", "is", "yes") == set()
    assert names("renewal_category", "is", "omitted") == {"early"}
    assert names("renewal_arr", "at_least", 1) == {"early"}
    # The one that is left is upcoming, in 90 days: nothing is in work, and figures of what is due count it alone.
    assert board.in_work_count(user("admin"), DAY) == 0
    due = figures.figures(DAY)
    assert (due["due_within_60"]["renewals"], due["due_within_90"]["renewals"]) == (0, 1)


SAID = [
    ({}, "at_risk"),
    ({"model_likelihood": "0.9"}, "commit"),
    ({"model_likelihood": "0.75"}, "most_likely"),
    ({"csm_likelihood": "0.6", "model_likelihood": "0.9"}, "best_case"),
    ({"category": "commit", "csm_likelihood": "0.6"}, "commit"),
    ({"category": "commit", "final_category": "omitted", "final_reason": "x"}, "omitted"),
    ({"category": "commit", "leaving": "notice", "leaves_on": DAY}, "at_risk"),
]


@pytest.mark.parametrize(("fields", "said"), SAID)
def test_the_category_asked_is_the_one_that_pages_show(fields: dict[str, Any], said: str) -> None:
    one = renewal(customer(name="asked"), 10, **fields)
    Contract.objects.filter(pk=one.contract_id).update(notice_given_on=DAY)
    assert forecast.with_final(Renewal.objects.filter(pk=one.pk)).get().said == said
    assert "asked" in names("renewal_category", "is", said)
    assert "asked" not in names("renewal_category", "is_not", said)


def test_an_arr_that_cannot_be_told_is_neither_much_nor_little() -> None:
    renewal(customer(name="untold"), 10, arr=None)
    stored = {"none": [{"field": "renewal_arr", "test": "at_least", "value": 5_000}]}
    held = Customer.objects.filter(conditions.Holds(stored, DAY)).values_list("name", flat=True)
    unknown = Customer.objects.annotate(truth=conditions.Holds(stored, DAY, exact=True)).filter(truth=None)
    assert set(held) == {"none"}
    assert [one.name for one in unknown] == ["untold"]


@pytest.mark.parametrize(("began_ago", "expected"), [(12, True), (11, True), (10, False)])
def test_a_past_day_asks_contracts_that_had_begun_by_then(began_ago, expected):
    starter = renewal(customer(name="starter"), 20)
    Contract.objects.filter(pk=starter.contract_id).update(starts_on=DAY - dt.timedelta(days=began_ago))
    due_soon = [{"field": "next_renewal", "test": "within_next", "value": 60}]
    asked = conditions.Holds(due_soon, DAY - dt.timedelta(days=11), DAY)
    assert Customer.objects.filter(asked, name="starter").exists() is expected


@pytest.mark.parametrize(("known_ago", "expected"), [(None, True), (0, True), (10, True), (11, False), (12, False)])
def test_a_past_day_leaves_out_a_renewal_whose_end_was_known_by_then(known_ago, expected):
    leaver = renewal(customer(name="leaver"), 20)
    known = None if known_ago is None else DAY - dt.timedelta(days=known_ago)
    began = DAY - dt.timedelta(days=200)
    row = Contract.objects.filter(pk=leaver.contract_id)
    row.update(starts_on=began, ended_on=known and leaver.due_on, end_known_on=known)
    due_soon = [{"field": "next_renewal", "test": "within_next", "value": 60}]
    asked = conditions.Holds(due_soon, DAY - dt.timedelta(days=11), DAY)
    assert Customer.objects.filter(asked, name="leaver").exists() is expected
