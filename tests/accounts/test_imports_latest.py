"""Of several rows of one id the last counts, and a column's days in a notation of its own."""

from __future__ import annotations

import datetime as dt
from itertools import permutations
from pathlib import Path
from typing import Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.imports.mapping import parse
from accounts.imports.maps import MappingError
from accounts.imports.repeats import Refused
from accounts.imports.rows import Unreadable
from accounts.imports.writing import text_of
from accounts.models import Contact, Contract, ContractLine, Customer, User
from health.models import Ticket
from tests import factories as make
from tests.accounts.imports import bring, counts, rejected, write
from tests.examples import dear

pytestmark = pytest.mark.django_db
HEAD: Final = "id,customer,severity,opened,reopened,changed\n"
MAPPING: Final = """
source = "desk"
[[file]]
name = "tickets.csv"
into = "tickets"
{lines}
[file.fields]
external_id = "id"
customer = {{ constant = "C1" }}
severity = "severity"
opened_at = "opened"
reopened = "reopened"
"""


@pytest.fixture(autouse=True)
def _customer(tmp_path: Path) -> None:
    make.organisation()
    customer = make.customer()
    for source in ("desk", "csv"):
        customer.external_keys.create(source=source, external_id="C1")


def tickets(folder: Path, *rows: tuple[str, int, str], lines: str) -> Path:
    text = "".join(f"{key},C1,low,2026-11-01T10:00:00Z,{reopened},{changed}\n" for key, reopened, changed in rows)
    write(folder / "own.toml", MAPPING.format(lines=lines))
    return write(folder / "tickets.csv", HEAD + text)


def last(folder: Path, *rows: tuple[str, int, str], lines: str) -> dict[str, int]:
    bring(tickets(folder, *rows, lines=lines), str(folder / "own.toml"))
    return dict(Ticket.objects.values_list("external_id", "reopened"))


ROWS: Final = (
    ("T1", 1, "2026-11-02T10:00:00Z"),
    ("T1", 3, "2026-11-04T10:00:00Z"),
    ("T1", 2, "2026-11-03T10:00:00+09:00"),
)


@pytest.mark.parametrize("order", list(permutations(ROWS)))
def test_the_order_of_the_rows_is_nothing_where_a_column_says_the_last(
    tmp_path: Path, order: tuple[tuple[str, int, str], ...]
):
    lines = 'latest_by = "changed"\nignore = ["customer"]'
    assert last(tmp_path, *order, ("T2", 9, "2026-01-01"), lines=lines) == {"T1": 3, "T2": 9}


@settings(max_examples=dear(20), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from("ABC"), st.integers(0, 99)), min_size=1, max_size=8))
def test_the_last_line_of_each_id_counts_and_the_same_file_again_changes_nothing(
    tmp_path: Path, rows: list[tuple[str, int]]
):
    Ticket.objects.all().delete()
    sent = [(key, reopened, "2026-01-01") for key, reopened in rows]
    assert last(tmp_path, *sent, lines='latest_by = "line"') == dict(rows)
    assert counts(bring(tmp_path / "tickets.csv", str(tmp_path / "own.toml"))) == (0, 0, len(rows), 0)


def test_a_row_whose_order_cannot_be_read_is_refused(tmp_path: Path):
    path = tickets(tmp_path, ("T1", 1, "soon"), ("T2", 1, ""), ("T3", 1, "2026-01-01"), lines='latest_by = "changed"')
    assert counts(bring(path, str(tmp_path / "own.toml"))) == (1, 0, 0, 2)
    assert [(line, column) for line, column, _reason in rejected(path)] == [("2", "changed"), ("3", "changed")]


