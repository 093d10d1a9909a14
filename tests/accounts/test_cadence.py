"""When the next touch of a customer is due, and who is touched by hand: for querysets and for SQL, the same."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection

from accounts import cadence
from accounts.models import Customer
from tests import factories as make
from tests.factories import DAY

pytestmark = pytest.mark.django_db


def before(days: int) -> dt.date:
    return DAY - dt.timedelta(days=days)


def test_a_touch_is_due_the_cadence_after_the_last_or_after_becoming_a_customer() -> None:
    of = make.segment(touch_every_days=30)
    due = {}
    for fields, day in (
        ({"last_touch_on": before(7), "first_contract_on": before(400)}, before(-23)),
        ({"first_contract_on": before(5)}, before(-25)),
        ({"first_contract_on": before(5), "segment": None}, before(-85)),
        ({"last_touch_on": before(90), "segment": None}, DAY),
        ({}, None),
    ):
        due[make.customer(**{"segment": of} | fields).pk] = day
    assert dict(Customer.objects.annotate(due=cadence.NEXT_TOUCH).values_list("pk", "due")) == due
    with connection.cursor() as cursor:
        segment = "LEFT JOIN accounts_segment s ON s.id = c.segment_id"
        cursor.execute(f"SELECT c.id, {cadence.next_touch('c', 's')} FROM accounts_customer c {segment}")
        assert dict(cursor.fetchall()) == due


def test_by_hand_current_customers_are_touched_that_stay_and_are_not_served_by_tech_touch() -> None:
    touched = [make.customer(), make.customer(status="notice", touch_model="high"), make.customer(touch_model="low")]
    for fields in (
        {"status": "prospect"}, {"status": "churned"}, {"merged_into": touched[0]}, {"leaves_on": before(-300)},
        {"touch_model": "tech"},
    ):  # fmt: skip
        make.customer(**{"touch_model": "low"} | fields)
    touched_pks = [customer.pk for customer in touched if customer.touch_model != "tech"]
    assert list(cadence.by_hand(Customer.objects.order_by("pk")).values_list("pk", flat=True)) == touched_pks
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT c.id FROM accounts_customer c WHERE {cadence.is_by_hand('c')} ORDER BY c.id")
        assert [pk for (pk,) in cursor.fetchall()] == touched_pks
