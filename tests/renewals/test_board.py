"""When prep is late, and how long what closed stays on the board."""

from __future__ import annotations

import datetime as dt

import pytest

from renewals import board
from renewals.board import Card
from renewals.models import Renewal
from renewals.prep import Progress
from tests.factories import DAY
from tests.renewals.factories import renewal_due_in


def card(
    days_left: int, done: int, notice_left: int | None = None, stage: str = "preparing", leaving: str = ""
) -> Card:
    progress = Progress((*["done"] * done, *["todo"] * (4 - done)))
    return Card(Renewal(stage=stage, leaving=leaving), progress, days_left, notice_left, wants_decision=False)


@pytest.mark.parametrize(
    ("days_left", "done", "notice_left", "late"),
    [
        (61, 0, None, False),
        (60, 0, None, True),
        (60, 1, None, True),
        (60, 2, None, False),
        (31, 2, None, False),
        (30, 2, None, True),
        (30, 3, None, True),
        (30, 4, None, False),
        (-5, 3, None, True),
        (200, 3, 15, False),
        (200, 3, 14, True),
        (200, 3, 0, True),
        (200, 3, -1, False),  # the day of notice is over
        (200, 4, 0, False),
    ],
)
def test_half_is_done_60_days_before_the_end_and_all_30_days_or_two_weeks_before_notice(
    days_left, done, notice_left, late
):
    assert card(days_left, done, notice_left).is_late is late


@pytest.mark.parametrize(
    ("stage", "leaving", "late"),
    [("upcoming", "", False), ("agreed", "", False), ("closed", "", False), ("preparing", "confirmed", False),
     ("preparing", "notice", True)],
)  # fmt: skip
def test_what_has_not_begun_is_agreed_or_leaves_is_not_late(stage, leaving, late):
    assert card(10, 0, stage=stage, leaving=leaving).is_late is late


@pytest.mark.django_db
@pytest.mark.parametrize(("back", "shown"), [(-1, False), (0, True), (29, True), (30, False)])
def test_what_closed_stays_for_30_days(back, shown):
    renewal = renewal_due_in(40)
    closed = {"stage": "closed", "outcome": "renewed", "closed_on": DAY - dt.timedelta(days=back)}
    Renewal.objects.filter(pk=renewal.pk).update(**closed)
    assert board.shown(Renewal.objects.all(), DAY).exists() is shown
