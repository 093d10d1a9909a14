"""Rules that wait for an admin: which they are, what each would open today, and one click to have it alert."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Customer
from health.cases import offered, shipped, sweep, trial, tuning
from health.models import Case, CaseRule
from tests import factories as make
from tests.counting import statements
from tests.factories import DAY
from tests.health.conftest import ago, ticket, use
from tests.health.states.test_states import seats

pytestmark = pytest.mark.usefixtures("months")
NOW = dt.datetime(2026, 11, 24, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def rules(months: None) -> None:
    make.organisation()
    shipped.install()


def keys() -> set[str]:
    return set(offered.rules().values_list("key", flat=True))


def busy(customers: int) -> None:
    """Customers in several states at once: full seats, a storm of escalated tickets, use that fell."""
    for _n in range(customers):
        full = make.customer(stage="mature", status="live", first_contract_on=ago(400))
        seats(full, 20)
        use(full, range(28, 56), uses=90, active_users=20)
        use(full, range(1, 28), uses=9, active_users=20)
        for number in range(6):
            ticket(full, number, escalated=True)


@pytest.mark.parametrize(
    ("changed", "is_offered"),
    [
        ({}, True),
        ({"is_active": True}, True),
        ({"is_active": True, "mode": "alert"}, False),
        ({"mode": "alert"}, True),
        ({"is_active": True, "plan": "Ring first"}, True),
    ],
)
def test_what_nobody_has_decided_about_is_offered(changed: dict[str, Any], is_offered: bool) -> None:  # noqa: FBT001
    rule = CaseRule.objects.get(key="overdue")
    if changed:
        tuning.tune(rule, changed, by=make.user("admin"), day=DAY, now=NOW)
    assert ("overdue" in keys()) is is_offered
    assert "limit" in keys()
    assert "notice" not in keys()


@pytest.mark.parametrize("changed", [{"mode": "alert"}, {"is_active": False}])
def test_a_rule_in_the_digest_is_offered_until_somebody_decides(changed: dict[str, Any]) -> None:
    rule = CaseRule.objects.get(key="limit")
    assert "limit" in keys()
    change = tuning.tune(rule, changed, by=make.user("admin"), day=DAY, now=NOW)
    assert "limit" not in keys()
    assert change
    tuning.take_back(change, by=make.user("admin"), day=DAY, now=NOW)
    assert ("limit" in keys()) is ("mode" not in changed)


def test_one_that_was_demoted_is_no_offer() -> None:
    CaseRule.objects.filter(key="limit").update(demoted_on=DAY)
    assert "limit" not in keys()


@pytest.mark.parametrize("swept", [True, False])
def test_the_counts_are_those_of_a_dry_run_and_of_the_sweep(swept: bool) -> None:  # noqa: FBT001
    busy(2)
    if swept:
        CaseRule.objects.update(swept_on=ago(1))
    rules, everybody = list(offered.rules()), Customer.objects.all()
    found = offered.openings(rules, DAY, everybody)
    assert set(found) == {rule.pk for rule in rules}
    assert any(one.opening if swept else one.holding for one in found.values())
    for rule in (rule for rule in rules if found[rule.pk].holding):
        tried = trial.dry_run(rule, DAY, everybody)
        assert found[rule.pk] == (tried.holding, tried.opening), rule.key
    limit = CaseRule.objects.get(key="limit")
    CaseRule.objects.exclude(pk=limit.pk).update(is_active=False)
    sweep.sweep(DAY)
    assert Case.objects.filter(rule=limit).count() == found[limit.pk].opening


def test_statements_do_not_grow_with_customers_and_only_ones_own_count() -> None:
    counts = []
    for customers in (1, 2):
        busy(customers)
        with statements() as made:
            found = offered.openings(list(offered.rules()), DAY, Customer.objects.all())
        counts.append(len(made))
    assert counts[0] == counts[1]
    limit = CaseRule.objects.get(key="limit")
    assert found[limit.pk].holding == 3
    nobody = offered.openings([limit], DAY, Customer.objects.none())
    assert nobody == {limit.pk: (0, 0)}


def test_one_that_cannot_be_asked_is_shown_without_counts(client: Client) -> None:
    CaseRule.objects.filter(key="overdue").update(values={"mood": 3})
    rule = CaseRule.objects.get(key="overdue")
    assert rule.pk not in offered.openings(offered.rules(), DAY, Customer.objects.all())
    client.force_login(make.user("admin"))
    assert client.get(reverse("health:case_rules_offered")).status_code == 200


def test_one_click_has_a_rule_alert_and_another_takes_it_back(client: Client) -> None:
    client.force_login(make.user("admin"))
    for key in ("overdue", "limit"):
        rule = CaseRule.objects.get(key=key)
        before = (rule.is_active, rule.mode)
        answer = client.post(reverse("health:case_rule_take", args=[rule.pk]), follow=True)
        assert f"“{rule.name}” alerts from now on." in answer.content.decode()
        rule.refresh_from_db()
        assert (rule.is_active, rule.mode) == (True, "alert")
        change = rule.changes.latest("pk")
        client.post(reverse("health:case_rule_undo", args=[rule.pk, change.pk]))
        rule.refresh_from_db()
        assert (rule.is_active, rule.mode) == before
