"""A preview is the import itself, rolled back: it says what would be, and nothing is written."""

from __future__ import annotations

from pathlib import Path

import pytest

from accounts.imports import previewing
from accounts.models import Change, Contract, ContractLine, Customer, FirstLoad, ImportFile, ImportLine
from config.history.models import Entry
from tests.accounts.importing.runs import CONTRACTS, CUSTOMERS, counted, imported, lines, previewed, taken_back, write
from tests.factories import DAY, organisation, user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _organisation() -> None:
    organisation()


def test_a_preview_says_what_would_be_and_writes_nothing(tmp_path: Path) -> None:
    folder = write(tmp_path / "in", {"customers.csv": CUSTOMERS, "contracts.csv": CONTRACTS})
    run = previewed(folder)
    assert (run.state, run.problem) == ("previewed", "")
    assert counted(run) == [("customers.csv", False, 2, 0, 0, 0), ("contracts.csv", False, 1, 0, 0, 0)]
    assert lines(run) == [
        (2, "new", "customer", "Acme", {}),
        (3, "new", "customer", "Beta", {}),
        (2, "new", "contract", "K1", {}),
    ]
    assert not ImportLine.objects.exclude(object_id=None, customer_id=None).exists()
    written = [Customer, Contract, Change, FirstLoad, Entry]
    assert [model._default_manager.count() for model in written] == [0] * len(written)
    assert (run.rows_read, run.rows_total) == (5, 5)


def test_changed_fields_stand_before_and_after(tmp_path: Path) -> None:
    folder = write(tmp_path / "in", {"customers.csv": CUSTOMERS, "contracts.csv": CONTRACTS})
    assert imported(folder).state == "done"
    write(
        folder,
        {
            "customers.csv": CUSTOMERS.replace("Acme,JP,12", "Acme KK,JP,13"),
            "contracts.csv": CONTRACTS.replace("12000", "18000"),
        },
    )
    run = previewed(folder)
    assert counted(run) == [("customers.csv", False, 0, 1, 1, 0), ("contracts.csv", False, 0, 1, 0, 0)]
    assert lines(run) == [
        (2, "changed", "customer", "Acme KK", {"name": ["Acme", "Acme KK"], "employees": [12, 13]}),
        # The line ends on the day of the file, and another begins.
        (2, "new", "contractline", "Suite", {}),
        (2, "changed", "contractline", "Suite", {"ends_on": [None, str(DAY), {"annual_amount": [12000, 18000]}]}),
    ]
    assert ImportLine.objects.filter(file__run=run).exclude(customer_id=None).count() == 3
    assert Customer.objects.get(name="Acme").employees == 12


def test_a_line_that_ends_tells_the_one_that_begins_then_and_no_other(tmp_path: Path) -> None:
    head = "external_id,customer,starts_on,product,annual_amount,quantity,line_starts_on\n"
    text = head + "K1,A1,2026-01-01,Suite,12000,5,2026-01-01\nK1,A1,2026-01-01,Desk,300,1,2026-01-01\n"
    folder = write(tmp_path / "in", {"customers.csv": CUSTOMERS, "contracts.csv": text})
    admin = user("admin", name="Ren Admin")
    assert imported(folder, by=admin).state == "done"
    write(folder, {"contracts.csv": text.replace("12000,5", "18000,6").replace("300,1", "400,1")})
    run = previewed(folder, by=admin)
    told = {"Suite": {"annual_amount": [12000, 18000], "quantity": [5, 6]}, "Desk": {"annual_amount": [300, 400]}}
    changed = {title: fields for _line, _kind, _what, title, fields in lines(run, "changed")}
    assert changed == {title: {"ends_on": [None, str(DAY), begun]} for title, begun in told.items()}
    # What the import wrote says it too; Undo puts the end back.
    run = imported(folder, by=admin)
    assert {title: fields["ends_on"][2] for _line, _kind, _what, title, fields in lines(run, "changed")} == told
    taken_back(run)
    assert set(ContractLine.objects.filter(ends_on=None).values_list("product", "annual_amount")) == {
        ("Suite", 12000), ("Desk", 300),
    }  # fmt: skip


def test_a_customer_who_is_not_there_yet_keeps_the_name_in_the_preview(tmp_path: Path) -> None:
    folder = write(tmp_path / "in", {"customers.csv": CUSTOMERS, "contracts.csv": CONTRACTS})
    assert imported(folder).state == "done"
    customers, contracts = CUSTOMERS + "C3,Gamma,,\n", CONTRACTS.replace("K1,A1", "K1,C3")
    write(folder, {"customers.csv": customers, "contracts.csv": contracts})
    run = previewed(folder)
    acme = Customer.objects.get(name="Acme").pk
    ((_line, _kind, _what, _title, fields),) = [row for row in lines(run, "changed") if row[2] == "contract"]
    assert (fields["customer"][0], fields["customer"][2:]) == (acme, [[None, "Gamma"]])


def test_refused_rows_and_cells_left_out_have_line_field_and_reason(tmp_path: Path) -> None:
    text = "external_id,name,employees,owner\nA1,Acme,many,\n,Beta,5,\nC3,Gamma,5,nobody@example.com\n"
    run = previewed(write(tmp_path / "in", {"customers.csv": text}))
    rows = ImportLine.objects.filter(file__run=run).order_by("line", "kind")
    told = [(row.line, row.kind, row.field, row.cell) for row in rows if row.kind in {"refused", "remark"}]
    assert told == [
        (2, "remark", "employees", "many"),
        (3, "refused", "external_id", ""),
        (4, "remark", "owner", "nobody@example.com"),
    ]
    assert all(row.reason for row in rows if row.kind in {"refused", "remark"})
    file = ImportFile.objects.get(run=run)
    assert (file.new, file.rejected, file.unread) == (2, 1, 2)
    assert file.rejects is not None
    assert b",Beta" in bytes(file.rejects).replace(b'"', b"")


def test_a_file_that_cannot_be_read_fails_the_preview_and_says_why(tmp_path: Path) -> None:
    folder = write(tmp_path / "in", {"customers.csv": CUSTOMERS, "contracts.csv": "nothing,of,use\n1,2,3\n"})
    run = previewed(folder)
    assert run.state == "failed"
    assert run.problem.startswith("contracts.csv")
    assert counted(run) == [("customers.csv", False, 2, 0, 0, 0)]
    assert not Customer.objects.exists()


def test_many_lines_are_counted_whole_and_shown_in_part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(previewing, "SHOWN", 3)
    text = "external_id,name\n" + "".join(f"A{number},Acme {number}\n" for number in range(7))
    run = previewed(write(tmp_path / "in", {"customers.csv": text}))
    assert counted(run) == [("customers.csv", False, 7, 0, 0, 0)]
    assert [line for line, *_rest in lines(run)] == [2, 3, 4]


def test_usage_is_counted_with_a_sample(tmp_path: Path) -> None:
    folder = write(
        tmp_path / "in",
        {"customers.csv": CUSTOMERS, "usage.csv": "external_id,customer,day,users,uses\nU1,A1,2026-11-01,3,9\n"},
    )
    run = previewed(folder)
    assert counted(run)[1] == ("usage.csv", False, 1, 0, 0, 0)
    (sample,) = lines(run, "sample")
    assert sample[:4] == (2, "sample", "", "")
    assert (sample[4]["customer"], sample[4]["users"]) == ([None, "A1"], [None, 3])
