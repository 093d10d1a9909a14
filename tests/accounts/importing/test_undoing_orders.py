"""Imports are undone in any order: once all of them are, the rows before stand again, and nothing is listed as staying."""

from __future__ import annotations

import datetime as dt
import itertools
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import models

from accounts.imports.mapping import OWN_NAMES
from accounts.models import (
    Contact,
    Contract,
    ContractLine,
    Customer,
    Entitlement,
    ExchangeRate,
    ExternalKey,
    ImportLine,
    ImportRun,
    User,
)
from config.history.actors import acting
from health.models import Feature, Ticket, UsageRecord
from tests.accounts.importing.runs import CUSTOMERS, put_in, taken_back, write
from tests.factories import DAY, organisation, user

pytestmark = pytest.mark.django_db
# Those in which most stayed; all six are tried among the long tests.
TOLD = {(1, 0, 2), (0, 1, 2)}
SIX = [
    pytest.param(order, marks=[] if order in TOLD else pytest.mark.long) for order in itertools.permutations(range(3))
]
PEOPLE = "email,name,role,manager\n"
TICKETS = "external_id,customer,severity,opened_at,solved_at\n"
USAGE = "external_id,customer,day,feature,uses\n"


@pytest.fixture
def admin() -> User:
    organisation()
    return user("admin", name="Ren Admin")


def in_turn(admin: User, folder: Path, *files: dict[str, str]) -> list[ImportRun]:
    """A run of each of the sets of files."""
    return [put_in(write(folder / f"{number}", each), by=admin) for number, each in enumerate(files)]


def kept() -> list[tuple[int, str, str, str]]:
    lines = ImportLine.objects.filter(outcome="kept").order_by("pk")
    return list(lines.values_list("file__run", "object_kind", "title", "field"))


def undone(runs: list[ImportRun], order: tuple[int, ...]) -> None:
    """Take the runs back in this order; in the end all lines say so."""
    for place in order:
        run = taken_back(runs[place])
        assert (run.state, run.problem) == ("undone", "")
    assert kept() == []


def none_of(*kinds: type[models.Model]) -> bool:
    return not any(kind._default_manager.exists() for kind in kinds)


@pytest.mark.parametrize("order", SIX)
def test_a_value_that_went_and_came_back_keeps_nobody(admin: User, tmp_path: Path, order: tuple[int, ...]) -> None:
    """Beta has 10, 20, 10 people, her child's parent changes to and fro, a ticket is solved, opened later, then as before."""
    customers = "external_id,name,employees,parent\nB,Beta,{},\nC,Cela,1,{}\n"
    texts = [
        {
            "customers.csv": customers.format(employees, parent),
            "tickets.csv": f"{TICKETS}S1,B,low,{opened}T10:00:00Z,{solved}\n",
        }
        for employees, parent, opened, solved in [
            (10, "B", "2026-11-01", "2026-11-05T10:00:00Z"), (20, "", "2026-11-02", "2026-11-05T10:00:00Z"),
            (10, "B", "2026-11-02", ""),
        ]
    ]  # fmt: skip
    undone(in_turn(admin, tmp_path, *texts), order)
    assert none_of(Customer, ExternalKey, Ticket)


@pytest.mark.parametrize("order", SIX)
def test_what_several_imports_tell_of_leaves_with_the_last(admin: User, tmp_path: Path, order: tuple[int, ...]) -> None:
    """The feature of two imports' use, a rate that the second changed, a manager of the second's people who own the third's."""
    files = [
        {
            "users.csv": f"{PEOPLE}otto@example.com,Otto,manager,\n", "rates.csv": "currency,fiscal_year,rate\nEUR,2026,1.1\n",
            "customers.csv": CUSTOMERS, "usage.csv": f"{USAGE}U1,A1,2026-11-10,login,3\n",
        },
        {
            "users.csv": f"{PEOPLE}nils@example.com,Nils,csm,otto@example.com\n",
            "rates.csv": "currency,fiscal_year,rate\nEUR,2026,1.2\n",
            "usage.csv": f"{USAGE}U2,B2,2026-11-10,login,3\nU3,A1,2026-11-10,export,1\n",
        },
        {
            "customers.csv": "external_id,name,owner\nA1,Acme,nils@example.com\nD4,Delta,otto@example.com\n",
            "features.csv": "key,name\nlogin,Sign-in\n",
        },
    ]  # fmt: skip
    undone(in_turn(admin, tmp_path, *files), order)
    assert none_of(Customer, ExternalKey, UsageRecord, Feature, ExchangeRate)
    assert list(User.objects.filter(role__in=["manager", "csm"])) == []


