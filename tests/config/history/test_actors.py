"""Who acted stands in the history, whatever way they came in; reads are told nothing."""

from __future__ import annotations

import pytest
from django.db import connection, transaction
from django.test import Client
from rest_framework.test import APIClient

from accounts.models import Customer
from config.history.actors import Actor, acting, changes_what_is_kept
from config.history.models import Entry
from config.outbox import delivery
from tests import factories

pytestmark = pytest.mark.django_db


def latest() -> Actor:
    entry = Entry.objects.latest("pk")
    return Actor(str(entry.actor_id or ""), entry.door)


def change(customer: Customer, industry: str) -> None:
    Customer.objects.filter(pk=customer.pk).update(industry=industry)


def told() -> tuple[str, ...]:
    assert connection.connection is not None
    row = connection.connection.execute(
        "SELECT coalesce(current_setting('tsunagu.actor', true), ''), coalesce(current_setting('tsunagu.door', true), '')"
    ).fetchone()
    return tuple(row or ())


def test_a_page_names_who_is_signed_in():
    factories.organisation()
    csm = factories.user()
    customer = factories.customer(owner=csm)
    client = Client()
    client.force_login(csm)
    client.get(f"/customers/{customer.pk}/")
    # Reading told the database nothing.
    assert told() == ("", "")
    answer = client.post(f"/customers/{customer.pk}/edit/", {"name": "Other", "owner": csm.pk})
    assert answer.status_code < 400, answer.content
    entry = Entry.objects.get(kind="customer")
    assert (entry.actor_id, entry.door, entry.after["name"]) == (csm.pk, "page", "Other")


def test_the_api_names_who_asks():
    factories.organisation()
    admin = factories.user("admin")
    customer = factories.customer(owner=admin)
    client = APIClient()
    client.force_authenticate(admin)
    answer = client.post(f"/api/v1/customers/{customer.pk}/owner/", {"owner": None}, format="json")
    assert answer.status_code == 200, answer.content
    assert latest() == Actor(str(admin.pk), "api")


def test_work_names_its_kind_and_keeps_the_person_around_it():
    customer = factories.customer()
    delivery.handler("test.change")(lambda payload: change(customer, payload["industry"]))
    with transaction.atomic():
        delivery.enqueue("test.change", {"industry": "Printing"}, dedup_key="k")
    try:
        assert delivery.deliver(delivery.Outbox.objects.get().pk) == "done"
    finally:
        del delivery.HANDLERS["test.change"]
    assert latest() == Actor("", "work:test.change")
    with acting("page", lambda: 7), acting("step:lifecycle"):
        change(customer, "Film")
    assert latest() == Actor("7", "step:lifecycle")


def test_each_change_names_who_acts_then_also_after_a_part_was_undone():
    customer = factories.customer()
    with acting("page", lambda: 7):
        change(customer, "Printing")
        with transaction.atomic(), acting("page", lambda: 8):
            change(customer, "Film")
            transaction.set_rollback(True)
        change(customer, "Radio")
        assert latest() == Actor("7", "page")
    change(customer, "Theatre")
    assert latest() == Actor("", "")
    assert Entry.objects.count() == 3


@pytest.mark.django_db(transaction=True)
def test_without_a_transaction_and_in_the_next_one():
    customer = factories.customer()
    with acting("command:mend", lambda: 7):
        change(customer, "Printing")
        assert latest() == Actor("7", "command:mend")
        assert told() == ("", "")
        with transaction.atomic():
            change(customer, "Film")
            assert told() == ("7", "command:mend")
    assert told() == ("", "")
    with transaction.atomic():
        change(customer, "Radio")
    assert latest() == Actor("", "")


@pytest.mark.parametrize(
    ("sql", "changes"),
    [
        ("UPDATE accounts_customer SET name = ''", True),
        ('update only "accounts_customer" set name = 1', True),
        ("WITH a AS (DELETE FROM health_case RETURNING 1) SELECT 1", True),
        ("\n    INSERT INTO accounts_user VALUES (1) ON CONFLICT DO UPDATE SET name = ''", True),
        ("DO $$ BEGIN EXECUTE 'whatever'; END $$", True),
        ("SELECT 'UPDATE accounts_customer' FROM accounts_customer FOR UPDATE", False),
        ("WITH RECURSIVE team AS (SELECT 1) SELECT * FROM team FOR UPDATE", False),
        ("INSERT INTO cache_entry VALUES (1)", False),
        ("UPDATE accounts_customer_other SET name = ''", False),
    ],
)
def test_which_statements_are_told_about(sql, changes):
    assert changes_what_is_kept(sql) is changes
