"""Moving an open renewal from stage to stage, by hand."""

from __future__ import annotations

import datetime as dt
from typing import Final, NamedTuple

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts import changes, seen
from config import days
from renewals import copies, pipeline, prep
from renewals.models import Renewal, RenewalStage

STAGE: Final = ["stage"]  # what a move writes, and what is marked


class Moved(NamedTuple):
    """How many rows moved, the stage before, and the mark of what the move left."""

    rows: int
    before: str
    left: str


@pipeline.one_at_a_time()
def move(renewal: Renewal, stage: str, day: dt.date, *, back: str = "") -> Moved:
    """Move an open renewal to another open stage, forward or back.

    Leaving "upcoming" opens the prep, early where it must be. Going back there is refused once
    the prep is due: the next sweep would open it again. Raises ValidationError with a sentence, also where the move that
    is taken back (``back``, its mark) is not the last.
    """
    held = renewal.held()
    if held.is_closed or stage == RenewalStage.CLOSED:
        raise ValidationError(_("A renewal is closed, and opened again, with its outcome."))
    if stage not in RenewalStage.values:
        raise ValidationError(_("“%(stage)s” is no stage."), params={"stage": stage})
    seen.check(held, STAGE, back)
    before = held.stage
    count = _put_back(held, day) if stage == RenewalStage.UPCOMING else _go(held, stage, day)
    changes.mark([held.customer_id], "renewal")
    renewal.stage = held.stage = stage
    return Moved(count, before, seen.mark(held, STAGE))


def _go(renewal: Renewal, stage: str, day: dt.date) -> int:
    opened = prep.open_prep([renewal.pk], day) if renewal.stage == RenewalStage.UPCOMING else 0
    moved = Renewal.objects.filter(pk=renewal.pk).exclude(stage=stage).update(stage=stage)
    return max(opened, moved)


def _put_back(renewal: Renewal, day: dt.date) -> int:
    """Return a renewal whose prep was opened early to upcoming; its parts are kept."""
    due = renewal.prep_on or renewal.due_on
    if due <= day:
        raise ValidationError(_("Its prep has been due since %(day)s."), params={"day": days.worded(due, day)})
    group = Renewal.objects.still_open().filter(Q(pk=renewal.pk) | Q(prep_with=renewal.pk))
    moved = group.update(stage=RenewalStage.UPCOMING, prep_opened_on=None, prep_with=None)
    copies.copy_next([renewal.customer_id])
    return moved
