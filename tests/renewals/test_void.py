"""Nothing a person touched is deleted by a sweep: it is void, counts nowhere, and comes back."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from django.db import connection

from accounts.models import Contract, Customer
from playbooks import enrolment, versions, work
from playbooks.models import Enrolment, Task
from playbooks.steps import task_step
from playbooks.versions import Design
from renewals import board, calibration, calls, forecast, money, pipeline, prep, stages
from renewals.models import ForecastCall, PrepPart, Renewal
from renewals.outcomes import closed_terms
from tests.factories import DAY, customer, user
from tests.renewals.factories import due_in, renewal_due_in
from tests.tables import said

NOW = dt.datetime(2026, 11, 24, 9, tzinfo=dt.UTC)


def by_amount(made: Contract, *, there: bool) -> None:
    made.lines.update(annual_amount=12_000 if there else 0)


def by_trial(made: Contract, *, there: bool) -> None:
    made.is_trial = not there
    made.save()


def by_term(made: Contract, *, there: bool) -> None:
    """A year that is agreed on becomes a month that rolls."""
    made.term_months, made.ends_on = (12, DAY + dt.timedelta(days=40)) if there else (1, None)
    made.save()


def called(renewal: Renewal) -> None:
    calls.call(renewal, renewal.customer.owner, NOW, DAY, likelihood=Decimal("0.7"), category="", note="CFO")


def decided(renewal: Renewal) -> None:
    calls.decide(renewal, user("manager"), NOW, DAY, likelihood=Decimal("0.7"), reason="Seen it")


def noted(renewal: Renewal) -> None:
    prep.keep_note(renewal, "value", "ROI with the CFO")


def moved(renewal: Renewal) -> None:
    stages.move(renewal, "proposed", DAY)


@pytest.mark.parametrize("touch", [called, decided, noted, moved])
@pytest.mark.parametrize(
    ("change", "reason"), [(by_amount, "unpaid"), (by_trial, "trial"), (by_term, "short")]
)  # fmt: skip
def test_what_somebody_touched_is_void_and_comes_back_as_it_was(touch, change, reason):
    renewal = renewal_due_in(40)
    made = renewal.contract
    touch(Renewal.objects.get())
    before = (
        said(Renewal.objects.all()),
        list(PrepPart.objects.order_by("pk").values()),
        ForecastCall.objects.count(),
    )
    change(made, there=False)
    pipeline.sweep(DAY)
    void = Renewal.objects.get()
    assert (void.pk, void.stage, void.outcome, void.void_reason) == (renewal.pk, "closed", "void", reason)
    assert Customer.objects.get().next_renewal_on is None
    assert pipeline.sweep(DAY) == 0
    change(made, there=True)
    pipeline.sweep(DAY + dt.timedelta(days=3))
    back = said(Renewal.objects.all()), list(PrepPart.objects.order_by("pk").values()), ForecastCall.objects.count()
    assert back == before


def test_what_nobody_touched_is_gone():
    made = due_in(300)
    pipeline.sweep(DAY)
    by_trial(made, there=False)
    pipeline.sweep(DAY)
    assert not Renewal.objects.exists()


def test_a_task_alone_keeps_a_renewal():
    renewal = renewal_due_in(300)
    Task.objects.create(customer=renewal.customer, renewal=renewal, title="Ask early", due_on=DAY)
    by_trial(renewal.contract, there=False)
    pipeline.sweep(DAY)
    assert Renewal.objects.get().outcome == "void"
    assert Task.objects.get().renewal_id == renewal.pk


def test_a_void_renewal_is_in_no_figure_and_no_list(client):
    owner = user()
    renewal = renewal_due_in(40, customer(name="Cobalt", owner=owner))
    called(Renewal.objects.get())
    by_amount(renewal.contract, there=False)
    pipeline.sweep(DAY)
    calibration.refresh(DAY)
    due = renewal.due_on
    found = forecast.summary(Customer.objects.all(), DAY, due + dt.timedelta(days=1), DAY)
    assert (found.renewals, found.available, found.sums.untold) == (0, 0, 0)
    assert money.sums(Renewal.objects.all()) == money.Sums()
    assert not board.shown(Renewal.objects.all(), DAY).exists()
    assert sum(row.n for row in calibration.fit(due)) == 0
    terms = closed_terms(Customer.objects.all(), due, 30)
    with connection.cursor() as cursor:
        cursor.execute(terms.sql, terms.parameters)
        assert cursor.fetchall() == []
    client.force_login(owner)
    assert "Cobalt" not in client.get("/renewals/").text
    assert "It counts nowhere" in client.get(f"/renewals/{renewal.pk}/").text


def test_plays_of_a_void_renewal_end_and_come_back_with_it():
    owner = user()
    made = versions.create("Prep")
    steps = [task_step("Health", prep_part="health"), task_step("Case", prep_part="case")]
    versions.publish(versions.save_draft(made, Design("renewal_due", reentry_days=0, steps=steps), None), NOW)
    renewal = renewal_due_in(40, customer(owner=owner))
    enrolment.sweep(DAY)
    work.complete(Task.objects.get(title="Health"), "done", user=owner, now=NOW, day=DAY, note="Seen")
    by_trial(renewal.contract, there=False)
    pipeline.sweep(DAY)
    enrolment.sweep(DAY)
    play = Enrolment.objects.get()
    assert (play.state, play.exit_reason) == ("exited", "void")
    assert dict(Task.objects.values_list("title", "outcome")) == {"Health": "done", "Case": "not_needed"}
    by_trial(renewal.contract, there=True)
    pipeline.sweep(DAY)
    enrolment.sweep(DAY)
    play.refresh_from_db()
    assert (play.state, play.exit_reason) == ("running", "")
    assert dict(Task.objects.values_list("title", "outcome")) == {"Health": "done", "Case": ""}


def test_who_shared_the_prep_of_a_void_one_gets_its_own():
    one = customer(owner=user())
    head, shared = renewal_due_in(30, one), renewal_due_in(40, one)
    assert Renewal.objects.get(pk=shared.pk).prep_with_id == head.pk
    by_trial(head.contract, there=False)
    pipeline.sweep(DAY)
    row = Renewal.objects.get(pk=shared.pk)
    assert (row.prep_with_id, row.parts.count()) == (None, 4)
