"""Customers, contacts, contracts and cancellations from files into the record."""

from __future__ import annotations

import datetime as dt
import re
import time
from decimal import Decimal
from io import StringIO
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts import changes, people
from accounts.imports.folders import jobs, reject_paths
from accounts.imports.loading import load
from accounts.imports.mapping import SHIPPED, find
from accounts.imports.recognising import recognise
from accounts.imports.rows import Unreadable
from accounts.imports.targets import TARGETS
from accounts.models import (
    Cancellation,
    Contact,
    Contract,
    ContractLine,
    Customer,
    DatedFact,
    Entitlement,
    ExchangeRate,
    ExternalKey,
)
from config.setaside.models import SetAside
from tests.accounts.imports import bring, counts, listed, rejected, write
from tests.factories import DAY, contract, customer, organisation, user

pytestmark = pytest.mark.django_db
CUSTOMERS = "external_id,name,country,employees,tags\nA1,Acme,JP,12,a;b\nB2,Beta,,,\n"
CONTRACT_HEAD = "external_id,customer,starts_on,ended_on,product,annual_amount,seats\n"
LINE_HEAD = "external_id,customer,starts_on,line_starts_on,product,annual_amount\n"


def key(of: Customer, external_id: str = "A1", source: str = "csv") -> Customer:
    ExternalKey.objects.create(customer=of, source=source, external_id=external_id)
    return of


def correcting(folder: Path) -> str:
    """Our own mapping, as a correction of the past."""
    path = write(folder / "correcting.toml", "correction = true\n" + (SHIPPED / "tsunagu.toml").read_text())
    return str(path)


def test_customers_are_made_then_left_alone_then_changed(tmp_path: Path) -> None:
    path = write(tmp_path / "customers.csv", CUSTOMERS)
    assert counts(bring(path)) == (2, 0, 0, 0)
    assert list(Customer.objects.order_by("pk").values_list("name", "country", "employees", "tags")) == [
        ("Acme", "JP", 12, ["a", "b"]),
        ("Beta", "", None, []),
    ]
    assert changes.waiting("scores").count() == 2
    assert counts(bring(path)) == (0, 0, 2, 0)
    assert changes.waiting("scores").count() == 2
    write(path, CUSTOMERS.replace("Acme,JP,12", "Acme KK,JP,13"))
    assert counts(bring(path)) == (0, 1, 1, 0)
    assert Customer.objects.filter(name="Acme KK", employees=13).exists()
    assert not path.with_suffix(".rejects").exists()


def test_nothing_is_deleted_and_columns_the_file_lacks_stay(tmp_path: Path) -> None:
    known = key(customer(name="Old", industry="Rail", attributes={"tier": "1"}))
    path = write(tmp_path / "customers.csv", "external_id,name\nA1,New\n")
    assert counts(bring(path)) == (0, 1, 0, 0)
    known.refresh_from_db()
    assert (known.name, known.industry, known.attributes) == ("New", "Rail", {"tier": "1"})
    write(path, "external_id,name\nZ9,Other\n")
    bring(path)
    assert Customer.objects.count() == 2


def test_an_owner_is_a_person_who_can_sign_in_and_a_dated_fact(tmp_path: Path) -> None:
    owner, gone = user(email="a@b.example"), user(email="gone@b.example", is_active=False)
    text = f"external_id,name,owner\nA1,Acme,A@b.example\nB2,Beta,{gone.email}\nC3,Gamma,\n"
    path = write(tmp_path / "customers.csv", text)
    assert counts(bring(path)) == (3, 0, 0, 0)
    assert listed(path) == [("3", "owner", gone.email, f"“{gone.email}” is no active user who may have customers")]
    assert Customer.objects.get(name="Acme").owner == owner
    assert Customer.objects.get(name="Beta").owner is None
    fact = DatedFact.objects.get(customer__name="Acme", fact="owner")
    assert (fact.from_day, fact.value) == (DAY, str(owner.pk))


def test_an_id_twice_is_said_so(tmp_path: Path) -> None:
    text = "external_id,name\nA1,Acme\nB2,Beta\nA1,Acme\nA1,Other\n"
    path = write(tmp_path / "customers.csv", text)
    assert counts(bring(path)) == (2, 0, 1, 1)
    assert rejected(path) == [("5", "external_id", "external_id stands already on line 2 with other content")]


