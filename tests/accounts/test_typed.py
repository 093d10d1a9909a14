"""What a CSM types: by the rules and messages of imports, with Undo."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts import typed
from accounts.models import Cancellation, Contract, Customer, ImportRun, Invoice, Objective, Outcome, Role
from config import clock
from tests import factories as make

pytestmark = pytest.mark.django_db
CONTRACT = {
    "external_id": "K-1", "starts_on": "2026-01-01", "ends_on": "2026-12-31", "term_months": "12", "notice_days": "30", "auto_renews": "on",
    "product": "Suite", "quantity": "1", "annual_amount": "12000", "discount_percent": "10", "seats": "40",
}  # fmt: skip
BODIES: dict[str, tuple[Any, dict[str, str]]] = {
    "contracts": (Contract, CONTRACT),
    "objectives": (Objective, {"title": "Fewer calls", "agreed_on": "2026-11-01"}),
    "outcomes": (Outcome, {"measure": "Calls a day", "baseline": "120", "target": "80", "state": "open"}),
    "cancellations": (Cancellation, {"on": "2026-11-01", "stated_reason": "price"}),
    "invoices": (Invoice, {"external_id": "R-1", "issued_on": "2026-11-01", "due_on": "2026-11-30", "amount": "1000"}),
}


@pytest.fixture
def csm(client: Client) -> tuple[Client, Customer]:
    make.organisation()
    person = make.user()
    client.force_login(person)
    return client, make.customer(owner=person)


def undo_of(answer: Any) -> str:
    (message,) = answer.context["messages"]
    return next(tag.removeprefix("undo:") for tag in message.extra_tags.split() if tag.startswith("undo:"))


@pytest.mark.parametrize("key", BODIES)
def test_a_row_is_typed_and_taken_back(csm, key: str):
    client, customer = csm
    model, body = BODIES[key]
    url = reverse("accounts:typed", args=[customer.pk, key])
    assert client.get(url).status_code == 200
    answer = client.post(url, body, follow=True)
    assert answer.redirect_chain, answer.context["form"].errors
    row = model.objects.get()
    owner = row.objective.customer if key == "outcomes" else row.customer
    assert (owner, row.source) == (customer, "typed")
    client.post(undo_of(answer))
    assert (model.objects.count(), Objective.objects.count()) == (0, 0)


def test_a_contract_has_its_line_seats_and_revenue(csm):
    client, customer = csm
    client.post(reverse("accounts:typed", args=[customer.pk, "contracts"]), CONTRACT)
    contract = Contract.objects.get()
    line = contract.lines.get()
    assert (contract.external_id, contract.auto_renews, contract.notice_days) == ("K-1", True, 30)
    assert (line.product, line.annual_amount, line.discount_percent) == ("Suite", Decimal(12_000), Decimal(10))
    assert contract.entitlements.get(kind="seats").quantity == 40
    assert ImportRun.objects.get().title == f"Typed: {customer.name}"


@pytest.mark.parametrize(
    ("key", "change", "field", "reason"),
    [
        ("contracts", {"ends_on": "2025-12-31"}, "ends_on", "Lies before starts_on"),
        (
            "contracts",
            {"annual_amount": "-5"},
            "annual_amount",
            "Is below 0: take the discount off the line that it lowers",
        ),
        ("contracts", {"currency": "XXQ"}, "currency", "XXQ"),
        ("invoices", {"issued_on": "2027-01-01", "due_on": "2027-02-01"}, "issued_on", "future"),
        ("cancellations", {"stated_reason": "other"}, "note", "Is empty, and the stated reason is “other”"),
        ("objectives", {"title": ""}, "title", "This field is required."),
    ],
)
def test_what_an_import_refuses_is_refused_at_its_field(csm, key: str, change: dict[str, str], field: str, reason: str):
    client, customer = csm
    model, body = BODIES[key]
    answer = client.post(reverse("accounts:typed", args=[customer.pk, key]), body | change)
    assert answer.status_code == 422
    assert reason in " ".join(answer.context["form"].errors[field])
    assert (model.objects.count(), ImportRun.objects.count()) == (0, 0)


def test_a_number_stands_once(csm):
    client, customer = csm
    url = reverse("accounts:typed", args=[customer.pk, "contracts"])
    client.post(url, CONTRACT)
    answer = client.post(url, CONTRACT | {"product": "Another"})
    assert answer.context["form"].errors["external_id"] == ["There is one with this number already."]
    assert Contract.objects.count() == 1


def test_what_has_changed_since_is_not_taken_back(csm):
    client, customer = csm
    answer = client.post(
        reverse("accounts:typed", args=[customer.pk, "objectives"]), BODIES["objectives"][1], follow=True
    )
    undo = undo_of(answer)
    Objective.objects.update(title="Another")
    assert client.post(undo.partition("?")[0]).status_code == 302
    client.post(undo)
    assert Objective.objects.get().title == "Another"


def test_who_may_not_change_types_nothing(csm):
    client, customer = csm
    url = reverse("accounts:typed", args=[customer.pk, "objectives"])
    for role, status in ((Role.VIEWER, 403), (Role.CSM, 404)):
        client.force_login(make.user(role))
        assert client.post(url, BODIES["objectives"][1]).status_code == status
    assert not Objective.objects.exists()


def test_every_kind_asks_fields_of_its_target():
    for kind in typed.KINDS.values():
        assert [kind.target.field(name) for name in kind.asks if kind.target.field(name) is None] == []


def test_the_first_contract_that_is_typed_is_known_since_today_as_any_other(csm):
    client, customer = csm
    today = clock.today()
    for number in ("K-1", "K-2"):
        client.post(reverse("accounts:typed", args=[customer.pk, "contracts"]), CONTRACT | {"external_id": number})
    assert set(Contract.objects.values_list("known_on", flat=True)) == {today}