@pytest.mark.parametrize("lines", ['latest_by = "line"', 'latest_by = "changed"\nignore = ["customer"]'])
def test_an_id_whose_last_row_is_refused_keeps_what_it_has(tmp_path: Path, lines: str):
    assert last(tmp_path, ("T1", 5, "2026-01-01"), ("T2", 5, "2026-01-01"), lines=lines) == {"T1": 5, "T2": 5}
    path = tickets(
        tmp_path,
        ("T1", 1, "2026-02-01"),
        ("T1", 2, "2026-02-02"),
        ("T1", 3, "2026-02-03"),
        ("T2", 3, "2026-02-01"),
        ("T2", 7, "2026-02-02"),
        lines=lines,
    )
    path.write_text(path.read_text().replace("2026-11-01T10:00:00Z,3", "soon,3"))
    assert counts(bring(path, str(tmp_path / "own.toml"))) == (0, 1, 1, 3)
    assert dict(Ticket.objects.values_list("external_id", "reopened")) == {"T1": 5, "T2": 7}
    assert {line: reason for line, _column, reason in rejected(path)}["3"] == (
        "id is refused with line 4, which is later and cannot go in"
    )


def test_an_id_whose_last_row_names_nobody_keeps_what_it_has(tmp_path: Path):
    mapping = MAPPING.format(lines='latest_by = "line"\nignore = ["changed"]').replace(
        'customer = { constant = "C1" }', 'customer = "customer"'
    )
    write(tmp_path / "own.toml", mapping)
    rows = "T1,C1,low,2026-11-01T10:00:00Z,1,\nT1,C9,low,2026-11-01T10:00:00Z,2,\n"
    assert counts(bring(write(tmp_path / "tickets.csv", HEAD + rows), str(tmp_path / "own.toml"))) == (0, 0, 0, 2)


OTHER_KEYS: Final = """
source = "csv"
[[file]]
name = "contracts.csv"
into = "contracts"
latest_by = "line"
[file.fields]
external_id = "id"
customer = { constant = "C1" }
starts_on = { constant = "2026-01-01" }
line_starts_on = "from"
product = "product"
annual_amount = "price"
[[file]]
name = "users.csv"
into = "users"
latest_by = "changed"
ignore = ["nothing"]
[file.fields]
email = "email"
name = "name"
language = "language"
"""


@pytest.mark.parametrize("turned", [False, True])
def test_rows_are_told_apart_by_all_of_their_key(tmp_path: Path, *, turned: bool):
    """A line of a contract that is refused says nothing of another line."""
    own = write(tmp_path / "own.toml", OTHER_KEYS)
    rows = ["K1,Base,,100", "K1,Base,2026-01-01,200", "K1,Maps,,dear"]
    text = "\n".join(["id,product,from,price", *([rows[2], *rows[:2]] if turned else rows)])
    path = write(tmp_path / "contracts.csv", text + "\n")
    assert counts(bring(path, str(own))) == (1, 0, 1, 1)
    assert list(ContractLine.objects.values_list("product", "annual_amount")) == [("Base", 200)]
    assert [column for _line, column, _reason in rejected(path)] == ["price"]
    path = write(tmp_path / "contracts.csv", "id,product,from,price\nK1,Base,2026-01-01,300\nK1,Base,,dear\n")
    assert counts(bring(path, str(own))) == (0, 0, 0, 2)
    assert min(rejected(path)) == (
        "2", "id + product + from", "id + product + from is refused with line 3, which is later and cannot go in",
    )  # fmt: skip


def test_a_person_whose_last_row_is_refused_keeps_what_they_have(tmp_path: Path):
    own = write(tmp_path / "own.toml", OTHER_KEYS)
    head = "email,name,language,changed\n"
    rows = "a@example.org,New,xx,2026-02-02\na@example.org,Old,en,2026-02-01\nb@example.org,B,en,2026-02-01\n"
    path = write(tmp_path / "users.csv", head + rows)
    assert counts(bring(path, str(own))) == (1, 0, 0, 2)
    assert not User.objects.filter(email="a@example.org").exists()
    assert {line: reason for line, _column, reason in rejected(path)}["3"] == (
        "email is refused with line 2, which is later and cannot go in"
    )


