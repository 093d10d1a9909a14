"""Retention, loyalty, advocacy: the highest rung with evidence that is still good."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from accounts.models import Contract, Customer
from health.models import Standing, StandingChange
from health.standing import ladder
from tests import factories as make
from tests.counting import statements
from tests.factories import DAY
from tests.health.conftest import ago
from tests.health.standing.standings import answered, moves, running, spoke, state_of

pytestmark = pytest.mark.usefixtures("months")


def rung(customer: Customer, day: dt.date = DAY) -> str:
    ladder.sweep(day)
    return state_of(customer, "ladder")


@pytest.mark.parametrize(("since", "expected"), [(364, "none"), (366, "retention")])
def test_retention_is_a_renewal(since: int, expected: str) -> None:
    assert rung(running(since)) == expected


def test_a_new_contract_for_an_old_one_is_a_renewal_and_a_second_one_beside_it_is_none() -> None:
    renewed, second = running(200), running(200)
    for customer in (renewed, second):
        new = make.contract(customer, starts_on=ago(20), ends_on=ago(20 - 365))
        if customer == renewed:
            Contract.objects.filter(customer=customer).exclude(pk=new.pk).update(replaced_by=new, ended_on=ago(20))
    ladder.sweep(DAY)
    assert (state_of(renewed, "ladder"), state_of(second, "ladder")) == ("retention", "none")
    assert Standing.objects.get(customer=renewed).facts == {"kind": "renewed", "on": str(ago(20))}


@pytest.mark.parametrize(
    ("kind", "answer", "expected"),
    [
        ("nps", 9, "loyalty"), ("nps", 8, "none"), ("csat", 4, "loyalty"), ("csat", 3, "none"),
        ("intent", 8, "loyalty"), ("intent", 7, "none"), ("ces", 7, "none"),
    ],
)  # fmt: skip
def test_loyalty_is_a_pleased_answer(kind: str, answer: int, expected: str) -> None:
    customer = running()
    answered(customer, kind, answer, back=10)
    assert rung(customer) == expected


@pytest.mark.parametrize(
    ("kind", "back", "expected"), [("nps", 5, "none"), ("nps", 20, "loyalty"), ("csat", 5, "loyalty")]
)
def test_a_newer_displeased_answer_of_the_kind_takes_loyalty_away(kind: str, back: int, expected: str) -> None:
    customer = running()
    answered(customer, "nps", 10, back=10)
    answered(customer, kind, 1, back=back)
    assert rung(customer) == expected


@pytest.mark.parametrize(("back", "expected"), [(179, "loyalty"), (180, "none")])
def test_an_answer_is_good_for_180_days(back: int, expected: str) -> None:
    customer = running()
    answered(customer, "nps", 10, back=back)
    assert rung(customer) == expected


@pytest.mark.parametrize(("back", "expected"), [(364, "advocacy"), (365, "none")])
def test_a_word_for_us_is_good_for_a_year(back: int, expected: str) -> None:
    customer = running()
    spoke(customer, back)
    assert rung(customer) == expected


def test_moves_are_logged_with_their_evidence() -> None:
    customer = running(500)
    answered(customer, "nps", 9, back=178)
    spoke(customer, 2, "case_study")
    for day in (ago(10), ago(2), DAY):
        ladder.sweep(day)
    ladder.sweep(DAY + dt.timedelta(days=363))
    rows = (
        StandingChange.objects.filter(customer=customer).order_by("from_day").values_list("from_day", "state", "facts")
    )
    assert list(rows) == [
        (ago(10), "loyalty", {"kind": "nps", "on": str(ago(178)), "answer": 9}),
        (ago(2), "advocacy", {"kind": "case_study", "on": str(ago(2))}),
        # The contract's third term began 730 days after its start 500 days ago.
        (DAY + dt.timedelta(days=363), "retention", {"kind": "renewed", "on": str(ago(500 - 730))}),
    ]


def test_shares_of_arr() -> None:
    first, second = running(), running()
    Customer.objects.filter(pk=first.pk).update(arr=30_000)
    Customer.objects.filter(pk=second.pk).update(arr=10_000)
    spoke(first, 3)
    ladder.sweep(DAY)
    lines = ladder.shares(Customer.objects.all())
    assert [(line["rung"], line["customers"], line["arr"], line["share"]) for line in lines] == [
        ("advocacy", 1, 30_000, Decimal("0.75")),
        ("loyalty", 0, 0, 0),
        ("retention", 0, 0, 0),
        ("none", 1, 10_000, Decimal("0.25")),
    ]


def test_second_run_changes_nothing_and_statements_do_not_grow() -> None:
    counts = []
    for wanted in (1, 3):
        while Customer.objects.count() < wanted:
            answered(running(500), "nps", 9, back=3)
        with statements() as asked:
            ladder.sweep(DAY)
        counts.append(len(asked))
    assert counts == [5, 5]
    assert ladder.sweep(DAY) == 0
    assert moves(Customer.objects.get(pk=Customer.objects.earliest("pk").pk), "ladder") == [(DAY, "loyalty")]
