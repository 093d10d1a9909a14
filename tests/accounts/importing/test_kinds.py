"""Further members of the kinds whose first ones are cases from the field: headings, rows that leave out what stands above,
readings of one file, files that nothing reads.
"""

from __future__ import annotations

import datetime as dt
from io import StringIO
from pathlib import Path
from typing import Final

import pytest
from django.core.management import call_command
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.imports.folders import jobs, silent
from accounts.imports.loading import load
from accounts.imports.mapping import find
from accounts.imports.rows import Unreadable
from accounts.imports.targets import TARGETS
from accounts.models import Contact, Contract, Customer
from tests.accounts.imports import bring, counts, rejected, write
from tests.examples import dear
from tests.factories import DAY, organisation

pytestmark = pytest.mark.django_db
HEALTH: Final = [HealthCheck.function_scoped_fixture]
# What stands around a heading and is not seen.
UNSEEN: Final = ["", " ", "\t", "\u3000", "\u00a0", "\u200b", "\ufeff", "\n", "\r\n"]


@pytest.fixture(autouse=True)
def _organisation() -> None:
    organisation()


@pytest.mark.parametrize(
    ("heading", "column"),
    [
        ("Account Name", "Account Name"),
        ("Account\u00a0Name ", "Account\u00a0Name"),
        ("会社名\u3000", "会社名"),
        ("ガ\u200b社", "ガ社"),
        ("ガ社", "ガ社"),
        ('""Name""', '"Name"'),
        ("name\n(legal)", "name\n(legal)"),
        ("name;legal", "name;legal"),
        ("=name", "=name"),
        ("名前 / Name", "名前 / Name"),
    ],
)
def test_a_heading_is_its_text_whatever_is_unseen(tmp_path: Path, heading: str, column: str) -> None:
    """Case 31."""
    by = mapped_to(tmp_path, column)
    path = write(tmp_path / "customers.csv", f'id,"{heading}"\r\n1,Acacia\r\n')
    assert counts(bring(path, by)) == (1, 0, 0, 0)
    assert Customer.objects.get().name == "Acacia"


@settings(max_examples=dear(15), deadline=None, suppress_health_check=HEALTH)
@given(st.sampled_from(UNSEEN), st.sampled_from(UNSEEN), st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]))
def test_what_stands_around_a_heading_is_nothing(tmp_path: Path, before: str, after: str, encoding: str) -> None:
    Customer.objects.all().delete()
    text = f'id,"{before}Name{after}"\n1,Acacia\n'
    path = write(tmp_path / "customers.csv", text.encode(encoding))
    assert counts(bring(path, mapped_to(tmp_path, "Name"))) == (1, 0, 0, 0)


def mapped_to(folder: Path, column: str) -> str:
    quoted = column.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    head = 'title = "x"\nsource = "csv"\n[[file]]\nname = "customers.csv"\ninto = "customers"\n[file.fields]\n'
    return str(write(folder / "map.toml", f'{head}external_id = "id"\nname = "{quoted}"\n'))


@pytest.mark.parametrize(
    ("row", "reasons"),
    [
        (",,,Support,2026-01-01,200", ["external_id is empty", "customer is empty", "starts_on is empty"]),
        ("K1,,,Support,2026-01-01,200", ["customer is empty", "starts_on is empty"]),
        ("K1,C1,,Support,2026-01-01,200", ["starts_on is empty"]),
        ('"　",C1,2026-01-01,Support,2026-01-01,200', ["external_id is empty"]),
        ("″,″,″,Support,2026-01-01,200", ["starts_on “″”"]),
        ("〃,C1,〃,Support,2026-01-01,200", ["starts_on “〃”"]),
    ],
)
def test_a_row_that_leaves_out_what_stands_above_is_never_guessed(tmp_path: Path, row: str, reasons: list[str]) -> None:
    """Case 34: by a blank, by a blank that is a character, by a ditto mark."""
    bring(write(tmp_path / "customers.csv", "external_id,name\nC1,Damson\n"))
    first, last = "K1,C1,2026-01-01,Suite,2026-01-01,1000", "K3,C1,2026-01-01,Suite,2026-01-01,30"
    head = "external_id,customer,starts_on,product,line_starts_on,annual_amount"
    path = write(tmp_path / "contracts.csv", f"{head}\n{first}\n{row}\n{last}\n")
    assert counts(bring(path)) == (2, 0, 0, 1)
    ((line, _field, reason),) = rejected(path)
    assert line == "3"
    for expected in reasons:
        assert expected in reason
    assert set(Contract.objects.values_list("external_id", flat=True)) == {"K1", "K3"}


@settings(max_examples=dear(10), deadline=None, suppress_health_check=HEALTH)
@given(
    st.lists(
        st.tuples(st.sampled_from(["active", "moved", "left"]), st.sampled_from([0, 1, 30])), min_size=1, max_size=5
    )
)
def test_a_state_holds_since_the_file_that_said_it_first(tmp_path: Path, said: list[tuple[str, int]]) -> None:
    """Case 49: of files on later and later days the first that named the state gives its day."""
    Customer.objects.all().delete()
    bring(write(tmp_path / "customers.csv", "external_id,name\nC1,Elder\n"))
    day, known, since = DAY - dt.timedelta(days=400), "", DAY
    for state, after in said:
        day += dt.timedelta(days=after)
        path = write(tmp_path / "contacts.csv", f"external_id,customer,name,state,state_on\nP1,C1,Champ,{state},\n")
        report = bring(path, day=day)
        assert report.unchanged == (state == known)
        known, since = state, since if state == known else day
        contact = Contact.objects.get()
        assert (contact.state, contact.state_on) == (known, since)


