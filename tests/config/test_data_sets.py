"""Every file of the real data sets comes in by a shipped mapping, or says why it has no target; Telco goes in whole."""

from __future__ import annotations

import csv
import datetime as dt
import json
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Final

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db.models import Count, Q, Sum

from accounts.imports.mapping import find
from accounts.imports.named_files import known_as
from accounts.models import Contract, ContractLine, Customer, Organisation
from tests.config.ravenstack import DATA

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(
        not (DATA / "telco").is_dir(), reason=f"the data sets are not in {DATA}: name their folder in REAL_DATA_DIR"
    ),
]
DAY: Final = dt.date(2020, 1, 1)
# The mapping of each folder.
BY: Final = {
    "ravenstack": "ravenstack", "mrr-playbook": "mrr_playbook", "telco": "telco", "fivetran/hubspot": "hubspot",
    "fivetran/zendesk": "zendesk", "fivetran/stripe": "stripe",
}  # fmt: skip
# What no mapping reads, and why.
NO_TARGET: Final = {
    "telco/scores.csv": "scores of another model, to check ours against",
    "fivetran/stripe/price_data.csv": "no item names one of these four prices: items name their plan, which has its amount",
    "fivetran/stripe/invoice_line_item_data.csv": "lines of invoices: what is owed is the invoice, which comes in",
    "fivetran/zendesk/ticket_comment_data.csv": "the words of a ticket: only what happened to it is counted",
    "fivetran/zendesk/ticket_field_history_data.csv": "a log of many rows a ticket: a lookup takes one row",
    "survey/input_01.csv": "its columns are the questions of one survey: a mapping of its own (test_connectors.py)",
    "survey/output_01.csv": "the expected figures",
    "stripe/fixtures3.json": "an example of each kind of object of Stripe's API: its customer has no name, its times are 1234567890",
}


def test_every_file_has_a_mapping_or_a_reason() -> None:
    files = {
        str(path.relative_to(DATA))
        for path in DATA.rglob("*.*")
        if path.suffix in {".csv", ".json"} and path.parent.name != "expected"
    }
    read = set()
    for folder, name in BY.items():
        named = {known_as(one) for file in find(name).files for one in (file.name, *(join.file for join in file.joins))}
        read |= {file for file in files if Path(file).parent == Path(folder) and known_as(Path(file).name) in named}
    assert files - read == NO_TARGET.keys()
    assert all(NO_TARGET.values())
    guide = (settings.BASE_DIR / "docs" / "import.md").read_text()
    assert [file for file in NO_TARGET if f"`{file}`" not in guide] == []


def ids(folder: str, file: str, column: str) -> list[str]:
    with (DATA / folder / file).open(encoding="utf-8") as stream:
        return [row[column] for row in csv.DictReader(stream)]


def test_the_reasons_are_true() -> None:
    stripe, zendesk = "fivetran/stripe", "fivetran/zendesk"
    plans = ids(stripe, "subscription_item_data.csv", "plan_id")
    assert not {*plans} & {*ids(stripe, "price_data.csv", "id")}
    history = ids(zendesk, "ticket_field_history_data.csv", "ticket_id")
    assert max(history.count(one) for one in history) == 19
    kinds = json.loads((DATA / "stripe" / "fixtures3.json").read_text())["resources"]
    assert (kinds["customer"]["name"], kinds["customer"]["created"]) == (None, 1234567890)
    assert kinds["subscription_item"]["subscription"] != kinds["subscription"]["id"]
    # Items whose subscription is not in the sample, and those whose subscription's customer is not.
    owners = dict(zip(*(ids(stripe, "subscription_data.csv", name) for name in ("id", "customer_id")), strict=True))
    named = [owners.get(one) for one in ids(stripe, "subscription_item_data.csv", "subscription_id")]
    assert (len(named), named.count(None)) == (14, 12)
    assert not {*named} & {*ids(stripe, "customer_data.csv", "id")}


def test_items_of_stripe_find_their_plans_and_those_without_a_subscription_say_so(tmp_path: Path) -> None:
    """The sample has 14 items and two subscriptions, of customers that it does not have."""
    Organisation.objects.get_or_create(pk=1, defaults={"name": "Stripe"})
    out = StringIO()
    call_command("import_data", DATA / "fivetran" / "stripe", mapping="stripe", rejects=tmp_path / "no.csv", stdout=out)
    assert "14 contracts: 0 new, 0 changed, 0 unchanged, 14 rejected" in out.getvalue()
    rejects = (tmp_path / "no-subscription_item_data.csv").read_text()
    assert (rejects.count("is in no row of subscription_data.csv"), rejects.count("no customer has this id")) == (12, 2)
    assert "plan_data.csv" not in rejects.replace("no row of", "")


@pytest.mark.long
@pytest.mark.timeout(900)
def test_telco_comes_in_whole_with_its_figures(tmp_path: Path) -> None:
    expected = json.loads((DATA / "expected" / "telco.json").read_text())
    Organisation.objects.get_or_create(pk=1, defaults={"name": "Telco", "frozen_today": DAY})
    out = StringIO()
    place = DATA / "telco" / "Telco-Customer-Churn.csv"
    call_command("import_data", place, mapping="telco", rejects=tmp_path / "no.csv", stdout=out)
    assert f"{expected['rows']:,} new, 0 changed, 0 unchanged, 0 rejected" in out.getvalue()
    assert Customer.objects.count() == expected["rows"]
    churned = Q(ended_on__isnull=False)
    assert Contract.objects.filter(churned).count() == expected["churned"]
    monthly = ContractLine.objects.aggregate(
        all=Sum("annual_amount") / 12, active=Sum("annual_amount", filter=Q(contract__ended_on__isnull=True)) / 12
    )
    assert monthly["all"] == pytest.approx(Decimal(str(expected["monthly_charges_sum"])), abs=Decimal("0.005"))
    assert monthly["active"] == pytest.approx(
        Decimal(str(expected["monthly_charges_sum_active"])), abs=Decimal("0.005")
    )
    lost = 1 - monthly["active"] / monthly["all"]
    assert float(lost) == pytest.approx(expected["gross_mrr_lost_share"], abs=5e-7)
    rates = Contract.objects.values("term_months").annotate(n=Count("pk"), gone=Count("pk", filter=churned))
    found = {row["term_months"]: {"n": row["n"], "rate": round(row["gone"] / row["n"], 6)} for row in rates}
    terms = {1: "Month-to-month", 12: "One year", 24: "Two year"}
    assert {terms[months]: figures for months, figures in found.items()} == expected["churn_by_contract"]
    assert Customer.objects.aggregate(Sum("arr"))["arr__sum"] == round(
        Decimal(12) * Decimal(str(expected["monthly_charges_sum_active"])), 2
    )
    # Months of tenure are those of the file.
    started = Contract.objects.filter(starts_on=DAY).count()
    assert started == expected["tenure_zero"]
