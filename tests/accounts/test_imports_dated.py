"""What a file changes, it changes from a day on: the past keeps its revenue, its seats, its people."""

from __future__ import annotations

import datetime as dt
import tempfile
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from accounts import leaving, ownership, revenue
from accounts.imports.folders import jobs
from accounts.imports.loading import Report, load
from accounts.imports.mapping import SHIPPED, find
from accounts.imports.targets import TARGETS
from accounts.models import Contact, Contract, ContractLine, Customer, Entitlement, ExternalKey, Integration, Invoice
from health.models import Ticket
from tests import tables
from tests.accounts.imports import bring, counts, listed, rejected, write
from tests.examples import dear
from tests.factories import DAY, customer, organisation, user

pytestmark = pytest.mark.django_db
HEAD: Final = "external_id,customer,starts_on,is_trial,product,quantity,annual_amount,seats\n"
LINES: Final = "external_id,customer,starts_on,line_starts_on,is_trial,product,quantity,annual_amount,seats\n"
BEGAN: Final = DAY - dt.timedelta(days=300)
QUICK = settings(
    max_examples=dear(8), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True
)


@pytest.fixture(autouse=True)
def company() -> None:
    organisation(currency="USD")


@pytest.fixture
def acme() -> Customer:
    return keyed(customer(name="Acme"))


def keyed(made: Customer) -> Customer:
    ExternalKey.objects.create(customer=made, source="csv", external_id="A1")
    return made


def take(path: Path, as_of: dt.date | None = None, day: dt.date = DAY, **rules: Any) -> Report:
    """Import one file as of a day, with rules of the mapping set on it."""
    (job,) = jobs(path, find("tsunagu"), TARGETS, rejects=path.with_suffix(".rejects"))
    return load(job.path, replace(job.file, as_of=as_of, **rules), job.target, day=day, rejects=job.rejects)


def arr(of: Customer, day: dt.date) -> Decimal | None:
    return Customer.objects.annotate(then=revenue.customer_arr(day)).get(pk=of.pk).then


def seats(day: dt.date) -> list[int | None]:
    return [one.quantity for one in Entitlement.objects.in_force_on(day)]


SNAPSHOT = st.fixed_dictionaries(
    {
        "after": st.integers(1, 60),
        "price": st.sampled_from([0, 500, 1200, 1300]),
        "quantity": st.integers(1, 3),
        "seats": st.sampled_from([5, 9]),
        "trial": st.booleans(),
    }
)


@QUICK
@given(snapshots=st.lists(SNAPSHOT, min_size=1, max_size=4), by_line=st.booleans())
@example(
    snapshots=[
        {"after": 1, "price": 1200, "quantity": 1, "seats": 5, "trial": True},
        {"after": 9, "price": 1200, "quantity": 1, "seats": 5, "trial": False},
        {"after": 9, "price": 1300, "quantity": 1, "seats": 9, "trial": True},
        {"after": 9, "price": 1300, "quantity": 1, "seats": 9, "trial": False},
    ],
    by_line=True,
)
def test_every_day_keeps_what_the_file_of_the_time_said(snapshots: list[dict[str, Any]], *, by_line: bool) -> None:
    with tempfile.TemporaryDirectory() as folder, transaction.atomic():
        of, path, day = keyed(customer()), Path(folder) / "contracts.csv", BEGAN
        said: list[tuple[dt.date, int, int]] = []
        for shot in snapshots:
            day += dt.timedelta(days=shot["after"])
            start = f"{BEGAN},{BEGAN}" if by_line else str(BEGAN)
            trial = "yes" if shot["trial"] else "no"
            row = f"K1,A1,{start},{trial},Suite,{shot['quantity']},{shot['price']},{shot['seats']}\n"
            write(path, (LINES if by_line else HEAD) + row)
            take(path, day)
            said.append((day, 0 if shot["trial"] else shot["price"], shot["seats"]))
            assert counts(take(path, day + dt.timedelta(days=1))) == (0, 0, 1, 0)
        found = [(arr(of, when), seats(when)) for when, _worth, _seats in said]
        before = [(arr(of, when - dt.timedelta(days=1)), seats(when - dt.timedelta(days=1))) for when, *_rest in said]
        transaction.set_rollback(True)
    assert found == [(worth, [many]) for _when, worth, many in said]
    assert before[1:] == found[:-1]


def test_the_same_file_on_another_day_changes_nothing(acme: Customer, tmp_path: Path) -> None:
    for name, text in {
        "contacts": "external_id,customer,name,roles,state,state_on\nP1,A1,Ann,champion,left,\nP2,A1,Bo,,active,2026-01-05\n",
        "contracts": HEAD + "K1,A1,2026-01-01,no,Suite,1,1200,5\nK2,A1,2026-02-01,yes,Suite,1,10,\n",
        "invoices": "external_id,customer,issued_on,due_on,amount,status\nB1,A1,2026-01-01,2026-02-01,10,paid\nB2,A1,2026-01-01,2026-02-01,10,\nB3,A1,2026-01-03,2026-01-03,-10,\nB4,A1,2026-01-03,2026-01-03,-10,\n",
        "integrations": "external_id,customer,name,connected_on\nG1,A1,CRM,2026-01-01\n",
        "tickets": "external_id,customer,severity,opened_at,csat\nT1,A1,high,2026-01-01 10:00,6\n",
        "usage": "external_id,customer,day,users\nU1,A1,2026-01-01,5\n",
    }.items():
        path = write(tmp_path / f"{name}.csv", text)
        rows = take(path, day=DAY).rows
        assert counts(take(path, day=DAY + dt.timedelta(days=3))) == (0, 0, rows, 0), name