def test_two_keys_of_one_customer_do_not_overwrite_each_other(tmp_path: Path) -> None:
    key(key(customer(name="Acme"), "A1"), "A2")
    path = write(tmp_path / "customers.csv", "external_id,name\nA1,Acme\nA2,Acme West\n")
    assert counts(bring(path)) == (0, 0, 1, 1)
    assert rejected(path)[0][2] == "external_id “A2” means the same customer as a line above"


def test_everything_wrong_with_a_row_is_said_and_the_rest_goes_in(tmp_path: Path) -> None:
    text = "external_id,name,country,employees\n,Acme,Ruritania,-4\nB2,Beta,JP,7\n"
    path = write(tmp_path / "customers.csv", text)
    assert counts(bring(path)) == (1, 0, 0, 1)
    assert rejected(path) == [
        (
            "2",
            "external_id; employees; country",
            (
                "external_id is empty; "
                "employees -4 is out of range (0 to 2147483647) (this alone would only leave the cell out); "
                "country “Ruritania” is neither a country nor its code of two letters (ISO 3166) (this alone would only leave the cell out)"
            ),
        )
    ]


def test_refused_rows_and_cells_left_out_stand_in_the_order_of_the_file(tmp_path: Path) -> None:
    """Whether the cells, the row or the record refuse a row: of the lines 3 and 5 only the record does."""
    customer(name="Acme").external_keys.create(source="csv", external_id="A1")
    user(email="gone@demo.example", is_active=False)
    text = (
        "external_id,customer,name,email,roles\n"
        ",A1,Ann,,\nP2,??,Bo,,\n,A1,Cy,,\nP4,!!,Di,,\n,A1,Ed,,\nP6,A1,Fay,fay,\nP7,A1,Gus,,boss\nP8,A1,Hal,hal,\n"
    )
    path = write(tmp_path / "contacts.csv", text)
    assert counts(bring(path)) == (3, 0, 0, 5)
    assert [line for line, _field, _reason in rejected(path)] == ["2", "3", "4", "5", "6"]
    assert [line for line, *_cell in listed(path)] == ["7", "8", "9"]
    owners = "external_id,name,owner,country\nC1,One,nobody,\nC2,Two,,Ruritania\nC3,Three,nobody,\n"
    path = write(tmp_path / "customers.csv", owners)
    assert counts(bring(path)) == (3, 0, 0, 0)
    assert [line for line, *_cell in listed(path)] == ["2", "3", "4"]


def test_contacts_hang_on_their_customer(tmp_path: Path) -> None:
    acme = key(customer())
    text = (
        "external_id,customer,name,email,roles,state\n"
        "P1,A1,Ann,ann@a.example,champion;buyer,\nP2,A1,Bo,,,left\nP3,??,Cy,,,\nP4,A1,Di,,boss,\n"
    )
    path = write(tmp_path / "contacts.csv", text)
    assert counts(bring(path)) == (3, 0, 0, 1)
    assert rejected(path) == [("4", "customer", "customer “??” is not known: no customer has this id")]
    assert listed(path) == [
        ("5", "roles", "boss", "“boss” is none of: Champion, Economic buyer, Executive sponsor, Admin, End user")
    ]
    ann = Contact.objects.get(external_id="P1")
    assert (ann.customer, ann.roles, ann.state, ann.state_on) == (acme, ["champion", "buyer"], "active", DAY)
    assert counts(bring(path)) == (0, 0, 3, 1)


def test_a_contract_a_row_with_its_line_and_seats(tmp_path: Path) -> None:
    organisation(currency="EUR")
    acme = key(customer())
    row = "K1,A1,2026-01-01,,Pro,1200.50,7\n"
    path = write(tmp_path / "contracts.csv", CONTRACT_HEAD + row)
    assert counts(bring(path)) == (1, 0, 0, 0)
    made = Contract.objects.get()
    assert (made.customer, made.currency, made.term_months, made.ended_on) == (acme, "EUR", 12, None)
    assert (made.ends_on, made.auto_renews, made.is_trial) == (None, False, False)
    line = ContractLine.objects.get()
    assert (line.product, line.starts_on, line.annual_amount) == ("Pro", dt.date(2026, 1, 1), Decimal("1200.50"))
    assert Entitlement.objects.get().quantity == 7
    assert counts(bring(path)) == (0, 0, 1, 0)


