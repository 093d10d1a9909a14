"""Imports are undone in any order: once all of them are, the rows before stand again, and nothing is listed as staying."""

from __future__ import annotations

import itertools
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import models

from accounts.imports.mapping import OWN_NAMES
from accounts.models import Customer, ExchangeRate, ExternalKey, ImportLine, ImportRun, User
from config.history.actors import acting
from health.models import Feature, Ticket, UsageRecord
from tests.accounts.importing.runs import CUSTOMERS, put_in, taken_back, write
from tests.factories import organisation, user

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