def test_a_snapshot_that_comes_late_fills_its_own_stretch(acme: Customer, tmp_path: Path) -> None:
    path = tmp_path / "contracts.csv"
    june, july = dt.date(2026, 6, 1), dt.date(2026, 7, 1)
    for day, price in [(BEGAN, 1000), (july, 3000), (june, 2000), (july, 3000)]:
        write(path, HEAD + f"K1,A1,{BEGAN},no,Suite,1,{price},\n")
        take(path, day)
    days = [june - dt.timedelta(days=1), june, july - dt.timedelta(days=1), july, DAY]
    assert [arr(acme, day) for day in days] == [1000, 2000, 2000, 3000, 3000]


def test_a_correction_rewrites_what_was(acme: Customer, tmp_path: Path) -> None:
    path = write(tmp_path / "contracts.csv", HEAD + f"K1,A1,{BEGAN},no,Suite,1,1000,5\n")
    take(path)
    write(path, HEAD + f"K1,A1,{BEGAN - dt.timedelta(days=9)},no,Suite,1,900,7\n")
    assert counts(take(path)) == (0, 0, 0, 1)
    assert "say correction = true" in rejected(path)[0][2]
    assert counts(take(path, correction=True)) == (0, 1, 0, 0)
    assert [arr(acme, day) for day in (BEGAN - dt.timedelta(days=9), BEGAN, DAY)] == [900, 900, 900]
    assert (seats(BEGAN), ContractLine.objects.count()) == ([7], 1)


def test_a_contract_to_come_may_still_move(acme: Customer, tmp_path: Path) -> None:
    path = tmp_path / "contracts.csv"
    for later in (30, 60, 10):
        start = DAY + dt.timedelta(days=later)
        write(path, HEAD + f"K1,A1,{start},no,Suite,1,{later},\n")
        take(path)
        assert Contract.objects.get().starts_on == start
        assert [line.annual_amount for line in ContractLine.objects.all()] == [later]


def test_a_start_that_moved_on_keeps_what_ran_before(acme: Customer, tmp_path: Path) -> None:
    path = write(tmp_path / "contracts.csv", HEAD + f"K1,A1,{BEGAN},no,Suite,1,1000,\n")
    take(path)
    write(path, HEAD + f"K1,A1,{DAY},no,Suite,1,1100,\n")
    assert take(path).notes == ["1 starts later than before: it goes on from the start that is known"]
    assert Contract.objects.get().starts_on == BEGAN
    assert [arr(acme, day) for day in (BEGAN, DAY - dt.timedelta(days=1), DAY)] == [1000, 1000, 1100]


def test_another_currency_is_refused_once_the_contract_has_begun(acme: Customer, tmp_path: Path) -> None:
    head = "external_id,customer,starts_on,currency,product,annual_amount\n"
    path = write(tmp_path / "contracts.csv", head + f"K1,A1,{BEGAN},USD,Suite,10\n")
    take(path)
    write(path, head + f"K1,A1,{BEGAN},EUR,Suite,10\n")
    assert counts(take(path)) == (0, 0, 0, 1)
    assert counts(take(path, correction=True)) == (0, 1, 0, 0)


def test_what_is_over_stays_and_is_counted(acme: Customer, tmp_path: Path) -> None:
    head = "external_id,customer,starts_on,ended_on,product,annual_amount\n"
    path = write(tmp_path / "contracts.csv", head + f"K1,A1,{BEGAN},{DAY - dt.timedelta(days=9)},Suite,10\n")
    take(path)
    write(path, path.read_text().replace("Suite,10", "Suite,20"))
    report = take(path)
    assert counts(report) == (0, 0, 1, 0)
    assert report.notes[0].startswith("1 would change what is over")
    assert arr(acme, BEGAN) == 10


def test_what_a_file_adds_is_known_since_its_day_but_not_in_a_first_load(acme: Customer, tmp_path: Path) -> None:
    path = write(tmp_path / "contracts.csv", HEAD + f"K1,A1,{BEGAN},no,Suite,1,10,\n")
    take(path)
    write(path, HEAD + f"K1,A1,{BEGAN},no,Suite,1,20,\nK2,A1,{BEGAN},no,Suite,1,10,\n")
    later = DAY + dt.timedelta(days=1)
    take(path, DAY - dt.timedelta(days=5), later)
    assert list(Contract.objects.order_by("external_id").values_list("known_on", flat=True)) == [None, later]
    lines = ContractLine.objects.order_by("contract__external_id", "starts_on")
    assert list(lines.values_list("known_on", flat=True)) == [None, later, later]
    write(path, HEAD + f"K3,A1,{BEGAN},no,Suite,1,10,\n")
    take(path, day=later, history=True)
    assert Contract.objects.get(external_id="K3").known_on is None


def test_an_as_of_to_come_is_one_sentence(acme: Customer, tmp_path: Path) -> None:
    path = write(tmp_path / "contracts.csv", HEAD)
    with pytest.raises(Exception, match=r"as_of 2026-11-25 lies in the future \(today is 2026-11-24\)\.$"):
        take(path, DAY + dt.timedelta(days=1))