@pytest.mark.parametrize(
    ("names", "is_asked"),
    [
        (["CUSTOMERS.CSV"], False),
        (["customers (1).csv"], False),
        (["Customers - Copy.csv"], False),
        (["customers - コピー.csv"], False),
        (["customers.xlsx"], False),
        (["customers.csv", "customers.xlsx"], True),
        (["customers.csv", "customers (2).csv"], True),
        (["Customers.tsv", "customers - Copy (3).csv"], True),
        (["customers.csv", "customers_2025.csv"], False),
    ],
)
def test_names_that_could_be_the_same_file_are_asked_about(tmp_path: Path, names: list[str], is_asked: bool) -> None:  # noqa: FBT001
    """Case 75."""
    for name in names:
        write(tmp_path / name, "external_id,name\n1,Acacia\n")
    if is_asked:
        with pytest.raises(Unreadable, match=r"could each be customers\.csv: keep one of them"):
            jobs(tmp_path, find("tsunagu"), TARGETS)
    else:
        assert len(jobs(tmp_path, find("tsunagu"), TARGETS)) == 1


READINGS: Final = """
title = "Billing"
source = "csv"
[[file]]
name = "subs.csv"
into = "customers"
[file.fields]
external_id = "customer"
name = "name"
[[file]]
name = "subs.csv"
into = "contacts"
[file.fields]
external_id = "mail"
customer = "customer"
name = "mail"
email = "mail"
[[file]]
name = "subs.csv"
into = "contracts"
[file.fields]
external_id = "id"
customer = "customer"
starts_on = "start"
product = "plan"
annual_amount = "amount"
"""
HEAD: Final = "id,customer,name,mail,start,plan,amount"
# Each line is refused by the readings named.
LINES: Final = [
    ("s1,C1,Elm,a@elm.example,2026-01-01,pro,100", ""),
    ("s2,C2,,b@oak.example,2026-01-01,pro,100", "customers contacts contracts"),
    ("s3,C3,Fir,,2026-01-01,pro,100", "contacts"),
    ("s4,C4,Ash,d@ash.example,soon,pro,100", "contracts"),
    (",C5,Yew,e@yew.example,2026-01-01,pro,100", "contracts"),
]


@settings(max_examples=dear(6), deadline=None, suppress_health_check=HEALTH)
@given(st.permutations(LINES))
def test_each_reading_of_a_file_has_its_own_rejects_and_takes_them_back(
    tmp_path: Path, lines: list[tuple[str, str]]
) -> None:
    """Case 53, with three readings: a line that one reading refuses goes in by the others; corrected, it comes back by its own."""
    Customer.objects.all().delete()
    by = find(str(write(tmp_path / "map.toml", READINGS)))
    path = write(tmp_path / "subs.csv", "\n".join([HEAD, *(line for line, _readings in lines), ""]))
    found = jobs(path, by, TARGETS, rejects=tmp_path / "r.csv")
    assert len({job.rejects for job in found}) == len(found)
    for job in found:
        report = load(job.path, job.file, job.target, day=DAY, rejects=job.rejects)
        refused = {str(number) for number, (_line, readings) in enumerate(lines, 2) if job.target.name in readings}
        rows = job.rejects.read_text("utf-8-sig").splitlines()[1:]
        assert {row.split(",")[0].strip('"') for row in rows} == refused
        assert (report.rejected, report.new) == (len(refused), len(lines) - len(refused))
    for job in found:
        text = job.rejects.read_text("utf-8-sig")
        text = text.replace('"C2",""', '"C2","Oak"').replace('"Fir",""', '"Fir","c@fir.example"')
        text = text.replace('"soon"', '"2026-01-01"').replace('"","C5"', '"s5","C5"')
        again = write(tmp_path / f"again-{job.target.name}.csv", text)
        ours, *_others = jobs(again, by, TARGETS, kind=job.target.name, rejects=tmp_path / "r2.csv")
        report = load(ours.path, ours.file, ours.target, day=DAY, rejects=ours.rejects)
        assert report.rejected == 0
    assert Contract.objects.count() == len(LINES)


def test_whatever_of_a_folder_nothing_reads_is_named(tmp_path: Path) -> None:
    """The case of silent files: of any ending, of any case, with accents, and folders inside."""
    read = ["customers.csv", "Contracts.XLSX", "usage.jsonl", "TICKETS.tsv", "contacts (1).csv"]
    named = [
        "holidays.csv",
        "NOTES.TXT",
        "Übersicht.csv",
        "customers_old.csv",
        "deals.json",
        "顧客メモ.xlsx",
        "~$customers.xlsx",
    ]
    quiet = [".DS_Store", "map.toml", "rejects-customers.csv", "cells-rejects-customers.csv"]
    for name in (*read, *named, *quiet):
        write(tmp_path / name, "external_id,name\n")
    (tmp_path / "2025").mkdir()
    write(tmp_path / "2025" / "contracts.csv", "external_id\n")
    (tmp_path / ".git").mkdir()
    assert silent(tmp_path, find("tsunagu")) == sorted([*named, "2025/"])


def test_a_folder_inside_is_named_by_the_command(tmp_path: Path) -> None:
    write(tmp_path / "customers.csv", "external_id,name\n1,Acacia\n")
    (tmp_path / "later").mkdir()
    write(tmp_path / "later" / "customers.csv", "external_id,name\n2,Birch\n")
    out = StringIO()
    call_command("import_data", tmp_path, mapping="tsunagu", rejects=tmp_path / "r.csv", stdout=out)
    assert "Files that no part of the mapping reads: later/." in out.getvalue()
    assert Customer.objects.count() == 1
