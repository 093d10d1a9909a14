"""Customers that something happened to are scored within seconds; nothing marked is ever lost."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts import changes
from accounts.models import ChangeMark, Customer
from config.cycle import run
from health import scoring, shipped, sweeps
from health.models import Case, CaseRule, RollupMark, Score, UsageDay
from health.scoring import writing
from tests import factories as make
from tests.factories import DAY
from tests.health.conftest import ago, use
from tests.health.test_rollup import arrive, fact
from tests.health.test_scoring import Killed, kill_at, rows, without_ids

pytestmark = pytest.mark.usefixtures("months")


def test_new_usage_reaches_the_score() -> None:
    shipped.install(DAY)
    customer, other = make.customer(), make.customer()
    arrive([fact(customer, "a", uses=20, users=4)])
    assert sweeps.changed(DAY, 100) == 1
    customer.refresh_from_db()
    assert customer.score is not None
    assert not Score.objects.filter(customer=other).exists()
    assert not ChangeMark.objects.exists()
    assert sweeps.changed(DAY, 100) == 0


def test_sweep_leaves_the_rows_of_a_full_run() -> None:
    shipped.install(DAY)
    customers = [make.customer() for _ in range(4)]
    arrive([fact(customer, "a", uses=9 + customer.pk) for customer in customers])
    sweeps.changed(DAY, 100)
    swept = without_ids(rows())
    Score.objects.all().delete()
    scoring.score_range(customers[0].pk, customers[-1].pk, DAY)
    assert without_ids(rows()) == swept


def test_killed_sweep_loses_nothing() -> None:
    shipped.install(DAY)
    customers = [make.customer() for _ in range(2)]
    arrive([fact(customer, "a") for customer in customers])
    with transaction.atomic():
        with CaptureQueriesContext(connection) as seen:
            sweeps.changed(DAY, 100)
        wanted = without_ids(rows())
        transaction.set_rollback(True)
    for number in range(1, len(seen) + 1):
        kill_at(number, lambda: sweeps.changed(DAY, 100))
        assert (RollupMark.objects.count(), Score.objects.count(), UsageDay.objects.count()) == (2, 0, 0)
    assert sweeps.changed(DAY, 100) == 2
    assert without_ids(rows()) == wanted


def test_killed_between_roll_up_and_scoring_keeps_the_customers_marked(monkeypatch: pytest.MonkeyPatch) -> None:
    shipped.install(DAY)
    customer = make.customer()
    arrive([fact(customer, "a")])

    def kill(*args: Any) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(writing, "write", kill)
        with pytest.raises(Killed):
            sweeps.changed(DAY, 100)
    assert list(ChangeMark.objects.values_list("customer_id", flat=True)) == [customer.pk]
    assert sweeps.changed(DAY, 100) == 1


def test_limit_leaves_the_rest_marked() -> None:
    shipped.install(DAY)
    changes.mark(Customer.objects.filter(pk__in=[make.customer().pk for _ in range(3)]))
    assert [sweeps.changed(DAY, 2), sweeps.changed(DAY, 2), sweeps.changed(DAY, 2)] == [2, 1, 0]


def test_customer_marked_twice_is_scored_once() -> None:
    shipped.install(DAY)
    customer = make.customer()
    changes.mark([customer.pk])
    changes.mark([customer.pk])
    assert sweeps.changed(DAY, 100) == 1


def test_statements_do_not_grow() -> None:
    shipped.install(DAY)
    counts = []
    for size in (1, 3):
        arrive([fact(make.customer(), f"{size}-{n}") for n in range(size)])
        with CaptureQueriesContext(connection) as seen:
            sweeps.changed(DAY, 100)
        counts.append(len(seen))
    assert counts[0] == counts[1]


def test_changed_customer_gets_its_case_within_the_same_sweep() -> None:
    shipped.install(DAY)
    rule = CaseRule.objects.create(
        key="gone", name="Champion left", reason="gone", detector="champion_left", swept_on=DAY
    )
    customer = make.customer()
    make.contact(customer, roles=["champion"], state="left", state_on=DAY)
    changes.mark([customer.pk])
    assert sweeps.changed(DAY, 100) == 1
    assert Case.objects.get().rule == rule


def test_silence_alone_lowers_the_score_overnight() -> None:
    """No event tells of silence: no mark, no sweep; the night's chunks find the new day and score everybody."""
    make.organisation()
    shipped.install(DAY)
    customer = make.customer(first_contract_on=ago(400), stage="mature")
    make.contract(customer, starts_on=ago(400), term_months=36)
    use(customer, range(40))
    scoring.score_customers([customer.pk], DAY)
    before = Score.objects.get(customer=customer)
    tomorrow, later = DAY + dt.timedelta(days=1), DAY + dt.timedelta(days=20)
    assert sweeps.changed(tomorrow, 100) == 0
    assert scoring.chunks(later) == [(customer.pk, customer.pk)]
    for _step in run(later):
        pass
    after = Score.objects.filter(customer=customer).as_of(later).get()
    assert (after.day, after.value < before.value) == (later, True)
    customer.refresh_from_db()
    assert customer.score == after.value
    assert {row.day for row in customer.named_scores.filter(day__gt=DAY)} == {later}