# One good row a target, with a day of DAY in every field that names what happened.
GOOD: Final[dict[str, dict[str, str]]] = {
    "contacts": {"external_id": "P1", "customer": "A1", "name": "Ann", "state_on": "{day}"},
    "contracts": {
        "external_id": "K1", "customer": "A1", "starts_on": "2026-01-01", "product": "Suite", "annual_amount": "1",
        "notice_given_on": "{day}",
    },
    "cancellations": {"external_id": "X1", "customer": "A1", "on": "{day}", "stated_reason": "price"},
    "invoices": {
        "external_id": "B1", "customer": "A1", "issued_on": "{day}", "due_on": "2099-01-01", "amount": "1", "paid_on": "{day}",
    },
    "integrations": {"external_id": "G1", "customer": "A1", "name": "CRM", "connected_on": "{day}", "disconnected_on": "{day}"},
    "community": {"external_id": "Y1", "customer": "A1", "kind": "post", "happened_on": "{day}"},
    "advocacy": {"external_id": "V1", "customer": "A1", "kind": "review", "happened_on": "{day}"},
    "usage": {"external_id": "U1", "customer": "A1", "day": "{day}"},
    "tickets": {
        "external_id": "T1", "customer": "A1", "severity": "low", "opened_at": "{day} 23:59", "first_response_at": "{day} 23:59",
        "solved_at": "{day} 23:59",
    },
    "surveys": {"external_id": "S1", "customer": "A1", "kind": "nps", "answer": "9", "answered_on": "{day}"},
    "objectives": {"external_id": "O1", "customer": "A1", "title": "Faster", "agreed_on": "{day}"},
    "outcomes": {
        "external_id": "R1", "customer": "A1", "measure": "Hours", "measured": "4", "measured_on": "{day}", "unit_value": "50",
        "confirmed_on": "{day}",
    },
    "touchpoints": {"external_id": "C1", "customer": "A1", "kind": "call", "happened_on": "{day}"},
    "rates": {"currency": "EUR", "fiscal_year": "2026", "rate": "1", "known_on": "{day}"},
}  # fmt: skip
PAST: Final = [(name, field.name) for name, target in TARGETS.items() for field in target.fields if field.past]


def row_of(path: Path, cells: dict[str, str]) -> Path:
    return write(path, ",".join(cells) + "\n" + ",".join(cells.values()) + "\n")


@pytest.mark.parametrize(("target", "field"), PAST)
def test_what_happens_tomorrow_is_refused_and_today_is_not(
    acme: Customer, tmp_path: Path, target: str, field: str
) -> None:
    cells = {name: cell.format(day=DAY) for name, cell in GOOD[target].items()}
    path = tmp_path / f"{target}.csv"
    assert counts(bring(row_of(path, cells))) == (1, 0, 0, 0)
    tomorrow = GOOD[target][field].format(day=DAY + dt.timedelta(days=1)).replace("23:59", "00:00")
    report = bring(row_of(path, cells | {field: tomorrow}))
    is_loose = TARGETS[target].field(field).loose  # type: ignore[union-attr]
    assert (report.rejected, report.unread) == ((0, 1) if is_loose else (1, 0))
    assert f"lies in the future (today is {DAY})" in (listed(path) if is_loose else rejected(path))[0][-1]


def test_every_day_that_something_happened_is_held() -> None:
    """A new field of a day is a fact of the past, or one of these, which may lie ahead."""
    ahead = {
        "starts_on", "ends_on", "ended_on", "line_starts_on", "line_ends_on", "due_on", "next_step_on",
    }  # fmt: skip
    days = {
        field.name
        for target in TARGETS.values()
        for field in target.fields
        if field.kind in {"date", "instant"} and not field.past
    }
    assert days == ahead


LOOSE: Final = {
    "customers": ({"external_id": "A1", "name": "Acme"}, Customer, {
        "employees": "50-100", "country": "Utopia", "industry": "x" * 81, "domain": "x" * 254, "use_case": "x" * 81,
        "owner": "Nobody", "tags": "x" * 41,
    }),
    "contacts": ({"external_id": "P1", "customer": "A1", "name": "Ann"}, Contact, {
        "email": "ann@", "title": "x" * 121, "roles": "boss",
    }),
    "tickets": (
        {"external_id": "T1", "customer": "A1", "severity": "low", "opened_at": "2026-01-01 10:00"}, Ticket,
        {"csat": "6", "reopened": "-1", "escalated": "perhaps", "subject": "x" * 201, "topic": "x" * 81},
    ),
}  # fmt: skip
READ: Final = {
    "employees": "7", "country": "Deutschland", "industry": "Rail", "domain": "acme.example", "use_case": "Plan",
    "tags": "big", "owner": "", "email": "ann@acme.example", "title": "CFO", "roles": "buyer", "csat": "4", "reopened": "1",
    "escalated": "yes", "subject": "Down", "topic": "Login",
}  # fmt: skip


@pytest.mark.parametrize("target", sorted(LOOSE))
def test_a_row_goes_in_without_a_cell_and_the_record_keeps_what_it_had(
    acme: Customer, tmp_path: Path, target: str
) -> None:
    needed, model, bad = LOOSE[target]
    path = tmp_path / f"{target}.csv"
    bring(row_of(path, needed | {name: READ[name] for name in bad}))
    before = model._default_manager.values().get()
    report = bring(row_of(path, needed | bad))
    assert (counts(report), report.unread) == ((0, 0, 1, 0), len(bad))
    assert {column for _line, column, _cell, _reason in listed(path)} == set(bad)
    assert model._default_manager.values().get() == before


def test_what_is_no_domain_is_left_out_with_a_remark(tmp_path: Path) -> None:
    organisation()
    good = [
        "acme.example",
        "https://www.acme.example:80/x?y=1.5",
        "ann@acme.example",
        "日本.jp",
        "xn--wgv71a.jp",
        "_a.b-c.de",
        "",
    ]
    bad = [
        "0",
        "NaN",
        "1e308",
        "2026-02-30",
        "id:1",
        "a;b",
        "1.5",
        "💥",
        "<b>.de",
        "<script>alert(1)</script>",
        "n/a",
        "10.0.0.1",
    ]
    path = tmp_path / "customers.csv"
    rows = "".join(f'C{number},N{number},"{cell}"\n' for number, cell in enumerate([*good, *bad]))
    report = bring(write(path, "external_id,name,domain\n" + rows))
    assert (counts(report), report.unread) == ((len(good) + len(bad), 0, 0, 0), len(bad))
    assert [cell for _line, _column, cell, _reason in listed(path)] == bad
    assert list(Customer.objects.order_by("pk").values_list("domain", flat=True)) == good + [""] * len(bad)


