"""Undo gives the rows before, of every kind that a file can change: fields, facts of use, keys, rates, features, people."""

from __future__ import annotations

import csv
import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, models, transaction
from django.test import Client
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from accounts import customers, lifecycle
from accounts.imports import parents, requesting
from accounts.imports.rows import Unreadable
from accounts.models import (
    AdvocacyAct,
    Cancellation,
    Change,
    CommunityActivity,
    Contact,
    Contract,
    ContractLine,
    Customer,
    Entitlement,
    ExchangeRate,
    ExternalKey,
    ImportLine,
    ImportRun,
    ImportSpan,
    Integration,
    Invoice,
    Objective,
    Outcome,
    Sentiment,
    Touchpoint,
    User,
    WithdrawnRow,
)
from config import clock
from health.models import Feature, FeatureDay, Person, PersonDay, SurveyResponse, Ticket, UsageDay, UsageRecord
from health.signals.rollup import roll_up_changed
from renewals import calls, pipeline
from renewals.models import Renewal
from tests import factories as make
from tests.accounts.importing.runs import imported, taken_back, work, write
from tests.accounts.imports import bring
from tests.accounts.imports import write as put
from tests.examples import dear
from tests.factories import DAY, organisation, user

pytestmark = pytest.mark.django_db
FIRST = {
    "rates.csv": "currency,fiscal_year,rate\nEUR,2026,1.1\n",
    "users.csv": "email,name,role\nmara@example.com,Mara,csm\nnils@example.com,Nils,manager\n",
    "customers.csv": "external_id,name,country,employees\nA1,Acme,JP,12\nB2,Beta,,\n",
    "keys.csv": "source,external_id,customer\nbilling,7,A1\n",
    "contacts.csv": "external_id,customer,name,title\nP1,A1,Ann,CTO\n",
    "contracts.csv": "external_id,customer,starts_on,product,annual_amount,currency\nK1,A1,2026-01-01,Suite,12000,EUR\n",
    "entitlements.csv": "contract,kind,quantity\nK1,seats,5\n",
    "cancellations.csv": "external_id,customer,on,stated_reason\nC1,B2,2026-10-01,price\n",
    "objectives.csv": "external_id,customer,title,agreed_on\nO1,A1,Save time,2026-02-01\n",
    "outcomes.csv": "external_id,objective,measure,measured,measured_on\nR1,O1,Hours,9,2026-10-01\n",
    "touchpoints.csv": "external_id,customer,kind,happened_on,sentiment\nT1,A1,call,2026-11-02,4\n",
    "invoices.csv": "external_id,customer,issued_on,due_on,amount,currency\nI1,A1,2026-10-01,2026-11-01,100,EUR\n",
    "integrations.csv": "external_id,customer,name,connected_on\nN1,A1,Slack,2026-03-01\n",
    "advocacy.csv": "external_id,customer,kind,happened_on\nV1,A1,review,2026-05-01\n",
    "community.csv": "external_id,customer,kind,happened_on\nM1,A1,post,2026-05-01\n",
    "features.csv": "key,name,is_core\nreports,Reports,no\n",
    "tickets.csv": "external_id,customer,severity,opened_at,solved_at\nS1,A1,low,2026-11-01T10:00:00Z,\n",
    "surveys.csv": "external_id,customer,kind,answer,answered_on\nQ1,A1,nps,9,2026-11-01\n",
    "usage.csv": "external_id,customer,day,feature,user,uses\nU1,A1,2026-11-10,reports,ann,3\nU2,A1,2026-11-12,reports,ann,1\n",
}
# The same rows otherwise, and a new one.
SECOND = {
    "rates.csv": "currency,fiscal_year,rate\nEUR,2026,1.2\nGBP,2026,1.4\n",
    "users.csv": "email,name,role,manager\nmara@example.com,Mara M,viewer,nils@example.com\nnew@example.com,New,csm,\n",
    "customers.csv": "external_id,name,country,employees\nA1,Apex,DE,13\nB2,Beta,,\nD4,Delta,,\n",
    "keys.csv": "source,external_id,customer\nbilling,8,B2\n",
    "contacts.csv": "external_id,customer,name,title\nP1,A1,Ann B,CEO\nP2,B2,Bob,\n",
    "contracts.csv": "external_id,customer,starts_on,product,annual_amount,currency\nK1,A1,2026-01-01,Suite,18000,EUR\n",
    "entitlements.csv": "contract,kind,quantity\nK1,seats,9\n",
    "cancellations.csv": "external_id,customer,on,stated_reason\nC1,B2,2026-10-02,value\n",
    "objectives.csv": "external_id,customer,title,agreed_on\nO1,A1,Save money,2026-02-02\nO2,B2,Grow,2026-02-02\n",
    "outcomes.csv": "external_id,objective,measure,measured,measured_on\nR1,O1,Euros,7,2026-10-02\nR2,O1,Days,1,2026-10-02\n",
    "touchpoints.csv": "external_id,customer,kind,happened_on,sentiment\nT1,B2,meeting,2026-11-03,2\nT2,A1,call,2026-11-09,1\n",
    "invoices.csv": "external_id,customer,issued_on,due_on,amount,currency\nI1,A1,2026-10-02,2026-11-03,200,EUR\n"
    "I2,A1,2026-10-03,2026-11-03,-200,EUR\n",
    "integrations.csv": "external_id,customer,name,connected_on\nN1,A1,Teams,2026-03-02\n",
    "advocacy.csv": "external_id,customer,kind,happened_on\nV1,B2,referral,2026-05-02\n",
    "community.csv": "external_id,customer,kind,happened_on\nM1,A1,answer,2026-05-02\nM2,A1,post,2026-05-02\n",
    "features.csv": "key,name,is_core,module\nreports,All reports,yes,Plus\nboards,Boards,no,\n",
    "tickets.csv": "external_id,customer,severity,opened_at,solved_at\nS1,A1,high,2026-11-02T10:00:00Z,2026-11-03T10:00:00Z\n"
    "S2,B2,low,2026-11-02T10:00:00Z,\n",
    "surveys.csv": "external_id,customer,kind,answer,answered_on\nQ1,A1,csat,2,2026-11-02\nQ2,B2,nps,1,2026-11-02\n",
    "usage.csv": "external_id,customer,day,feature,user,uses\nU3,A1,2026-11-11,reports,ann,8\nU4,A1,2026-11-12,exports,ben,2\n"
    "U5,B2,2026-11-12,reports,zoe,2\n",
}
RECORD: tuple[type[models.Model], ...] = (
    ExchangeRate, User, Customer, ExternalKey, Contact, Contract, ContractLine, Entitlement, Cancellation, Objective, Outcome,
    Touchpoint, Sentiment, Invoice, Integration, AdvocacyAct, CommunityActivity, Feature, Ticket, SurveyResponse, UsageRecord,
    UsageDay, FeatureDay, Person, PersonDay,
)  # fmt: skip
# Stamps and copies for searching; which source said what last.
LEFT_OUT = {"changed_at", "search_words", "source_said", "last_login"}


