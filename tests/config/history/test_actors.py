"""Who acted stands in the history, whatever way they came in; reads are told nothing."""

from __future__ import annotations

import datetime as dt
from urllib.parse import urlsplit

import pytest
from django.db import connection, transaction
from django.test import Client
from rest_framework.test import APIClient

from accounts.models import Customer, User
from config import set_up
from config.history.actors import Actor, acting, changes_what_is_kept
from config.history.models import Entry
from config.history.views.wording import Reader
from config.outbox import delivery, queueing
from tests import factories
from tests.accounts.test_guarding import mailed_link

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
        queueing.enqueue("test.change", {"industry": "Printing"}, dedup_key="k")
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


def test_who_sets_a_password_by_a_mailed_link_is_named_with_the_way():
    factories.organisation()
    admin, person = factories.user("admin"), factories.user(name="Mara")
    stranger = Client()
    page = stranger.get(mailed_link(person), follow=True).request["PATH_INFO"]
    chosen = dict.fromkeys(("password1", "password2"), "another long password")
    assert stranger.post(page, chosen).status_code == 302
    entry = Entry.objects.get(kind="user", object_id=person.pk, after__has_key="password")
    assert (entry.actor_id, entry.door) == (person.pk, "link")
    stranger.force_login(admin)
    told = b"".join(stranger.get("/history/export.csv", {"kind": "user", "who": person.pk})).decode()
    assert '"Mara","by a one-time link","Changed","User"' in told


def test_what_nobody_signed_in_did_is_not_the_products_own():
    link = urlsplit(set_up.link()).path
    given = {
        "name": "Hashi KK", "time_zone": "Asia/Tokyo", "currency": "JPY", "person": "Ada", "email": "ada@hashi.example",
        "password1": "a bridge of stone", "password2": "a bridge of stone",
    }  # fmt: skip
    browser = Client()
    assert browser.post(link, given).status_code == 302
    entries = Entry.objects.filter(kind="user")
    assert {(entry.actor_id, entry.door) for entry in entries} <= {(None, "link"), (User.objects.get().pk, "link")}
    reader = Reader(User.objects.get(), factories.DAY, dt.UTC)
    assert (reader.who(None, "link"), reader.who(None, "step:scores")) == ("Somebody not signed in", "Tsunagu")
    asked = {"who": "stranger"}
    assert browser.get("/history/", asked).status_code == 200
