"""What is owed on a day, at its edges."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection

from accounts import billing
from tests.factories import DAY

pytestmark = pytest.mark.django_db

BEFORE, AFTER = DAY - dt.timedelta(days=1), DAY + dt.timedelta(days=1)


def invoice(condition: str, **fields: object) -> bool:
    """Whether the condition is true of an invoice ``i`` with the fields."""
    values = {"amount": 100, "payment": "known", "paid_on": None, "credited_on": None, "due_on": DAY} | fields
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {condition} FROM (SELECT %(amount)s::numeric AS amount, %(payment)s AS payment, "
            "%(paid_on)s::date AS paid_on, %(credited_on)s::date AS credited_on, %(due_on)s::date AS due_on) i",
            {**values, "day": DAY},
        )
        return bool(cursor.fetchone()[0])


@pytest.mark.parametrize(
    ("fields", "state", "tone"),
    [
        ({"due_on": DAY}, "open", "info"),
        ({"due_on": BEFORE}, "overdue", "risk"),
        ({"due_on": BEFORE, "paid_on": AFTER}, "overdue", "risk"),
        ({"due_on": BEFORE, "paid_on": DAY}, "settled", "good"),
        ({"due_on": AFTER, "credited_on": BEFORE}, "settled", "good"),
        ({"due_on": BEFORE, "payment": "settled"}, "settled", "good"),
        ({"due_on": BEFORE, "payment": "void"}, "void", "calm"),
        ({"due_on": BEFORE, "payment": "unknown"}, "unknown", "calm"),
        ({"due_on": BEFORE, "amount": -1}, "note", "calm"),
    ],
)
def test_an_invoice_is_open_overdue_or_settled_on_the_day(fields, state, tone):
    """It is overdue from the day after it is due, as in the rule of cases."""
    assert (invoice(f"{billing.state('i', '%(day)s::date')} = '{state}'", **fields), billing.State(state).tone) == (
        True,
        tone,
    )


@pytest.mark.parametrize("what", ["paid_on", "credited_on"])
@pytest.mark.parametrize(("on", "owed"), [(BEFORE, False), (DAY, False), (AFTER, True), (None, True)])
def test_an_invoice_is_no_longer_owed_on_the_day_it_is_paid_or_credited(what, on, owed):
    assert invoice(billing.owed("i", "%(day)s::date"), **{what: on}) is owed


@pytest.mark.parametrize(
    ("fields", "told", "owed"),
    [
        ({"amount": 0}, True, True),
        ({"amount": "-0.01"}, False, False),
        ({"payment": "unknown"}, False, False),
        ({"payment": "settled"}, True, False),
        ({"paid_on": AFTER, "credited_on": BEFORE}, True, False),
    ],
)
def test_credit_notes_and_sources_silent_about_payment_make_nobody_owe(fields, told, owed):
    assert invoice(billing.told("i"), **fields) is told
    assert invoice(billing.owed("i", "%(day)s::date"), **fields) is owed