HEAD = "external_id,customer,starts_on,product,annual_amount,seats\n"


def running() -> list[tuple[int, int, bool]]:
    """(amount, seats, whether they go on) of each stretch of a contract."""
    seats = Entitlement.objects.order_by("pk").values_list("quantity", "ends_on")
    lines = ContractLine.objects.order_by("pk").values_list("annual_amount", "ends_on")
    assert [end for _seats, end in seats] == [end for _amount, end in lines]
    return [(int(amount), n, end is None) for (amount, end), (n, _end) in zip(lines, seats, strict=True)]


def test_prices_of_two_later_files_never_count_together(admin: User, tmp_path: Path) -> None:
    """The price of the second of three files ends where that of the third begins: it stays until the third is undone."""
    runs = []
    for number, (amount, seats) in enumerate([(100, 5), (200, 6), (300, 7)]):
        contracts = f"{HEAD}K,A1,2026-01-01,Suite,{amount},{seats}\n"
        folder = write(tmp_path / f"{number}", {"customers.csv": CUSTOMERS, "contracts.csv": contracts})
        runs.append(put_in(folder, by=admin, day=DAY + dt.timedelta(days=10 * number)))
    taken_back(runs[1])
    assert running() == [(100, 5, False), (200, 6, False), (300, 7, True)]
    assert {(kind, field) for _run, kind, _title, field in kept()} == {
        ("contractline", ""), ("contractline", "ends_on"), ("entitlement", ""), ("entitlement", "ends_on"),
    }  # fmt: skip
    taken_back(runs[2])
    assert running() == [(100, 5, True)]
    assert kept() == []


def test_a_row_goes_back_to_nobody_who_has_left(admin: User, tmp_path: Path) -> None:
    """A contract and a contact of Beta come to Acme; her import is undone first, and Beta leaves meanwhile."""
    contacts = "external_id,customer,name\nP1,{},Ann\n"
    runs = in_turn(
        admin, tmp_path, {"customers.csv": "external_id,name\nA1,Acme\n"},
        *({"customers.csv": "external_id,name\nB2,Beta\n" if who == "B2" else "external_id,name\nA1,Acme\n",
           "contacts.csv": contacts.format(who), "contracts.csv": f"{HEAD}K,{who},2026-01-01,Suite,100,5\n"} for who in ("B2", "A1")),
    )  # fmt: skip
    taken_back(runs[1])
    assert list(Customer.objects.values_list("name", flat=True)) == ["Acme"]
    taken_back(runs[2])
    assert kept() == []
    assert none_of(Contact)
    contract = Contract.objects.get()
    assert (contract.customer.name, contract.ended_on) == ("Acme", contract.starts_on)


@pytest.mark.django_db(transaction=True)
def test_what_commands_said_and_undid_is_nobodys_word(tmp_path: Path) -> None:
    """Their entries in the history do not name their runs; of three the second, the first and the third are undone."""
    organisation()
    user("admin", name="Ren Admin")
    for number, employees in enumerate((10, 20, 10)):
        text = f"external_id,name,employees\nB,Beta,{employees}\n"
        folder = write(tmp_path / f"{number}", {"customers.csv": text})
        with acting("command:import_data"):
            call_command("import_data", str(folder), mapping=str(OWN_NAMES), stdout=StringIO())
    undone(list(ImportRun.objects.order_by("pk")), (1, 0, 2))
    assert none_of(Customer, ExternalKey)
