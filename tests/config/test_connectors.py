"""Files as connectors and survey tools really deliver them, through mappings of one's own."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.db.models import Avg, Case, Value, When

from accounts.models import Contact, Customer
from health.models import SurveyResponse, Ticket
from tests.accounts.imports import bring, counts, rejected, write
from tests.config.ravenstack import DATA
from tests.factories import customer

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(
        not (DATA / "fivetran").is_dir() or not (DATA / "survey").is_dir(),
        reason=f"the connectors' files are not in {DATA}: name their folder in REAL_DATA_DIR",
    ),
]

SURVEY = """
source = "survey"
[formats]
dates = ["%m/%d/%Y %H:%M:%S"]
[[file]]
name = "input_01.csv"
into = "surveys"
[file.fields]
external_id = "Timestamp"
customer = { constant = "ours" }
kind = { constant = "nps" }
answer = "On a scale of 0-10, how would you rate Sudzilla?"
answered_on = "Timestamp"
comment = "...why?"
"""


def copied(tmp_path: Path, *parts: str) -> Path:
    """A copy to read, so that rejected rows have a place beside it."""
    return write(tmp_path / parts[-1], DATA.joinpath(*parts).read_bytes())


def test_hubspot_companies_and_contacts(tmp_path: Path) -> None:
    path = copied(tmp_path, "fivetran", "hubspot", "company_data.csv")
    report = bring(path, "hubspot")
    assert (report.rows, counts(report)) == (24, (24, 0, 0, 0))
    assert [Customer.objects.filter(country=code).count() for code in ("US", "GB")] == [22, 2]
    assert counts(bring(path, "hubspot")) == (0, 0, 24, 0)
    path = copied(tmp_path, "fivetran", "hubspot", "contact_data.csv")
    report = bring(path, "hubspot")
    # Of 22 people one says where: at a company that is not in the file.
    assert (report.skipped, counts(report)) == (21, (0, 0, 0, 1))
    sample = customer(name="SampleCompany")
    sample.external_keys.create(source="hubspot", external_id="SampleCompany")
    report = bring(path, "hubspot")
    assert (report.skipped, counts(report), report.unread) == (21, (1, 0, 0, 0), 1), "the email is only a digest"
    assert Contact.objects.get().customer == sample


def test_zendesk_organisations_people_and_tickets(tmp_path: Path) -> None:
    assert bring(copied(tmp_path, "fivetran", "zendesk", "organization_data.csv"), "zendesk").new == 10
    path = copied(tmp_path, "fivetran", "zendesk", "ticket_data.csv")
    report = bring(path, "zendesk")
    # The sample's tickets belong to none of its organisations: eight are refused, two were deleted.
    assert (report.rows, report.skipped, counts(report)) == (10, 2, (0, 0, 0, 8))
    assert [field for _line, field, _reason in rejected(path)] == ["organization_id"] * 8
    known = customer()
    for key in ("370469077513", "370319191913"):
        known.external_keys.create(source="zendesk", external_id=key)
    assert counts(bring(path, "zendesk")) == (1, 0, 0, 7)
    ticket = Ticket.objects.get()
    assert (ticket.customer, ticket.severity, ticket.subject) == (known, "medium", "subject1")
    report = bring(copied(tmp_path, "fivetran", "zendesk", "user_data.csv"), "zendesk")
    assert (report.skipped, report.new, report.new + report.rejected) == (1, 1, 9)
    assert Contact.objects.get().customer == known


def test_stripe_customers_and_invoices(tmp_path: Path) -> None:
    path = copied(tmp_path, "fivetran", "stripe", "customer_data.csv")
    report = bring(path, "stripe")
    assert (report.skipped, counts(report)) == (1, (11, 0, 0, 0))
    assert counts(bring(path, "stripe")) == (0, 0, 11, 0)
    report = bring(copied(tmp_path, "fivetran", "stripe", "invoice_data.csv"), "stripe")
    assert (report.rows, report.skipped) == (2, 2), "charged at once, so that nothing can be overdue"


def test_the_survey_has_its_negative_nps(tmp_path: Path) -> None:
    ours = customer()
    ours.external_keys.create(source="survey", external_id="ours")
    mapping = str(write(tmp_path / "survey.toml", SURVEY))
    report = bring(copied(tmp_path, "survey", "input_01.csv"), mapping)
    assert counts(report) == (39, 0, 0, 0)
    balance = Case(When(answer__gte=9, then=Value(100)), When(answer__lte=6, then=Value(-100)), default=Value(0))
    assert float(SurveyResponse.objects.aggregate(nps=Avg(balance))["nps"]) == pytest.approx(-35.9, abs=0.05)
