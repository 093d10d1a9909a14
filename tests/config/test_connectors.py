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

HUBSPOT = """
source = "hubspot"
[formats]
instants = ["%Y-%m-%d %H:%M:%S"]
[[file]]
name = "company_data.csv"
into = "customers"
skip = { is_deleted = "true" }
[file.fields]
external_id = "id"
name = "property_name"
country = { column = "property_country", values = { "United States" = "US" } }
[[file]]
name = "contact_data.csv"
into = "contacts"
skip = { _fivetran_deleted = "true" }
[file.fields]
external_id = "id"
customer = { constant = "2182162682" }
name = { columns = ["property_firstname", "property_lastname", "id"] }
"""
ZENDESK = """
source = "zendesk"
[[file]]
name = "organization_data.csv"
into = "customers"
[file.fields]
external_id = "id"
name = "name"
[[file]]
name = "ticket_data.csv"
into = "tickets"
skip = { status = "deleted" }
[file.fields]
external_id = "id"
customer = "organization_id"
subject = "subject"
opened_at = "created_at"
severity = { column = "priority", values = { "" = "low", normal = "medium" } }
"""
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
    mapping = str(write(tmp_path / "hubspot.toml", HUBSPOT))
    report = bring(copied(tmp_path, "fivetran", "hubspot", "company_data.csv"), mapping)
    assert (report.rows, counts(report)) == (24, (24, 0, 0, 0))
    # The mapping translates one spelling; the name of the other is that of a country.
    assert [Customer.objects.filter(country=code).count() for code in ("US", "GB")] == [22, 2]
    report = bring(copied(tmp_path, "fivetran", "hubspot", "contact_data.csv"), mapping)
    assert (counts(report), report.skipped) == ((22, 0, 0, 0), 0)
    assert Contact.objects.count() == 22


def test_zendesk_tickets_of_organisations_known_and_not(tmp_path: Path) -> None:
    mapping = str(write(tmp_path / "zendesk.toml", ZENDESK))
    assert bring(copied(tmp_path, "fivetran", "zendesk", "organization_data.csv"), mapping).new == 10
    path = copied(tmp_path, "fivetran", "zendesk", "ticket_data.csv")
    report = bring(path, mapping)
    # The sample's tickets belong to none of its organisations: eight are refused, two were deleted.
    assert (report.rows, report.skipped, counts(report)) == (10, 2, (0, 0, 0, 8))
    assert [field for _line, field, _reason in rejected(path)] == ["organization_id"] * 8
    known = customer()
    known.external_keys.create(source="zendesk", external_id="370469077513")
    assert counts(bring(path, mapping)) == (1, 0, 0, 7)
    ticket = Ticket.objects.get()
    assert (ticket.customer, ticket.severity, ticket.subject) == (known, "low", "subject1")


def test_the_survey_has_its_negative_nps(tmp_path: Path) -> None:
    ours = customer()
    ours.external_keys.create(source="survey", external_id="ours")
    mapping = str(write(tmp_path / "survey.toml", SURVEY))
    report = bring(copied(tmp_path, "survey", "input_01.csv"), mapping)
    assert counts(report) == (39, 0, 0, 0)
    balance = Case(When(answer__gte=9, then=Value(100)), When(answer__lte=6, then=Value(-100)), default=Value(0))
    assert float(SurveyResponse.objects.aggregate(nps=Avg(balance))["nps"]) == pytest.approx(-35.9, abs=0.05)