def test_an_owner_is_found_by_a_name_that_only_one_has(acme: Customer, tmp_path: Path) -> None:
    ada, *_others = user(name="Ada Ito"), user(name="Bo Sato"), user(name="Bo Sato"), user("viewer", name="Vi Abe")
    rows = "A1,Acme,ada ito\nB2,Beta,Bo Sato\nC3,Gamma,Vi Abe\n"
    path = write(tmp_path / "customers.csv", "external_id,name,owner\n" + rows)
    assert counts(bring(path))[3] == 0
    owners = dict(Customer.objects.values_list("name", "owner"))
    assert owners == {"Acme": ada.pk, "Beta": None, "Gamma": None}
    assert [cell for _line, _column, cell, _reason in listed(path)] == ["Bo Sato", "Vi Abe"]


@pytest.mark.parametrize(
    ("columns", "cells", "payment", "owed"),
    [
        ("", "", "unknown", False),
        (",status", ",paid", "settled", False),
        (",status", ",void", "void", False),
        (",status", ",open", "known", True),
        (",status", ",", "unknown", False),
        (",paid_on", ",", "known", True),
        (",paid_on", ",2026-05-01", "known", False),
        (",paid_on,status", ",,paid", "settled", False),
        (",paid_on,status", ",2026-05-01,paid", "known", False),
        (",paid_on,status", ",,", "unknown", False),
    ],
)
def test_payment_is_what_the_columns_say(
    acme: Customer, tmp_path: Path, columns: str, cells: str, payment: str, *, owed: bool
) -> None:
    from accounts import billing

    head = f"external_id,customer,issued_on,due_on,amount{columns}\n"
    path = write(tmp_path / "invoices.csv", head + f"B1,A1,2026-01-01,2026-02-01,10{cells}\n")
    bring(path)
    assert Invoice.objects.get().payment == payment
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {billing.owed('i', '%(day)s::date')} FROM accounts_invoice i", {"day": DAY})
        assert cursor.fetchone() == (owed,)
    assert counts(bring(path)) == (0, 0, 1, 0)


def test_a_day_of_payment_that_is_known_outlives_a_file_without_one(acme: Customer, tmp_path: Path) -> None:
    head = "external_id,customer,issued_on,due_on,amount"
    path = write(tmp_path / "invoices.csv", f"{head},paid_on\nB1,A1,2026-01-01,2026-02-01,10,2026-03-01\n")
    bring(path)
    write(path, f"{head},status\nB1,A1,2026-01-01,2026-02-01,10,paid\n")
    assert counts(bring(path)) == (0, 0, 1, 0)
    write(path, f"{head},paid_on,status\nB1,A1,2026-01-01,2026-02-01,10,2026-03-01,open\n")
    assert rejected_reasons(path) == ["status says open, and paid_on is given"]
    write(path, f"{head},paid_on,status\nB1,A1,2026-01-01,2026-02-01,10,2026-03-01,void\n")
    assert rejected_reasons(path) == ["status says void, and paid_on is given"]


def rejected_reasons(path: Path) -> list[str]:
    bring(path)
    return [reason for _line, _field, reason in rejected(path)]


def test_credit_notes_settle_one_invoice_each(acme: Customer, tmp_path: Path) -> None:
    head = "external_id,customer,issued_on,due_on,amount,paid_on\n"
    bills = "".join(f"B{n},A1,2026-01-0{n},2026-02-01,10,\n" for n in (1, 2, 3))
    notes = "N1,A1,2026-01-02,2026-01-02,-10,\nN2,A1,2026-01-09,2026-01-09,-10,\nN3,A1,2026-01-09,2026-01-09,-11,\n"
    path = write(tmp_path / "invoices.csv", head + bills + notes)
    assert bring(path).notes == ["1 credit note settles no invoice: none of that amount is open"]
    settled = Invoice.objects.filter(credited_by__isnull=False).order_by("external_id")
    assert list(settled.values_list("external_id", "credited_by__external_id")) == [("B2", "N1"), ("B3", "N2")]
    assert counts(bring(path)) == (0, 0, 6, 0)


MISSING: Final[dict[str, tuple[str, str, type[Any], dict[str, Any]]]] = {
    "contacts": ("external_id,customer,name\n", "{id},A1,Ann\n", Contact, {"state": "left", "state_on": DAY}),
    "integrations": (
        "external_id,customer,name,connected_on\n", "{id},A1,CRM,2026-01-01\n", Integration, {"disconnected_on": DAY},
    ),
    "contracts": (
        "external_id,customer,starts_on,product,annual_amount\n", "{id},A1,2026-01-01,S,1\n", Contract, {"ended_on": DAY},
    ),
}  # fmt: skip


@pytest.mark.parametrize("target", sorted(MISSING))
def test_what_a_snapshot_names_no_more_ends_by_choice_only(acme: Customer, tmp_path: Path, target: str) -> None:
    head, row, model, ended = MISSING[target]
    path = write(tmp_path / f"{target}.csv", head + "".join(row.format(id=name) for name in ("R1", "R2", "R3")))
    bring(path)
    # R2 is refused, not gone.
    write(path, head + row.format(id="R1") + row.format(id="R2").replace("A1", "ZZ"))
    assert take(path).notes[-1].startswith("1 of this source is not in the file: kept as it was: if ")
    assert not model._default_manager.filter(**ended).exists()
    # A row whose id cannot be read may be any: nothing is said of the rest.
    write(path, head + row.format(id="R1") + row.format(id=""))
    assert not any("not in the file" in note for note in take(path, missing="ended").notes)
    write(path, head)
    assert take(path, missing="ended").notes == []
    write(path, head + row.format(id="R1") + row.format(id="R2"))
    assert take(path, missing="ended").notes[-1].startswith(f"1 of this source is not in the file: ended on {DAY}: ")
    assert list(model._default_manager.filter(**ended).values_list("external_id", flat=True)) == ["R3"]