@pytest.mark.parametrize(
    "row",
    [
        "K1,A1,2025-12-31,,Pro,1200,7\n",
        "K1,A1,2026-01-02,,Pro,1200,7\n",
        "K1,A1,2026-01-01,2026-06-30,Pro,1200,7\n",
        "K1,A1,2026-01-01,,Enterprise,1200,7\n",
        "K1,A1,2026-01-01,,Pro,1300,7\n",
        "K1,A1,2026-01-01,,Pro,1200,8\n",
    ],
)
def test_a_contract_put_right_stays_one_contract_with_one_line(row: str, tmp_path: Path) -> None:
    key(customer())
    path = write(tmp_path / "contracts.csv", CONTRACT_HEAD + "K1,A1,2026-01-01,,Pro,1200,7\n")
    bring(path)
    write(path, CONTRACT_HEAD + row)
    mapping = correcting(tmp_path)
    assert counts(bring(path, mapping)) == (0, 1, 0, 0)
    assert counts(bring(path, mapping)) == (0, 0, 1, 0)
    assert counts(bring(path)) == (0, 0, 1, 0)
    assert (Contract.objects.count(), ContractLine.objects.count(), Entitlement.objects.count()) == (1, 1, 1)


def test_a_row_a_line_where_the_file_has_line_starts(tmp_path: Path) -> None:
    key(customer())
    rows = "K1,A1,2026-01-01,2026-01-01,Pro,1200\nK1,A1,2026-01-01,2026-04-01,Add-on,300\n"
    path = write(tmp_path / "contracts.csv", LINE_HEAD + rows)
    assert counts(bring(path)) == (2, 0, 0, 0)
    write(path, LINE_HEAD + rows.replace("300", "400") + "K1,A1,2026-02-01,2026-05-01,Third,1\n")
    assert counts(bring(path)) == (0, 1, 1, 1)
    assert rejected(path)[0][2] == "external_id “K1” stands on a line above with other dates or terms"
    assert Contract.objects.count() == 1
    assert list(ContractLine.objects.order_by("pk").values_list("annual_amount", "starts_on", "ends_on")) == [
        (1200, dt.date(2026, 1, 1), None),
        (300, dt.date(2026, 4, 1), DAY),
        (400, DAY, None),
    ]
    assert counts(bring(path)) == (0, 0, 2, 1)
    write(path, CONTRACT_HEAD + "K1,A1,2026-01-01,,Pro,1500,\n")
    assert counts(bring(path)) == (0, 0, 0, 1)
    assert "has several lines" in rejected(path)[0][2]


def test_contracts_that_end_before_they_start_or_cost_less_than_nothing_are_refused(tmp_path: Path) -> None:
    key(customer())
    rows = (
        "K1,A1,2026-01-02,2026-01-01,Pro,1,\nK2,A1,2026-01-01,2026-01-01,Pro,1,\n"
        "K3,A1,2026-01-01,,Pro,-5,\nK4,A1,9999-01-01,,Pro,1,\nK5,A1,2026-01-01,,Pro,1000000000000,\n"
    )
    path = write(tmp_path / "contracts.csv", CONTRACT_HEAD + rows)
    report = bring(path)
    assert counts(report) == (1, 0, 0, 4)
    assert report.notes == ["1 ended on the day it started: kept"]
    assert [reason for _line, _field, reason in rejected(path)] == [
        "ended_on lies before starts_on",
        "annual_amount is below 0: take the discount off the line that it lowers",
        "starts_on 9999-01-01 is out of range (1990 to 2099)",
        "annual_amount 1000000000000 is out of range (0 to 999999999999)",
    ]


def test_what_only_the_database_can_refuse_leaves_nothing_half_written(tmp_path: Path) -> None:
    acme = key(customer())
    Contract.objects.create(
        customer=acme, source="csv", external_id="K1", starts_on=DAY + dt.timedelta(1), ends_on=DAY + dt.timedelta(30)
    )
    later = "external_id,customer,starts_on,product,annual_amount\nK0,A1,2026-01-01,P,1\nK1,A1,2028-01-01,P,1\n"
    path = write(tmp_path / "contracts.csv", later)
    with pytest.raises(Unreadable, match=r"^contracts\.csv: nothing was imported, the database refused it"):
        bring(path)
    assert Contract.objects.count() == 1


