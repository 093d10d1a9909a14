"""The order in which segments are evaluated: the position of a new one, moves, and segments that nobody reaches."""

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
    """The position of a new segment: that of the first in use that takes everybody, which moves behind it; else
    last.
    """
    rows = Segment.objects.order_by("position").values_list("position", "rule", "is_active")
    catch_all = next((position for position, rule, is_active in rows if is_active and takes_everybody(rule)), None)
    return catch_all or (Segment.objects.aggregate(last=Max("position"))["last"] or 0) + 1


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
    others = [other for other in segmenting.in_order() if other.pk != segment.pk]
    drafts = [*others, segment] if segment.is_active else others
    return sorted(drafts, key=lambda other: (other.position, other is not segment))


def hidden_behind(segment: Segment) -> list[Segment]:
    """The segments in use that nobody would reach any more because of ``segment`` as it is drafted."""
    if not segment.is_active:
        return []
    drafts = with_draft(segment)
    behind = drafts[drafts.index(segment) + 1 :]
    before = [candidate for candidate in drafts if candidate is not segment]
    return [
        candidate
        for candidate in behind
        if _hides(segment, candidate)
        and not any(_hides(other, candidate) for other in before[: before.index(candidate)])
    ]


def _hides(earlier: Segment, later: Segment) -> bool:
    return not (problem_of(earlier) or problem_of(later)) and _takes_all_of(earlier, later)


def hidden_by(segment: Segment, segments: Sequence[Segment]) -> Segment | None:
    """The segment evaluated earlier that takes every customer ``segment`` would take, so that nobody reaches it.

    Recognised where each condition that must hold for the earlier one follows from one that must hold for the later:
    an empty rule, the same condition, a lower bound, more choices. None does not promise that somebody reaches it.
    """
    if not segment.is_active or problem_of(segment):
        return None
    earlier = sorted(
        (
            other
            for other in segments
            if other.is_active
            and other.pk != segment.pk
            and other.position < segment.position
            and not problem_of(other)
        ),
        key=lambda other: other.position,
    )
    return next((other for other in earlier if _takes_all_of(other, segment)), None)


@transaction.atomic
def move(segment: Segment, *, up: bool) -> None:
    """Change places with the segment before (``up``) or after; the first and last stay. Customers follow."""
    # Lock all of them in one order: of two moves at once the second starts from the result of the first.
    rows = sorted(Segment.objects.select_for_update().order_by("pk"), key=lambda row: (row.position, row.pk))
    place = [row.pk for row in rows].index(segment.pk)
    target = place - 1 if up else place + 1
    if not 0 <= target < len(rows):
        return
    row, other = rows[place], rows[target]
    row.position, other.position = other.position, row.position
    Segment.objects.bulk_update([row, other], ["position"])
    segment_saving.place_soon()


def settle(day: dt.date) -> None:
    """Record that somebody confirmed or changed the segments on ``day``; the first such day stays."""
    Organisation.objects.filter(pk=1, segments_settled_on=None).update(segments_settled_on=day)


def _takes_all_of(earlier: Segment, later: Segment) -> bool:
    earlier_tree, later_tree = conditions.read(earlier.rule), conditions.read(later.rule)
    if earlier_tree.how != conditions.How.ALL or later_tree.how != conditions.How.ALL:
        return earlier_tree == later_tree
    return all(any(_follows(required, member) for member in later_tree.members) for required in earlier_tree.members)


def _follows(conclusion: Any, premise: Any) -> bool:
    """Whether ``conclusion`` holds wherever ``premise`` does."""
    if conclusion == premise:
        return True
    if not (isinstance(conclusion, Leaf) and isinstance(premise, Leaf)) or conclusion.key != premise.key:
        return False
    if conclusion.test == premise.test and conclusion.test in FIGURES:
        bound, figure = number(conclusion.value), number(premise.value)
        if bound is None or figure is None:
            return False
        return figure >= bound if conclusion.test == "at_least" else figure <= bound
    choices = {"is": lambda leaf: {leaf.value}, "is_in": lambda leaf: set(leaf.value)}
    if conclusion.test in choices and premise.test in choices:
        return bool(choices[premise.test](premise) <= choices[conclusion.test](conclusion))
    return False
