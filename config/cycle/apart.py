"""Running a step over all customers except those whose data make it fail, which bisection finds and sets aside.

Where more customers fail than can be set aside, the segment whose rules are the cause is set aside instead.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

from django.db import transaction

from accounts.models import Customer, Segment
from config.cycle.steps import Step
from config.setaside import register
from config.setaside.models import Kind

log = logging.getLogger(__name__)


def apart(
    step: Step,
    aside: Sequence[int],
    everybody: Callable[[], int],
    members: Callable[[], Iterable[int]],
    some: Callable[[list[int]], int],
) -> int:
    """Run ``everybody``; where a customer's data make that fail, run ``some`` without the failing customers.

    ``some`` takes consecutive ``members``. Customers and segments already set aside are tried once more, each alone;
    those that succeed are released from the register.
    """
    if not aside:
        try:
            with transaction.atomic():
                done = everybody()
            if step.by_segment:
                register.release_besides(Kind.SEGMENT, [], step.name)
            return done
        except Exception as error:
            if not register.of_data(error):
                raise
            log.warning("step %s fails for somebody: %s", step.name, register.reason_of(error))
    ids = list(members())
    register.release(Kind.CUSTOMER, set(aside) - set(ids), step.name)
    counted, bad = sparing(step, stretches(ids, set(aside)), some)
    if step.by_segment:
        register.release_besides(Kind.SEGMENT, bad, step.name)
    return counted


def sparing(step: Step, runs: Iterable[list[int]], some: Callable[[list[int]], int]) -> tuple[int, set[int]]:
    """Run ``some`` over each of ``runs``, lists of customer ids, and set aside each customer that makes it fail.

    Returns the rows counted, and the ids of the segments that were set aside in place of their customers.
    """
    runs = list(runs)
    try:
        with transaction.atomic():
            return sum(register.sparing(step.name, Kind.CUSTOMER, run, some, names) for run in runs), set()
    except register.TooManyError:
        if not step.by_segment:
            raise
    return segment_by_segment(step, [pk for run in runs for pk in run], some)


def segment_by_segment(step: Step, ids: Sequence[int], some: Callable[[list[int]], int]) -> tuple[int, set[int]]:
    """Run ``some`` over the customers of each segment; set aside a segment that fails for too many of its customers.

    Returns as ``sparing``. Raises TooManyError where the step succeeds for no other segment, among ``ids`` or not: then
    segments are not the cause.
    """
    groups: dict[int | None, list[int]] = {}
    for pk, segment_id in Customer.objects.filter(pk__in=ids).order_by("pk").values_list("pk", "segment"):
        groups.setdefault(segment_id, []).append(pk)
    counted, bad = 0, dict[int, register.TooManyError]()
    for segment, members in groups.items():
        try:
            with transaction.atomic():
                counted += register.sparing(step.name, Kind.CUSTOMER, members, some, names)
        except register.TooManyError as error:
            if segment is None:
                raise
            bad[segment] = error
    if bad and not works_besides(step, bad, groups, some):
        raise next(iter(bad.values()))
    for blamed in Segment.objects.filter(pk__in=bad):
        failure = bad[blamed.pk]
        register.record(step.name, Kind.SEGMENT, blamed.pk, blamed.name, failure.__cause__ or failure)
    return counted, set(bad)


def works_besides(
    step: Step, bad: Collection[int], groups: Mapping[int | None, list[int]], some: Callable[[list[int]], int]
) -> bool:
    """Whether the step succeeds for most customers of a segment that is not ``bad``.

    Checks the segments just run (``groups``) first; then tries the newest 25 customers of each other segment and rolls
    that trial back.
    """
    aside = set(register.excluded(Kind.CUSTOMER, step.name))
    if any(
        2 * len(aside & set(groups[segment_id])) < len(groups[segment_id])
        for segment_id in groups
        if segment_id not in bad
    ):
        return True
    rest = Customer.objects.current().exclude(pk__in=aside).order_by("-pk")
    set_aside = set(register.excluded(Kind.SEGMENT, step.name))
    for other in Segment.objects.exclude(
        pk__in=set_aside | set(bad) | {segment_id for segment_id in groups if segment_id}
    ):
        sample = list(rest.filter(segment=other).values_list("pk", flat=True)[: register.MOST_AT_ONCE])
        with transaction.atomic():
            _counted, failing = register.halved(sample, some)
            transaction.set_rollback(True)
        if 2 * len(failing) < len(sample):
            return True
    return False


def stretches(ids: Sequence[int], aside: set[int]) -> Iterator[list[int]]:
    """``ids`` in order, split so that each of ``aside`` is a list of its own."""
    stretch: list[int] = []
    for pk in ids:
        if pk in aside:
            yield from filter(None, (stretch, [pk]))
            stretch = []
        else:
            stretch.append(pk)
    if stretch:
        yield stretch


def names(ids: list[int]) -> Mapping[int, str]:
    return dict(Customer.objects.filter(pk__in=ids).values_list("pk", "name"))
