"""The currency that the heading of an amount names: no way of importing takes another one in silence."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from accounts.forms.import_file import FileSetup
from accounts.imports.denominations import codes_in
from accounts.models import Contract, Customer, SavedMapping
from tests.accounts.imports import write
from tests.factories import organisation, user

pytestmark = pytest.mark.django_db
MAPPING = """
title = "Own"
source = "csv"
[[file]]
name = "contracts.csv"
into = "contracts"
[file.fields]
external_id = "id"
customer = "who"
product = "what"
starts_on = "start"
annual_amount = "{heading}"
"""


@pytest.fixture(autouse=True)
def _customer() -> None:
    organisation(currency="USD")
    Customer.objects.create(name="Aoba").external_keys.create(source="csv", external_id="C1")


def brought(folder: Path, heading: str, more: str = "", head: str = "", cell: str = "1200") -> str:
    by = write(folder / "map.toml", MAPPING.format(heading=heading) + more)
    write(folder / "contracts.csv", f"id,who,what,start,{heading}{head}\nK1,C1,Suite,2026-01-01,{cell}\n")
    out = StringIO()
    call_command("import_data", str(folder), mapping=str(by), stdout=out, stderr=out)
    return out.getvalue()


@pytest.mark.parametrize(
    ("heading", "code"),
    [
        ("Annual amount (EUR)", "EUR"),
        ("ARR (k€)", "EUR"),
        ("amount_gbp", "GBP"),
        ("ARR in euros", "EUR"),
        ("Jahresbetrag (EUR)", "EUR"),
        ("Betrag in €", "EUR"),
        ("年額（円）", "JPY"),
        ("年額（ユーロ）", "EUR"),
        ("Montant annuel (€)", "EUR"),
        ("Montant (CHF)", "CHF"),
        ("Belopp (kr)", "SEK"),
    ],
)
def test_the_command_refuses_a_mapping_that_does_not_say_it(tmp_path: Path, heading: str, code: str) -> None:
    with pytest.raises(CommandError) as refused:
        brought(tmp_path, heading)
    assert f"the amounts are in {code} by the heading {heading}, and rows that name no currency are in USD" in str(
        refused.value
    )
    assert f'say currency = {{ constant = "{code}" }}, or "USD" if they are' in str(refused.value)
    assert not Contract.objects.exists()


@pytest.mark.parametrize(
    ("heading", "more", "head", "cell", "code"),
    [
        ("Annual amount (EUR)", 'currency = { constant = "EUR" }', "", "1200", "EUR"),
        ("Annual amount (EUR)", 'currency = { constant = "USD" }', "", "1200", "USD"),
        ("Annual amount (EUR)", 'currency = "cur"', ",cur", "1200,GBP", "GBP"),
        ("Annual amount (USD)", "", "", "1200", "USD"),
        ("Amount ($)", "", "", "1200", "USD"),
        ("Annual amount", "", "", "1200", "USD"),
        ("ARR €", '[file.formats]\nmarks = ["€"]', "", "€1200", "EUR"),
    ],
)
def test_what_says_it_lets_it_in(tmp_path: Path, heading: str, more: str, head: str, cell: str, code: str) -> None:
    brought(tmp_path, heading, more, head, cell)
    assert Contract.objects.get().currency == code


def test_a_saved_mapping_that_does_not_say_it_is_read_as_the_heading_says(tmp_path: Path) -> None:
    SavedMapping.objects.create(name="own", by=user("admin"), toml=MAPPING.format(heading="ARR (EUR)"))
    path = write(tmp_path / "contracts.csv", "id,who,what,start,ARR (EUR)\nK1,C1,Suite,2026-01-01,1200\n")
    form = FileSetup(path, path.name, {"source": "csv", "by": "saved:own"}, is_sent=True)
    assert form.is_valid(), form.columns.errors
    currency = form.file_map().field("currency")
    assert currency
    assert currency.constant == "EUR"


def test_a_saved_mapping_of_crowns_is_asked(tmp_path: Path) -> None:
    SavedMapping.objects.create(name="own", by=user("admin"), toml=MAPPING.format(heading="ARR (kr)"))
    path = write(tmp_path / "contracts.csv", "id,who,what,start,ARR (kr)\nK1,C1,Suite,2026-01-01,1200\n")
    form = FileSetup(path, path.name, {"source": "csv", "by": "saved:own"})
    assert [question.about for question in form.asked] == ["currency"]
    assert codes_in("ARR (kr)") == tuple(choice.value for choice in form.asked[0].choices)
