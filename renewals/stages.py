"""Moving an open renewal from stage to stage, by hand."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts import changes, seen
from accounts.sets import Outcome, refuse_changed
from config import days
from renewals import copies, pipeline, prep
from renewals.models import Renewal, RenewalStage
from renewals.models.renewals import GONE

STAGE: Final = ["stage"]  # what a move writes, and what is marked
CLOSES: Final = _("A renewal is closed, and opened again, with its outcome.")


class Moved(NamedTuple):
    """How many rows moved, the stage before, and the mark of what the move left."""

    rows: int
    before: str
    left: str


class Moves(NamedTuple):
    """Renewals that moved, those refused and those that were there already; by number the stage before and the mark of what the
    move left; and how many rows moved, those that share their prep with them included.
    """

    outcome: Outcome[Renewal]
    before: dict[int, str]
    left: dict[int, str]
    rows: int


@pipeline.one_at_a_time()
def move(renewal: Renewal, stage: str, day: dt.date, *, back: str = "") -> Moved:
    """As ``move_all``, for one renewal. ``back``: as there, the mark of what is taken back."""
    moves = move_all([renewal.pk], stage, day, back={renewal.pk: back})
    if not moves.before:
        moves.outcome.only(GONE)
    renewal.stage = stage
    return Moved(moves.rows, moves.before[renewal.pk], moves.left[renewal.pk])


@pipeline.one_at_a_time()
def move_all(renewals: Iterable[int], stage: str, day: dt.date, *, back: Mapping[int, str] | None = None) -> Moves:
    """Move open renewals to another open stage, forward or back.

    Leaving "upcoming" opens the prep, early where it must be. Going back there is refused once
    the prep is due: the next sweep would open it again. Refused with a sentence is also a renewal whose move that is
    taken back (``back``, its mark by number) is not the last. Raises ValidationError where nothing moves to the stage at all.
    """
    if stage == RenewalStage.CLOSED:
        raise ValidationError(CLOSES)
    if stage not in RenewalStage.values:
        raise ValidationError(_("“%(stage)s” is no stage."), params={"stage": stage})
    rows = Renewal.objects.select_for_update(no_key=True).filter(pk__in=list(renewals))
    found: Outcome[Renewal] = Outcome({row.pk: row for row in rows.order_by("pk")})
    found.refuse(lambda row: ValidationError(CLOSES) if row.is_closed else None)
    refuse_changed(found, STAGE, back or {})
    if stage == RenewalStage.UPCOMING:
        found.refuse(lambda row: _stays_prepared(row, day))
    before = {row.pk: row.stage for row in found.rows}
    moved = _put_back(found.rows) if stage == RenewalStage.UPCOMING else _go(found.rows, stage, day)
    found.same = {pk for pk, was in before.items() if was == stage}
    if found.done:
        changes.mark({row.customer_id for row in found.rows}, "renewal")
    for row in found.rows:
        row.stage = stage
    left = {row.pk: seen.mark(row, STAGE) for row in found.rows}
    found.done = {pk: row for pk, row in found.done.items() if pk not in found.same}
    return Moves(found, before, left, moved)


def _go(renewals: list[Renewal], stage: str, day: dt.date) -> int:
    upcoming = [row.pk for row in renewals if row.stage == RenewalStage.UPCOMING]
    opened = prep.open_prep(upcoming, day) if upcoming else 0
    moved = Renewal.objects.filter(pk__in=[row.pk for row in renewals]).exclude(stage=stage).update(stage=stage)
    return max(opened, moved)


def _stays_prepared(renewal: Renewal, day: dt.date) -> ValidationError | None:
    due = renewal.prep_on or renewal.due_on
    if due > day:
        return None
    return ValidationError(_("Its prep has been due since %(day)s."), params={"day": days.worded(due, day)})


def _put_back(renewals: list[Renewal]) -> int:
    """Return renewals whose prep was opened early to upcoming, with those that share it; their parts are kept."""
    heads = [row.pk for row in renewals]
    group = Renewal.objects.still_open().filter(Q(pk__in=heads) | Q(prep_with__in=heads))
    moved = group.update(stage=RenewalStage.UPCOMING, prep_opened_on=None, prep_with=None)
    copies.copy_next([row.customer_id for row in renewals])
    return moved
