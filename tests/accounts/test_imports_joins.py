"""Rows that other tables of the same folder complete: found by key, refused by line and column, written and read back."""

from __future__ import annotations

import csv
import datetime as dt
import json
from contextlib import AbstractContextManager
from decimal import Decimal
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from accounts.imports import mapping, tables
from accounts.imports.dialects import Dialect
from accounts.imports.loading import load
from accounts.imports.maps import Join, MappingError
from accounts.imports.opening import opened
from accounts.imports.progress import Stopped
from accounts.imports.rows import Table
from accounts.imports.targets import TARGETS
from accounts.imports.writing import text_of
from accounts.models import Contract, ContractLine, Customer
from tests.accounts.imports import write
from tests.factories import DAY, organisation

pytestmark = pytest.mark.django_db
SUBSCRIPTIONS = "id,customer_id,start_date,ended_at,status\nS1,C1,2026-01-05,,active\nS2,C2,2026-02-01,,trialing\nS3,C1,2026-03-01,,incomplete_expired\n"
PLANS = "id,amount,currency,interval,interval_count,product_id,nickname\nP1,1000,usd,month,1,R1,\nP2,120000,usd,month,3,R9,Gold\nP3,5000,usd,year,1,R9,\n"
PRODUCTS = "id,name\nR1,Suite\n"
ITEMS = (
    "id,subscription_id,plan_id,quantity,created\n"
    "I1,S1,P1,2,2026-01-05\nI2,S1,P2,1,2026-01-05\nI3,S2,P3,1,2026-02-01\nI4,S3,P1,1,2026-03-01\nI5,S9,P1,1,2026-03-01\nI6,S1,P9,1,2026-01-05\n"
)
CUSTOMERS = "id,name,is_deleted,address_country\nC1,Acme,,US\nC2,Beta,,JP\n"
FILES = {
    "customer_data.csv": CUSTOMERS, "subscription_data.csv": SUBSCRIPTIONS, "plan_data.csv": PLANS,
    "product_data.csv": PRODUCTS, "subscription_item_data.csv": ITEMS,
}  # fmt: skip


@pytest.fixture(autouse=True)
def _organisation() -> None:
    organisation()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "stripe"
    place.mkdir()
    for name, text in FILES.items():
        write(place / name, text)
    return place


def brought(folder: Path, tmp_path: Path) -> str:
    out = StringIO()
    call_command("import_data", folder, mapping="stripe", rejects=tmp_path / "no.csv", stdout=out)
    return out.getvalue()


def test_an_item_is_completed_by_its_subscription_plan_and_product(folder: Path, tmp_path: Path) -> None:
    said = brought(folder, tmp_path)
    assert "6 contracts: 3 new, 0 changed, 0 unchanged, 2 rejected" in said
    assert "1 left out, as the mapping says" in said
    assert "Files that no part" not in said
    lines = ContractLine.objects.order_by("contract__external_id", "product")
    assert [(line.contract.external_id, line.product, line.annual_amount, line.contract.currency) for line in lines] == [
        # 1,200.00 a quarter; 10.00 a month for two; 50.00 a year.
        ("S1", "Gold", Decimal("4800.00"), "USD"),
        ("S1", "Suite", Decimal("240.00"), "USD"),
        ("S2", "R9", Decimal("50.00"), "USD"),
    ]  # fmt: skip
    assert Contract.objects.get(external_id="S2").is_trial
    assert Contract.objects.get(external_id="S1").starts_on == dt.date(2026, 1, 5)
    rejects = (tmp_path / "no-subscription_item_data.csv").read_text()
    assert "“S9” is in no row of subscription_data.csv" in rejects
    assert "“P9” is in no row of plan_data.csv" in rejects
    # The same again changes nothing.
    assert "0 new, 0 changed, 3 unchanged, 2 rejected" in brought(folder, tmp_path)