def test_cancellations_explain(tmp_path: Path) -> None:
    key(customer())
    key(customer(), "A2")
    bring(write(tmp_path / "contracts.csv", CONTRACT_HEAD + "K1,A1,2026-01-01,,Pro,1,7\nK2,A2,2026-01-01,,Pro,1,7\n"))
    text = (
        "external_id,customer,on,stated_reason,note,contract\n"
        "X1,A1,2026-05-01,price,,\nX2,A1,2026-05-01,other,,\nX3,A1,2026-05-01,price,,K9\n"
        "X4,A1,2026-05-01,price,,K2\nX5,A1,2026-05-01,price,,K1\n"
    )
    path = write(tmp_path / "cancellations.csv", text)
    assert counts(bring(path)) == (2, 0, 0, 3)
    assert [reason for _line, _field, reason in rejected(path)] == [
        "note is empty, and the stated reason is “other”",
        "contract “K9” is not a contract that is known",
        "contract “K2” is a contract of another customer",
    ]
    assert list(Cancellation.objects.order_by("external_id").values_list("contract__external_id", flat=True)) == [
        None,
        "K1",
    ]


def test_corrected_rejects_go_in(tmp_path: Path) -> None:
    path = write(tmp_path / "customers.csv", "external_id,name,attr,employees\n-1,,,3\n")
    assert counts(bring(path)) == (0, 0, 0, 1)
    again = write(tmp_path / "again.csv", path.with_suffix(".rejects").read_text().replace('"","",', '"Minus","",'))
    report = bring(again, kind="customers")
    assert (counts(report), report.notes) == ((1, 0, 0, 0), ["columns not read: attr"])
    assert ExternalKey.objects.get().external_id == "-1"


def test_columns_nobody_reads_are_named(tmp_path: Path) -> None:
    path = write(tmp_path / "customers.csv", "external_id,name,Colour\nA1,Acme,red\n")
    assert bring(path).notes == ["columns not read: Colour"]


def test_of_a_file_that_is_read_twice_a_column_is_named_that_no_reading_reads(tmp_path: Path) -> None:
    write(tmp_path / "all.csv", "Nr,Company,Owner key,Colour\nA1,Acme,X-1,red\n")
    part = '[[file]]\nname = "all.csv"\ninto = "{}"\n[file.fields]\nexternal_id = "Nr"\n{}\n'
    parts = part.format("customers", 'name = "Company"'), part.format("contacts", 'customer = "Nr"\nname = "Owner key"')
    by = write(tmp_path / "map.toml", f'source = "crm"\n{"".join(parts)}')
    for kind in ("", "customers"):
        found = jobs(tmp_path, find(str(by)), TARGETS, kind=kind, rejects=tmp_path / "no.csv")
        reports = [load(job.path, job.file, job.target, day=DAY, rejects=job.rejects) for job in found]
        assert {tuple(report.notes) for report in reports} == {("columns not read: Colour",)}


def test_names_of_columns_that_stand_twice_are_told_as_they_are(tmp_path: Path) -> None:
    path = write(tmp_path / "customers.csv", "external_id,name,name\nC1,A,B\nC2,C,D\n")
    with pytest.raises(Unreadable) as refused:
        bring(path)
    assert str(refused.value) == (
        "customers.csv: the column name stands twice in its first line. Its columns are: external_id, name, name."
    )
    (question,) = [one for one in recognise(path).questions if one.about == "skip_lines"]
    assert question.choices[0].example == "external_id · name · name"


def test_statements_do_not_depend_on_rows(tmp_path: Path) -> None:
    key(customer())
    spent = []
    for rows in (1, 3):
        text = CONTRACT_HEAD + "".join(f"K{rows}{n},A1,2026-01-01,,Pro,1,7\n" for n in range(rows))
        with CaptureQueriesContext(connection) as captured:
            bring(write(tmp_path / "contracts.csv", text))
        spent.append(len(captured))
    assert spent[0] == spent[1]


