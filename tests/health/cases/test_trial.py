"""A rule tried out agrees with the sweep: what it says would open is what opens."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.models import Customer
from health.cases import offered, sweep, trial
from health.models import Case, CaseRule, RuleHold
from health.states.verdicts import Check
from tests.counting import statements
from tests.factories import DAY, customer, organisation, user
from tests.health.cases.rows import case, closed, rule
from tests.health.conftest import ago, use

pytestmark = pytest.mark.django_db

RICH = [{"field": "arr", "test": "at_least", "value": 1000}]


@pytest.fixture(autouse=True)
def company(months: None) -> None:
    organisation()


def quiet(days: int = 20, **fields: Any) -> Customer:
    """A customer last seen so many days ago."""
    made = customer(first_contract_on=ago(400), **fields)
    use(made, [days])
    return made


def silence(**fields: Any) -> CaseRule:
    """No use for 14 days; swept yesterday, so that what holds is new."""
    return rule(**{"values": {"days": 14}, "swept_on": ago(1)} | fields)


def everybody() -> Any:
    return Customer.objects.all()


def holds(checks: list[Check]) -> dict[str, bool]:
    return {check.key: check.holds for check in checks}


def test_dry_run_names_whom_the_sweep_then_opens_cases_for():
    one = silence(audience=RICH)
    rich, richer = quiet(arr=2000), quiet(15, arr=5000)
    quiet(arr=10)  # outside the audience
    quiet(13, arr=9000)  # not silent long enough
    quiet(arr=9000, status="churned")
    held, known = quiet(arr=8000), quiet(arr=7000)
    RuleHold.objects.create(rule=one, customer=held, since=ago(3))
    case(known, one, 30)
    found = trial.dry_run(one, DAY, everybody())
    assert (found.holding, found.opening) == (4, 2)
    assert [(row.customer, row.opens) for row in found.rows] == [
        (richer, True), (rich, True), (held, False), (known, False),
    ]  # fmt: skip
    assert found.rows[0].facts["days"] == 15
    assert not RuleHold.objects.filter(customer=rich).exists()
    assert sweep.sweep(DAY) == 2
    assert set(Case.objects.filter(opened_on=DAY).values_list("customer", flat=True)) == {rich.pk, richer.pk}
    assert trial.dry_run(one, DAY, everybody()).opening == 0


def test_rule_not_swept_before_opens_for_fresh_states_only():
    one = silence(swept_on=None)
    fresh, old = quiet(20), quiet(40)  # silent for 14 days since 6 and since 26 days ago
    found = trial.dry_run(one, DAY, everybody())
    assert {row.customer: row.opens for row in found.rows} == {fresh: True, old: False}
    assert holds(trial.explain(old, one, DAY).checks)["fresh"] is False
    assert trial.explain(fresh, one, DAY).starts
    assert sweep.sweep(DAY) == 1


@pytest.mark.parametrize("swept_on", [None, ago(1)])
def test_every_answer_is_the_sweeps_whatever_stretch_went_before(swept_on):
    """A stretch that ended today and begins again goes on: no answer counts it as new."""
    one = silence(swept_on=swept_on)
    customers = {(back, until): quiet(back) for back in (20, 40) for until in ("never", 1, 0, None)}
    for (_back, until), made in customers.items():
        if until != "never":
            ended = None if until is None else ago(until)
            RuleHold.objects.create(rule=one, customer=made, since=ago(30), until=ended)
    tried = {row.customer for row in trial.dry_run(one, DAY, everybody()).rows if row.opens}
    counted = offered.openings([one], DAY, everybody())[one.pk]
    starting = {made for made in customers.values() if trial.explain(made, one, DAY).starts}
    new = {customers[back, until] for back, until in customers if until in {"never", 1} and (swept_on or back == 20)}
    assert (tried, starting, counted) == (new, new, (8, len(new)))
    assert sweep.sweep(DAY) == len(new)
    assert {case.customer for case in Case.objects.all()} == new


def test_unsaved_rules_can_be_tried():
    quiet(20)
    draft = CaseRule(detector="silence", values={"days": 14}, reason="new")
    assert trial.dry_run(draft, DAY, everybody()).holding == 1
    draft.values = {"days": 30}
    assert trial.dry_run(draft, DAY, everybody()).holding == 0
    draft.values = {"days": "many"}
    assert trial.dry_run(draft, DAY, everybody()) == trial.Trial(0, 0, [])


def test_only_what_the_reader_sees_is_counted_and_named():
    mara = user()
    quiet(owner=mara)
    quiet(owner=user())
    found = trial.dry_run(silence(), DAY, Customer.objects.visible_to(mara))
    assert (found.holding, [row.customer.owner for row in found.rows]) == (1, [mara])
    assert trial.dry_run(silence(), DAY, Customer.objects.visible_to(user())) == trial.Trial(0, 0, [])


def test_first_fifty_are_shown_and_all_counted():
    for _ in range(53):
        quiet()
    found = trial.dry_run(silence(), DAY, everybody())
    assert (found.holding, len(found.rows)) == (53, 50)


def test_each_thing_that_fails_is_named():
    mara = user()
    one = silence(audience=RICH)
    here = quiet(3, arr=10)
    checks = {check.key: check for check in trial.explain(here, one, DAY).checks}
    assert {key: check.holds for key, check in checks.items()} == {
        "in_use": True, "current": True, "state": False, "audience": False, "entered": True, "open_case": True,
    }  # fmt: skip
    assert checks["state"].actual["measures"] == {"days_since_use": 3.0}
    gone = quiet(arr=2000, status="churned")
    one.is_active = False
    assert holds(trial.explain(gone, one, DAY).checks) == {
        "in_use": False, "current": False, "state": False, "audience": True, "entered": True, "open_case": True,
    }  # fmt: skip
    one.is_active = True
    noted = quiet(20, arr=2000)
    RuleHold.objects.create(rule=one, customer=noted, since=ago(4))
    opened = case(noted, one, 4)
    verdict = trial.explain(noted, one, DAY)
    checks = {check.key: check for check in verdict.checks}
    assert (verdict.starts, verdict.failing) == (False, 2)
    assert (checks["entered"].actual, checks["open_case"].actual["pk"]) == ({"since": ago(4)}, opened.pk)
    Case.objects.all().delete()
    RuleHold.objects.all().delete()
    closed(noted, one, 60, "resolved", mara)
    assert trial.explain(noted, one, DAY).starts


@pytest.mark.parametrize("back", range(10, 20))
def test_why_agrees_with_the_sweep(back: int):
    one = silence()
    here = quiet(back)
    expected = trial.explain(here, one, DAY).starts
    assert sweep.sweep(DAY) == int(expected)
    assert expected is (back >= 14)


def test_trying_costs_the_same_whatever_there_is():
    counts = []
    for n in (1, 3):
        for _ in range(n):
            here = quiet()
        with statements() as asked:
            trial.dry_run(silence(), DAY, everybody())
        dry = len(asked)
        with statements() as asked:
            trial.explain(here, silence(), DAY)
        counts.append((dry, len(asked)))
    assert counts[0] == counts[1]
