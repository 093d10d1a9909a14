"""Invoices, integrations, community, advocacy and entitlements from files."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest

from accounts import changes
from accounts.models import (
    AdvocacyAct,
    CommunityActivity,
    Contract,
    Customer,
    Entitlement,
    ExternalKey,
    Integration,
    Invoice,
)
from tests.accounts.imports import bring, counts, rejected, write
from tests.factories import contact, contract, customer, organisation

pytestmark = pytest.mark.django_db
INVOICES = "external_id,customer,issued_on,due_on,paid_on,amount,currency\n"
INTEGRATIONS = "external_id,customer,name,connected_on,disconnected_on\n"
COMMUNITY = "external_id,customer,kind,happened_on,contact\n"
ADVOCACY = "external_id,customer,kind,happened_on,note,contact\n"
ENTITLEMENTS = "contract,kind,name,quantity,starts_on,ends_on\n"


@pytest.fixture
def acme() -> Customer:
    made = customer()
    ExternalKey.objects.create(customer=made, source="csv", external_id="A1")
    return made


def test_an_invoice_is_made_then_left_alone_then_paid(acme: Customer, tmp_path: Path) -> None:
    organisation(currency="JPY")
    path = write(tmp_path / "invoices.csv", INVOICES + "B1,A1,2026-10-01,2026-10-31,,1200,\n")
    assert counts(bring(path)) == (1, 0, 0, 0)
    made = Invoice.objects.get()
    assert (made.customer, made.amount, made.currency, made.paid_on) == (acme, Decimal(1200), "JPY", None)
    assert counts(bring(path)) == (0, 0, 1, 0)
    assert changes.waiting("scores").count() == 1
    write(path, INVOICES + "B1,A1,2026-10-01,2026-10-31,2026-11-09,1200,EUR\n")
    assert counts(bring(path)) == (0, 1, 0, 0)
    made.refresh_from_db()
    assert (made.currency, made.paid_on) == ("EUR", dt.date(2026, 11, 9))
    write(path, INVOICES)
    assert counts(bring(path)) == (0, 0, 0, 0)
    assert Invoice.objects.count() == 1


def test_bad_rows_are_named_with_their_field_and_lose_nothing_else(acme: Customer, tmp_path: Path) -> None:
    path = write(
        tmp_path / "invoices.csv",
        INVOICES
        + "B1,A1,2026-10-01,2026-09-30,,10,\nB2,A1,2026-10-01,,,10,\nB3,ZZ,2026-10-01,2026-10-31,,10,\n"
        + "B4,A1,2026-10-01,2026-10-31,,-1,\nB5,A1,2026-10-01,2026-10-31,,10,\nB5,A1,2026-10-01,2026-10-31,,11,\n",
    )
    assert counts(bring(path)) == (2, 0, 0, 4)
    assert rejected(path) == [
        ("2", "due_on", "due_on lies before issued_on"),
        ("3", "due_on", "due_on is empty"),
        ("4", "customer", "customer “ZZ” is not known: no customer has this id"),
        ("7", "external_id", "external_id stands already on line 6 with other content"),
    ]


def test_an_integration_is_cut_by_a_later_file(acme: Customer, tmp_path: Path) -> None:
    path = write(tmp_path / "integrations.csv", INTEGRATIONS + "G1,A1,CRM,2026-01-01,\nG2,A1,,2026-01-01,\n")
    assert counts(bring(path)) == (1, 0, 0, 1)
    write(path, INTEGRATIONS + "G1,A1,CRM,2026-01-01,2026-02-01\nG3,A1,ERP,2026-03-01,2026-02-01\n")
    assert counts(bring(path)) == (0, 1, 0, 1)
    assert rejected(path) == [("3", "disconnected_on", "disconnected_on lies before connected_on")]
    assert counts(bring(path)) == (0, 0, 1, 1)
    assert Integration.objects.get().disconnected_on == dt.date(2026, 2, 1)


@pytest.mark.parametrize(
    ("name", "head", "good", "bad", "model"),
    [
        ("community", COMMUNITY, "Y1,A1,answer,2026-01-01,P1", "Y2,A1,rant,2026-01-01,", CommunityActivity),
        ("advocacy", ADVOCACY, "V1,A1,review,2026-01-01,Kind words,P1", "V2,A1,smile,2026-01-01,,", AdvocacyAct),
    ],
)
def test_acts_know_who_did_them(
    acme: Customer,
    tmp_path: Path,
    name: str,
    head: str,
    good: str,
    bad: str,
    model: type[CommunityActivity | AdvocacyAct],
) -> None:
    person = contact(acme, source="csv", external_id="P1")
    contact(acme, source="csv")  # without an id of its own: nobody's cell means it
    stranger = good.replace("1,A1", "9,A1").replace("P1", "P9")
    nobody = good.replace("1,A1", "3,A1").replace("P1", "")
    path = write(tmp_path / f"{name}.csv", head + f"{good}\n{bad}\n{stranger}\n{nobody}\n")
    assert counts(bring(path)) == (2, 0, 0, 2)
    assert [(line, field) for line, field, _ in rejected(path)] == [("3", "kind"), ("4", "contact")]
    assert list(model.objects.order_by("external_id").values_list("contact_id", flat=True)) == [person.pk, None]
    assert counts(bring(path)) == (0, 0, 2, 2)


def test_entitlements_hold_over_stretches(tmp_path: Path) -> None:
    made: Contract = contract(customer(), source="csv", external_id="C1")
    rows = "C1,seats,,10,,2026-03-01\nC1,seats,,20,2026-03-01,\nC1,module,analytics,,,\nC1,limit,export,500,,\n"
    path = write(tmp_path / "entitlements.csv", ENTITLEMENTS + rows)
    assert counts(bring(path)) == (4, 0, 0, 0)
    assert sorted(one.quantity or 0 for one in Entitlement.objects.in_force_on(dt.date(2026, 3, 1))) == [0, 20, 500]
    assert counts(bring(path)) == (0, 0, 4, 0)
    assert list(changes.waiting("scores")) == [made.customer.pk]
    write(path, ENTITLEMENTS + rows.replace("500", "700"))
    assert counts(bring(path)) == (0, 1, 3, 0)
    write(path, "contract,kind,name\nC1,module,analytics\nC1,module,analytics\n")
    assert counts(bring(path)) == (0, 0, 2, 0)


def test_entitlements_that_say_too_little_are_refused(tmp_path: Path) -> None:
    contract(customer(), source="csv", external_id="C1")
    path = write(
        tmp_path / "entitlements.csv",
        ENTITLEMENTS
        + "C1,module,,,,\nC1,limit,export,,,\nC1,seats,,,,\nC9,seats,,5,,\nC1,seats,,5,2026-01-01,2026-01-01\n"
        + "C1,seats,,5,,\nC1,seats,,6,,\n",
    )
    assert counts(bring(path)) == (1, 0, 0, 6)
    assert {(line, reason) for line, _field, reason in rejected(path)} == {
        ("2", "name is empty; a limit or a module needs one"),
        ("3", "quantity is empty; seats and limits need one"),
        ("4", "quantity is empty; seats and limits need one"),
        ("5", "contract “C9” is not a contract that is known"),
        ("6", "ends_on lies before starts_on"),
        ("8", "contract + kind + name + starts_on stands already on line 7 with other content"),
    }