def run(*args: object, **options: object) -> str:
    out = StringIO()
    call_command("import_data", *args, stdout=out, stderr=StringIO(), **options)
    return out.getvalue()


def test_a_dry_run_tells_all_and_writes_nothing(tmp_path: Path) -> None:
    organisation()
    write(tmp_path / "customers.csv", CUSTOMERS)
    write(tmp_path / "contracts.csv", CONTRACT_HEAD + "K1,A1,2026-01-01,,Pro,1,\nK2,??,2026-01-01,,Pro,1,\n")
    text = run(tmp_path, mapping="tsunagu", dry_run=True, rejects=tmp_path / "no.csv")
    assert text.splitlines() == [
        "customers.csv: 2 customers: 2 new, 0 changed, 0 unchanged, 0 rejected",
        "contracts.csv: 2 contracts: 1 new, 0 changed, 0 unchanged, 1 rejected",
        f"  rejected rows and their reasons: {tmp_path / 'no-contracts.csv'}",
        "Nothing was written: this was a dry run.",
    ]
    assert not Customer.objects.exists()
    assert (tmp_path / "no-contracts.csv").exists()


def test_the_command_brings_status_and_arr_up_to_the_day(tmp_path: Path) -> None:
    organisation()
    write(tmp_path / "customers.csv", CUSTOMERS)
    write(tmp_path / "contracts.csv", CONTRACT_HEAD + "K1,A1,2026-01-01,,Pro,1200,\n")
    run(tmp_path, mapping="tsunagu")
    acme = Customer.objects.get(name="Acme")
    assert (acme.status, acme.arr) == ("live", 1200)