@pytest.mark.parametrize("changed", [False, True])
@pytest.mark.parametrize("target", sorted(MISSING))
def test_what_its_absence_ended_its_return_takes_back(
    acme: Customer, tmp_path: Path, target: str, *, changed: bool
) -> None:
    """Every column as it was, counted and said in the report; what somebody changed meanwhile stays."""
    head, row, model, ended = MISSING[target]
    whole, rows = head + row.format(id="R1") + row.format(id="R2"), model._default_manager.order_by("pk")
    path = write(tmp_path / f"{target}.csv", whole)
    bring(path)
    stood = tables.said(rows)
    take(write(path, head + row.format(id="R1")), missing="ended")
    if changed:
        name = next(name for name, value in ended.items() if value == DAY)
        rows.filter(external_id="R2").update(**{name: DAY - dt.timedelta(days=3)})
        stood = tables.said(rows)
    report = take(write(path, whole), missing="ended")
    assert tables.said(rows) == stood
    assert any("is in the file again: its end is taken back" in note for note in report.notes) != changed
    assert take(path, missing="ended").changed == 0


def test_corrected_rejects_are_no_snapshot(acme: Customer, tmp_path: Path) -> None:
    head, row, *_rest = MISSING["contracts"]
    path = write(
        tmp_path / "contracts.csv", head + row.format(id="R1") + row.format(id="R2").replace("2026-01-01", "soon")
    )
    bring(path)
    write(path, path.with_suffix(".rejects").read_text().replace("soon", "2026-01-01"))
    assert take(path, missing="ended").notes == []
    assert not Contract.objects.filter(ended_on__isnull=False).exists()


ENDING: Final = "external_id,customer,starts_on,line_starts_on,line_ends_on,product,quantity,annual_amount\n"
ANY_ORDER = st.fixed_dictionaries(
    {
        "on": st.integers(0, 290),
        "price": st.sampled_from([0, 1000, 1200]),
        "ends": st.one_of(st.none(), st.integers(0, 400)),
    }
)


@QUICK
@given(files=st.lists(ANY_ORDER, min_size=2, max_size=5), by_line=st.booleans())
@example(
    files=[
        {"on": 100, "price": 1000, "ends": None},
        {"on": 200, "price": 1200, "ends": None},
        {"on": 100, "price": 1000, "ends": None},
    ],
    by_line=True,
)
@example(files=[{"on": 100, "price": 1000, "ends": None}, {"on": 200, "price": 1200, "ends": 150}], by_line=True)
def test_no_day_counts_a_line_twice_whatever_the_order_of_files(files: list[dict[str, Any]], *, by_line: bool) -> None:
    with tempfile.TemporaryDirectory() as folder, transaction.atomic():
        keyed(customer())
        path = Path(folder) / "contracts.csv"
        head = ENDING if by_line else ENDING.replace("line_starts_on,", "")
        for file in files:
            end = "" if file["ends"] is None else BEGAN + dt.timedelta(days=file["ends"])
            start = f"{BEGAN},{BEGAN}" if by_line else str(BEGAN)
            write(path, head + f"K1,A1,{start},{end},Suite,1,{file['price']}\n")
            as_of = BEGAN + dt.timedelta(days=file["on"])
            take(path, as_of)
            assert counts(take(path, as_of)) == (0, 0, 1, 0)
        stretches = list(ContractLine.objects.order_by("starts_on", "ends_on"))
        transaction.set_rollback(True)
    for earlier, later in pairwise(stretches):
        assert earlier.ends_on is not None
        assert earlier.ends_on <= later.starts_on


def test_an_older_file_imported_again_leaves_the_revenue_of_today(acme: Customer, tmp_path: Path) -> None:
    path = tmp_path / "contracts.csv"
    for days, price in [(200, 1000), (100, 1200), (200, 1000)]:
        write(path, ENDING + f"K1,A1,{BEGAN},{BEGAN},,Core,1,{price}\n")
        take(path, DAY - dt.timedelta(days=days))
    days = [DAY - dt.timedelta(days=101), DAY - dt.timedelta(days=100), DAY]
    assert [arr(acme, day) for day in days] == [1000, 1200, 1200]


REPLACING: Final = "external_id,customer,starts_on,product,annual_amount,replaces\n"


@pytest.mark.parametrize("moved_by", [40, 1, 0, -1, -20])
def test_the_end_of_what_is_replaced_follows_the_start_of_its_follower(
    acme: Customer, tmp_path: Path, moved_by: int
) -> None:
    path, first = tmp_path / "contracts.csv", DAY + dt.timedelta(days=30)
    start = first + dt.timedelta(days=moved_by)
    for begins in (first, start):
        write(path, REPLACING + f"K1,A1,{BEGAN},Core,1000,\nK2,A1,{begins},Core,1500,K1\n")
        take(path)
    assert Contract.objects.get(external_id="K1").ended_on is None
    assert [arr(acme, start + dt.timedelta(days=n)) for n in (-1, 0)] == [1000, 1500]


def test_contracts_that_begin_on_the_same_day_do_not_follow_one_another(acme: Customer, tmp_path: Path) -> None:
    head = "external_id,customer,starts_on,ends_on,product,annual_amount\n"
    end = BEGAN + dt.timedelta(days=20)  # near enough to its own start
    rows = f"K1,A1,{BEGAN},{end},Core,1000\nK2,A1,{BEGAN},{end},Core,1500\n"
    mapping = tmp_path / "map.toml"
    shipped = (SHIPPED / "tsunagu.toml").read_text()
    mapping.write_text(shipped.replace('name = "contracts.csv"\n', 'name = "contracts.csv"\nfollows = "customer"\n'))
    assert "follows" in mapping.read_text()
    bring(write(tmp_path / "contracts.csv", head + rows), mapping=str(mapping))
    assert Contract.objects.count() == 2
    assert not Contract.objects.filter(replaced_by__isnull=False).exists()


