"""Touchpoints from files: who began, who took part, and what follows for the customer."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts import sentiment, timeline
from accounts.models import ContactKey, Customer, Sentiment, Touchpoint, UserKey
from tests import factories as make
from tests.accounts.imports import bring, counts, listed, write

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _customers(tmp_path: Path) -> None:
    make.organisation()
    bring(write(tmp_path / "customers.csv", "external_id,name\nA1,Acme\nB1,Birch\n"))
    bring(write(tmp_path / "contacts.csv", "external_id,customer,name\nP1,A1,Ann\nP2,A1,Ben\nP3,B1,Cleo\n"))


def touches(folder: Path, *rows: str, head: str = "external_id,customer,kind,happened_on") -> Path:
    return write(folder / "touchpoints.csv", "\n".join([head, *rows, ""]))


def last(name: str = "Acme") -> dt.date | None:
    return Customer.objects.get(name=name).last_touch_on


@pytest.mark.parametrize(
    ("kind", "follows"),
    [
        ("call", {"attended", "two_way"}), ("meeting", {"attended", "two_way"}), ("email", set()), ("event", set()),
        ("one_to_many", {"mass"}),
    ],
)  # fmt: skip
def test_what_follows_from_the_kind_is_as_on_the_page(tmp_path: Path, kind: str, follows: set[str]):
    bring(touches(tmp_path, f"T1,A1,{kind},2026-11-02"))
    touch = Touchpoint.objects.get()
    acme = Customer.objects.get(name="Acme")
    typed = timeline.log(acme, author=make.user(), kind=kind, happened_on=touch.happened_on)
    typed.refresh_from_db()
    for one in (touch, typed):
        assert {name for name in ("attended", "mass", "two_way") if getattr(one, name)} == follows
        assert one.proactive


def test_a_file_of_touches_comes_in_once_and_the_customer_follows(tmp_path: Path):
    head = (
        "external_id,customer,kind,happened_on,direction,author,contacts,sentiment,note,next_step,next_step_on,minutes"
    )
    author = make.user(name="Ami Ueda")
    # A program is no author.
    make.user(name="Ami Ueda", is_service=True)
    rows = [
        "T1,A1,call,2026-11-02,,ami ueda,P1;P2,4,Went well,Send the offer,2026-11-09,30",
        f"T2,A1,email,2026-11-05,in,{author.email.upper()},P1,,,,,",
        "T3,B1,email,2026-11-06,out,,,,,,,",
    ]
    path = touches(tmp_path, *rows, head=head)
    assert counts(bring(path)) == (3, 0, 0, 0)
    first = Touchpoint.objects.get(external_id="T1")
    assert (first.author, first.minutes, first.next_step) == (author, 30, "Send the offer")
    assert sorted(first.contacts.values_list("name", flat=True)) == ["Ann", "Ben"]
    assert (last(), last("Birch")) == (dt.date(2026, 11, 5), None)
    acme = Customer.objects.get(name="Acme")
    assert (acme.sentiment, acme.sentiment_on) == (4, dt.date(2026, 11, 2))
    assert counts(bring(path)) == (0, 0, 3, 0)
    changed = touches(tmp_path, rows[0].replace("P1;P2,4", "P2,2"), rows[1].replace(",in,", ",out,"), head=head)
    assert counts(bring(changed)) == (0, 2, 0, 0)
    acme.refresh_from_db()
    assert (acme.sentiment, last(), first.contacts.get().name) == (2, dt.date(2026, 11, 2), "Ben")


def test_a_sentiment_that_somebody_took_back_does_not_return_with_the_same_file(tmp_path: Path):
    path = touches(tmp_path, "T1,A1,call,2026-11-02,4", head="external_id,customer,kind,happened_on,sentiment")
    bring(path)
    sentiment.take_back(Sentiment.objects.get())
    bring(path)
    assert Customer.objects.get(name="Acme").sentiment is None


def test_a_touch_that_goes_to_another_customer_is_no_longer_the_ones(tmp_path: Path):
    bring(touches(tmp_path, "T1,A1,call,2026-11-02"))
    assert counts(bring(touches(tmp_path, "T1,B1,call,2026-11-02"))) == (0, 1, 0, 0)
    assert (last(), last("Birch")) == (None, dt.date(2026, 11, 2))


def test_what_a_touch_can_be_without_is_listed(tmp_path: Path):
    head = "external_id,customer,kind,happened_on,author,contacts,sentiment,minutes"
    path = touches(
        tmp_path, "T1,A1,call,2026-11-02,nobody@example.org,P1;P3,6,soon", "T2,A1,fax,2026-11-02,,,,", head=head
    )
    assert counts(bring(path)) == (1, 0, 0, 1)
    assert sorted(listed(path)) == [
        ("2", "author", "nobody@example.org", "“nobody@example.org” is the email or name of nobody here"),
        ("2", "contacts", "P3", "“P3” is no contact of this customer that is known"),
        ("2", "minutes", "soon", "“soon” is not a number"),
        ("2", "sentiment", "6", "6 is out of range (1 to 5)"),
    ]


def test_many_touches_take_as_many_statements_as_one(tmp_path: Path):
    head = "external_id,customer,kind,happened_on,contacts,sentiment"
    used = []
    for first, many in ((0, 1), (1, 3)):
        path = touches(tmp_path, *(f"T{n},A1,call,2026-11-02,P1,3" for n in range(first, first + many)), head=head)
        with CaptureQueriesContext(connection) as queries:
            bring(path)
        used.append(len(queries))
    assert used[0] == used[1]


def test_people_are_found_by_joined_keys_and_by_email_and_authors_by_their_key(tmp_path: Path):
    acme = Customer.objects.get(name="Acme")
    ann = acme.contacts.get(name="Ann")
    ContactKey.objects.create(contact=ann, source="csv", external_id="H7")
    acme.contacts.filter(name="Ben").update(email="Ben@Acme.example")
    author = make.user()
    UserKey.objects.create(user=author, source="csv", external_id="77")
    head = "external_id,customer,kind,happened_on,author,contacts"
    path = touches(tmp_path, "T1,A1,meeting,2026-11-02,77,H7;ben@acme.example;P1;nobody", head=head)
    bring(path)
    touch = Touchpoint.objects.get()
    assert touch.author == author
    assert sorted(touch.contacts.values_list("name", flat=True)) == ["Ann", "Ben"]
    assert listed(path) == [("2", "contacts", "nobody", "“nobody” is no contact of this customer that is known")]
    assert counts(bring(path)) == (0, 0, 1, 0)
    bring(touches(tmp_path, "T1,A1,meeting,2026-11-02,77,nobody", head=head))
    assert touch.contacts.count() == 2
