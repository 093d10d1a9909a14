"""Whatever imports said, and in whichever order they are undone, the record is as before the first; what a person set stays."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pytest
from django.db import models, transaction
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from accounts.models import (
    Contact,
    ContactKey,
    Contract,
    ContractLine,
    Customer,
    DatedFact,
    Disagreement,
    Entitlement,
    ExternalKey,
    ImportLine,
    ImportRun,
    Post,
    User,
    Word,
)
from config.history.actors import acting
from health.models import Feature, Ticket, UsageRecord
from tests.accounts.importing.runs import put_in, taken_back, write
from tests.factories import DAY, organisation, user

pytestmark = pytest.mark.django_db
RECORD: Final[tuple[type[models.Model], ...]] = (
    Customer, ExternalKey, Contact, ContactKey, Post, Contract, ContractLine, Entitlement, Ticket, Feature, UsageRecord, DatedFact,
    Word, Disagreement,
)  # fmt: skip
LEFT_OUT: Final = {"changed_at", "search_words", "source_said"}
MAPPING: Final = """
title = "Property"
source = "crm"
[[file]]
name = "customers.csv"
into = "customers"
optional = true
fields = { external_id = "external_id", name = "name", employees = "employees", parent = "parent", tags = "tags" }
[[file]]
name = "keys.csv"
into = "keys"
optional = true
fields = { source = "source", external_id = "external_id", customer = "customer" }
[[file]]
name = "contracts.csv"
into = "contracts"
optional = true
missing = "ended"
fields = { external_id = "external_id", customer = "customer", starts_on = "starts_on", ends_on = "ends_on", notice_days = "notice_days", product = "product", annual_amount = "annual_amount", seats = "seats" }
[[file]]
name = "contacts.csv"
into = "contacts"
optional = true
missing = "ended"
fields = { external_id = "external_id", customer = "customer", name = "name", title = "title" }
[[file]]
name = "tickets.csv"
into = "tickets"
optional = true
fields = { external_id = "external_id", customer = "customer", severity = "severity", opened_at = "opened_at", solved_at = "solved_at" }
[[file]]
name = "usage.csv"
into = "usage"
optional = true
fields = { external_id = "external_id", customer = "customer", day = "day", feature = "feature", uses = "uses" }
"""


def some(*names: str) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(names), unique=True, max_size=len(names))


def cells(**columns: list[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({name: st.sampled_from(values) for name, values in columns.items()})


def table(ids: str, **columns: list[Any]) -> st.SearchStrategy[dict[str, dict[str, Any]]]:
    """Some of the rows ``ids`` by their ids."""
    return st.fixed_dictionaries({}, optional={row: cells(**columns) for row in ids})


IMPORTS: Final = st.lists(
    st.fixed_dictionaries({
        "source": st.sampled_from(["crm", "crm", "billing"]),
        "customers": st.fixed_dictionaries({
            "A": cells(name=["Acme", "Apex"], employees=["", 10, 20], parent=[""], tags=["", "x", "y"])}, optional={
            "B": cells(name=["Beta", "Bell"], employees=["", 10, 20], parent=["", "A", "C"], tags=["", "x"]),
            "C": cells(name=["Cela"], employees=[10, 20], parent=["", "A"], tags=[""]),
        }),
        "keys": st.sampled_from([{}, {"A": {"source": "billing", "customer": "A"}}, {"B": {"source": "billing", "customer": "A"}}]),
        "contracts": table("KL", customer=["A", "B"], ends_on=["", "2027-01-01", "2028-01-01"], notice_days=["", 30], product=["Suite", "Plus"],
                           annual_amount=[100, 12_000], seats=["", 5, 50]),
        "contacts": table("PQ", customer=["A", "B"], name=["Ann"], title=["", "CTO", "CEO"]),
        "tickets": table("S", customer=["A", "B"], severity=["low", "high"], opened_at=["2026-10-01", "2026-10-02"],
                         solved_at=["", "2026-10-03", "2026-10-04"]),
        "usage": table("UV", customer=["A", "B"], feature=["", "login", "export"], uses=[1, 2]),
    }),
    min_size=3, max_size=4,
)  # fmt: skip


BASE: Final = {
    "source": "crm", "customers": {"A": {"name": "Acme", "employees": 10, "parent": "", "tags": ""}},
    "contacts": {"P": {"customer": "A", "name": "Ann", "title": "CTO"}},
}  # fmt: skip
Tables = dict[str, Any]


def rich(source: str, name: str, ends_on: str, title: str, solved_at: str, **kinds: Any) -> Tables:
    """An import of a row of each kind."""
    terms = {"notice_days": 30, "product": "Suite", "annual_amount": 100, "seats": 5}
    return {
        "source": source,
        "customers": {
            "A": {"name": name, "employees": 20, "parent": "", "tags": "x"},
            "B": {"name": "Beta", "employees": "", "parent": "A", "tags": ""},
        },
        "keys": {},
        "contracts": {"K": {"customer": "A", "ends_on": ends_on, **terms}},
        "contacts": {"P": {"customer": "A", "name": "Ann", "title": title}},
        "tickets": {"S": {"customer": "A", "severity": "low", "opened_at": "2026-10-01", "solved_at": solved_at}},
        "usage": {"U": {"customer": "A", "feature": "login", "uses": 1}},
    } | kinds  # fmt: skip


# Each moves what the one before said; the second is another source's, which names the first one's customer, and the third leaves a
# contract out, moves a contact and an amount, and says less of the use.
RICH: Final = [
    rich("crm", "Acme", "2027-01-01", "CTO", ""),
    rich("billing", "Apex", "2028-01-01", "CEO", "2026-10-03", keys={"A": {"source": "crm", "customer": "A"}}),
    rich("crm", "Apex", "", "CEO", "2026-10-04",
         contracts={"L": {"customer": "B", "ends_on": "2028-01-01", "notice_days": "", "product": "Plus", "annual_amount": 12_000, "seats": 50}},
         contacts={"P": {"customer": "B", "name": "Ann", "title": "CTO"}, "Q": {"customer": "A", "name": "Ann", "title": ""}},
         usage={"U": {"customer": "A", "feature": "login", "uses": 2}, "V": {"customer": "B", "feature": "", "uses": 1}}),
]  # fmt: skip


def files_of(tables: Tables) -> dict[str, str]:
    """The files of an import, by their names, of those tables that have rows."""
    files = {}
    for name, rows in tables.items():
        if rows and name != "source":
            more = {"contracts": {"starts_on": "2026-01-01"}, "usage": {"day": "2026-11-10"}}.get(name, {})
            whole = [{"external_id": key, **row, **more} for key, row in sorted(rows.items())]
            lines = [",".join(str(row[column]) for column in whole[0]) for row in whole]
            files[f"{name}.csv"] = "\n".join([",".join(whole[0]), *lines, ""])
    return files


def record() -> dict[str, dict[int, dict[str, Any]]]:
    """Every row of the record, but contracts that never ran."""
    withdrawn = Contract.objects.filter(ended_on__lte=models.F("starts_on")).values("pk")
    found: dict[str, dict[int, dict[str, Any]]] = {}
    for model in RECORD:
        rows = model._default_manager.all()
        if model is Contract:
            rows = rows.exclude(pk__in=withdrawn)
        elif model in {ContractLine, Entitlement}:
            rows = rows.exclude(contract__in=withdrawn)
        found[model.__name__] = {
            row[model._meta.pk.attname]: {name: value for name, value in row.items() if name not in LEFT_OUT}
            for row in rows.values()
        }
    return found


def differs(before: dict[str, dict[int, Any]], after: dict[str, dict[int, Any]]) -> list[Any]:
    """What is otherwise: (model, before, after)."""
    return [
        (name, before[name].get(pk), after[name].get(pk))
        for name in before for pk in sorted(before[name].keys() | after[name].keys())
        if before[name].get(pk) != after[name].get(pk)
    ]  # fmt: skip


@contextmanager
def nothing_left() -> Iterator[Path]:
    """A folder; what is written meanwhile is rolled back."""
    with tempfile.TemporaryDirectory() as folder, transaction.atomic():
        for source in ("crm", "billing"):
            (Path(folder) / f"{source}.toml").write_text(MAPPING.replace("crm", source))
        yield Path(folder)
        transaction.set_rollback(True)


def bring_in(folder: Path, number: int, tables: Tables, by: User) -> ImportRun | None:
    files = files_of(tables)
    place = write(folder / f"{number}", files)
    day = DAY + dt.timedelta(days=number)
    return put_in(place, by=by, mapping=folder / f"{tables['source']}.toml", day=day) if files else None


def listed() -> list[tuple[str, str, str]]:
    lines = ImportLine.objects.filter(outcome="kept").order_by("pk")
    return list(lines.values_list("kind", "object_kind", "field"))


@pytest.fixture
def admin() -> User:
    organisation()
    return user("admin", name="Ren Admin")


def holds_of(examples: int, shown: Callable[..., None], **worst: Any) -> None:
    """Try so many sets of imports, or the ``worst`` alone: the first that are drawn are the simplest there are."""
    drawn = given(imports=IMPORTS, has_base=st.booleans(), order=st.permutations(range(4)), at=st.integers(0, 4))
    phases = [Phase.generate, Phase.shrink] if examples else [Phase.explicit]
    settings(
        max_examples=max(examples, 1), deadline=None, database=None, phases=phases, suppress_health_check=list(HealthCheck)
    )(example(imports=RICH, **worst)(drawn(shown)))()  # fmt: skip


def in_order(runs: list[ImportRun | None], order: list[int]) -> list[ImportRun]:
    return [run for number in order if number < len(runs) and (run := runs[number])]


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("examples", [0, pytest.param(100, marks=pytest.mark.long)])
def test_the_record_is_as_before_the_first_import(admin: User, examples: int) -> None:
    """In the half of all cases one import comes before and stays."""

    def holds(imports: list[Tables], order: list[int], at: int, *, has_base: bool) -> None:
        with nothing_left() as folder:
            if has_base:
                *imports, base = imports
                bring_in(folder, 0, base, admin)
            before = record()
            runs = [bring_in(folder, number, tables, admin) for number, tables in enumerate(imports, 1)]
            for run in in_order(runs, order):
                assert taken_back(run).state == "undone"
            assert differs(before, record()) == []
            assert listed() == []

    holds_of(examples, holds, order=[1, 0, 2, 3], at=0, has_base=False)


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("examples", [0, pytest.param(100, marks=pytest.mark.long)])
def test_what_a_person_set_between_two_imports_stays_and_nothing_else(admin: User, examples: int) -> None:
    """A customer and a contact who were there, of whom a person sets employees and title; both get others from the imports before."""

    def holds(imports: list[Tables], order: list[int], at: int, *, has_base: bool) -> None:
        with nothing_left() as folder:
            bring_in(folder, 0, BASE, admin)
            before = record()
            runs = [bring_in(folder, number, tables, admin) for number, tables in enumerate(imports[:at], 1)]
            acme, ann = Customer.objects.get(pk__in=before["Customer"]), Contact.objects.get(pk__in=before["Contact"])
            with acting("page", lambda: admin.pk):
                Customer.objects.filter(pk=acme.pk).update(employees=99)
                Contact.objects.filter(pk=ann.pk).update(title="Chair")
            runs += [bring_in(folder, number, tables, admin) for number, tables in enumerate(imports[at:], at + 1)]
            for run in in_order(runs, order):
                assert taken_back(run).state == "undone"
            before["Customer"][acme.pk]["employees"] = 99
            before["Contact"][ann.pk]["title"] = "Chair"
            after = record()
            # What the file that stays says otherwise may be listed.
            found = {(row["field"], row["given"], row["stands"]) for row in after["Disagreement"].values()}
            assert found <= {("employees", "10", "99"), ("title", "CTO", "Chair")}
            after["Disagreement"] = before["Disagreement"]
            assert differs(before, after) == []
            assert set(listed()) <= {("changed", "customer", "employees"), ("changed", "contact", "title")}

    holds_of(examples, holds, order=[0, 2, 1, 3], at=1, has_base=False)