@pytest.mark.parametrize("merged", [False, True])
def test_only_contracts_of_the_same_customer_are_replaced(acme: Customer, tmp_path: Path, *, merged: bool) -> None:
    other = customer(name="Other", merged_into=acme if merged else None)
    ExternalKey.objects.create(customer=other, source="csv", external_id="A2")
    path = tmp_path / "contracts.csv"
    rows = f"K1,A2,{BEGAN},Core,1000,\nK2,A1,{DAY - dt.timedelta(days=3)},Core,1500,K1\n"
    for _time in range(2):
        report = bring(write(path, REPLACING + rows))
        assert (Contract.objects.get(external_id="K1").replaced_by_id is not None) is merged
        assert report.unread == (0 if merged else 1)
        assert arr(other, DAY) == (0 if merged else 1000)
    if not merged:
        assert listed(path) == [
            ("3", "replaces", "K1", "“K1” does not name contracts of this customer that began before this one")
        ]


def test_every_file_of_the_first_day_is_the_first_load(acme: Customer, tmp_path: Path) -> None:
    path = tmp_path / "contracts.csv"
    for day, name in [(DAY, "K1"), (DAY, "K2"), (DAY + dt.timedelta(days=1), "K3")]:
        take(write(path, HEAD + f"{name},A1,{BEGAN},no,Suite,1,10,\n"), day=day)
    known = Contract.objects.order_by("external_id").values_list("known_on", flat=True)
    assert list(known) == [None, None, DAY + dt.timedelta(days=1)]


@pytest.mark.parametrize(("first", "known_on"), [(True, None), (False, DAY + dt.timedelta(days=1))])
def test_corrected_rows_are_known_since_the_file_that_they_were_rejected_from(
    acme: Customer, tmp_path: Path, *, first: bool, known_on: dt.date | None
) -> None:
    path, row = tmp_path / "contracts.csv", "{id},A1,{start},no,Suite,1,10,\n"
    good = row.format(id="K1", start=BEGAN)
    if not first:
        take(write(path, HEAD + good))
    bad = row.format(id="K2", start="soon") + row.format(id="K3", start="later")
    take(write(path, HEAD + good + bad), day=DAY + dt.timedelta(days=not first))
    # Put right in two goes: what is rejected once more keeps its day.
    for day, word in [(5, "soon"), (9, "later")]:
        write(path, path.with_suffix(".rejects").read_text().replace(word, str(BEGAN)))
        take(path, day=DAY + dt.timedelta(days=day))
    known = Contract.objects.order_by("external_id").values_list("external_id", "known_on")
    assert list(known) == [("K1", None), ("K2", known_on), ("K3", known_on)]


LEAVING: Final = "external_id,customer,starts_on,ended_on,notice_given_on,auto_renews,product,annual_amount\n"
NONE: Final = {"ended_on": "", "notice_given_on": "", "auto_renews": ""}
BY_A_PERSON: Final = {
    "ended_on": DAY + dt.timedelta(days=60), "notice_given_on": DAY - dt.timedelta(days=1), "auto_renews": True,
}  # fmt: skip


def leaving_file(path: Path, **said: Any) -> Path:
    cells = NONE | said
    row = ",".join(["K1", "A1", str(BEGAN), *(str(cells[name]) for name in NONE), "Core", "1000"])
    return write(path, LEAVING + row + "\n")


@pytest.mark.parametrize("name", sorted(NONE))
def test_what_a_person_recorded_outlives_files_that_say_nothing_new(acme: Customer, tmp_path: Path, name: str) -> None:
    path = tmp_path / "contracts.csv"
    take(leaving_file(path))
    Contract.objects.update(**{name: BY_A_PERSON[name]})
    report = take(leaving_file(path), day=DAY + dt.timedelta(days=1))
    assert counts(report) == (0, 0, 1, 0)
    assert report.notes[0].startswith("1 keeps an end, a notice or a renewal that was recorded here")
    assert getattr(Contract.objects.get(), name) == BY_A_PERSON[name]
    take(leaving_file(path), correction=True)
    assert getattr(Contract.objects.get(), name) in {None, False}


@pytest.mark.parametrize("name", ["ended_on", "notice_given_on"])
def test_a_file_changes_what_it_says_anew_and_takes_back_only_its_own_word(
    acme: Customer, tmp_path: Path, name: str
) -> None:
    path, days = tmp_path / "contracts.csv", [DAY - dt.timedelta(days=n) for n in (3, 2, 1)]

    def stands() -> dt.date | None:
        found: dt.date | None = getattr(Contract.objects.get(), name)
        return found

    take(leaving_file(path, **{name: days[0]}))
    assert stands() == days[0]
    take(leaving_file(path))
    assert stands() is None
    take(leaving_file(path, **{name: days[0]}))
    Contract.objects.update(**{name: days[1]})
    # The same word again, then none: the person's stands. Another word: the file's.
    for said, stays in [(days[0], days[1]), ("", days[1]), (days[2], days[2])]:
        take(leaving_file(path, **{name: said}))
        assert stands() == stays


def test_a_kept_end_never_comes_before_a_start_that_moved(acme: Customer, tmp_path: Path) -> None:
    path = tmp_path / "contracts.csv"
    starts = [DAY + dt.timedelta(days=n) for n in (10, 30)]
    for start in starts:
        write(path, LEAVING + f"K1,A1,{start},,,,Core,1000\n")
        take(path)
        Contract.objects.filter(ended_on=None).update(ended_on=starts[0] + dt.timedelta(days=5))
    found = Contract.objects.get()
    assert (found.starts_on, found.ended_on) == (starts[1], starts[1])


