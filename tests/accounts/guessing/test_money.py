"""The currency that the heading of an amount names: of rows that name none, and asked where it may be several."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.forms.import_mapped import mapping_of
from accounts.imports.denominations import codes_in
from tests.accounts.importing.test_drafts import begun, page, sent, text, upload
from tests.factories import organisation, user

HEAD, ROW = "Contract ID,Customer ID,Product,Start", "K1,C1,Basic,2026-01-01"


@pytest.mark.parametrize(
    ("heading", "codes"),
    [
        ("ARR (k€)", "EUR"), ("MRR (€)", "EUR"), ("月額（千円・税抜）", "JPY"), ("月額料金(円)", "JPY"), ("Annual amount (EUR)", "EUR"),
        ("ARR TEUR", "EUR"), ("arr_usd", "USD"), ("amountUsd", "USD"), ("ARR kUSD", "USD"), ("Umsatz in Mio. CHF", "CHF"), ("ARR US$", "USD"),
        ("ARR (£m)", "GBP"), ("Price (THB)", "THB"), ("年額（米ドル）", "USD"), ("金額 ユーロ", "EUR"), ("Amount in euros", "EUR"), ("年額（元）", "CNY TWD"),
        ("Betrag (¥)", "JPY CNY"), ("ARR ¥ JPY", "JPY"), ("ARR (kr)", "SEK NOK DKK ISK"), ("Amount USD/EUR", "USD EUR"),
        ("Amount", ""), ("ARR", ""), ("Amount (ALL)", ""), ("元の金額", ""), ("Kredit", ""), ("Neuro", ""), ("Eurolizenz", ""), ("Price all in", ""),
        # Dollars of others, and what a currency is called beside its code.
        ("ARR (Australian dollars)", "AUD"), ("Canadian dollars", "CAD"), ("金額（豪ドル）", "AUD"), ("香港ドル", "HKD"), ("台湾ドル", "TWD"),
        ("ARR (AU$)", "AUD"), ("ARR (NZ$)", "NZD"), ("ARR CA$", "CAD"), ("ARR (RMB)", "CNY"), ("Amount (sterling)", "GBP"), ("Cena (Kč)", "CZK"),
        ("amount_huf", "HUF"), ("Amount CZK", "CZK"), ("ARR Rs", "INR PKR LKR"), ("金額（ウォン）", "KRW"), ("Amount won", ""), ("RS price", ""),
    ],
)  # fmt: skip
def test_the_currency_that_a_heading_names(heading: str, codes: str) -> None:
    assert " ".join(codes_in(heading)) == codes


@pytest.mark.django_db
def test_the_currency_of_a_heading_is_that_of_all_rows_or_asked(client: Client) -> None:
    organisation(currency="USD")
    admin = user("admin")
    client.force_login(admin)

    def begin(heading: str, cell: str = "36") -> tuple[str, dict[str, str]]:
        run = begun(client, upload(admin, "contracts.csv", f"{HEAD},{heading}\n{ROW},{cell}\n"))
        return page(run), sent(client, run)

    for heading, code, cell in (
        ("ARR (k€)", "EUR", "36"), ("MRR ($)", "USD", "36"), ("ARR", "", "36"), ("ARR (€),Currency", "", "36,GBP"),
        ("ARR USD/EUR", "", "€900"), ("ARR (kr)", "", "€900"),
    ):  # fmt: skip
        address, said = begin(heading, cell)
        setup = client.get(address).context["setup"]
        assert (said["d-currency"], "q-currency" in str(setup.reading.questions)) == (code, False)
        columns = setup.columns.__class__(setup.recognised, setup.columns.target, setup.guess, said, setup.plain)
        assert columns.is_valid(), columns.errors
        given = mapping_of(columns).field("currency")
        assert (given and (given.constant, given.columns)) == (
            (None, ("Currency",)) if "Currency" in heading else (code, ()) if code else None
        )
    # One that may be several is asked about, unless it may be ours.
    address, said = begin("ARR (kr)")
    setup = client.get(address).context["setup"]
    (question,) = setup.reading.questions.values()
    assert (question.about, [choice.value for choice in question.choices]) == ("currency", ["SEK", "NOK", "DKK", "ISK"])
    assert "ARR (kr): which currency are the amounts in?" in text(client.get(address))
    assert client.post(address, said | {"next": "1"}).status_code == 422, "no answer, no import"
    for number, code in ((1, "NOK"), (0, "SEK")):
        answer = client.post(address, said | {"q-currency-ARR (kr)": str(number), "c-0-field": ""})
        setup = answer.context["setup"]
        assert (setup.plain.field("currency").constant, setup.columns["d-currency"].value()) == (code, code)
    typed = said | {"q-currency-ARR (kr)": "0", "c-0-field": "", "d-currency": "EUR"}
    assert client.post(address, typed).context["setup"].columns["d-currency"].value() == "EUR", (
        "the last word is who typed it"
    )
