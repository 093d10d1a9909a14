"""What the database refuses of invoices, integrations, community, advocacy and entitlements."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from accounts.models import AdvocacyAct, CommunityActivity, Entitlement, Integration, Invoice
from tests import factories as make
from tests.factories import DAY

pytestmark = pytest.mark.django_db
BEFORE = DAY - dt.timedelta(days=1)
BILL = {"source": "billing", "external_id": "B-1", "issued_on": DAY, "due_on": DAY, "amount": 100}

REFUSED: list[tuple[Any, dict[str, Any], str]] = [
    (Invoice, BILL | {"due_on": BEFORE}, "invoice_due_not_before_issued"),
    (Invoice, BILL | {"amount": -1, "credited_on": DAY}, "invoice_note_not_credited"),
    (Invoice, BILL | {"paid_on": DAY, "payment": "unknown"}, "invoice_paid_on_is_known"),
    (Invoice, BILL | {"payment": "perhaps"}, "invoice_payment_known_word"),
    (Invoice, BILL | {"currency": "usd"}, "invoice_currency_iso"),
    (Invoice, BILL | {"external_id": ""}, "invoice_numbered"),
    (Integration, {"name": "", "connected_on": DAY}, "integration_named"),
    (
        Integration,
        {"name": "CRM", "connected_on": DAY, "disconnected_on": BEFORE},
        "integration_ends_not_before_start",
    ),
    (CommunityActivity, {"kind": "rant", "happened_on": DAY}, "community_kind_known"),
    (AdvocacyAct, {"kind": "smile", "happened_on": DAY}, "advocacy_kind_known"),
]
TWICE: list[tuple[Any, dict[str, Any], str]] = [
    (Invoice, BILL, "invoice_once"),
    (Integration, {"name": "CRM", "connected_on": DAY}, "integration_external_once"),
    (CommunityActivity, {"kind": "post", "happened_on": DAY}, "community_external_once"),
    (AdvocacyAct, {"kind": "review", "happened_on": DAY}, "advocacy_external_once"),
]


@pytest.mark.parametrize(("model", "values", "rule"), REFUSED)
def test_what_cannot_be_is_refused(model: Any, values: dict[str, Any], rule: str) -> None:
    with pytest.raises(IntegrityError, match=rule), transaction.atomic():
        model.objects.create(customer=make.customer(), **values)


@pytest.mark.parametrize(("model", "values", "rule"), TWICE)
def test_a_key_of_another_system_stands_once(model: Any, values: dict[str, Any], rule: str) -> None:
    named = values | {"source": "crm", "external_id": "1"}
    model.objects.create(customer=make.customer(), **named)
    with pytest.raises(IntegrityError, match=rule), transaction.atomic():
        model.objects.create(customer=make.customer(), **named)


@pytest.mark.parametrize(("model", "values", "rule"), TWICE[1:])
def test_rows_added_by_hand_need_no_key(model: Any, values: dict[str, Any], rule: str) -> None:
    for _ in range(2):
        model.objects.create(customer=make.customer(), **values)
    assert model.objects.count() == 2, rule


def test_seats_hold_over_stretches_that_stand_once_each() -> None:
    contract = make.contract(make.customer())
    given: dict[str, Any] = {"contract": contract, "kind": "seats"}
    Entitlement.objects.create(**given, quantity=5, ends_on=BEFORE)
    Entitlement.objects.create(**given, quantity=9, starts_on=BEFORE)
    assert [one.quantity for one in Entitlement.objects.in_force_on(BEFORE)] == [9]
    assert [one.quantity for one in Entitlement.objects.in_force_on(BEFORE - dt.timedelta(days=1))] == [5]
    for starts_on in (None, BEFORE):
        with pytest.raises(IntegrityError, match="entitlement_once"), transaction.atomic():
            Entitlement.objects.create(**given, quantity=7, starts_on=starts_on)
    with pytest.raises(IntegrityError, match="entitlement_ends_after_start"), transaction.atomic():
        Entitlement.objects.create(**given, quantity=7, starts_on=DAY, ends_on=DAY)