def test_a_file_names_the_day_an_end_became_known(acme: Customer, tmp_path: Path) -> None:
    path, later = tmp_path / "contracts.csv", DAY + dt.timedelta(days=7)
    take(leaving_file(path))
    for _time in range(2):
        take(leaving_file(path, ended_on=later), day=DAY + dt.timedelta(days=1 + _time))
    found = Contract.objects.get()
    assert (found.ended_on, found.end_known_on) == (later, DAY + dt.timedelta(days=1))
    take(leaving_file(path), day=DAY + dt.timedelta(days=3))
    assert Contract.objects.get().end_known_on is None


def test_a_contract_that_comes_back_into_the_file_runs_again(acme: Customer, tmp_path: Path) -> None:
    path = tmp_path / "contracts.csv"
    one, two = (f"K{n},A1,{BEGAN},,,,Core,1000\n" for n in (1, 2))
    for rows, ended in [(one + two, None), (one, DAY), (one + two, None)]:
        take(write(path, LEAVING + rows), missing="ended")
        assert Contract.objects.get(external_id="K2").ended_on == ended


AGREED: Final = DAY + dt.timedelta(days=200)


@pytest.mark.parametrize("price", [1000, 1200])
@pytest.mark.parametrize(
    ("agreed", "said", "stays"),
    [(None, None, True), (AGREED, AGREED, True), (AGREED, None, True), (None, AGREED, False), (AGREED, DAY, False)],
)
def test_the_end_of_a_line_under_notice_stays_until_the_file_says_another(
    acme: Customer, tmp_path: Path, agreed: dt.date | None, said: dt.date | None, price: int, *, stays: bool
) -> None:
    path = tmp_path / "contracts.csv"
    take(write(path, ENDING + f"K1,A1,{BEGAN},{BEGAN},{agreed or ''},Core,1,1000\n"))
    made = Contract.objects.get()
    ends_on = leaving.give_notice_of_lines(made, [made.lines.get().pk], DAY, day=DAY)
    for _time in range(2):
        take(write(path, ENDING + f"K1,A1,{BEGAN},{BEGAN},{said or ''},Core,1,{price}\n"))
    last = made.lines.latest("starts_on")
    assert last.ends_on == (ends_on if stays else said)
    assert (last.notice_given_on is not None) is stays
    if stays:
        assert leaving.withdraw_notice_of_lines(made, [last.pk], day=DAY) == 1
        last.refresh_from_db()
        assert (last.ends_on, last.notice_given_on) == (agreed, None)


def test_two_lines_of_a_product_may_change_on_one_day(acme: Customer, tmp_path: Path) -> None:
    path = tmp_path / "contracts.csv"
    starts = [BEGAN, BEGAN + dt.timedelta(days=40)]
    for price in (1000, 1200):
        write(path, LINES + "".join(f"K1,A1,{BEGAN},{start},no,Core,1,{price},\n" for start in starts))
        assert take(path).rejected == 0
    assert arr(acme, DAY) == 2400


@pytest.mark.parametrize("by_line", [True, False])
@pytest.mark.parametrize(("ended", "known_end"), [(3, 365), (3, None), (0, 365)])
def test_a_line_that_is_renewed_late_goes_on_from_its_old_end(
    acme: Customer, tmp_path: Path, ended: int, known_end: int | None, *, by_line: bool
) -> None:
    path, old_end = tmp_path / "contracts.csv", DAY - dt.timedelta(days=ended)
    end = "" if known_end is None else DAY + dt.timedelta(days=known_end)
    head = ENDING if by_line else ENDING.replace("line_starts_on,", "")
    start = f"{BEGAN},{BEGAN}" if by_line else str(BEGAN)
    take(write(path, head + f"K1,A1,{start},{old_end},Core,1,1000\n"))
    write(path, head + f"K1,A1,{start},{end},Core,1,1200\n")
    assert counts(take(path)) == (0, 1, 0, 0)
    assert counts(take(path)) == (0, 0, 1, 0)
    assert [arr(acme, day) for day in (old_end - dt.timedelta(days=1), old_end, DAY)] == [1000, 1200, 1200]
    assert ContractLine.objects.latest("starts_on").ends_on == (end or None)


def test_the_day_as_written_is_what_may_not_lie_ahead(acme: Customer, tmp_path: Path) -> None:
    """A column of last days: a day that is not over yet is today, although the value is the day after."""
    path = tmp_path / "integrations.csv"
    for ahead, refused in ((0, 0), (1, 1)):
        last = DAY + dt.timedelta(days=ahead)
        write(path, f"external_id,customer,name,connected_on,disconnected_on\nG1,A1,CRM,2026-01-01,{last}\n")
        (job,) = jobs(path, find("tsunagu"), TARGETS, rejects=path.with_suffix(".rejects"))
        fields = tuple(replace(one, last_day=one.name == "disconnected_on") for one in job.file.fields)
        report = load(path, replace(job.file, fields=fields), job.target, day=DAY, rejects=job.rejects)
        assert report.rejected == refused
    assert Integration.objects.get().disconnected_on == DAY + dt.timedelta(days=1)


INVOICED: Final = "external_id,customer,issued_on,due_on,amount,status\n"


def invoice(name: str, days_ago: int, amount: int, status: str = "open") -> str:
    day = DAY - dt.timedelta(days=days_ago)
    return f"{name},A1,{day},{day},{amount},{status}\n"


def credited() -> dict[str, str]:
    rows = Invoice.objects.filter(credited_by__isnull=False).values_list("external_id", "credited_by__external_id")
    return dict(rows)