def test_rejected_rows_are_corrected_without_the_other_tables(folder: Path, tmp_path: Path) -> None:
    brought(folder, tmp_path)
    rejects = tmp_path / "no-subscription_item_data.csv"
    head, *rows = rejects.read_text().splitlines()
    assert "subscription.customer_id" in head
    # The row without a known plan gets the plan's columns by hand.
    (row,) = [row for row in rows if '"I6"' in row]
    assert row.count('""') >= 5
    names = head.removeprefix("\ufeff").replace('"', "").split(",")
    cells = dict(zip(names, next(csv.reader([row])), strict=True))
    cells |= {
        "plan.amount": "700",
        "plan.currency": "usd",
        "plan.interval": "year",
        "plan.interval_count": "1",
        "plan.product_id": "R7",
    }
    alone = tmp_path / "alone"
    alone.mkdir()
    fixed = write(
        alone / "rejects-subscription_item_data.csv", ",".join(names) + "\n" + ",".join(cells.values()) + "\n"
    )
    out = StringIO()
    call_command("import_data", fixed, mapping="stripe", rejects=tmp_path / "again.csv", stdout=out)
    assert "1 contracts: 1 new, 0 changed, 0 unchanged, 0 rejected" in out.getvalue(), out.getvalue()
    assert ContractLine.objects.get(product="R7").annual_amount == 7


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("subscription_data.csv", None, "needs subscription_data.csv, in which"),
        ("plan_data.csv", "id,amount\nP1,1\n", "plan_data.csv has no column"),
        (
            "subscription_item_data.csv",
            "id,plan_id,quantity,created\nI1,P1,1,2026-01-01\n",
            "has no column subscription_id",
        ),
        ("plan_data.csv", "", "plan_data.csv is empty"),
    ],
)
def test_a_table_that_is_not_there_or_lacks_a_column_is_told_first(
    folder: Path, tmp_path: Path, name: str, text: str | None, said: str
) -> None:
    if text is None:
        (folder / name).unlink()
    else:
        write(folder / name, text)
    with pytest.raises(CommandError, match=said):
        brought(folder, tmp_path)
    assert not Customer.objects.exists(), "before the first row of any file is written"


def test_rows_of_one_key_that_differ_say_nothing_and_the_same_twice_is_one(folder: Path, tmp_path: Path) -> None:
    more = "P1,1000,usd,month,1,R1,\nP3,9999,usd,year,1,R9,\n"
    write(folder / "plan_data.csv", PLANS + more)
    assert "6 contracts: 2 new, 0 changed, 0 unchanged, 3 rejected" in brought(folder, tmp_path)
    assert (
        "“P3” stands in several rows of plan_data.csv that differ"
        in (tmp_path / "no-subscription_item_data.csv").read_text()
    )


def test_other_tables_may_be_json_lines(folder: Path, tmp_path: Path) -> None:
    (folder / "plan_data.csv").unlink()
    rows = [
        dict(zip(PLANS.splitlines()[0].split(","), line.split(","), strict=True)) for line in PLANS.splitlines()[1:]
    ]
    write(folder / "plan_data.jsonl", "\n".join(json.dumps(row) for row in rows) + "\n")
    assert "3 new, 0 changed, 0 unchanged, 2 rejected" in brought(folder, tmp_path)


TEXT = """
source = "s"
[[file]]
name = "items.csv"
into = "customers"
{join}
[file.fields]
external_id = "id"
name = {{ columns = ["of.name", "id"], first = true }}
"""
JOIN = '[[file.join]]\nfile = "of.csv"\nby = "of_id"\nkey = "nr"\ncalled = "of"\noptional = true\n'


def test_a_join_is_written_as_it_is_read() -> None:
    found = mapping.parse(TEXT.format(join=JOIN + '[[file.join]]\nfile = "more.csv"\nby = "of.more"\n'), "m.toml")
    assert found.files[0].joins == (
        Join("of.csv", "of_id", "nr", "of", optional=True),
        Join("more.csv", "of.more", "id", "more"),
    )
    assert mapping.parse(text_of(found), "m.toml") == found


@pytest.mark.parametrize(
    ("join", "said"),
    [
        ('[[file.join]]\nfile = "of.csv"\n', "needs a file and the column"),
        (JOIN + "keys = 3\n", "keys is not known"),
        (JOIN + JOIN, "stands twice"),
        ('join = ["of.csv"]\n', "is not of the right type"),
        (JOIN.replace('"nr"', "3"), "is not of the right type"),
    ],
)
def test_a_mistake_in_a_join_is_told_with_its_place(join: str, said: str) -> None:
    with pytest.raises(MappingError, match=said) as raised:
        mapping.parse(TEXT.format(join=join), "m.toml")
    assert raised.value.where.startswith("items.csv join")


