"""Amounts as people type them: the mark of their currency beside them, cents behind a comma, and what is refused."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from accounts.forms.money import MoneyField
from accounts.forms.typed import TypedForm
from accounts.typable import KINDS
from tests.factories import organisation


def typed(text: str, currency: str = "") -> Decimal:
    field = MoneyField(decimal_places=2, currency=(lambda: currency) if currency else None)
    amount: Decimal = field.clean(text)
    return amount


@pytest.mark.parametrize(
    ("text", "amount", "codes"),
    [
        ("￥550,000", "550000", ("JPY", "CNY")),
        ("¥ 550,000", "550000", ("JPY", "CNY")),
        ("550,000円", "550000", ("JPY",)),
        ("５５０，０００円", "550000", ("JPY",)),
        ("$1,200", "1200", ("USD", "AUD", "CAD", "HKD", "MXN", "NZD", "SGD", "TWD")),
        ("US$ 1,200.50", "1200.50", ("USD",)),
        ("-$5", "-5", ("USD", "AUD", "CAD", "HKD", "MXN", "NZD", "SGD", "TWD")),
        ("€1.250,50", "1250.50", ("EUR",)),
        ("1 250,50 EUR", "1250.50", ("EUR",)),
        ("€12,5", "12.5", ("EUR",)),
        ("Fr. 1'200", "1200", ("CHF",)),
        ("1.250.000", "1250000", ()),
        ("1250.5", "1250.5", ()),
        ("12,000", "12000", ()),
        ("1e3", "1000", ()),
    ],
)
def test_an_amount_is_read_with_its_mark(text: str, amount: str, codes: tuple[str, ...]) -> None:
    field = MoneyField()
    assert (field.clean(text), field.codes) == (Decimal(amount), codes)


@pytest.mark.parametrize(
    ("text", "currency", "reason"),
    [
        ("€1.250", "", "“€1.250” could be 1.250 or 1,250: write it with two digits of cents."),
        ("1.000", "USD", "“1.000” could be 1.000 or 1,000: write it with two digits of cents."),
        ("$1,200", "EUR", "“$1,200” is written in USD, and this amount is in EUR."),
        ("￥550,000", "USD", "“￥550,000” is written in JPY, and this amount is in USD."),
        ("1,200 CHF", "GBP", "“1,200 CHF” is written in CHF, and this amount is in GBP."),
        ("₿ 5", "USD", "Enter a number."),
        ("$ and 5", "USD", "Enter a number."),
        ("$5 €", "USD", "Enter a number."),
    ],
)
def test_what_could_be_another_amount_is_refused(text: str, currency: str, reason: str) -> None:
    with pytest.raises(ValidationError) as refused:
        typed(text, currency)
    assert refused.value.messages == [reason]


@given(
    st.decimals(0, 10**9, places=2),
    st.sampled_from([("$", "USD"), ("€", "EUR"), ("円", "JPY"), ("GBP", "GBP")]),
    st.sampled_from(".,"),
)
def test_any_amount_comes_back_in_either_notation(amount: Decimal, mark: tuple[str, str], sign: str) -> None:
    sign_of, code = mark
    written = f"{amount:,.2f}".translate({ord(","): "." if sign == "," else ",", ord("."): sign})
    assert typed(f"{sign_of} {written}", code) == amount


CONTRACT = {"starts_on": "2026-01-01", "rows": "2", "r-0-product": "Suite", "r-1-product": "Support"}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("currency", "amounts", "code", "refused"),
    [
        ("", ("￥550,000", "1,000"), "JPY", {}),
        ("", ("$1", "1"), "CAD", {}),
        ("", ("1", "2"), "", {}),
        ("eur", ("€1.250,50", "€2"), "EUR", {}),
        ("usd", ("$1", "￥2"), "", {1: "“￥2” is written in JPY, and this amount is in USD."}),
        ("", ("€1", "$2"), "", {1: "“$2” is written in USD, and this amount is in EUR."}),
    ],
)
def test_a_form_is_in_the_currency_of_its_marks(
    currency: str, amounts: Any, code: str, refused: dict[int, str]
) -> None:
    organisation(currency="CAD")
    lines = {f"r-{place}-annual_amount": amount for place, amount in enumerate(amounts)}
    form = TypedForm({**CONTRACT, **lines, "currency": currency}, kind=KINDS["contracts"])
    form.is_valid()
    errors = {place: row.errors["annual_amount"][0] for place, row in enumerate(form.filled) if row.errors}
    assert errors == refused
    assert refused or form.cleaned_data["currency"] == code
