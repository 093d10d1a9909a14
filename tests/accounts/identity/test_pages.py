"""The pages of who is who: the ways by which customers are found, possible twins, a merge and its undo."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from accounts import lifecycle
from accounts.finding.naming import named
from accounts.identity import merging, twins
from accounts.models import Customer, ExternalKey, Merge, Organisation, Role
from tests import factories as make
from tests.accounts.attributes.rows import one_of_each
from tests.accounts.identity import pairs

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(client: Client) -> Client:
    make.organisation()
    client.force_login(make.user(Role.ADMIN))
    return client


def test_an_admin_orders_the_ways(admin: Client):
    url = reverse("accounts:ways")
    shown = admin.get(url).content.decode()
    assert "the email of a contact" in shown
    answer = admin.post(url, {"first": "domain", "second": "", "third": "name", "fourth": "", "keys_join": "on"})
    assert answer.status_code == 302
    organisation = Organisation.objects.get()
    assert (organisation.found_by, organisation.keys_join) == (["domain", "name"], True)


def test_a_way_stands_once(admin: Client):
    answer = admin.post(reverse("accounts:ways"), {"first": "domain", "second": "domain"})
    assert answer.status_code == 422
    assert "A way stands here twice." in answer.content.decode()
    assert Organisation.objects.get().found_by == ["contact", "domain"]


@pytest.fixture
def twins_of(client: Client) -> tuple[Client, Customer, Customer]:
    make.organisation()
    csm = make.user(Role.MANAGER)
    client.force_login(csm)
    first = make.customer(name="北斗精機株式会社", domain="hokuto.example", owner=csm, employees=412)
    second = make.customer(name="(株)北斗精機", domain="hokuto.example", owner=csm, employees=350)
    make.contract(first, amount=3600)
    make.contract(second, amount=9400, starts_on=make.DAY - dt.timedelta(days=700))
    lifecycle.sweep(make.DAY)
    twins.find()
    return client, first, second


def follow(client: Client, text: str, name: str, *args: int) -> str:
    """Posts to the address that the page offers as an Undo."""
    url = reverse(name, args=args)
    assert url in text
    return client.post(url, follow=True).content.decode()


def test_a_pair_is_listed_compared_merged_and_parted(twins_of):
    client, first, second = twins_of
    url = reverse("accounts:twin", args=[first.pk, second.pk])
    listed = client.get(reverse("accounts:twins")).content.decode()
    assert url in listed
    assert "very likely the same" in listed
    page = client.get(url).content.decode()
    assert "pair 1 of 1" in page
    for words in (
        "Same domain, not a shared one",
        "Names equal without their legal form",
        "412",
        "350",
        "$13,000",
        "milestones, scores and handovers stay with it",
    ):
        assert words in page, words
    seen = re.search(r'name="seen" value="([0-9a-f]+)"', page)[1]
    body = {"survivor": second.pk, "seen": seen, "employees": first.pk, "name": second.pk}
    done = client.post(url, body, follow=True)
    assert done.redirect_chain[-1][0] == reverse("accounts:customer", args=[second.pk])
    second.refresh_from_db()
    assert (second.arr, second.employees) == (Decimal(13_000), 412)
    # The page of the merged one leads to the survivor, which says so.
    assert client.get(reverse("accounts:customer", args=[first.pk])).headers["Location"] == reverse(
        "accounts:customer", args=[second.pk]
    )
    merge = Merge.objects.get()
    parted = follow(client, done.content.decode(), "accounts:merge_undo", merge.pk)
    assert "are two again" in parted
    second.refresh_from_db()
    first.refresh_from_db()
    assert (first.merged_into, second.arr, second.employees) == (None, Decimal(9_400), 350)


@pytest.mark.parametrize("state", ["40P01", "55P03"])
def test_where_somebody_else_writes_the_two_the_page_says_so(twins_of, state):
    """A deadlock, and a lock not had in time: a look and a press are answered by a sentence, and nothing is merged."""
    client, first, second = twins_of
    url = reverse("accounts:twin", args=[first.pk, second.pk])
    waits = []

    def held(execute, sql, params, many, context):
        if "FOR UPDATE" in sql and "accounts_customer" in sql:
            with context["connection"].cursor() as cursor:
                cursor.execute("SHOW lock_timeout")
                waits.append(cursor.fetchone()[0])
            sql, params = f"DO $$ BEGIN RAISE EXCEPTION 'held' USING ERRCODE = '{state}'; END $$", None
        return execute(sql, params, many, context)

    with connection.execute_wrapper(held):
        looked = client.get(url)
        pressed = client.post(url, {"survivor": second.pk, "seen": looked.context["seen"]})
    assert (looked.status_code, pressed.status_code) == (200, 422)
    for answer in (looked, pressed):
        assert "Somebody else is working on these customers" in answer.text
    # Who only looks does not wait: of the three tries the press alone does.
    assert [wait == "300ms" for wait in waits] == [True, False, True]
    assert not Merge.objects.exists()
    made = merging.merge(first, second, by=None, day=make.DAY)
    undo = reverse("accounts:merge_undo", args=[made.pk])
    with connection.execute_wrapper(held):
        answer = client.post(undo, follow=True)
    assert (answer.status_code, "Somebody else is working on these customers" in answer.text) == (200, True)
    made.refresh_from_db()
    assert made.undone_at is None


def test_the_preview_follows_the_choices(twins_of):
    """Of an attribute that both have, and of the owner; what only one has is named."""
    client, first, second = twins_of
    client.force_login(make.user(Role.ADMIN))
    bob = make.user(name="Bob Baker")
    Customer.objects.filter(pk=first.pk).update(attributes={"tier": "gold", "zone": "east"}, tags=["pilot"], owner=bob)
    Customer.objects.filter(pk=second.pk).update(attributes={"tier": "iron"}, owner=make.user(name="Ann Archer"))
    url = reverse("accounts:twin", args=[first.pk, second.pk])
    page = client.get(url).content.decode()
    for words in ("gold", "iron", "zone: east", "pilot", "Bob Baker no longer has this customer", "Ann Archer’s"):
        assert words in page, words
    choices = {"survivor": second.pk, "attributes.tier": first.pk, "owner_id": first.pk, "employees": first.pk}
    looked = client.post(url, choices | {"look": "again"})
    page = looked.content.decode()
    for words in ("Ann Archer no longer has this customer", "Bob Baker’s", "<s>350</s>", "<b>412</b>"):
        assert words in page, words
    assert not Merge.objects.exists()
    client.post(url, choices | {"seen": looked.context["seen"]})
    second.refresh_from_db()
    assert (second.owner, second.attributes) == (bob, {"tier": "gold", "zone": "east"})
    client.post(reverse("accounts:merge_undo", args=[Merge.objects.get().pk]))
    second.refresh_from_db()
    assert (second.owner.name, second.attributes, second.tags) == ("Ann Archer", {"tier": "iron"}, [])


def test_attributes_are_said_as_on_the_page_of_the_customer(twins_of):
    """By their labels, days and figures in the reader's notation, yes and no in words; what nobody defined as it stands."""
    client, first, second = twins_of
    client.force_login(make.user(Role.ADMIN, language="ja"))
    one_of_each()
    one = {"Seats": "1250.5", "Signed": "2023-12-01", "Public": "yes", "Plan": "Gold"}
    Customer.objects.filter(pk=first.pk).update(attributes=one | {"zone": "east"})
    Customer.objects.filter(pk=second.pk).update(attributes={"Seats": "7", "Public": "no"})
    page = client.get(reverse("accounts:twin", args=[first.pk, second.pk])).content.decode()
    for words in (
        "Our seats",
        "<span>1,250.5</span>",
        "<span>はい</span>",
        "<span>いいえ</span>",
        "Our signed: 2023/12/01",
        "zone: east",
    ):
        assert words in page, words
    assert "2023-12-01" not in page


