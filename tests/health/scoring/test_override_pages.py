"""Overriding a score from the page: a form with a reason, a mark everywhere, and the way back."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Customer, User
from health.models import Override
from health.scoring import overriding
from tests import factories as make
from tests.factories import DAY
from tests.health.scoring.test_panels import customer as customer  # noqa: PLC0414 (a fixture)
from tests.health.scoring.test_panels import owner as owner  # noqa: PLC0414 (a fixture)

pytestmark = pytest.mark.usefixtures("months")
HTMX = {"HX-Request": "true"}
GOOD = {"value": "20", "begins": "2026-11-24", "until": "2026-12-24", "reason": "The new owner stops all projects"}


def post(client: Client, customer: Customer, **fields: str) -> Any:
    return client.post(reverse("health:override_new", args=[customer.pk]), GOOD | fields, headers=HTMX)


def panel(client: Client, customer: Customer) -> str:
    return str(client.get(reverse("health:panel", args=[customer.pk]), headers=HTMX).content.decode())


def test_it_is_said_with_a_reason_and_stands_beside_the_score(client: Client, owner: User, customer: Customer) -> None:
    client.force_login(owner)
    answer = post(client, customer)
    assert answer.status_code == 200
    assert "health:changed" in answer["HX-Trigger"]
    found = Override.objects.get()
    assert (found.value, found.band, found.author, found.computed) == (20, "red", owner, customer_score(customer))
    text = panel(client, customer)
    assert f"<b>{owner.name} says 20</b>" in text
    assert "The new owner stops all projects" in text
    assert f"Computed {found.computed:.0f}" in text
    # Undo in the toast is a withdrawal.
    assert reverse("health:override_withdraw", args=[customer.pk, found.pk]) in answer.content.decode()


def customer_score(customer: Customer) -> object:
    return Customer.objects.get(pk=customer.pk).score


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"value": "101"}, "less than or equal to 100"),
        ({"value": ""}, "This field is required."),
        ({"reason": "  "}, "This field is required."),
        ({"begins": "2026-11-23"}, "never begins in the past"),
        ({"until": "2026-11-24"}, "The end lies after the beginning."),
        ({"until": "2027-11-24"}, "At most 180 days"),
        ({"until": "soon"}, "Enter a valid date."),
    ],
)
def test_what_cannot_be_comes_back_at_its_field(
    client: Client, owner: User, customer: Customer, fields: dict[str, str], said: str
) -> None:
    client.force_login(owner)
    answer = post(client, customer, **fields)
    text = answer.content.decode()
    assert (answer.status_code, said in text, 'aria-invalid="true"' in text) == (422, True, True)
    assert not Override.objects.exists()
    if "reason" not in fields:
        assert "The new owner stops all projects" in text


def test_withdrawn_it_is_gone_and_remembered(client: Client, owner: User, customer: Customer) -> None:
    client.force_login(owner)
    put = overriding.put(customer, 20, author=owner, day=DAY, until=DAY + dt.timedelta(days=9), reason="Stops")
    answer = client.post(reverse("health:override_withdraw", args=[customer.pk, put.pk]), headers=HTMX)
    assert "Override withdrawn." in answer.content.decode()
    text = panel(client, customer)
    assert "says 20" not in text
    assert "Other overrides" in text
    again = client.post(reverse("health:override_withdraw", args=[customer.pk, put.pk]), headers=HTMX)
    assert "has ended already" in again.content.decode()


def test_it_expires_by_its_date_alone(client: Client, owner: User, customer: Customer) -> None:
    put = overriding.put(customer, 20, author=owner, day=DAY, until=DAY + dt.timedelta(days=1), reason="Stops")
    client.force_login(owner)
    assert "says 20" in panel(client, customer)
    make.organisation(frozen_today=DAY + dt.timedelta(days=1))
    assert "says 20" not in panel(client, customer)
    put.refresh_from_db()
    assert put.withdrawn_on is None


def test_the_portfolio_marks_it_and_bands_stay_computed(client: Client, owner: User, customer: Customer) -> None:
    make.customer(owner=owner, name="Plain")
    overriding.put(customer, 20, author=owner, day=DAY, until=DAY + dt.timedelta(days=9), reason="Stops")
    client.force_login(owner)
    mark = '<span class="badge human outline"><span class="quiet">Override </span>20</span>'
    assert client.get("/customers/").content.decode().count(mark) == 1
    assert mark in client.get(f"/customers/{customer.pk}/").content.decode()
    band = Customer.objects.get(pk=customer.pk).band
    assert band != "red"
    assert "Cobalt Freight" in client.get(f"/customers/?band={band}").content.decode()
    assert "Cobalt Freight" not in client.get("/customers/?band=red").content.decode()


def test_a_viewer_sees_it_and_may_not(client: Client, owner: User, customer: Customer) -> None:
    overriding.put(customer, 20, author=owner, day=DAY, until=DAY + dt.timedelta(days=9), reason="Stops")
    client.force_login(make.user("viewer"))
    text = panel(client, customer)
    assert "says 20" in text
    assert "Withdraw" not in text
    assert post(client, customer).status_code == 403


def test_without_script_it_is_a_page_that_leads_back(client: Client, owner: User, customer: Customer) -> None:
    client.force_login(owner)
    url = reverse("health:override_new", args=[customer.pk])
    assert "<h1>" in client.get(url).content.decode()
    assert client.post(url, GOOD)["Location"] == f"/customers/{customer.pk}/"
