"""Objectives and outcomes from files."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest

from accounts.models import Objective, Outcome
from tests import factories as make
from tests.accounts.imports import bring, counts, listed, rejected, write
from tests.factories import DAY

pytestmark = pytest.mark.django_db
OBJECTIVES = "external_id,customer,title,agreed_on,due_on\nO1,A1,Fewer invoices by hand,2026-01-10,2026-12-31\n"
HEAD = "external_id,objective,measure,unit,baseline,target,measured,measured_on,state,unit_value,period,per_period,confirmed_on\n"
OUTCOME = "R1,O1,Time for an invoice,minutes,30,5,12.5,2026-06-01,partial,0.8,month,400,2026-06-10\n"


@pytest.fixture(autouse=True)
def _customer(tmp_path: Path) -> None:
    make.organisation()
    bring(write(tmp_path / "customers.csv", "external_id,name\nA1,Acme\n"))


def test_an_objective_with_its_outcome_comes_in_once(tmp_path: Path):
    objectives, outcomes = tmp_path / "objectives.csv", tmp_path / "outcomes.csv"
    assert counts(bring(write(objectives, OBJECTIVES))) == (1, 0, 0, 0)
    assert counts(bring(write(outcomes, HEAD + OUTCOME))) == (1, 0, 0, 0)
    outcome = Outcome.objects.get()
    assert (outcome.objective.title, outcome.objective.customer.name) == ("Fewer invoices by hand", "Acme")
    assert (outcome.baseline, outcome.target, outcome.measured) == (Decimal(30), Decimal(5), Decimal("12.50"))
    assert (outcome.state, outcome.period, outcome.per_period) == ("partial", "month", Decimal(400))
    assert outcome.confirmed_on == dt.date(2026, 6, 10)
    assert counts(bring(objectives)) == counts(bring(outcomes)) == (0, 0, 1, 0)
    assert counts(bring(write(outcomes, HEAD + OUTCOME.replace("12.5", "8")))) == (0, 1, 0, 0)
    assert counts(bring(write(objectives, OBJECTIVES.replace("Fewer", "No")))) == (0, 1, 0, 0)
    assert Objective.objects.get().title == "No invoices by hand"


def test_only_what_an_outcome_cannot_be_without_refuses_it(tmp_path: Path):
    bring(write(tmp_path / "objectives.csv", OBJECTIVES))
    rows = [
        "R1,O1,Time,minutes,soon,5,,,open,,,,",
        "R2,O9,Time,,,,,,,,,,",
        "R3,O1,Time,,,,,,done,,,,",
        "R4,O1,Time,,,,,,,,,0,",
        "R5,O1,Time,,,,,,,,,,2026-06-10",
    ]
    path = write(tmp_path / "outcomes.csv", HEAD + "".join(f"{row}\n" for row in rows))
    assert counts(bring(path)) == (1, 0, 0, 4)
    assert listed(path) == [("2", "baseline", "soon", "“soon” is not a number")]
    assert {line: (column, reason) for line, column, reason in rejected(path)} == {
        "3": ("objective", "objective “O9” is not an objective that is known"),
        "4": ("state", "state “done” is none of: Open, Achieved, Partial, Missed, Cancelled"),
        "5": ("per_period", "per_period is 0"),
        "6": ("confirmed_on", "confirmed_on is given without unit_value: there is no value to confirm"),
    }
    outcome = Outcome.objects.get()
    assert (outcome.baseline, outcome.target, outcome.unit_value) == (None, Decimal(5), None)


def test_a_confirmation_may_come_later_than_the_value(tmp_path: Path):
    bring(write(tmp_path / "objectives.csv", OBJECTIVES))
    bring(write(tmp_path / "outcomes.csv", "external_id,objective,measure,unit_value\nR1,O1,Time,2\nR2,O1,Calls,\n"))
    path = write(
        tmp_path / "outcomes.csv",
        "external_id,objective,measure,confirmed_on\nR1,O1,Time,2026-06-10\nR2,O1,Calls,2026-06-10\n",
    )
    assert counts(bring(path)) == (0, 1, 0, 1)
    assert rejected(path) == [
        ("3", "confirmed_on", "confirmed_on is given without unit_value: there is no value to confirm")
    ]


def test_an_outcome_that_names_its_customer_alone_has_an_objective_of_its_own(tmp_path: Path):
    bring(write(tmp_path / "customers.csv", "external_id,name\nA1,Acme\nB1,Birch\n"))
    bring(write(tmp_path / "objectives.csv", OBJECTIVES))
    head = "external_id,customer,objective,measure,measured_on\n"
    rows = "R1,A1,,Hours,2026-06-01\nO1,B1,,Days,\nR3,A1,O1,Calls,\nR4,B1,O1,Calls,\nR5,,,Calls,\nR6,Z,,Calls,\n"
    path = write(tmp_path / "outcomes.csv", head + rows)
    assert counts(bring(path)) == (3, 0, 0, 3)
    assert {line: reason for line, _column, reason in rejected(path)} == {
        "5": "objective “O1” is an objective of another customer",
        "6": "objective is empty, and so is customer: one of them says whose it is",
        "7": "customer “Z” is not known: no customer has this id",
    }
    found = Outcome.objects.order_by("external_id").values_list(
        "external_id", "objective__title", "objective__customer__name", "objective__agreed_on"
    )
    assert list(found) == [
        ("O1", "Days", "Birch", DAY),
        ("R1", "Hours", "Acme", dt.date(2026, 6, 1)),
        ("R3", "Fewer invoices by hand", "Acme", dt.date(2026, 1, 10)),
    ]
    assert counts(bring(path)) == (0, 0, 3, 3)
    assert Objective.objects.count() == 3
    bring(write(path, "external_id,customer,measure\nR1,B1,Hours\n"))
    assert Outcome.objects.get(external_id="R1").objective.customer.name == "Birch"


def test_a_file_without_objectives_leaves_known_outcomes_at_theirs(tmp_path: Path):
    bring(write(tmp_path / "objectives.csv", OBJECTIVES))
    bring(write(tmp_path / "outcomes.csv", HEAD + OUTCOME))
    path = write(tmp_path / "outcomes.csv", "external_id,customer,measure,measured\nR1,A1,Time for an invoice,9\n")
    assert counts(bring(path)) == (0, 1, 0, 0)
    outcome = Outcome.objects.get()
    assert (outcome.objective.external_id, outcome.measured) == ("O1", Decimal(9))
    assert Objective.objects.count() == 1
