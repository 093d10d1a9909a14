"""Files as connectors and survey tools really deliver them, through mappings of one's own."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest
from django.db.models import Avg, Case, Value, When

from accounts.models import Contact, Contract, Customer
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


def test_hubspot_deals_that_were_won_are_contracts(tmp_path: Path) -> None:
    """No deal of the sample names a stage, an amount or a company; with a stage, companies and amounts by hand two come in."""
    path = copied(tmp_path, "fivetran", "hubspot", "deal_data.csv")
    report = bring(path, "hubspot")
    assert (report.rows, report.skipped, counts(report)) == (44, 44, (0, 0, 0, 0))
    assert "without deal_pipeline_stage_data.csv, deal_company_data.csv" in " ".join(report.notes)
    ours = customer(name="Acme")
    ours.external_keys.create(source="hubspot", external_id="2182162682")
    head, *rows = path.read_text().splitlines()
    filled = [row.replace(",,,,4727653,", ",,won,,4727653,", 1) for row in rows[:3]]
    filled[0] = filled[0].replace(",,,2019", ",1200.50,2019-12-05 10:00:00,2019")
    filled[1] = filled[1].replace(",,,2019", ",2400,2020-12-05 10:00:00,2019")
    write(path, "\n".join([head, *filled, rows[3].replace(",,,,4727653,", ",,open,,4727653,", 1), *rows[4:]]) + "\n")
    write(
        tmp_path / "deal_pipeline_stage_data.csv", "stage_id,label,closed_won\nwon,Closed won,true\nopen,Sent,false\n"
    )
    write(tmp_path / "deal_company_data.csv", "deal_id,company_id\n1244495215,2182162682\n1075671446,2182162682\n")
    report = bring(path, "hubspot")
    # One that was won names neither a company nor an amount.
    assert (report.rows, report.skipped, counts(report)) == (44, 41, (2, 0, 0, 1))
    found = Contract.objects.order_by("starts_on").values_list(
        "customer", "starts_on", "term_months", "lines__annual_amount"
    )
    assert list(found) == [
        (ours.pk, dt.date(2019, 12, 5), 12, Decimal("1200.50")),
        (ours.pk, dt.date(2020, 12, 5), 12, Decimal(2400)),
    ]


def test_hubspot_tickets_belong_to_their_associated_company(tmp_path: Path) -> None:
    assert bring(copied(tmp_path, "fivetran", "hubspot", "company_data.csv"), "hubspot").new == 24
    path = copied(tmp_path, "fivetran", "hubspot", "ticket_data.csv")
    report = bring(path, "hubspot")
    assert (report.rows, counts(report)) == (25, (0, 0, 0, 25)), "the sample does not say whose they are"
    assert "without ticket_company_data.csv: the cells that it would give are empty" in report.notes
    ids = [line.split(",")[1] for line in path.read_text().splitlines()[1:]]
    write(
        tmp_path / "ticket_company_data.csv", "ticket_id,company_id\n" + "".join(f"{id_},2182162682\n" for id_ in ids)
    )
    report = bring(path, "hubspot")
    # One was closed before it was opened, as the file says.
    assert (report.rows, counts(report)) == (25, (24, 0, 0, 1))
    ticket = Ticket.objects.get(external_id="293370454")
    assert ticket.customer.external_keys.get().external_id == "2182162682"
    assert ticket.first_response_at == dt.datetime(2021, 1, 29, 15, 37, 44, tzinfo=dt.UTC)
    assert (ticket.solved_at, ticket.severity) == (None, "medium")
    assert counts(bring(path, "hubspot")) == (0, 0, 24, 1)


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