def test_several_lookups_in_one_file_read_it_once_and_tell_that_they_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the rows of one key, where those differ column by column: what one lookup wants does not spoil another's."""
    write(tmp_path / "of.csv", "id,next,name\n1,2,Acme\n2,3,Beta\n2,3,Gamma\n3,,Delta\n")
    path = write(tmp_path / "items.csv", "id,of_id\nA,1\nB,2\n")
    join = '[[file.join]]\nfile = "of.csv"\nby = "{}"\ncalled = "{}"\n'
    joins = "".join(join.format(by, called) for by, called in (("of_id", "a"), ("a.next", "b"), ("b.next", "c")))
    text = TEXT.format(join=joins).replace('"of.name", "id"', '"a.name", "c.name"')
    (file,) = mapping.parse(text, "m.toml").files
    read: list[str] = []

    def seen(place: Path, dialect: Dialect) -> AbstractContextManager[Table]:
        read.append(place.name)
        return opened(place, dialect)

    beats: list[int] = []
    monkeypatch.setattr(tables, "opened", seen)
    monkeypatch.setattr(tables, "AT_ONCE", 1)
    with tables.joined(path, file, beats.append) as table:
        rows = [(dict(zip(table.columns, row.cells, strict=True)), row.trouble) for row in table.records()]
    assert read == ["items.csv", "of.csv"]
    assert beats == [1, 1, 1, 1], "once some rows"
    (one, fine), (two, wrong) = rows
    assert (fine[1] if fine else "") == ""
    assert (one["a.name"], one["b.next"], one["c.name"]) == ("Acme", "3", "Delta")
    assert (two["a.name"], wrong and wrong[0]) == ("", "of_id")

    # A run is stopped before its first row is read; rows of other files count as read.
    def stop(rows: int) -> None:
        assert rows == 1
        raise Stopped

    with pytest.raises(Stopped):
        load(path, file, TARGETS["customers"], day=DAY, rejects=tmp_path / "no.csv", progress=stop)


def test_an_import_reads_another_file_once_whatever_looks_in_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By two keys, for refused rows that are read once more, and though all files are looked at before the first."""
    place = tmp_path / "both"
    place.mkdir()
    write(place / "of.csv", "id,nr,name\n1,N1,Acme\n2,N2,Beta\n")
    write(place / "items.csv", "id,of_id,of_nr\nA,1,N2\nB,2,N1\nB,2,N2\nC,9,N1\n")
    write(place / "last.csv", "id,name\nZ,Zeta\n")
    join = '[[file.join]]\nfile = "of.csv"\nby = "{}"\nkey = "{}"\ncalled = "{}"\n'
    text = TEXT.format(join=join.format("of_id", "id", "a") + join.format("of_nr", "nr", "b"))
    text = text.replace('"of.name", "id"], first = true', '"a.name", "b.name"]')
    text += '[[file]]\nname = "last.csv"\ninto = "customers"\n[file.fields]\nexternal_id = "id"\nname = "name"\n'
    own = write(tmp_path / "own.toml", text)
    rows: list[int] = []
    fill = tables._fill
    monkeypatch.setattr(
        tables, "_fill", lambda path, dialect, kept, beat: fill(path, dialect, kept, lambda n: (rows.append(n), beat(n)))
    )  # fmt: skip
    out = StringIO()
    call_command("import_data", place, mapping=str(own), rejects=tmp_path / "no.csv", stdout=out)
    assert "4 customers: 2 new, 0 changed, 0 unchanged, 2 rejected" in out.getvalue(), out.getvalue()
    assert rows == [2], "its two rows, once"
    refused = (tmp_path / "no-items.csv").read_text()
    assert '"B","2","N2","Beta","Beta"' in refused, "with what was looked up"
    assert "“9” is in no row of of.csv" in refused


def test_a_corrected_row_is_looked_up_by_its_corrected_key(folder: Path, tmp_path: Path) -> None:
    """Where its cells are empty and the table is there; what somebody typed stays."""
    brought(folder, tmp_path)
    rejects = tmp_path / "no-subscription_item_data.csv"
    text = rejects.read_text().replace('"S9"', '"S2"').replace('"P9"', '"P3"')
    fixed = write(folder / "rejects-subscription_item_data.csv", text)
    out = StringIO()
    call_command("import_data", fixed, mapping="stripe", rejects=tmp_path / "again.csv", stdout=out)
    assert "2 contracts: 2 new, 0 changed, 0 unchanged, 0 rejected" in out.getvalue(), out.getvalue()
    # A key that nobody knows is named, not the empty cells.
    write(fixed, text.replace('"S2"', '"S7"'))
    out = StringIO()
    call_command("import_data", fixed, mapping="stripe", rejects=tmp_path / "again.csv", stdout=out)
    assert "“S7” is in no row of subscription_data.csv" in (tmp_path / "again.csv").read_text()
