"""Parents of customers and their keys in other systems, from files."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Customer, ExternalKey
from tests import factories as make
from tests.accounts.imports import bring, counts, listed, rejected, write
from tests.examples import dear

pytestmark = pytest.mark.django_db


def tree() -> dict[str, str]:
    rows = Customer.objects.order_by("name").values_list("name", "parent__name")
    return {name: parent or "" for name, parent in rows}


def customers(folder: Path, parents: dict[str, str]) -> Path:
    lines = [f"{name},{name},{parent}" for name, parent in parents.items()]
    return write(folder / "customers.csv", "\n".join(["external_id,name,parent", *lines, ""]))


def test_a_parent_may_stand_on_a_later_line(tmp_path: Path):
    make.organisation()
    path = customers(tmp_path, {"A": "C", "B": "C", "C": ""})
    assert counts(bring(path)) == (3, 0, 0, 0)
    assert tree() == {"A": "C", "B": "C", "C": ""}
    assert counts(bring(path)) == (0, 0, 3, 0)
    assert counts(bring(customers(tmp_path, {"A": "B", "B": "C", "C": ""}))) == (0, 1, 2, 0)
    assert counts(bring(customers(tmp_path, {"B": ""}))) == (0, 1, 0, 0)
    assert tree() == {"A": "B", "B": "", "C": ""}


def test_an_unknown_parent_and_a_circle_lose_the_cell_only(tmp_path: Path):
    make.organisation()
    bring(customers(tmp_path, {"A": "", "B": "A", "C": "B"}))
    path = customers(tmp_path, {"A": "C", "B": "nobody", "D": "D"})
    assert counts(bring(path)) == (1, 0, 2, 0)
    assert tree() == {"A": "", "B": "A", "C": "B", "D": ""}
    assert listed(path) == [
        ("2", "parent", "C", "“C” would make a customer its own parent, at some step"),
        ("3", "parent", "nobody", "“nobody” is not known: no customer has this id"),
        ("4", "parent", "D", "“D” would make a customer its own parent, at some step"),
    ]


def test_a_cell_left_out_for_a_circle_closes_no_other(tmp_path: Path):
    make.organisation()
    bring(customers(tmp_path, {"B": "", "A": "B", "C": ""}))
    path = customers(tmp_path, {"A": "C", "C": "A", "B": "A"})
    assert counts(bring(path)) == (0, 0, 3, 0)
    assert tree() == {"A": "B", "B": "", "C": ""}
    assert [(line, cell) for line, _column, cell, _reason in listed(path)] == [("2", "C"), ("3", "A"), ("4", "A")]


@settings(max_examples=dear(15), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from("ABCDE"), st.sampled_from(["", *"ABCDEF"])), max_size=8))
def test_whatever_a_file_says_nobody_is_their_own_parent(tmp_path: Path, rows: list[tuple[str, str]]):
    Customer.objects.all().delete()
    make.organisation()
    bring(customers(tmp_path, dict(rows[: len(rows) // 2])))
    bring(customers(tmp_path, dict(rows[len(rows) // 2 :])))
    above = tree()
    level = {name for name in above if not above[name]}
    for _step in above:
        level |= {name for name, parent in above.items() if parent in level}
    assert level == above.keys()


def test_a_key_of_another_system_finds_its_customer(tmp_path: Path):
    make.organisation()
    bring(customers(tmp_path, {"A": "", "B": ""}))
    path = write(tmp_path / "keys.csv", "source,external_id,customer\ncrm,9,A\nbilling,9,B\ncrm,9,A\n")
    assert counts(bring(path)) == (2, 0, 1, 0)
    found = (
        ExternalKey.objects.exclude(source="csv")
        .order_by("source")
        .values_list("source", "external_id", "customer__name")
    )
    assert list(found) == [("billing", "9", "B"), ("crm", "9", "A")]
    assert counts(bring(path)) == (0, 0, 3, 0)


def test_a_key_of_another_customer_and_an_unknown_one_are_refused(tmp_path: Path):
    make.organisation()
    bring(customers(tmp_path, {"A": "", "B": ""}))
    bring(write(tmp_path / "keys.csv", "source,external_id,customer\ncrm,9,A\n"))
    path = write(tmp_path / "keys.csv", "source,external_id,customer\ncrm,9,B\ncrm,8,C\ncrm,7,A\ncrm,7,B\n")
    assert counts(bring(path)) == (1, 0, 0, 3)
    assert rejected(path) == [
        (
            "2",
            "external_id",
            "external_id “9” is the key of another customer already: merge the two, or take the row out",
        ),
        ("3", "customer", "customer “C” is not known: no customer has this id"),
        ("5", "source + external_id", "source + external_id stands already on line 4 with other content"),
    ]
