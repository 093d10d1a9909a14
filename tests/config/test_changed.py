"""Customers that something happened to get their segment, scores, renewals, cases, motions and plays within seconds."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest
from django.db import OperationalError, connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts import changes, statistics
from accounts import shipped as accounts_shipped
from accounts.models import Change, Customer, Segment
from accounts.tasks import segments_due
from config import changed, clock
from config.cycle import run
from config.outbox import ticks
from config.setaside import nights
from config.setaside.models import SetAside
from health import scoring
from health.cases import shipped as case_rules
from health.models import Case, CaseRule, RollupMark, Score, Standing, UsageDay
from health.publishing import shipped
from health.scoring import writing
from health.signals import rollup
from health.standing import motions as motions_of
from playbooks import shipped as playbooks_shipped
from playbooks.models import Enrolment
from renewals import forecast as renewals_forecast
from renewals.models import Renewal
from tests import factories as make
from tests.factories import DAY
from tests.faults.conftest import test_database
from tests.health.conftest import ago, months, use
from tests.health.scoring.test_scoring import Killed, kill_at, rows, without_ids
from tests.health.signals.test_rollup import arrive, fact

__all__ = ["months"]  # a fixture

pytestmark = pytest.mark.usefixtures("months")


def scored(limit: int = changed.SLICE) -> int:
    """Roll up, and let the reader of scores do one slice of its rows as of ``DAY``; how many customers."""
    rollup.roll_up_changed(limit)
    return changed.work_slice("scores", changed.readers()["scores"], DAY)


def test_new_usage_reaches_the_score() -> None:
    shipped.install(DAY)
    customer, other = make.customer(), make.customer()
    arrive([fact(customer, "a", uses=20, users=4)])
    assert scored() == 1
    customer.refresh_from_db()
    assert customer.score is not None
    assert not Score.objects.filter(customer=other).exists()
    assert not changes.waiting("scores").exists()
    assert scored() == 0


def test_sweep_leaves_the_rows_of_a_full_run() -> None:
    shipped.install(DAY)
    customers = [make.customer() for _ in range(4)]
    arrive([fact(customer, "a", uses=9 + customer.pk) for customer in customers])
    scored()
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
            scored()
        wanted = without_ids(rows())
        transaction.set_rollback(True)
    for number in range(1, len(seen) + 1):
        kill_at(number, scored)
        assert (RollupMark.objects.count(), Score.objects.count(), UsageDay.objects.count()) == (2, 0, 0)
    assert scored() == 2
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
            scored()
    assert list(changes.waiting("scores")) == [customer.pk]
    assert scored() == 1


def test_limit_leaves_the_rest_marked(monkeypatch: pytest.MonkeyPatch) -> None:
    shipped.install(DAY)
    changes.mark(Customer.objects.filter(pk__in=[make.customer().pk for _ in range(3)]))
    monkeypatch.setattr(changed, "SLICE", 2)
    assert [scored(), scored(), scored()] == [2, 1, 0]


def test_customer_marked_twice_is_scored_once() -> None:
    shipped.install(DAY)
    customer = make.customer()
    changes.mark([customer.pk])
    changes.mark([customer.pk])
    assert scored() == 1


def test_statements_do_not_grow() -> None:
    shipped.install(DAY)
    statistics.refresh_written()  # of what was installed: else the first sweep does it
    counts = []
    for size in (1, 3):
        arrive([fact(make.customer(), f"{size}-{n}") for n in range(size)])
        with CaptureQueriesContext(connection) as seen:
            scored()
        counts.append(len(seen))
    assert counts[0] == counts[1]


def test_changed_customer_gets_its_case_within_the_same_sweep() -> None:
    make.organisation()
    shipped.install(DAY)
    rule = CaseRule.objects.create(
        key="gone", name="Champion left", reason="gone", detector="champion_left", swept_on=DAY
    )
    customer = make.customer()
    make.contract(customer)
    make.contact(customer, roles=["champion"], state="left", state_on=DAY)
    changes.mark([customer.pk])
    assert changed.sweep() >= 6
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
    later = DAY + dt.timedelta(days=20)
    assert not changes.waiting("scores").exists()
    assert scoring.chunks(later) == [(customer.pk, customer.pk)]
    for _step in run(later):
        pass
    after = Score.objects.filter(customer=customer).as_of(later).get()
    assert (after.day, after.value < before.value) == (later, True)
    customer.refresh_from_db()
    assert customer.score == after.value
    assert {row.day for row in customer.named_scores.filter(day__gt=DAY)} == {later}


# The whole chain.


@pytest.fixture
def company() -> None:
    """Shipped segments, scorecards, rules and playbooks, all in use."""
    make.organisation()
    accounts_shipped.install()
    shipped.install(DAY)
    case_rules.install()
    CaseRule.objects.update(swept_on=DAY)
    playbooks_shipped.install(DAY)
    renewals_forecast.refresh(DAY)


def new_customer(**fields: Any) -> Customer:
    """As an import leaves one: a contract that ends in 60 days, nothing derived yet, marked."""
    customer = make.customer(status="prospect", stage="onboarding", **fields)
    make.contract(customer, starts_on=ago(305), term_months=12, amount=24_000)
    make.contact(customer, roles=["champion"], state="left", state_on=DAY)
    use(customer, range(40))
    changes.mark([customer.pk])
    return customer


def resting() -> int:
    """Runs until nothing is left in the log; how many it took."""
    for runs in range(1, 8):
        changed.sweep()
        if not Change.objects.exists():
            return runs
    raise AssertionError(f"still in the log: {list(Change.objects.values_list('reader', 'what', 'customer_id'))}")


def test_one_run_reaches_segment_scores_renewals_cases_motions_and_plays(company: None) -> None:
    customer = new_customer()
    changed.sweep()
    customer.refresh_from_db()
    assert (customer.status, customer.stage, customer.arr) == ("live", "growth", 24_000)
    assert customer.segment is not None
    assert customer.band != ""
    assert (Renewal.objects.get().stage, Renewal.objects.get().model_likelihood is None) == ("preparing", False)
    assert customer.next_renewal_on == Renewal.objects.get().due_on
    assert Case.objects.filter(customer=customer).exists()
    assert Standing.objects.filter(customer=customer, kind="motion").exists()
    assert Enrolment.objects.filter(customer=customer).exists()


def test_chain_comes_to_rest_and_leaves_what_the_night_leaves(company: None) -> None:
    customers = [new_customer() for _ in range(3)]
    assert resting() <= 3
    written = snapshot()
    for _done in run(DAY):
        pass
    assert snapshot() == written
    changes.mark([customer.pk for customer in customers])
    assert resting() == 1
    assert snapshot() == written


def snapshot() -> list[Any]:
    """What the sweeps derive of customers."""
    derived = "status", "stage", "arr", "segment", "touch_model", "score", "band", "next_renewal_on"
    return [
        list(Customer.objects.order_by("pk").values(*derived)),
        list(Renewal.objects.order_by("contract", "term_number").values("stage", "due_on", "arr", "outcome")),
        list(Case.objects.filter(state="new").order_by("customer", "reason").values("customer", "reason", "severity")),
        list(Standing.objects.order_by("customer", "kind").values("customer", "kind", "state")),
        list(Enrolment.objects.order_by("customer", "occasion").values("customer", "playbook", "occasion", "state")),
    ]


def test_changed_rules_of_segments_are_news_to_the_others(company: None) -> None:
    customer = new_customer()
    resting()
    Segment.objects.update(is_active=False)
    first = make.segment(rule=[], position=0)
    segments_due({})
    customer.refresh_from_db()
    assert customer.segment == first
    assert set(Change.objects.values_list("reader", "what")) == {
        (reader, "segment") for reader in changes.READERS if reader != "segments"
    }


def test_customer_that_breaks_a_step_is_set_aside_alone(company: None, monkeypatch: pytest.MonkeyPatch) -> None:
    bad, *others = [new_customer(name=f"Customer {n}") for n in range(3)]

    def motions(day: dt.date, ids: list[int] | None = None) -> int:
        if bad.pk in (ids or []):
            raise ValueError("absurd")
        return real(day, ids)

    real = motions_of.sweep
    monkeypatch.setattr(motions_of, "sweep", motions)
    changed.sweep()
    aside = SetAside.objects.get()
    assert (aside.step, aside.object_id, aside.words) == ("motions", bad.pk, "Customer 0")
    placed = Standing.objects.filter(kind="motion").values_list("customer", flat=True)
    assert set(placed) == {customer.pk for customer in others}
    assert Enrolment.objects.filter(customer=bad).exists()


def test_reader_that_is_broken_stops_neither_the_others_nor_the_next_run(
    company: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    customer = new_customer()
    monkeypatch.setattr(changed, "some", broken_for("cases", ValueError("a mistake")))
    changed.sweep()
    assert Enrolment.objects.filter(customer=customer).exists()
    aside = SetAside.objects.get()
    assert (aside.step, aside.kind, aside.words) == ("changed:cases", "step", "cases")
    assert nights.failed(DAY) == set(), "the step of the night did not fail"
    assert not Change.objects.filter(reader="cases", what="record").exists()
    monkeypatch.undo()
    changes.mark([customer.pk])
    changed.sweep()
    assert not SetAside.objects.exists(), "the reader works again"
    assert Case.objects.filter(customer=customer).exists()


@pytest.mark.parametrize("size", [1, 2])
def test_slice_that_fails_drops_its_own_rows_and_no_others(
    company: None, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    customers = [new_customer() for _ in range(3)]
    Change.objects.all().delete()
    changes.mark([one.pk for one in customers])
    taken: list[int] = []

    def fails(step: Any, _day: dt.date, ids: list[int]) -> int:
        taken.extend(ids)
        raise ValueError(step.name)

    monkeypatch.setattr(changed, "some", fails)
    monkeypatch.setattr(changed, "SLICE", size)
    steps = changed.readers()["cases"]
    assert changed.work_slice("cases", steps, DAY) == 0
    assert len(taken) == size
    assert set(changes.waiting("cases")) == {one.pk for one in customers} - set(taken)


def test_time_out_of_a_reader_leaves_its_rows(company: None, monkeypatch: pytest.MonkeyPatch) -> None:
    customer = new_customer()
    with monkeypatch.context() as patch:
        patch.setattr(changed, "some", broken_for("cases", OperationalError("statement timeout")))
        changed.sweep()
    assert list(changes.waiting("cases")) == [customer.pk]
    assert not SetAside.objects.exists()
    changed.sweep()
    assert Case.objects.filter(customer=customer).exists()


def broken_for(step_name: str, error: Exception) -> Any:
    real = changed.some

    def some(step: Any, day: dt.date, ids: list[int]) -> int:
        if step.name == step_name:
            raise error
        return real(step, day, ids)

    return some


def test_no_slice_begins_when_the_time_is_up(company: None, monkeypatch: pytest.MonkeyPatch) -> None:
    new_customer()
    monkeypatch.setattr(changed, "SECONDS", 0)
    assert changed.sweep() == 0
    assert changes.waiting("segments").count() == 1


def test_scores_wait_while_somebody_else_scores(company: None) -> None:
    customer = new_customer()
    with psycopg.connect(test_database()) as session:
        session.execute("SELECT pg_advisory_xact_lock_shared(hashtextextended(%s, 0))", [writing.LOCK])
        changed.sweep()
    assert list(changes.waiting("scores")) == [customer.pk]
    changed.sweep()
    customer.refresh_from_db()
    assert customer.score is not None


def test_nothing_is_done_before_the_frozen_day_has_come(company: None) -> None:
    new_customer()
    make.organisation(frozen_today=clock.real_today() + dt.timedelta(days=1))
    assert changed.sweep() == 0


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Etc/GMT+12"])
@pytest.mark.parametrize("ahead", [-1, 1])
def test_the_day_is_that_of_the_databases_clock(company: None, monkeypatch: pytest.MonkeyPatch, zone: str, ahead: int):
    """Not that of the worker's machine, which may be on the other side of midnight."""
    make.organisation(frozen_today=None, time_zone=zone)
    real, days = ticks.database_now(), set()
    monkeypatch.setattr(clock, "now", lambda: real + dt.timedelta(days=ahead))
    monkeypatch.setattr(changed, "work_off", lambda _name, _steps, day, _left: days.add(day) or 0)
    changed.sweep()
    assert days == {clock.day_of(real, ZoneInfo(zone))}


def test_readers_are_the_registered_ones_in_the_order_of_the_steps() -> None:
    assert list(changed.readers()) == ["segments", "scores", "renewals", "cases", "motions", "plays"]
    assert sorted(changed.readers()) == sorted(changes.READERS)