def test_refused_rows_are_kept_whole_only_where_somebody_asks_for_that():
    with Refused(whole=False) as ids, Refused(whole=True) as whole:
        for rows in (ids, whole):
            rows.add(2, {"external_id": "A", "on": dt.date(2026, 2, 1), "tags": ["x"]})
            assert rows.all_named
            rows.add(3)
            assert not rows.all_named
        assert list(ids) == [[2, "A", None]]
        assert list(whole) == [[2, "A", '{"external_id": "A", "on": "2026-02-01"}'], [3, None, "{}"]]


def test_a_column_that_is_not_there_is_told(tmp_path: Path):
    path = tickets(tmp_path, ("T1", 1, ""), lines='latest_by = "version"')
    with pytest.raises(Unreadable, match=r"tickets\.csv has no column version"):
        bring(path, str(tmp_path / "own.toml"))


def test_every_target_with_keys_takes_the_last(tmp_path: Path):
    write(tmp_path / "own.toml", """
        source = "csv"
        [[file]]
        name = "customers.csv"
        into = "customers"
        latest_by = "line"
        [file.fields]
        external_id = "id"
        name = "name"
        [[file]]
        name = "contacts.csv"
        into = "contacts"
        latest_by = "seen"
        [file.fields]
        external_id = "id"
        customer = { constant = "C1" }
        name = "name"
    """)  # fmt: skip
    customers = write(tmp_path / "customers.csv", "id,name\nC2,Old\nC2,New\n")
    contacts = write(tmp_path / "contacts.csv", "id,name,seen\nP1,New,2026-02-01\nP1,Old,2026-01-01\n")
    for path in (customers, contacts):
        assert counts(bring(path, str(tmp_path / "own.toml"))) == (1, 0, 1, 0)
    assert Customer.objects.filter(name="New").exists()
    assert Contact.objects.get().name == "New"


OWN_DAYS: Final = """
source = "csv"
[formats]
dates = ["%d/%m/%Y"]
[[file]]
name = "contracts.csv"
into = "contracts"
[file.fields]
external_id = "id"
customer = { constant = "C1" }
product = { constant = "Suite" }
annual_amount = { constant = "1" }
starts_on = "start"
ends_on = { column = "end", dates = ["%m/%d/%Y"], last_day = true }
"""


def test_a_column_may_write_its_days_in_an_order_of_its_own(tmp_path: Path):
    write(tmp_path / "own.toml", OWN_DAYS)
    path = write(
        tmp_path / "contracts.csv", "id,start,end\nK1,03/04/2026,03/04/2027\nK2,13/04/2026,04/13/2027\nK3,04/13/2026,\n"
    )
    assert counts(bring(path, str(tmp_path / "own.toml"))) == (2, 0, 0, 1)
    contracts = Contract.objects.order_by("external_id").values_list("starts_on", "ends_on")
    assert list(contracts) == [
        (dt.date(2026, 4, 3), dt.date(2027, 3, 5)),
        (dt.date(2026, 4, 13), dt.date(2027, 4, 14)),
    ]
    ((_line, column, reason),) = rejected(path)
    assert column == "start"
    assert "04/13/2026" in reason


def test_a_mapping_says_the_same_when_it_is_written():
    mapping = parse(OWN_DAYS + 'term_months = { constant = "12" }\n', "own.toml")
    assert parse(text_of(mapping), "own.toml") == mapping
    mapping = parse(MAPPING.format(lines='latest_by = "changed"'), "own.toml")
    assert parse(text_of(mapping), "own.toml") == mapping


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (OWN_DAYS.replace('"%m/%d/%Y"', '"month first"'), "ends_on dates names neither a pattern"),
        (MAPPING.format(lines="latest_by = 1"), "latest_by is not of the right type"),
    ],
)
def test_a_mistake_is_one_sentence(text: str, reason: str):
    with pytest.raises(MappingError, match=reason):
        parse(text, "own.toml")
