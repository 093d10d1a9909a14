"""The rules that come with the product: all valid, all different, none twice."""

from __future__ import annotations

import datetime as dt

import pytest

from accounts import conditions
from health import states
from health.cases import shipped, sweep, tuning
from health.models import Case, CaseRule
from tests import factories as make
from tests.factories import DAY
from tests.health.conftest import ago, ticket, use
from tests.health.states.test_states import seats

pytestmark = pytest.mark.usefixtures("months")


def test_shipped_rules_are_valid_and_made_once() -> None:
    assert shipped.install() == len(shipped.RULES) == 31
    assert shipped.install() == 0
    for one in CaseRule.objects.all():
        conditions.check(one.audience)
        assert states.check(one.detector, one.values) == one.values
        assert one.plan
        one.full_clean(exclude=["demoted_on", "judged_from"])


def test_every_trigger_of_the_field_has_its_rule() -> None:
    shipped.install()
    used = set(CaseRule.objects.values_list("detector", flat=True))
    assert used == set(states.STATES) - {"measure_above"}


def test_they_stand_together_in_one_sweep() -> None:
    shipped.install()
    customer = make.customer(stage="mature", first_contract_on=DAY.replace(year=2024))
    use(customer, [15])
    assert sweep.sweep(DAY) == 1
    assert Case.objects.get().title == "Nobody uses the product"


def test_about_a_dozen_are_in_use_and_each_other_says_why_not() -> None:
    shipped.install()
    assert 10 <= CaseRule.objects.filter(is_active=True).count() <= 14
    assert not CaseRule.objects.filter(is_active=True).exclude(off_reason="").exists()
    assert not CaseRule.objects.filter(is_active=False, off_reason="").exists()
    assert CaseRule.objects.filter(detector="limit_reached").count() == 1


def test_on_day_one_a_few_alert_and_the_others_come_in_the_digest() -> None:
    shipped.install()
    loud = CaseRule.objects.filter(is_active=True, mode=CaseRule.Mode.ALERT)
    assert set(loud.values_list("key", flat=True)) == {
        "renewal-red",
        "silence",
        "escalation",
        "champion-left",
        "notice",
    }
    assert not CaseRule.objects.filter(is_active=False, mode=CaseRule.Mode.ALERT).exists()
    before = CaseRule.objects.filter(is_active=True).count()
    assert shipped.take_all() == before - 5
    assert shipped.take_all() == 0
    assert loud.count() == before


def test_reason_goes_when_a_rule_is_taken_into_use() -> None:
    shipped.install()
    one = CaseRule.objects.get(key="overdue")
    now = dt.datetime(2026, 11, 24, tzinfo=dt.UTC)
    tuning.tune(one, {"is_active": True}, by=make.user(role="admin"), day=DAY, now=now)
    one.refresh_from_db()
    assert (one.is_active, one.off_reason) == (True, "")


def test_one_signal_opens_one_case() -> None:
    shipped.install()
    CaseRule.objects.update(swept_on=ago(1), is_active=True)
    full = make.customer(stage="mature", first_contract_on=ago(400))
    seats(full, 20)
    use(full, range(28, 56), uses=90, active_users=20)
    use(full, range(15, 28), uses=9, active_users=20)
    for number in range(6):
        ticket(full, number, escalated=True)
    sweep.sweep(DAY)
    reasons = list(Case.objects.filter(customer=full).values_list("reason", flat=True))
    # Falling use and silence are one case, a storm of escalated tickets one, full seats one.
    assert {"usage", "support", "limit"} <= set(reasons)
    assert len(reasons) == len(set(reasons))
    assert Case.objects.get(customer=full, reason="usage").evidence.count() == 2
    assert Case.objects.get(customer=full, reason="support").evidence.count() == 2
