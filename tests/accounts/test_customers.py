"""Saving a customer names its fields, so that no form puts back what a sweep wrote meanwhile."""

from __future__ import annotations

import ast
import datetime as dt
from pathlib import Path

import pytest
from django.urls import reverse

from accounts import customers
from accounts.models import Contact, Customer
from accounts.models.customers import COPIES
from tests.factories import DAY, contact, customer, organisation, segment, user

pytestmark = pytest.mark.django_db

# What a sweep wrote between the page and the press.
SWEPT = {
    "arr": 900, "status": "notice", "stage": "mature", "score": 41, "band": "red", "band_since": DAY,
    "next_renewal_on": DAY, "leaves_on": DAY, "first_contract_on": DAY, "last_touch_on": DAY, "sentiment": 2,
    "sentiment_on": DAY, "touch_model": "tech",
}  # fmt: skip


@pytest.fixture(autouse=True)
def company():
    organisation()


def test_a_form_keeps_what_sweeps_wrote_meanwhile():
    one = customer(owner=user(), score=90, band="green")
    stale = Customer.objects.get(pk=one.pk)
    kept = {name: value for name, value in SWEPT.items() if name != "touch_model"}
    Customer.objects.filter(pk=one.pk).update(**kept, employees=70)
    stale.name = "Renamed"
    customers.change(stale, ["name"], day=DAY)
    stored = Customer.objects.filter(pk=one.pk).values("name", "employees", *kept).get()
    assert stored == {"name": "Renamed", "employees": 70} | kept


def test_the_page_saves_only_what_was_changed(client):
    mara = user()
    one = customer(name="Old", owner=mara, domain="old.example")
    client.force_login(mara)
    body = {
        "name": "New", "domain": "old.example", "industry": "", "use_case": "", "employees": "", "country": "",
        "owner": mara.pk, "parent": "", "pinned_segment": "", "pin_reason": "", "tags": "",
    }  # fmt: skip
    assert client.post(reverse("accounts:customer_edit", args=[one.pk]), body).status_code == 302
    one.refresh_from_db()
    assert (one.name, one.owner, one.handovers.count()) == ("New", mara, 0)


def test_every_copy_has_been_tried():
    assert COPIES - set(SWEPT) == {"scored_at", "segment", "owner"}


def test_a_known_customer_is_not_saved_whole():
    one = customer()
    with pytest.raises(ValueError, match="Name the fields"):
        one.save()
    one.pinned_segment, one.pin_reason = segment(), "Asked"
    one.save(update_fields=["pinned_segment", "pin_reason"])
    Customer.objects.get(pk=one.pk)


def test_no_code_saves_a_copy_by_name():
    """Copies are written by statements of their one writer, never by ``save`` of a row that somebody holds."""
    copied = COPIES - {"status", "stage", "segment", "owner", "band", "score"}  # names that other models have as well
    found = []
    for app in ("accounts", "health", "renewals", "playbooks", "config"):
        for path in Path(app).rglob("*.py"):
            text = path.read_text()
            for node in ast.walk(ast.parse(text)) if "update_fields" in text else ():
                if isinstance(node, ast.keyword) and node.arg == "update_fields" and isinstance(node.value, ast.List):
                    names = {one.value for one in node.value.elts if isinstance(one, ast.Constant)}
                    found += [f"{path}:{node.value.lineno} {name}" for name in names & copied]
    assert found == []


@pytest.mark.parametrize(
    ("changed", "state_on"),
    [
        ({"state": "left"}, DAY),
        ({"state": "left", "state_on": str(DAY - dt.timedelta(days=9))}, DAY - dt.timedelta(days=9)),
        ({"title": "CTO"}, DAY - dt.timedelta(days=400)),
        ({"state_on": str(DAY)}, DAY),
        ({"state": "left", "state_on": str(DAY + dt.timedelta(days=1))}, None),
        ({"state_on": str(DAY + dt.timedelta(days=1))}, None),
    ],
    ids=str,
)
def test_state_of_a_contact_begins_when_it_changed(client, changed, state_on):
    """The form posts the day that stands: a state that changed began today unless somebody said another day."""
    person = contact(customer(), name="Ada", roles=["champion"])
    before = person.state_on
    client.force_login(user("admin"))
    url = reverse("accounts:contact_edit", args=[person.customer_id, person.pk])
    stands = {"name": "Ada", "roles": ["champion"], "state": "active", "state_on": str(before)}
    answer = client.post(url, stands | changed)
    person.refresh_from_db()
    if state_on is None:
        assert answer.status_code == 422
        assert "This day has not come yet." in answer.content.decode()
        assert (person.state, person.state_on) == ("active", before)
        return
    assert (person.state, person.state_on) == (changed.get("state", "active"), state_on)


def test_contact_keeps_what_somebody_else_changed_meanwhile():
    person = contact(customer(), name="Ada")
    stale = Contact.objects.get(pk=person.pk)
    Contact.objects.filter(pk=person.pk).update(email="ada@acme.example")
    stale.title = "CTO"
    customers.keep_contact(stale, ["title"], day=DAY)
    person.refresh_from_db()
    assert (person.title, person.email) == ("CTO", "ada@acme.example")
