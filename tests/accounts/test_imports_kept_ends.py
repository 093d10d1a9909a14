"""What a file may not change of a contract that has begun, as the statement that writes it decides."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection

from accounts.imports.kept_ends import KEPT
from tests.factories import DAY

pytestmark = pytest.mark.django_db


def on(days: int) -> dt.date:
    return DAY + dt.timedelta(days=days)


def kept(column: str, stands: tuple[int, bool], says: tuple[int, bool]) -> object:
    """What the column becomes on DAY where a contract stands so (start in days from DAY, is a trial) and the file says so."""
    rows = "SELECT %s::date AS starts_on, %s::boolean AS is_trial"
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {KEPT[column].replace('%(day)s', '%s::date')} FROM ({rows}) t, ({rows}) excluded",
            [DAY, on(stands[0]), stands[1], on(says[0]), says[1]],
        )
        return cursor.fetchone()[0]


@pytest.mark.parametrize(
    ("stands", "says", "starts"),
    [
        (1, 5, 5),
        (5, 1, 1),
        (0, 5, 0),  # it begins today: it has begun
        (5, 0, 5),  # nor does a file say that it had
        (-9, 5, -9),
        (-9, -20, -9),
    ],
)
def test_a_start_moves_only_while_both_are_to_come(stands, says, starts):
    assert kept("starts_on", (stands, False), (says, False)) == on(starts)


@pytest.mark.parametrize(
    ("stands", "was_trial", "says_trial", "is_trial"),
    [(0, False, True, True), (-1, False, True, False), (-1, True, True, True), (-1, True, False, False)],
)
def test_what_was_paid_for_becomes_no_trial(stands, was_trial, says_trial, is_trial):
    assert kept("is_trial", (stands, was_trial), (stands, says_trial)) is is_trial
