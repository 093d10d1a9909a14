"""Moving an open renewal from stage to stage, by hand."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
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
SHARED: Final = _("Another renewal shares its prep and has been moved since.")
CLOSES: Final = _("A renewal is closed, and opened again, with its outcome.")


class Moved(NamedTuple):
    """How many rows moved, the stage before, and the mark of the row after the move."""

    rows: int
    before: str
    left: str


class Moves(NamedTuple):
    """The outcome (moved, refused, already there); by renewal id the stage before and the mark of the row after the
    move; and how many rows moved, renewals that share a prep with them included.
    """

    outcome: Outcome[Renewal]
    before: dict[int, str]
    left: dict[int, str]
    rows: int


@pipeline.one_at_a_time()
def move(renewal: Renewal, stage: str, day: dt.date, *, back: str = "") -> Moved:
    """As ``move_all``, for one renewal. ``back`` is the mark of the move that is undone."""
    moves = move_all([renewal.pk], stage, day, back={renewal.pk: back})
    if not moves.before:
        moves.outcome.only(GONE)
    renewal.stage = stage
    return Moved(moves.rows, moves.before[renewal.pk], moves.left[renewal.pk])


@pipeline.one_at_a_time()
def move_all(renewals: Iterable[int], stage: str, day: dt.date, *, back: Mapping[int, str] | None = None) -> Moves:
    """Move open renewals to another open stage, forward or back.

    Leaving "upcoming" opens the prep, before its day if need be. Going back there takes along the renewals that the
    opening took along. It is refused once the prep of one of them is due, for the next sweep would open it again, and where one
    has gone on since: it needs the prep that it shares. With ``back`` (marks by renewal id) a renewal is refused when the move that
    is undone is not its last. Raises ValidationError for "closed" and for a stage that does not exist.
    """
    if stage == RenewalStage.CLOSED:
        raise ValidationError(CLOSES)
    if stage not in RenewalStage.values:
        raise ValidationError(_("“%(stage)s” is no stage."), params={"stage": stage})
    rows = Renewal.objects.select_for_update(no_key=True).filter(pk__in=list(renewals))
    outcome: Outcome[Renewal] = Outcome({row.pk: row for row in rows.order_by("pk")})
    outcome.refuse(lambda row: ValidationError(CLOSES) if row.is_closed else None)
    refuse_changed(outcome, STAGE, back or {})
    if stage == RenewalStage.UPCOMING:
        outcome.refuse(lambda row: _stays_prepared(row, day))
        sharing = _sharing(outcome.rows)
        outcome.refuse(lambda row: _holds(row, sharing.get(row.pk, ()), day))
    before = {row.pk: row.stage for row in outcome.rows}
    moved = _put_back(outcome.rows) if stage == RenewalStage.UPCOMING else _go(outcome.rows, stage, day)
    outcome.same = {pk for pk, stage_before in before.items() if stage_before == stage}
    if outcome.done:
        changes.mark({row.customer_id for row in outcome.rows}, "renewal")
    for row in outcome.rows:
        row.stage = stage
    marks = {row.pk: seen.mark(row, STAGE) for row in outcome.rows}
    outcome.done = {pk: row for pk, row in outcome.done.items() if pk not in outcome.same}
    return Moves(outcome, before, marks, moved)


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


def _sharing(heads: list[Renewal]) -> dict[int, list[Renewal]]:
    """By head the other open renewals that share its prep, except those that go back themselves."""
    pks = [row.pk for row in heads]
    sharing: dict[int, list[Renewal]] = defaultdict(list)
    for row in Renewal.objects.still_open().filter(prep_with__in=pks).exclude(pk__in=pks).order_by("pk"):
        sharing[row.prep_with_id or 0].append(row)
    return sharing


def _holds(head: Renewal, sharing: Iterable[Renewal], day: dt.date) -> ValidationError | None:
    """Why the prep of ``head`` stays open for one of those that share it."""
    for row in sharing:
        if (row.stage, row.prep_opened_on) != (RenewalStage.PREPARING, head.prep_opened_on):
            return ValidationError(SHARED)
        if problem := _stays_prepared(row, day):
            return problem
    return None


def _put_back(renewals: list[Renewal]) -> int:
    """Return renewals whose prep was opened early to upcoming, with those that share it; their parts are kept."""
    heads = [row.pk for row in renewals]
    group = Renewal.objects.still_open().filter(Q(pk__in=heads) | Q(prep_with__in=heads))
    moved = group.update(stage=RenewalStage.UPCOMING, prep_opened_on=None, prep_with=None)
    copies.copy_next([row.customer_id for row in renewals])
    return moved
