"""The change log: a row a customer and reader, taken once, forgotten with its cause."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from django.db import connection, transaction

from accounts import changes
from accounts.models import Change, Customer
from tests.factories import customer

pytestmark = pytest.mark.django_db

ALL = ["cases", "motions", "plays", "renewals", "scores", "segments"]


@pytest.fixture
def two_readers() -> Iterator[None]:
    """Two readers only."""
    known = list(changes.READERS)
    changes.READERS[:] = ["first", "second"]
    yield
    changes.READERS[:] = known


def rows() -> list[tuple[str, int, str]]:
    return sorted(Change.objects.values_list("reader", "customer_id", "what"))


def test_every_app_has_registered_its_readers():
    assert sorted(changes.READERS) == ALL


def test_mark_writes_a_row_for_each_reader_but_its_author(two_readers: None):
    one = customer()
    assert changes.mark([one.pk]) == 1
    assert changes.mark([one.pk], "score", by="first") == 1
    assert changes.mark([one.pk], "usage", by="stranger") == 1
    assert rows() == [
        ("first", one.pk, "record"), ("first", one.pk, "usage"),
        ("second", one.pk, "record"), ("second", one.pk, "score"), ("second", one.pk, "usage"),
    ]  # fmt: skip


def test_mark_takes_ids_and_querysets(two_readers: None):
    one, two = customer(), customer()
    assert changes.mark([one.pk, one.pk]) == 1
    assert changes.mark(Customer.objects.filter(pk=two.pk, name__contains="Customer")) == 1
    assert changes.mark([]) == 0
    assert changes.mark(Customer.objects.none()) == 0
    assert changes.mark(pk for pk in (one.pk,)) == 1
    assert list(changes.waiting("first")) == [one.pk, two.pk]


def test_nobody_reads_what_the_only_reader_did():
    known = list(changes.READERS)
    changes.READERS[:] = ["only"]
    assert changes.mark([customer().pk], by="only") == 0
    changes.READERS[:] = known
    assert rows() == []


def test_mark_is_one_statement(django_assert_num_queries):
    ids = [customer().pk for _ in range(3)]
    with django_assert_num_queries(2):
        changes.mark(Customer.objects.all())
        changes.mark(ids)


def test_take_gives_each_customer_once_and_only_the_readers_own_rows(two_readers: None):
    one, two = customer(), customer()
    changes.mark([two.pk])
    changes.mark([one.pk, two.pk])
    assert changes.take("first", 10) == [one.pk, two.pk]
    assert changes.take("first", 10) == []
    assert list(changes.waiting("second")) == [one.pk, two.pk]


def test_take_is_oldest_first_up_to_the_limit(two_readers: None):
    one, two, three = customer(), customer(), customer()
    for pk in (three.pk, one.pk, two.pk):
        changes.mark([pk])
    assert [changes.take("first", 2), changes.take("first", 2)] == [[one.pk, three.pk], [two.pk]]


def test_customer_that_is_gone_is_dropped(two_readers: None):
    one = customer()
    changes.mark([one.pk, one.pk + 1_000])
    assert changes.take("first", 10) == [one.pk]
    assert not changes.waiting("first").exists()


def test_rows_come_back_with_the_transaction(two_readers: None):
    changes.mark([customer().pk])
    with transaction.atomic():
        changes.take("first", 10)
        transaction.set_rollback(True)
    assert changes.waiting("first").count() == 1


@pytest.mark.django_db(transaction=True)
def test_rows_another_transaction_holds_are_passed_over(two_readers: None):
    one, two = customer(), customer()
    changes.mark([one.pk])
    changes.mark([two.pk])
    taken, go_on = threading.Event(), threading.Event()

    def hold() -> None:
        try:
            with transaction.atomic():
                changes.take("first", 1)
                taken.set()
                go_on.wait(10)
        finally:
            connection.close()

    other = threading.Thread(target=hold)
    other.start()
    assert taken.wait(10)
    assert changes.take("first", 10) == [two.pk]
    changes.mark([one.pk])
    go_on.set()
    other.join(10)
    assert changes.take("first", 10) == [one.pk]
