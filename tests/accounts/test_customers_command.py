"""``manage.py customers``: what the product says of every customer, today and on a past day."""

from __future__ import annotations

import datetime as dt
import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts import lifecycle
from accounts.models import Customer, ExternalKey
from tests.factories import DAY, contract, customer, organisation, user
from tests.playbooks.rows import renewal as renewal_of

pytestmark = pytest.mark.django_db
BEFORE = DAY - dt.timedelta(days=30)


def asked(**options: Any) -> list[dict[str, Any]]:
    out = StringIO()
    call_command("customers", json=True, stdout=out, **options)
    rows: list[dict[str, Any]] = json.loads(out.getvalue())
    return rows


@pytest.fixture
def acme() -> Customer:
    """Worth 12,000 since spring, notice given twenty days ago: it leaves in ten days."""
    organisation()
    made = customer(name="Acme", owner=user(email="ada@demo.example"), score=81, band="green")
    for source, key in (("crm", "A1"), ("billing", "cus_9")):
        ExternalKey.objects.create(customer=made, source=source, external_id=key)
    end = DAY + dt.timedelta(days=10)
    contract(
        made,
        starts_on=end - dt.timedelta(days=365),
        ends_on=end,
        notice_given_on=DAY - dt.timedelta(days=20),
        auto_renews=False,
    )
    for day in (BEFORE, DAY):
        lifecycle.sweep(day)
    return made


def test_a_row_says_what_the_product_says(acme: Customer) -> None:
    assert asked() == [
        {
            "external_ids": ["A1", "cus_9"], "name": "Acme", "status": "notice", "stage": "growth", "segment": None,
            "owner": "ada@demo.example", "arr": 12_000, "score": 81, "band": "green", "next_renewal_on": None,
            "leaves_on": str(DAY + dt.timedelta(days=10)),
        }
    ]  # fmt: skip


def test_a_past_day_knows_nothing_of_a_later_notice(acme: Customer) -> None:
    (row,) = asked(as_of=str(BEFORE))
    assert (row["status"], row["leaves_on"], row["arr"], row["score"]) == ("live", None, 12_000, None)
    assert asked(as_of=str(DAY)) == asked()


def test_before_the_first_dated_fact_contracts_tell_the_revenue_and_else_it_is_said_why_nothing(
    acme: Customer, capsys: pytest.CaptureFixture[str]
) -> None:
    renewal = renewal_of(acme, 60, contract=acme.contracts.get())
    assert asked(as_of=str(BEFORE))[0]["next_renewal_on"] == str(renewal.due_on)
    (row,) = asked(as_of=str(BEFORE - dt.timedelta(days=1)))
    told = {"external_ids": ["A1", "cus_9"], "name": "Acme", "arr": 12_000}
    assert row == {**dict.fromkeys(row), **told}
    began = acme.contracts.get().starts_on
    assert began < BEFORE < renewal.due_on
    assert len(asked(as_of=str(began))) == 1
    assert capsys.readouterr().err == ""
    assert asked(as_of=str(began - dt.timedelta(days=1))) == []
    assert f"what is here begins on {began}" in capsys.readouterr().err
    acme.contracts.update(known_on=DAY)
    assert asked(as_of=str(BEFORE - dt.timedelta(days=1))) == []
    assert f"what is here begins on {BEFORE}" in capsys.readouterr().err


def test_revenue_that_cannot_be_told_is_null_and_merged_ones_are_left_out(acme: Customer) -> None:
    customer(name="Gone", merged_into=acme)
    euro = customer(name="Euro")
    contract(euro, currency="EUR")
    lifecycle.sweep(DAY)
    assert [(row["name"], row["external_ids"], row["arr"]) for row in asked()] == [
        ("Acme", ["A1", "cus_9"], 12_000), ("Euro", [], None),
    ]  # fmt: skip


def test_without_json_it_is_a_line_each(acme: Customer) -> None:
    out = StringIO()
    call_command("customers", stdout=out)
    assert out.getvalue().startswith("A1 cus_9\tAcme\tnotice\t")


@pytest.mark.parametrize(("day", "words"), [("soon", "must be a day"), ("2099-01-01", "has not come yet")])
def test_a_day_that_cannot_be_is_one_sentence(acme: Customer, day: str, words: str) -> None:
    with pytest.raises(CommandError, match=words):
        asked(as_of=day)


def test_statements_do_not_grow_with_customers(acme: Customer) -> None:
    spent = []
    for _size in (1, 3):
        with CaptureQueriesContext(connection) as captured:
            asked()
            asked(as_of=str(BEFORE))
        spent.append(len(captured))
        for n in range(2):
            contract(customer(name=f"More {n}"))
        lifecycle.sweep(BEFORE)
    assert spent[0] == spent[1]
