"""The largest amounts and counts that forms and imports accept go through the whole night; what raises is set aside alone."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from django.db import connection

from accounts.models import ContractLine, Customer, Entitlement, Invoice, Objective, Outcome
from config import cycle
from config.setaside.models import SetAside
from health.cases import sweep
from health.models import Case, CaseRule, Feature, SurveyResponse, Ticket
from renewals.models import Renewal
from tests import factories as make
from tests.config.test_changed import company, months, new_customer
from tests.factories import DAY
from tests.health.conftest import ago
from tests.health.signals.test_rollup import arrive, fact

__all__ = ["company", "months"]  # fixtures

pytestmark = pytest.mark.usefixtures("months")

LARGEST = Decimal("999999999999.99")
INTEGER = 2**31 - 1
SMALL = 2**15 - 1


def largest() -> Customer:
    """A customer whose every amount and count is the largest that its column takes, more than once."""
    customer = make.customer(name="Absurd", employees=INTEGER, status="prospect", attributes={"seats": 10**11})
    core = Feature.objects.create(key="core", name="Core", is_core=True)
    for starts in (ago(800), ago(330), ago(40)):
        contract = make.contract(customer, starts_on=starts, term_months=12, notice_days=90, amount=LARGEST)
        for number in range(3):
            line = {"product": f"P{number}", "starts_on": starts, "annual_amount": LARGEST, "quantity": INTEGER}
            ContractLine.objects.create(contract=contract, **line)
            Entitlement.objects.create(contract=contract, kind="seats", quantity=INTEGER, name=f"S{number}")
    for number in range(3):
        Invoice.objects.create(
            customer=customer, source="x", external_id=f"{number}", amount=LARGEST,
            issued_on=ago(90), due_on=ago(60),
        )  # fmt: skip
    goal = Objective.objects.create(customer=customer, title="All", agreed_on=ago(300))
    for number in range(2):
        Outcome.objects.create(
            objective=goal, measure=f"O{number}", baseline=-LARGEST, target=LARGEST, measured=LARGEST, unit_value=LARGEST,
            state="achieved", measured_on=ago(10), unit="h",
        )  # fmt: skip
    arrive(
        [
            fact(customer, f"{day}-{n}", day=ago(day), uses=INTEGER, users=INTEGER, seconds=INTEGER, errors=INTEGER,
                 feature_id=core.pk)
            for day in range(100) for n in range(2)
        ]
    )  # fmt: skip
    contact = make.contact(customer, roles=["champion"])
    for number in range(2):
        SurveyResponse.objects.create(
            customer=customer,
            contact=contact,
            source="x",
            external_id=f"{number}",
            kind="nps",
            answer=10,
            answered_on=ago(9),
        )
        Ticket.objects.create(
            customer=customer, source="x", external_id=f"{number}", opened_at=dt.datetime(2026, 11, 1, tzinfo=dt.UTC),
            reopened=SMALL, severity="urgent",
        )  # fmt: skip
    return customer


def nights() -> None:
    for day in (DAY, DAY + dt.timedelta(days=1)):
        for _done in cycle.run(day):
            pass


def test_largest_accepted_figures_go_through_the_whole_night(company: None) -> None:
    absurd, plain = largest(), new_customer()
    nights()
    assert not SetAside.objects.exists()
    absurd.refresh_from_db()
    plain.refresh_from_db()
    assert absurd.arr == 12 * LARGEST
    assert absurd.score is not None
    assert Renewal.objects.filter(customer=absurd).exists()
    assert (plain.arr, plain.segment is not None, plain.band != "") == (24_000, True, True)


def test_overflow_sets_one_customer_aside_and_everybody_elses_night_is_whole(company: None) -> None:
    bad, *others = [new_customer(name=f"Customer {n}") for n in range(4)]
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        # Such a row passes no door: a column that holds less than its sources makes the sweep itself overflow.
        cursor.execute("ALTER TABLE accounts_customer ALTER arr TYPE numeric(7, 2)")
        cursor.execute("UPDATE accounts_contractline SET annual_amount = 1e11 WHERE contract_id IN "
                       "(SELECT id FROM accounts_contract WHERE customer_id = %s)", [bad.pk])  # fmt: skip
    nights()
    aside = SetAside.objects.get()
    assert (aside.step, aside.object_id, aside.words, aside.times) == ("lifecycle", bad.pk, "Customer 0", 2)
    assert "overflow" in aside.reason
    for customer in others:
        customer.refresh_from_db()
        assert (customer.status, customer.arr, customer.band != "") == ("live", 24_000, True)
        assert customer.next_renewal_on is not None
    bad.refresh_from_db()
    assert bad.status == "prospect"


def test_rules_count_as_swept_in_a_night_in_which_a_customer_is_set_aside(
    company: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, well = new_customer(name="Bad"), new_customer(name="Well")
    real = sweep.sweep

    def cases(day: dt.date, only: list[int] | None = None, **told: bool) -> int:
        if only is None or bad.pk in only:
            raise ValueError("absurd")
        return real(day, only, **told)

    monkeypatch.setattr(sweep, "sweep", cases)
    tomorrow = DAY + dt.timedelta(days=1)
    for _done in cycle.run(tomorrow):
        pass
    assert SetAside.objects.get().object_id == bad.pk
    assert Case.objects.filter(customer=well).exists()
    assert set(CaseRule.objects.filter(is_active=True).values_list("swept_on", flat=True)) == {tomorrow}
