"""Undo of everything that a second random record changed or added gives the rows of the first.

Beside them stand contracts, withdrawn, with customers and people on whom those of other runs hang.
"""

from __future__ import annotations

import random
from collections import Counter

import pytest
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from accounts import tasks  # noqa: F401 (its handlers)
from accounts.imports import given as giving
from accounts.imports import requesting
from accounts.imports.targets import TARGETS
from accounts.models import ImportRun, User
from config import clock
from tests import factories as make
from tests.accounts.exporting.records import Row, records
from tests.accounts.exporting.test_coming_back import LONG, SOURCE, record_of
from tests.accounts.importing.runs import work
from tests.factories import DAY

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin() -> User:
    make.organisation()
    return make.user("admin", name="Ren", email="ren@demo.example")


def take(record: dict[str, list[Row]], by: User) -> list[ImportRun]:
    """Send the record; the runs that it became."""
    sent = (
        giving.take(rows, TARGETS[name], giving.Terms(SOURCE), by=by, day=DAY, now=clock.now)
        for name, rows in record.items()
        if rows
    )
    return [taken.run for taken in sent if taken.run]


def thinned(record: dict[str, list[Row]], seed: int) -> dict[str, list[Row]]:
    """The record without some of its rows, which the other one adds."""
    chance = random.Random(seed)
    return {name: [row for row in rows if chance.random() < 0.7] for name, rows in record.items()}


def counted(user: User) -> Counter[str]:
    return Counter(f"{name} {row}" for name, rows in record_of(user).items() for row in rows)


def check(first: dict[str, list[Row]], second: dict[str, list[Row]], seed: int, admin: User) -> None:
    with transaction.atomic():
        take(thinned(first, seed), admin)
        before = counted(admin)
        for run in reversed(take(second, admin)):
            requesting.take_back(run, admin, DAY, clock.now())
            work()
            run.refresh_from_db()
            assert run.state == "undone", run.problem
        assert sorted(before - counted(admin)) == []
        transaction.set_rollback(True)


@pytest.mark.long
@pytest.mark.timeout(3_600)
@LONG
@given(records(), records(), st.integers(0, 99))
def test_undo_gives_the_record_before(
    admin: User,
    first: dict[str, list[Row]],
    second: dict[str, list[Row]],
    seed: int,
) -> None:
    check(first, second, seed, admin)