@pytest.mark.parametrize(
    ("names", "rejects", "over"),
    [
        (["a.csv", "rejects-a.csv"], None, "rejects-a.csv"),
        (["a.csv", "r-a.csv"], "r.csv", "r-a.csv"),
        (["a.csv", "cells-rejects-a.csv"], None, "cells-rejects-a.csv"),
        (["a.csv", "a.csv", "rejects-a-2.csv"], None, "rejects-a-2.csv"),
        (["a.csv"], "./a.csv", "a.csv"),
    ],
)
def test_rejected_rows_go_over_no_file_that_any_reading_reads(
    names: list[str], rejects: str | None, over: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(Unreadable, match=f"over {over}, which is being read"):
        reject_paths([Path(name) for name in names], Path(rejects) if rejects else None)


@pytest.mark.parametrize(
    ("place", "options", "sentence"),
    [
        ("missing", {}, "There is no file or folder"),
        (
            ".",
            {"kind": "usage"},
            "holds no file that the mapping Tsunagu names (usage.csv); in it: bad.csv, contacts.csv, customers.csv, other.csv.",
        ),
        ("customers.csv", {"mapping": "nowhere"}, "There is no mapping nowhere"),
        (
            "customers.csv",
            {"mapping": ""},
            "--mapping is missing: name tsunagu where the columns are called as the record calls them, ",
        ),
        ("customers.csv", {"rejects": "customers.csv"}, "Rejected rows cannot be written over customers.csv"),
        (
            "other.csv",
            {},
            "other.csv is none of the files that the mapping Tsunagu names (rates.csv, users.csv, userkeys.csv, customers.csv,",
        ),
        ("other.csv", {}, "say what it holds, by --kind rates | users | userkeys | customers |"),
        ("bad.csv", {"kind": "customers"}, "bad.csv: its first line does not name columns."),
        ("contacts.csv", {}, "contacts.csv has no column for customer."),
    ],
)
def test_what_cannot_be_done_is_one_sentence(
    place: str, options: dict[str, Any], sentence: str, tmp_path: Path
) -> None:
    organisation()
    write(tmp_path / "customers.csv", CUSTOMERS)
    write(tmp_path / "other.csv", CUSTOMERS)
    write(tmp_path / "bad.csv", b"\x00\x01\x02")
    write(tmp_path / "contacts.csv", "external_id,name\n1,a\n")
    if place == ".":
        (tmp_path / "usage.csv").unlink(missing_ok=True)
    if "rejects" in options:
        options = options | {"rejects": tmp_path / options["rejects"]}
    with pytest.raises(CommandError) as refused:
        run(str(tmp_path / place), **({"mapping": "tsunagu"} | options))
    assert sentence in str(refused.value)
    assert "\n" not in str(refused.value)
    assert not Customer.objects.exists()


def test_rows_that_the_source_deleted_are_left_out_and_counted(tmp_path: Path) -> None:
    own = write(
        tmp_path / "own.toml",
        'source = "crm"\n[[file]]\nname = "a.csv"\ninto = "customers"\nskip = { gone = "true" }\n'
        '[file.fields]\nexternal_id = "id"\nname = "id"\n',
    )
    report = bring(write(tmp_path / "a.csv", "id,gone\n1,TRUE\n2,false\n,true\n"), str(own))
    assert (report.rows, counts(report), report.skipped) == (3, (1, 0, 0, 0), 2)
    with pytest.raises(Unreadable, match=r"^a\.csv has no column gone\. Its columns are: id\.$"):
        bring(write(tmp_path / "a.csv", "id\n1\n"), str(own))


def test_each_reading_of_a_file_has_rejected_rows_of_its_own(tmp_path: Path) -> None:
    organisation()
    write(tmp_path / "a.csv", "id,kind,name\n1,x,Ada\n2,x,\n3,y,\n4,z,\n")
    write(tmp_path / "a-2.csv", "id,kind,name\n5,x,\n")
    reading = 'name = "{}"\ninto = "customers"\nskip = {{ {} }}\nfields = {{ external_id = "id", name = "name" }}\n'
    files = [("a.csv", 'kind = "x"'), ("a.csv", 'kind = "y"'), ("a.csv", ""), ("a-2.csv", "")]
    own = write(
        tmp_path / "own.toml", 'source = "crm"\n' + "".join("[[file]]\n" + reading.format(*file) for file in files)
    )
    for place, expected in ((tmp_path, ["34", "24", "234", "5"]), (tmp_path / "a.csv", ["34", "24", "234"])):
        told = run(place, mapping=str(own), rejects=tmp_path / f"r-{place.name}.csv")
        files_named = [Path(name).read_text().splitlines()[1:] for name in re.findall("reasons: (.*)", told)]
        assert ["".join(line.split('","')[4] for line in lines) for lines in files_named] == expected


@pytest.mark.django_db(transaction=True)
def test_owner_shut_out_while_a_file_is_read_gets_no_new_customers(tmp_path: Path) -> None:
    """The import waits for the deactivation, then reads the person anew."""
    organisation()
    leaver, stays = user(email="a@b.example"), user(email="stays@b.example")
    path = write(tmp_path / "customers.csv", "external_id,name,owner\nA1,Acme,a@b.example\nB2,Beta,stays@b.example\n")

    def read() -> None:
        try:
            bring(path)
        finally:
            connection.close()

    thread = Thread(target=read)
    with transaction.atomic():
        people.deactivate(leaver, [], day=DAY)
        thread.start()
        time.sleep(0.5)
    thread.join()
    assert dict(Customer.objects.values_list("name", "owner")) == {"Acme": None, "Beta": stays.pk}
    assert listed(path) == [("2", "owner", "a@b.example", "“a@b.example” is no active user who may have customers")]


def test_customer_that_breaks_the_sweep_after_an_import_is_set_aside_alone(tmp_path: Path) -> None:
    """Revenue beyond what the column of ARR holds: the files are in, the others are swept, nothing ends in a traceback."""
    organisation()
    absurd = key(customer(name="Absurd", status="prospect"), "Z9")
    for _ in range(2):
        contract(absurd, amount=999_999_999_999, currency="XTS")
    ExchangeRate.objects.create(currency="XTS", fiscal_year=DAY.year, rate=9_999_999_999)
    write(tmp_path / "customers.csv", CUSTOMERS)
    write(tmp_path / "contracts.csv", CONTRACT_HEAD + "K1,A1,2026-06-01,,Core,1200,5\n")
    out = StringIO()
    call_command("import_data", tmp_path, mapping="tsunagu", rejects=tmp_path, stdout=out)
    assert Customer.objects.get(name="Acme").arr == 1_200, out.getvalue()
    assert list(SetAside.objects.values_list("step", "kind", "object_id")) == [("lifecycle", "customer", absurd.pk)]
