"""Rows that stayed where their customer was parted, gathered while another merge of that customer is under way."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import transaction

from accounts.identity import gathering, merging
from accounts.models import Customer, Sentiment
from tests import factories as make
from tests.factories import DAY
from tests.playbooks.test_parallel_acts import LONGEST, Beside, wait_until

pytestmark = pytest.mark.django_db(transaction=True)
NOW = dt.datetime(2026, 11, 24, 12, tzinfo=dt.UTC)


def together(merged: Customer, survivor: Customer) -> None:
    merging.merge(merged, survivor, by=None, day=DAY)


def test_what_stayed_goes_to_the_survivor_of_a_merge_that_was_under_way() -> None:
    make.organisation()
    one, first, second = (make.customer(name=name) for name in ("One", "First", "Second"))
    merging.undo(merging.merge(one, first, by=None, day=DAY), by=None, day=DAY, now=NOW)
    row = Sentiment.objects.create(customer=first, named=one, day=DAY, value=3)
    with transaction.atomic():
        together(one, second)
        beside = Beside(lambda: gathering.gather(NOW))
        wait_until(1)
    beside.join(LONGEST)
    assert beside.error is None
    row.refresh_from_db()
    assert (row.customer, row.named) == (second, one)
