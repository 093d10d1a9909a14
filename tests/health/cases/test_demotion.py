"""Rules below their floor are demoted, once, and never come back by themselves."""

from __future__ import annotations

import pytest

from accounts.models import User
from health.cases import demotion
from health.models import CaseRule, CaseRuleChange
from tests.counting import statements
from tests.factories import DAY, customer, user
from tests.health.cases.rows import closed, rule
from tests.health.conftest import ago

pytestmark = pytest.mark.django_db


@pytest.fixture
def mara() -> User:
    return user()


def judge(of: CaseRule, who: User | None, valid: int, not_valid: int, *, opened: int = 30, **fields: object) -> None:
    for resolution, n in (("resolved", valid), ("not_valid", not_valid)):
        for _ in range(n):
            closed(customer(), of, opened, resolution, who, **fields)


def mode(of: CaseRule) -> tuple[str, object]:
    of.refresh_from_db()
    return of.mode, of.demoted_on


def test_rule_below_its_floor_is_demoted_and_logged_once(mara: User):
    bad = rule(precision_floor="0.30", least_judged=10)
    judge(bad, mara, 2, 8)  # 0.20
    assert demotion.sweep(DAY) == 1
    assert mode(bad) == ("digest", DAY)
    change = CaseRuleChange.objects.get()
    assert (change.rule, change.by, change.fields) == (bad, None, {"mode": ["alert", "digest"], "because": [2, 10]})
    assert demotion.sweep(DAY) == 0
    assert CaseRuleChange.objects.count() == 1


def test_floor_itself_is_enough_and_too_few_say_nothing(mara: User):
    at_floor, few = rule(precision_floor="0.30", least_judged=10), rule(least_judged=10)
    judge(at_floor, mara, 3, 7)
    judge(few, mara, 0, 9)
    assert demotion.sweep(DAY) == 0
    assert mode(at_floor) == mode(few) == ("alert", None)


def test_only_what_a_person_judged_in_the_period_counts(mara: User):
    one = rule(least_judged=2)
    judge(one, None, 0, 5)  # closed by themselves
    judge(one, mara, 0, 5, opened=180)  # before the period
    judge(one, mara, 0, 1)
    closed(customer(), one, 30, "duplicate", mara)
    assert demotion.sweep(DAY) == 0
    judge(one, mara, 0, 1)
    assert demotion.sweep(DAY) == 1


def test_put_back_counts_only_what_was_closed_since(mara: User):
    one = rule(least_judged=3, judged_from=ago(20))
    judge(one, mara, 0, 3, opened=31)  # closed 21 days ago
    assert demotion.sweep(DAY) == 0
    judge(one, mara, 0, 3, opened=30)  # closed 20 days ago
    assert demotion.sweep(DAY) == 1
    assert CaseRuleChange.objects.get().fields["because"] == [0, 3]


def test_good_precision_promotes_nobody_and_resting_rules_stay(mara: User):
    quiet, resting = rule(mode="digest", least_judged=2), rule(is_active=False, least_judged=2)
    judge(quiet, mara, 5, 0)
    judge(resting, mara, 0, 5)
    with statements() as asked:
        assert demotion.sweep(DAY) == 0
    assert (mode(quiet)[0], mode(resting)[0], len(asked)) == ("digest", "alert", 1)
