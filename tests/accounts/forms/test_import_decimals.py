"""Nobody is asked what stands before the fraction of numbers that can have none."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import User
from tests.accounts.forms.test_import_standing import again
from tests.accounts.importing.test_drafts import admin, begun, page, sent, upload
from tests.factories import organisation

__all__ = ["admin"]
pytestmark = pytest.mark.django_db
CUSTOMERS = "id,name,employees,rate\nA1,Acme,{},5\nB2,Beta,45,6\n"
CONTRACTS = "contract_id,customer_id,product,start_date,currency,{}\nK1,C1,Suite,2026-01-01,{},{}\nK2,C2,Suite,2026-01-01,{},850\n"


@pytest.mark.parametrize(("cell", "decimal"), [('"1,200"', "."), ("1.200", ","), ('"1,200,000"', ".")])
def test_whole_numbers_say_their_groups(client: Client, admin: User, cell: str, decimal: str) -> None:
    run = begun(client, upload(admin, "customers.csv", CUSTOMERS.format(cell)))
    setup = client.get(page(run)).context["setup"]
    assert (list(setup.reading.questions), setup.plain.formats.decimal) == ([], decimal)


@pytest.mark.parametrize(
    ("heading", "currency", "cell", "decimal"),
    [
        ("年額", "JPY", '"1,200"', "."),
        ("年額", "JPY", "1.200", ","),
        ("年額（千円）", "JPY", '"1,200"', "."),
        ("ARR in cents", "EUR", '"1,200"', "."),
        # Euros have cents, and thousands of yen may be told by their part.
        ("ARR", "EUR", '"1,200"', None),
        ("年額（千円）", "JPY", "1.200", None),
    ],
)
def test_amounts_of_a_currency_without_smaller_units_say_their_groups(
    client: Client, admin: User, heading: str, currency: str, cell: str, decimal: str | None
) -> None:
    run = begun(client, upload(admin, "contracts.csv", CONTRACTS.format(heading, currency, cell, currency)))
    setup = client.get(page(run)).context["setup"]
    assert list(setup.reading.questions) == ([] if decimal else ["q-decimal"])
    assert setup.plain.formats.decimal == (decimal or ".")


def test_the_question_follows_the_field_that_the_column_fills(client: Client, admin: User) -> None:
    organisation(currency="JPY")
    run = begun(client, upload(admin, "customers.csv", CUSTOMERS.format("1.200").replace(",rate", ",Discount rate")))
    assert list(client.get(page(run)).context["setup"].reading.questions) == []
    file = CONTRACTS.replace("currency,", "term months,").format("ARR", 12, '"1,200"', 12)
    run = begun(client, upload(admin, "contracts.csv", file))
    assert list(client.get(page(run)).context["setup"].reading.questions) == [], "yen, as the organisation's"
    assert list(again(client, run, **{"d-currency": "EUR"}).reading.questions) == ["q-decimal"]
    # Answered, the period of an amount is asked with the number that it is.
    file = CONTRACTS.format("Amount", "EUR", "1.200", "EUR")
    run = begun(client, upload(admin, "contracts.csv", file))
    client.post(page(run), sent(client, run) | {"q-decimal": "1", "again": "1"})
    question = client.get(page(run)).context["setup"].reading.questions["q-per-Amount"]
    assert question.choices[0].example == "a year: 1,200 a year"