@pytest.fixture
def admin() -> User:
    organisation()
    return user("admin", name="Ren Admin")


def rows() -> dict[str, list[dict[str, Any]]]:
    """Every row of the record and of what is derived of use, by model."""
    return {
        model.__name__: [
            {name: value for name, value in row.items() if name not in LEFT_OUT}
            for row in model._default_manager.order_by("pk").values()
        ]
        for model in RECORD
    }


def follow() -> None:
    """What is derived of use and contracts."""
    roll_up_changed()
    lifecycle.sweep(DAY)


def stays(run: ImportRun) -> list[tuple[str, str, str]]:
    lines = ImportLine.objects.filter(file__run=run, outcome="kept").order_by("object_kind", "title")
    return list(lines.values_list("object_kind", "field", "reason"))


@settings(max_examples=dear(4), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(names=list(SECOND))
@given(names=st.lists(st.sampled_from(list(SECOND)), min_size=1, unique=True))
def test_undo_gives_the_rows_before_whatever_the_files(admin: User, tmp_path: Path, names: list[str]) -> None:
    if not Customer.objects.exists():
        imported(write(tmp_path / "first", FIRST), by=admin)
        follow()
    before = rows()
    folder = tmp_path / f"second {len(list(tmp_path.iterdir()))}"
    run = imported(write(folder, {name: SECOND[name] for name in names}), by=admin)
    assert run.state == "done", run.problem
    follow()
    assert rows() != before
    run = taken_back(run)
    assert (run.state, run.problem) == ("undone", "")
    follow()
    assert stays(run) == []
    after = rows()
    for name in before:
        assert after[name] == before[name]


NAMES = "external_id,name\nA1,{}\n"


def named_in_turn(admin: User, tmp_path: Path, *names: str) -> list[ImportRun]:
    """A customer that each run of the names gives another name."""
    texts = [(f"{number}", NAMES.format(name)) for number, name in enumerate(names)]
    return [imported(write(tmp_path / number, {"customers.csv": text}), by=admin) for number, text in texts]


@pytest.mark.parametrize(
    ("order", "stages"),
    [
        ((1, 2), ["C", "A"]), ((2, 1), ["B", "A"]), ((1, 2, 0), ["C", "A", ""]), ((0, 1, 2), ["C", "C", ""]), ((0, 2, 1), ["C", "B", ""]),
    ],
)  # fmt: skip
def test_no_undone_value_comes_back_in_whatever_order(
    admin: User, tmp_path: Path, order: tuple[int, ...], stages: list[str]
) -> None:
    """A was made by run 0, became B by run 1 and C by run 2; "" is no customer at all."""
    runs = named_in_turn(admin, tmp_path, "A", "B", "C")
    tickets = "external_id,customer,severity,opened_at\nS1,A1,{},2026-11-01T10:00:00Z\n"
    severities = {"A": "low", "B": "medium", "C": "high"}
    texts = [(f"t{number}", tickets.format(severity)) for number, severity in enumerate(severities.values())]
    of_tickets = [imported(write(tmp_path / name, {"tickets.csv": text}), by=admin) for name, text in texts]
    for number, stage in zip(order, stages, strict=True):
        taken_back(of_tickets[number])
        assert [ticket.severity for ticket in Ticket.objects.all()] == ([severities[stage]] if stage else [])
        taken_back(runs[number])
        assert [customer.name for customer in Customer.objects.all()] == ([stage] if stage else [])


def test_a_field_that_a_person_set_and_set_back_stays(admin: User, tmp_path: Path) -> None:
    _made, run = named_in_turn(admin, tmp_path, "A", "B")
    for name in ("Z", "B"):
        Customer.objects.update(name=name)
    Customer.objects.update(industry="Toys")
    taken_back(run)
    assert Customer.objects.get().name == "B"
    assert [line[1] for line in stays(run)] == ["name"]


def test_a_column_that_a_migration_adds_is_no_change(admin: User, tmp_path: Path) -> None:
    run = imported(
        write(tmp_path / "in", {"customers.csv": FIRST["customers.csv"], "tickets.csv": FIRST["tickets.csv"]}), by=admin
    )
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE health_ticket ADD COLUMN urgency int NOT NULL DEFAULT 3")
    taken_back(run)
    assert (Ticket.objects.count(), stays(run)) == (0, [])


def test_a_field_of_a_ticket_that_a_later_import_changed_stays(admin: User, tmp_path: Path) -> None:
    head, rest = "external_id,customer,subject,severity,opened_at\n", "2026-11-01T10:00:00Z\n"
    imported(write(tmp_path / "0", {"customers.csv": FIRST["customers.csv"]}), by=admin)
    of_rows = ["S1,A1,Slow,low,", "S1,A1,Slow page,high,", "S1,A1,Slow,high,", "S1,A1,Slow page,high,"]
    runs = [
        imported(write(tmp_path / f"t{number}", {"tickets.csv": head + row + rest}), by=admin)
        for number, row in enumerate(of_rows)
    ]
    taken_back(runs[1])
    ticket = Ticket.objects.get()
    assert (ticket.subject, ticket.severity) == ("Slow page", "low")
    assert stays(runs[1]) == [("ticket", "subject", "changed since: it stays as it is")]


def test_what_a_constraint_binds_goes_back_together(admin: User, tmp_path: Path) -> None:
    head = "external_id,customer,severity,opened_at,solved_at\n"
    first, second = (
        "S1,A1,low,2026-11-01T10:00:00Z,2026-11-02T10:00:00Z\n",
        "S1,A1,high,2026-11-05T10:00:00Z,2026-11-06T10:00:00Z\n",
    )
    imported(write(tmp_path / "0", {"customers.csv": FIRST["customers.csv"], "tickets.csv": head + first}), by=admin)
    run = imported(write(tmp_path / "1", {"tickets.csv": head + second}), by=admin)
    Ticket.objects.update(solved_at=dt.datetime(2026, 11, 7, tzinfo=dt.UTC))
    taken_back(run)
    ticket = Ticket.objects.get()
    assert (ticket.severity, ticket.opened_at.day, ticket.solved_at.day) == ("low", 5, 7)
    assert stays(run) == [("ticket", "opened_at, solved_at", "changed since: it stays as it is")]


def test_roles_go_back_but_the_last_admins_and_a_programs(admin: User, tmp_path: Path) -> None:
    head = "email,name,role\n"
    imported(
        write(
            tmp_path / "0",
            {"users.csv": head + "mara@example.com,Mara,manager\nnils@example.com,Nils,csm\nola@example.com,Ola,csm\n"},
        ),
        by=admin,
    )
    run = imported(
        write(
            tmp_path / "1",
            {
                "users.csv": head
                + "mara@example.com,Mara,admin\nnils@example.com,Nils N,viewer\nola@example.com,Ola,viewer\n"
            },
        ),
        by=admin,
    )
    assert [line.fields for line in ImportLine.objects.filter(file__run=run, kind="changed").order_by("title")] == [
        {"role": ["manager", "admin"]}, {"name": ["Nils", "Nils N"], "role": ["csm", "viewer"]}, {"role": ["csm", "viewer"]},
    ]  # fmt: skip
    User.objects.filter(email="ola@example.com").update(is_service=True)
    User.objects.filter(pk=admin.pk).update(is_active=False)
    requesting.take_back(run, User.objects.get(name="Mara"), DAY, clock.now())
    work()
    run.refresh_from_db()
    assert run.state == "undone", run.problem
    found = {person.name: person.role for person in User.objects.exclude(pk=admin.pk)}
    assert found == {"Mara": "admin", "Nils": "csm", "Ola": "viewer"}
    assert stays(run) == [("user", "role", "The last admin stays."), ("user", "role", "“ola@example.com” is a program")]


def test_a_role_goes_back_though_new_people_reported_to_it(admin: User, tmp_path: Path) -> None:
    """They leave first; as somebody's manager nobody can be a CSM again."""
    head = "email,name,role,manager\n"
    imported(write(tmp_path / "0", {"users.csv": f"{head}otto@example.com,Otto,csm,\n"}), by=admin)
    text = f"{head}otto@example.com,Otto,manager,\nnew@example.com,New,csm,otto@example.com\n"
    run = imported(write(tmp_path / "1", {"users.csv": text}), by=admin)
    assert User.objects.get(name="New").manager == User.objects.get(name="Otto")
    assert taken_back(run).state == "undone"
    assert dict(User.objects.exclude(pk=admin.pk).values_list("name", "role")) == {"Otto": "csm"}
    assert stays(run) == []


def test_rates_go_back_with_the_money_in_their_currency(admin: User, tmp_path: Path) -> None:
    files = {name: FIRST[name] for name in ("rates.csv", "customers.csv", "contracts.csv")}
    imported(write(tmp_path / "0", files), by=admin)
    lifecycle.sweep(DAY)
    assert Customer.objects.get(name="Acme").arr == Decimal(13_200)
    run = imported(write(tmp_path / "1", {"rates.csv": SECOND["rates.csv"]}), by=admin)
    assert Customer.objects.get(name="Acme").arr == Decimal(14_400)
    taken_back(run)
    assert Customer.objects.get(name="Acme").arr == Decimal(13_200)
    assert ExchangeRate.objects.count() == 1


def test_a_feature_stays_while_a_newer_one_does(admin: User, tmp_path: Path) -> None:
    run = imported(write(tmp_path / "0", {"features.csv": "key,name\nboards,Boards\n"}), by=admin)
    imported(write(tmp_path / "1", {"features.csv": "key,name\nreports,Reports\n"}), by=admin)
    taken_back(run)
    assert list(Feature.objects.order_by("pk").values_list("key", flat=True)) == ["boards", "reports"]
    assert [line[0] for line in stays(run)] == ["feature"]


def test_features_that_go_back_change_everybodys_figures(admin: User, tmp_path: Path) -> None:
    imported(write(tmp_path / "0", {"features.csv": "key,name\nboards,Boards\n"}), by=admin)
    run = imported(write(tmp_path / "1", {"features.csv": "key,is_core\nboards,yes\n"}), by=admin)
    customer = make.customer(name="Elsewhere")
    Change.objects.all().delete()
    taken_back(run)
    assert not Feature.objects.get().is_core
    assert Change.objects.filter(customer_id=customer.pk).exists()


def test_the_database_lets_no_customer_be_its_own_parent(admin: User) -> None:
    acme, beta, cela = Customer.objects.bulk_create(Customer(name=name) for name in ("Acme", "Beta", "Cela"))
    Customer.objects.filter(pk=acme.pk).update(parent=beta)
    Customer.objects.filter(pk=beta.pk).update(parent=cela)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS customer_no_circle IMMEDIATE")
    with pytest.raises(IntegrityError, match="would be its own parent"), transaction.atomic():
        Customer.objects.filter(pk=cela.pk).update(parent=acme)


def test_who_closes_a_circle_with_somebody_else_at_once_reads_the_sentence(
    admin: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the database says at the end is said before it, in the words of the form and of the file."""
    acme, beta = Customer.objects.bulk_create(Customer(name=name) for name in ("Acme", "Beta"))
    for customer, key in ((acme, "A"), (beta, "B")):
        customer.external_keys.create(source="csv", external_id=key)
    Customer.objects.filter(pk=beta.pk).update(parent=acme)  # after the form was looked at
    acme.parent = beta
    with pytest.raises(ValidationError) as problem:
        customers.change(acme, ["parent"], day=DAY)
    assert problem.value.message_dict == {"parent": ["A customer cannot stand above itself."]}
    monkeypatch.setattr(parents, "CIRCLES", "false")  # seen too early to show it
    rows = "external_id,name,parent\nA,Acme,B\nB,Beta,A\n"
    with pytest.raises(Unreadable, match="the database refused it: customer_no_circle"):
        bring(put(tmp_path / "customers.csv", rows))
    assert list(Customer.objects.values_list("parent", flat=True).order_by("pk")) == [None, acme.pk]


def test_rows_of_use_carry_their_import_as_one_span_and_are_kept_apart(admin: User, tmp_path: Path) -> None:
    imported(write(tmp_path / "first", FIRST), by=admin)
    run = imported(
        write(tmp_path / "second", {"usage.csv": FIRST["usage.csv"] + SECOND["usage.csv"].partition("\n")[2]}), by=admin
    )
    new = list(
        UsageRecord.objects.filter(message_id__in=("U3", "U4", "U5")).order_by("pk").values_list("pk", flat=True)
    )
    span = ImportSpan.objects.get(file__run=run)
    assert (span.first_id, span.last_id, span.changes) == (new[0], new[-1], {})
    taken_back(run)
    assert list(UsageRecord.objects.order_by("message_id").values_list("message_id", flat=True)) == ["U1", "U2"]
    apart = [row.row for row in WithdrawnRow.objects.filter(kind="usagerecord", run=run.pk).order_by("object_id")]
    assert [(row["message_id"], row["uses"], row["day"]) for row in apart] == [
        ("U3", 8, "2026-11-11"),
        ("U4", 2, "2026-11-12"),
        ("U5", 2, "2026-11-12"),
    ]
    assert not any("person" in row for row in apart)
    assert list(Feature.objects.values_list("key", flat=True)) == ["reports"]


def test_the_rows_taken_out_are_downloaded_as_files_name_them(admin: User, client: Client, tmp_path: Path) -> None:
    imported(write(tmp_path / "first", FIRST), by=admin)
    files = {name: SECOND[name] for name in ("customers.csv", "contacts.csv", "tickets.csv", "usage.csv")}
    files["contacts.csv"] += "P3,D4,Dot,=1+1\n"
    run = imported(write(tmp_path / "second", files), by=admin)
    client.force_login(admin)
    page = client.get(f"/import/runs/{run.pk}/?rows=changed").text
    assert "<del>Low</del>" in page
    assert "<ins>High</ins>" in page
    taken_back(run)
    assert "Rows taken out" in client.get(f"/import/runs/{run.pk}/").text
    told = {}
    for file in run.files.filter(written=True):
        answer = client.get(f"/import/runs/{run.pk}/withdrawn/{file.position}/")
        text = b"".join(answer.streaming_content).decode().removeprefix("\ufeff")
        told[file.target] = [
            {name: cell for name, cell in row.items() if cell} for row in csv.DictReader(text.splitlines())
        ]
    assert told["customers"] == [{"external_id": "D4", "name": "Delta"}]
    assert [(row["external_id"], row["customer"], row["name"], row.get("title")) for row in told["contacts"]] == [
        ("P2", "B2", "Bob", None), ("P3", "D4", "Dot", "'=1+1"),
    ]  # fmt: skip
    assert [(row["external_id"], row["customer"], row["severity"], row["opened_at"]) for row in told["tickets"]] == [
        ("S2", "B2", "low", "2026-11-02T10:00:00+00:00")
    ]
    assert [(row["customer"], row["day"], row["feature"], row["uses"]) for row in told["usage"]] == [
        ("A1", "2026-11-11", "reports", "8"), ("A1", "2026-11-12", "exports", "2"), ("B2", "2026-11-12", "reports", "2"),
    ]  # fmt: skip


def test_an_outcome_that_named_its_customer_alone_comes_in_again(admin: User, client: Client, tmp_path: Path) -> None:
    text = "external_id,objective,customer,measure\nO1,,A1,Hours\n"
    imported(write(tmp_path / "0", {"customers.csv": "external_id,name\nA1,Acme\n"}), by=admin)
    run = taken_back(imported(write(tmp_path / "1", {"outcomes.csv": text}), by=admin))
    assert not Outcome.objects.exists()
    client.force_login(admin)
    answer = client.get(f"/import/runs/{run.pk}/withdrawn/1/")
    kept = b"".join(answer.streaming_content).decode()
    again = imported(write(tmp_path / "2", {"outcomes.csv": kept}), by=admin)
    assert [(file.new, file.rejected) for file in again.files.all()] == [(1, 0)]
    assert Outcome.objects.get().objective.title == "Hours"


def test_two_files_of_one_name_give_their_own_rows_each(admin: User, client: Client, tmp_path: Path) -> None:
    """Rows of contracts are withdrawn within the record: of them nothing is offered."""
    places = [
        write(tmp_path / "2025", {"customers.csv": "external_id,name\nA1,Acme\n"}) / "customers.csv",
        write(tmp_path / "2026", {"customers.csv": "external_id,name\nB2,Beta\n"}) / "customers.csv",
        write(tmp_path, {"contracts.csv": "external_id,customer,starts_on,product,annual_amount\nK1,A1,2026-01-01,Suite,1\n"})
        / "contracts.csv",
    ]  # fmt: skip
    run = taken_back(imported(*places, by=admin))
    client.force_login(admin)
    page = client.get(f"/import/runs/{run.pk}/").text
    told = {}
    for file in run.files.all():
        answer = client.get(f"/import/runs/{run.pk}/withdrawn/{file.position}/")
        text = b"".join(answer.streaming_content).decode().removeprefix("\ufeff")
        told[file.position, file.name] = [row["external_id"] for row in csv.DictReader(text.splitlines())]
        assert (f"/import/runs/{run.pk}/withdrawn/{file.position}/rows/" in page) == bool(
            told[file.position, file.name]
        )
    assert sorted(told.values()) == [[], ["A1"], ["B2"]]


def test_a_renewal_that_somebody_touched_is_void_once_its_contract_is_taken_back(admin: User, tmp_path: Path) -> None:
    imported(write(tmp_path / "0", {"customers.csv": FIRST["customers.csv"]}), by=admin)
    head = "external_id,customer,starts_on,ends_on,product,annual_amount\n"
    text = head + "K1,A1,2026-01-01,2027-01-01,Suite,12000\nK2,A1,2026-10-01,2027-10-01,Plus,900\n"
    run = imported(write(tmp_path / "1", {"contracts.csv": text}), by=admin)
    pipeline.sweep(DAY)
    called = Renewal.objects.get(contract__external_id="K1")
    calls.call(called, admin, clock.now(), DAY, likelihood=Decimal("0.7"), category="", note="CFO")
    taken_back(run)
    pipeline.sweep(DAY)
    assert [(row.pk, row.outcome) for row in Renewal.objects.all()] == [(called.pk, "void")]
    assert not Renewal.objects.counted().exists()
    assert Customer.objects.get(name="Acme").next_renewal_on is None


def test_days_of_use_read_another_way_are_read_as_before(admin: User, tmp_path: Path) -> None:
    usage = "external_id,customer,day,users,uses\nU1,A1,2026-11-10,3,3\nU2,A1,2026-11-10,2,1\n"
    folder = write(tmp_path / "in", {"customers.csv": FIRST["customers.csv"], "usage.csv": usage})
    imported(folder, by=admin)
    roll_up_changed()
    assert UsageDay.objects.get().active_users == 3
    mapping = tmp_path / "rows.toml"
    columns = "\n".join(f'{name} = "{name}"' for name in ("external_id", "customer", "day", "users", "uses"))
    mapping.write_text(
        f'title = "Rows"\nsource = "csv"\n[[file]]\nname = "usage.csv"\ninto = "usage"\nusers = "rows"\n[file.fields]\n{columns}\n'
    )
    run = imported(folder, by=admin, mapping=mapping)
    roll_up_changed()
    assert UsageDay.objects.get().active_users == 5
    taken_back(run)
    roll_up_changed()
    assert UsageDay.objects.get().active_users == 3
    assert UsageRecord.objects.count() == 2