def test_a_credit_note_takes_no_invoice_that_is_settled(acme: Customer, tmp_path: Path) -> None:
    rows = invoice("I1", 90, 100) + invoice("I2", 60, 100, "paid") + invoice("N1", 10, -100)
    bring(write(tmp_path / "invoices.csv", INVOICED + rows))
    assert credited() == {"I1": "N1"}


def test_many_notes_of_one_amount_are_paired_in_as_many_statements_as_one(acme: Customer, tmp_path: Path) -> None:
    path, spent = tmp_path / "invoices.csv", []
    for size in (1, 12):
        names = [f"{size}-{n}" for n in range(size)]
        rows = "".join(
            invoice(f"I{name}", 100 - 2 * n, 100) + invoice(f"N{name}", 99 - 2 * n, -100)
            for n, name in enumerate(names)
        )
        write(path, INVOICED + rows)
        with CaptureQueriesContext(connection) as captured:
            bring(path)
        spent.append(len(captured))
        assert credited() | {f"I{name}": f"N{name}" for name in names} == credited()
    assert spent[0] == spent[1]


@QUICK
@given(amounts=st.lists(st.sampled_from([1, -1, 2, -2]), min_size=1, max_size=10), cut=st.integers(0, 10))
def test_each_note_settles_the_nearest_invoice_before_it_that_is_left(amounts: list[int], cut: int) -> None:
    """By hand: each note in turn takes the latest invoice of its amount; in one file or in two."""
    rows = [invoice(f"B{n}", 100 - n, amount) for n, amount in enumerate(amounts)]
    left: dict[int, list[str]] = {1: [], 2: []}
    pairs = {}
    for n, amount in enumerate(amounts):
        if amount > 0:
            left[amount].append(f"B{n}")
        elif left[-amount]:
            pairs[left[-amount].pop()] = f"B{n}"
    with tempfile.TemporaryDirectory() as folder, transaction.atomic():
        keyed(customer())
        path = Path(folder) / "invoices.csv"
        for part in (rows[:cut], rows):
            bring(write(path, INVOICED + "".join(part)))
        found = credited()
        transaction.set_rollback(True)
    assert found == pairs


@pytest.mark.parametrize("amount", [-100, 90])
def test_an_invoice_that_is_no_longer_what_was_credited_is_credited_no_more(
    acme: Customer, tmp_path: Path, amount: int
) -> None:
    path = write(tmp_path / "invoices.csv", INVOICED + invoice("I1", 90, 100) + invoice("N1", 10, -100))
    bring(path)
    assert credited() == {"I1": "N1"}
    bring(write(path, INVOICED + invoice("I1", 90, amount) + invoice("N1", 10, -100)))
    assert credited() == {}
    assert Invoice.objects.get(external_id="I1").credited_on is None


@pytest.mark.parametrize("expired", ["kept", "ended"])
def test_to_be_settled_is_said_of_what_the_record_asks_to_settle(acme: Customer, tmp_path: Path, expired: str) -> None:
    """A trial, what has a follower and what a person ended are settled, whatever columns the file has."""
    head = "external_id,customer,starts_on,ends_on,ended_on,is_trial,product,annual_amount\n"
    began, passed = DAY - dt.timedelta(days=500), DAY - dt.timedelta(days=90)
    path = tmp_path / "contracts.csv"
    rows = "".join(f"K{n},A1,{began},{passed},,{'yes' if n == 1 else 'no'},Core,1000\n" for n in (1, 2, 3, 4, 5))
    write(path, head.replace("ended_on,", "") + rows.replace(",,", ","))
    take(path)
    replaced, ended = (Contract.objects.get(external_id=name) for name in ("K2", "K3"))
    replaced.replaced_by = Contract.objects.create(customer=acme, starts_on=passed)
    replaced.save(update_fields=["replaced_by"])
    leaving.confirm_end(ended, passed - dt.timedelta(days=9), day=DAY)
    assert [note for note in take(path).notes if "settled" in note] == [
        "2 do not renew by themselves, their agreed end passed and no end is named: to be settled, they still run"
    ]
    for _time in range(2):
        report = take(write(path, head + rows), expired=expired)
        said = [note for note in report.notes if "agreed end passed" in note]
        assert len(said) == 1
        assert leaving.to_settle(DAY).count() == (2 if expired == "kept" else 0)
    assert said[0].startswith("2 do" if expired == "kept" else "3 do")
    ends = dict(Contract.objects.exclude(source="").values_list("external_id", "ended_on"))
    settled = passed if expired == "ended" else None
    assert ends == {"K1": settled, "K2": None, "K3": passed - dt.timedelta(days=9), "K4": settled, "K5": settled}


def test_a_file_hands_over_only_where_it_names_another_owner_than_before(acme: Customer, tmp_path: Path) -> None:
    ada, bo, cy = user(name="Ada Ito"), user(name="Bo Sato"), user(name="Cy Abe")
    path = tmp_path / "customers.csv"

    def owner_after(cell: str, **rules: Any) -> int | None:
        take(write(path, f"external_id,name,owner\nA1,Acme,{cell}\n"), **rules)
        return Customer.objects.get(pk=acme.pk).owner_id

    assert owner_after("") is None
    assert owner_after("Ada Ito") == ada.pk
    ownership.hand_over([acme.pk], bo, day=DAY, door=ownership.Door.PAGE, by=None)
    # Named again, unknown, not named: the person's handover stands. Another name is news, and so is the old one after it.
    assert [owner_after(cell) for cell in ("Ada Ito", "Nobody", "")] == [bo.pk] * 3
    assert [owner_after(cell) for cell in ("Cy Abe", "Ada Ito")] == [cy.pk, ada.pk]
    ownership.hand_over([acme.pk], bo, day=DAY, door=ownership.Door.PAGE, by=None)
    assert owner_after("Ada Ito", correction=True) == ada.pk
