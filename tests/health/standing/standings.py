"""Customers of whom something can be said: with a contract, use, answers and words about us."""

from __future__ import annotations

from typing import Any

from accounts.models import AdvocacyAct, Customer
from health.models import Standing, StandingChange, SurveyResponse
from tests import factories as make
from tests.health.conftest import ago, use


def running(since: int = 200, **fields: Any) -> Customer:
    """A customer whose first contract, of a year, began ``since`` days ago."""
    customer = make.customer(first_contract_on=ago(since), arr=12_000)
    make.contract(customer, starts_on=ago(since), ends_on=ago(since - 365), **fields)
    return customer


def used(customer: Customer, before: int, now: int, people: tuple[int, int] = (3, 3)) -> None:
    """``before`` uses in all in the eight weeks before the last eight, ``now`` in these, on ten days each."""
    use(customer, range(60, 70), uses=before // 10, active_users=people[0])
    use(customer, range(10), uses=now // 10, active_users=people[1])


def spoke(customer: Customer, back: int, kind: str = "reference") -> AdvocacyAct:
    return AdvocacyAct.objects.create(customer=customer, kind=kind, happened_on=ago(back))


def answered(customer: Customer, kind: str, answer: int, back: int) -> SurveyResponse:
    number = str(SurveyResponse.objects.count())
    return SurveyResponse.objects.create(
        customer=customer, kind=kind, answer=answer, answered_on=ago(back), source="test", external_id=number
    )


def state_of(customer: Customer, kind: str) -> str:
    return Standing.objects.get(customer=customer, kind=kind).state


def moves(customer: Customer, kind: str) -> list[tuple[Any, str]]:
    rows = StandingChange.objects.filter(customer=customer, kind=kind).order_by("from_day")
    return list(rows.values_list("from_day", "state"))
