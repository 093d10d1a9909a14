"""A small made-up export of each system, through the mapping that ships for it."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest
from django.conf import settings

from accounts.imports.folders import jobs
from accounts.imports.loading import load
from accounts.imports.mapping import find
from accounts.imports.targets import TARGETS
from accounts.models import Contact, Contract, ContractLine, Customer, Invoice
from health.models import Ticket
from tests import factories
from tests.factories import DAY

pytestmark = pytest.mark.django_db
EXPORTS = Path(settings.BASE_DIR) / "tests" / "data" / "exports"


def bring(system: str, folder: Path) -> dict[str, tuple[int, int, int, int, list[str]]]:
    """(new, unchanged, left out, rejected, notes) by file."""
    answers = {}
    for job in jobs(EXPORTS / system, find(system), TARGETS, rejects=folder / "rejects.csv"):
        report = load(job.path, job.file, job.target, day=DAY, rejects=job.rejects)
        answers[report.file] = (report.new, report.unchanged, report.skipped, report.rejected, report.notes)
    return answers


@pytest.fixture(autouse=True)
def company() -> None:
    factories.organisation()
    factories.user(name="Mara Lindqvist")


@pytest.mark.parametrize(
    ("system", "counts"),
    [
        (
            "hubspot",
            {"companies.csv": (3, 0), "contacts.csv": (2, 0), "deals.csv": (2, 2), "tickets.csv": (2, 0)},
        ),
        (
            "salesforce",
            {"Account.csv": (2, 1), "Contact.csv": (1, 0), "Opportunity.csv": (2, 1), "Case.csv": (2, 0)},
        ),
        ("stripe", {"customers.csv": (2, 0), "subscription_items.csv": (3, 1), "invoices.csv": (2, 2)}),
        ("zendesk", {"organizations.csv": (2, 0), "tickets.csv": (2, 0)}),
        ("intercom", {"companies.csv": (2, 0), "contacts.csv": (1, 0), "conversations.csv": (2, 0)}),
        ("japanese", {"顧客一覧.csv": (2, 0), "連絡先一覧.csv": (2, 0), "契約一覧.csv": (2, 0)}),
    ],
)
def test_every_row_comes_in_and_the_same_again_changes_nothing(
    system: str, counts: dict[str, tuple[int, int]], tmp_path: Path
) -> None:
    first = bring(system, tmp_path)
    assert {name: (new, skipped) for name, (new, _same, skipped, _rejected, _notes) in first.items()} == counts
    assert {answer[3] for answer in first.values()} == {0}
    assert [note for answer in first.values() for note in answer[4] if "not read" in note] == []
    second = bring(system, tmp_path)
    assert {name: answer[:4] for name, answer in second.items()} == {
        name: (0, new, skipped, 0) for name, (new, skipped) in counts.items()
    }


def test_hubspot_owners_are_found_by_name_and_names_joined(tmp_path: Path) -> None:
    bring("hubspot", tmp_path)
    aoba = Customer.objects.get(name="Aoba Logistics")
    assert (aoba.owner and aoba.owner.name, aoba.country, aoba.employees) == ("Mara Lindqvist", "JP", 288)
    assert set(Contact.objects.values_list("name", "email")) == {
        ("Aoi Sato", "sato@aoba.example"),
        ("Hayashi", "hayashi@minato.example"),
    }
    assert set(Ticket.objects.values_list("subject", "severity")) == {
        ("Export fails", "high"),
        ("Question about seats", "medium"),
    }


def test_hubspot_takes_the_deals_that_were_won_and_the_next_goes_on_from_the_last(tmp_path: Path) -> None:
    bring("hubspot", tmp_path)
    first, second = Contract.objects.order_by("starts_on")
    assert (first.starts_on, first.term_months, first.replaced_by) == (dt.date(2025, 11, 2), 12, second)
    assert (second.starts_on, second.term_months, second.ends_on) == (dt.date(2026, 11, 2), 24, dt.date(2028, 11, 2))
    assert {line.annual_amount for line in second.lines.all()} == {Decimal("15000.50")}
    assert second.customer.name == "Aoba Logistics"


def test_salesforce_takes_what_was_won_and_the_next_goes_on_from_the_last(tmp_path: Path) -> None:
    bring("salesforce", tmp_path)
    first, second = Contract.objects.order_by("starts_on")
    assert (first.replaced_by, second.starts_on) == (second, dt.date(2026, 10, 1))
    assert set(Ticket.objects.values_list("severity", "escalated")) == {("high", True), ("urgent", False)}
    assert Customer.objects.get(name="Minato Bank").parent == Customer.objects.get(name="Aoba Logistics")


def test_stripe_counts_units_and_periods_in_the_digits_of_each_currency(tmp_path: Path) -> None:
    bring("stripe", tmp_path)
    lines = ContractLine.objects.order_by("contract__external_id", "starts_on")
    assert [(line.contract.external_id, line.product, line.annual_amount) for line in lines] == [
        ("sub_1", "Team", Decimal("28800000.00")),  # 20 × ¥120,000 × 12
        ("sub_1", "Audit", Decimal("600000.00")),  # 1 × ¥50,000 × 12
        ("sub_2", "Team", Decimal("719.64")),  # 3 × $19.99 × 12
    ]
    assert set(Contract.objects.values_list("external_id", "currency", "term_months", "auto_renews")) == {
        ("sub_1", "JPY", 1, True),
        ("sub_2", "USD", 1, True),
    }
    assert set(Invoice.objects.values_list("external_id", "amount", "payment")) == {
        ("in_1", Decimal("59.97"), "settled"),
        ("in_2", Decimal("59.97"), "known"),
    }


def test_zendesk_says_how_long_somebody_waited_and_what_they_thought(tmp_path: Path) -> None:
    bring("zendesk", tmp_path)
    answered, waiting = Ticket.objects.order_by("opened_at")
    assert answered.opened_at == dt.datetime(2026, 11, 2, 9, 30, tzinfo=dt.UTC)
    assert answered.first_response_at == dt.datetime(2026, 11, 2, 10, 15, tzinfo=dt.UTC)
    assert (answered.csat, answered.reopened, answered.customer.name) == (5, 1, "Aoba Logistics")
    assert (waiting.severity, waiting.csat, waiting.first_response_at) == ("medium", None, None)


def test_intercom_tells_instants_in_seconds(tmp_path: Path) -> None:
    bring("intercom", tmp_path)
    first = Ticket.objects.order_by("opened_at")[0]
    assert (first.opened_at, first.severity, first.csat) == (dt.datetime(2026, 11, 2, 9, 30, tzinfo=dt.UTC), "high", 5)


def test_japanese_lists_are_read_as_people_write_them(tmp_path: Path) -> None:
    bring("japanese", tmp_path)
    aoba = Customer.objects.get(name="青葉物流")
    assert (aoba.employees, aoba.country, aoba.tags, aoba.reading) == (
        1_240,
        "JP",
        ["重点", "東日本"],
        "アオバブツリュウ",
    )
    assert Customer.objects.get(name="みなと信用金庫").industry == ""
    first, second = Contract.objects.order_by("external_id")
    assert (first.starts_on, first.ends_on) == (dt.date(2019, 4, 1), dt.date(2027, 4, 1))
    assert (second.starts_on, second.ends_on) == (dt.date(2021, 1, 2), dt.date(2028, 1, 2))
    assert (first.auto_renews, second.auto_renews, first.notice_days) == (True, False, 90)
    assert (first.currency, first.lines.get().annual_amount) == ("JPY", Decimal("54000000.00"))


def test_mrr_playbook_is_read_twice_and_a_month_counts_twelve_times(tmp_path: Path) -> None:
    bring("mrr_playbook", tmp_path)
    assert Customer.objects.count() == 2
    lines = ContractLine.objects.order_by("contract__external_id").values_list("contract__ended_on", "annual_amount")
    assert list(lines) == [
        (dt.date(2019, 6, 1), Decimal("600.00")),
        (None, Decimal("900.00")),
        (dt.date(2019, 4, 1), Decimal("600.00")),
    ]
