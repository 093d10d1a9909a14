"""In which order segments are asked: where a new one stands, which is never reached, who goes before whom."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import transaction
from django.db.models import F, Max

from accounts import conditions, segment_saving, segmenting
from accounts.conditions import Leaf
from accounts.conditions.checking import number
from accounts.conditions.fields import FIGURES
from accounts.models import Organisation, Segment, User
from accounts.segmenting import problem_of
from config.locks import lock

ORDER = "segments"


def new_position() -> int:
    """Where a new segment stands: at the place of the first in use that takes everybody, which goes behind it; else last."""
    rows = Segment.objects.order_by("position").values_list("position", "rule", "is_active")
    taken = next((position for position, rule, is_active in rows if is_active and takes_everybody(rule)), None)
    return taken or (Segment.objects.aggregate(last=Max("position"))["last"] or 0) + 1


def takes_everybody(rule: Any) -> bool:
    """Whether a stored rule has no condition at all."""
    return not rule


@transaction.atomic
def add(segment: Segment, pool: Iterable[User] = ()) -> None:
    """Save a new segment with its ``pool`` before the one that takes everybody; those behind it move on by one. Customers follow."""
    lock(ORDER)
    segment.position = new_position()
    Segment.objects.filter(position__gte=segment.position).update(position=F("position") + 1)
    segment.save()
    segment.pool.set(pool)
    segment_saving.follow(segment)


def with_draft(segment: Segment) -> list[Segment]:
    """The segments in use in their order, with ``segment`` as it is drafted: a new one at the place that it would get."""
    others = [one for one in segmenting.in_order() if one.pk != segment.pk]
    drafts = [*others, segment] if segment.is_active else others
    return sorted(drafts, key=lambda one: (one.position, one is not segment))


def hidden_behind(segment: Segment) -> list[Segment]:
    """The segments in use that nobody would reach any more because of ``segment`` as it is drafted."""
    if not segment.is_active:
        return []
    drafts = with_draft(segment)
    behind = drafts[drafts.index(segment) + 1 :]
    before = [one for one in drafts if one is not segment]
    return [
        one
        for one in behind
        if _hides(segment, one) and not any(_hides(other, one) for other in before[: before.index(one)])
    ]


def _hides(earlier: Segment, later: Segment) -> bool:
    return not (problem_of(earlier) or problem_of(later)) and _takes_all_of(earlier, later)


def hidden_by(segment: Segment, segments: Sequence[Segment]) -> Segment | None:
    """The segment asked earlier that takes every customer ``segment`` would take, so that nobody reaches it.

    Recognised where each condition that must hold for the earlier one follows from one that must hold for the later:
    an empty rule, the same condition, a lower bound, more choices. None does not promise that somebody reaches it.
    """
    if not segment.is_active or problem_of(segment):
        return None
    earlier = sorted(
        (
            one
            for one in segments
            if one.is_active and one.pk != segment.pk and one.position < segment.position and not problem_of(one)
        ),
        key=lambda one: one.position,
    )
    return next((one for one in earlier if _takes_all_of(one, segment)), None)


@transaction.atomic
def move(segment: Segment, *, up: bool) -> None:
    """Change places with the segment before (``up``) or after; the first and last stay. Customers follow."""
    # All of them, in one order: of two moves at once the second moves what the first has left.
    rows = sorted(Segment.objects.select_for_update().order_by("pk"), key=lambda one: (one.position, one.pk))
    at = [one.pk for one in rows].index(segment.pk)
    to = at - 1 if up else at + 1
    if not 0 <= to < len(rows):
        return
    one, other = rows[at], rows[to]
    one.position, other.position = other.position, one.position
    Segment.objects.bulk_update([one, other], ["position"])
    segment_saving.place_soon()


def settle(day: dt.date) -> None:
    """Note that somebody said on ``day`` that the segments fit, or made them fit; the first day stays."""
    Organisation.objects.filter(pk=1, segments_settled_on=None).update(segments_settled_on=day)


def _takes_all_of(earlier: Segment, later: Segment) -> bool:
    must, given = conditions.read(earlier.rule), conditions.read(later.rule)
    if must.how != conditions.How.ALL or given.how != conditions.How.ALL:
        return must == given
    return all(any(_follows(one, other) for other in given.members) for one in must.members)


def _follows(wanted: Any, given: Any) -> bool:
    """Whether ``wanted`` holds wherever ``given`` does."""
    if wanted == given:
        return True
    if not (isinstance(wanted, Leaf) and isinstance(given, Leaf)) or wanted.key != given.key:
        return False
    if wanted.test == given.test and wanted.test in FIGURES:
        bound, figure = number(wanted.value), number(given.value)
        if bound is None or figure is None:
            return False
        return figure >= bound if wanted.test == "at_least" else figure <= bound
    choices = {"is": lambda leaf: {leaf.value}, "is_in": lambda leaf: set(leaf.value)}
    if wanted.test in choices and given.test in choices:
        return bool(choices[given.test](given) <= choices[wanted.test](wanted))
    return False
