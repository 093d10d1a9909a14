"""Rules are changed with a log of what stood before; a change is taken back by one more."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from accounts.models import User
from health.cases import tuning
from health.models import CaseRule, CaseRuleChange
from tests.factories import DAY, user
from tests.health.cases.rows import rule
from tests.health.conftest import ago

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2026, 11, 24, 9, 30, tzinfo=dt.UTC)
RICH = [{"field": "arr", "test": "at_least", "value": 1000}]


@pytest.fixture
def ren() -> User:
    return user("admin", name="Ren")


def tune(of: CaseRule, by: User, **changes: Any) -> CaseRuleChange | None:
    change = tuning.tune(of, changes, by=by, day=DAY, now=NOW)
    of.refresh_from_db()
    return change


def test_change_is_logged_with_before_and_after_and_taken_back(ren: User):
    one = rule(values={"days": 14}, severity="low", precision_floor="0.30")
    change = tune(one, ren, values={"days": 21}, severity="high", precision_floor=Decimal("0.5"), name=one.name)
    assert (change.by, change.at) == (ren, NOW)
    assert change.fields == {
        "severity": ["low", "high"], "values": [{"days": 14}, {"days": 21}], "precision_floor": ["0.300", "0.500"],
    }  # fmt: skip
    back = tuning.take_back(change, by=ren, day=DAY, now=NOW)
    one.refresh_from_db()
    assert (one.values, one.severity, one.precision_floor) == ({"days": 14}, "low", Decimal("0.30"))
    assert back.fields["severity"] == ["high", "low"]
    assert tuning.take_back(change, by=ren, day=DAY, now=NOW) is None
    assert CaseRuleChange.objects.count() == 2


def test_nothing_changed_is_not_logged(ren: User):
    one = rule(values={"days": 14})
    assert tune(one, ren, values={"days": 14}, name=one.name) is None
    assert not CaseRuleChange.objects.exists()


@pytest.mark.parametrize("change", [{"values": {"days": 30}}, {"audience": RICH}, {"is_active": False}])
def test_other_state_or_audience_is_a_new_start(ren: User, change: dict[str, Any]):
    one = rule(values={"days": 14}, swept_on=ago(1))
    tune(one, ren, severity="urgent")
    assert one.swept_on == ago(1)
    tune(one, ren, **change)
    assert one.swept_on is None


def test_put_back_to_alert_judges_from_that_day_on(ren: User):
    one = rule(mode="digest", demoted_on=ago(9))
    tune(one, ren, mode="alert")
    assert (one.mode, one.demoted_on, one.judged_from) == ("alert", None, DAY)


def test_demotion_is_taken_back_like_any_change(ren: User):
    one = rule(mode="digest", demoted_on=ago(1))
    fields = {"mode": ["alert", "digest"], "because": [2, 30]}
    change = CaseRuleChange.objects.create(rule=one, at=NOW, by=None, fields=fields)
    tuning.take_back(change, by=ren, day=DAY, now=NOW)
    one.refresh_from_db()
    assert (one.mode, one.demoted_on, one.judged_from) == ("alert", None, DAY)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"values": {"days": 0}}, "days"),
        ({"values": {"weeks": 2}}, "weeks"),
        ({"audience": [{"field": "moon", "test": "is", "value": 1}]}, "audience"),
        ({"severity": "dire"}, "severity"),
        ({"mode": "shout"}, "mode"),
        ({"type": ""}, "type"),
        ({"due_days_high": 366}, "due_days_high"),
        ({"least_judged": 0}, "least_judged"),
        ({"precision_floor": Decimal("1.01")}, "precision_floor"),
        ({"name": ""}, "name"),
        ({"name": "x" * 81}, "name"),
        ({"reason": "other"}, "reason"),
    ],
)
def test_bad_values_are_refused_at_their_field_and_nothing_is_written(ren: User, changes: dict[str, Any], field: str):
    one = rule(values={"days": 14})
    with pytest.raises(ValidationError) as refused:
        tune(one, ren, about="fine", **changes)
    assert set(refused.value.message_dict) == {field}
    one.refresh_from_db()
    assert (one.about, CaseRuleChange.objects.count()) == ("", 0)


def test_new_rule_rests_until_it_is_put_in_use(ren: User):
    rule("quiet-weeks", position=7)
    made = tuning.create("Quiet weeks", "silence", kind="risk", by=ren, now=NOW)
    assert (made.key, made.reason, made.is_active, made.position) == ("quiet-weeks-2", "quiet-weeks-2", False, 8)
    assert made.values == {"days": 14}
    change = CaseRuleChange.objects.get(rule=made)
    assert change.fields == {"created": [None, "Quiet weeks"]}
    with pytest.raises(ValidationError, match="cannot be taken back"):
        tuning.take_back(change, by=ren, day=DAY, now=NOW)
    assert tuning.create("無音", "silence", kind="risk", by=ren, now=NOW).key == "rule"


@pytest.mark.parametrize(("given", "field"), [((" ", "silence", "risk"), "name"), (("A", "moon", "risk"), "detector"), (("A", "silence", "x"), "kind")])  # fmt: skip
def test_new_rule_needs_name_state_and_kind(ren: User, given: tuple[str, str, str], field: str):
    with pytest.raises(ValidationError) as refused:
        tuning.create(given[0], given[1], kind=given[2], by=ren, now=NOW)
    assert set(refused.value.message_dict) == {field}
    assert not CaseRule.objects.exists()