def test_a_pair_that_changed_meanwhile_is_shown_again(twins_of):
    client, first, second = twins_of
    url = reverse("accounts:twin", args=[first.pk, second.pk])
    for seen in ({"seen": "0" * 32}, {"seen": ""}, {}):
        answer = client.post(url, {"survivor": second.pk} | seen)
        assert answer.status_code == 422, seen
        assert "has changed meanwhile" in answer.content.decode()
    assert not Merge.objects.exists()


def test_a_preview_writes_nothing(twins_of):
    client, first, second = twins_of
    before = pairs.tables()
    client.get(reverse("accounts:twin", args=[first.pk, second.pk]))
    assert pairs.differing(before, pairs.tables()) == {}


def test_a_csm_sees_the_totals_of_their_customers_only(twins_of):
    client, first, second = twins_of
    make.contract(make.customer(name="Not theirs"), amount=1_000_000)
    lifecycle.sweep(make.DAY)
    csm = make.user()
    Customer.objects.filter(pk__in=[first.pk, second.pk]).update(owner=csm)
    client.force_login(csm)
    page = client.get(reverse("accounts:twin", args=[first.pk, second.pk])).content.decode()
    assert "$13,000" in page
    assert "1,013,000" not in page
    assert "ARR, your customers" in page
    client.force_login(make.user("admin"))
    page = client.get(reverse("accounts:twin", args=[first.pk, second.pk])).content.decode()
    assert "ARR, all" in page
    assert "$1,013,000" in page


def test_the_survivor_is_the_older_one_or_the_one_asked_for(twins_of):
    client, first, second = twins_of
    url = reverse("accounts:twin", args=[first.pk, second.pk])
    assert f'name="survivor" value="{second.pk}"' in client.get(url).content.decode()
    assert f'name="survivor" value="{first.pk}"' in client.get(url, {"survivor": first.pk}).content.decode()


def test_not_the_same_is_remembered_and_taken_back(twins_of):
    client, first, second = twins_of
    answer = client.post(reverse("accounts:not_same", args=[second.pk, first.pk]), follow=True)
    assert "No possible twins" in answer.content.decode()
    back = follow(client, answer.content.decode(), "accounts:same_again", first.pk, second.pk)
    assert "very likely the same" in back


def test_only_managers_see_the_list_and_only_theirs(twins_of):
    client, first, second = twins_of
    client.force_login(make.user())
    assert client.get(reverse("accounts:twins")).status_code == 404
    assert client.get(reverse("accounts:twin", args=[first.pk, second.pk])).status_code == 404
    client.force_login(make.user(Role.MANAGER))
    assert first.name not in client.get(reverse("accounts:twins")).content.decode()
    client.force_login(make.user(Role.VIEWER))
    assert client.get(reverse("accounts:twin", args=[first.pk, second.pk])).status_code == 403


def test_a_word_for_a_merged_customer_leads_to_its_survivor(twins_of):
    _client, first, second = twins_of
    ExternalKey.objects.create(customer=first, source="crm", external_id="C-906")
    merging.merge(first, second, by=None, day=make.DAY)
    assert named("C-906") == named(f"id:{first.pk}") == second
