"""A step over everybody but those whose data make it fail: found by halving, set aside alone.

Where more customers fail than can be set aside, it is found whose segment's rules are to blame.
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
    """Run ``everybody``; where that fails by somebody's data, the rest without those who make it fail.

    ``some`` runs over neighbours among ``members``. Who is set aside already is tried once more, alone; so is every segment
    with its customers, and those that work leave the register.
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
    """Run ``some`` over each of ``runs``, lists of customers, and set aside, alone and by name, those that make it fail.

    Returns what it counted, and the ids of the segments that were set aside in the place of their customers.
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
    """Run ``some`` over the customers of each segment; one that fails for too many of its own is set aside by its name.

    Returns as ``sparing``. Raises TooManyError where the step works for no other segment, be it among ``ids`` or not: not the
    segments are to blame then.
    """
    groups: dict[int | None, list[int]] = {}
    for pk, of in Customer.objects.filter(pk__in=ids).order_by("pk").values_list("pk", "segment"):
        groups.setdefault(of, []).append(pk)
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
    """Whether the step works for most customers of a segment that is not ``bad``.

    Asks those that were done just now, ``groups``, first; then tries the newest 25 customers of each other segment, and
    leaves nothing of that trial.
    """
    aside = set(register.excluded(Kind.CUSTOMER, step.name))
    if any(2 * len(aside & set(groups[of])) < len(groups[of]) for of in groups if of not in bad):
        return True
    rest = Customer.objects.current().exclude(pk__in=aside).order_by("-pk")
    set_aside = set(register.excluded(Kind.SEGMENT, step.name))
    for other in Segment.objects.exclude(pk__in=set_aside | set(bad) | {of for of in groups if of}):
        sample = list(rest.filter(segment=other).values_list("pk", flat=True)[: register.MOST_AT_ONCE])
        with transaction.atomic():
            _counted, failing = register.halved(sample, some)
            transaction.set_rollback(True)
        if 2 * len(failing) < len(sample):
            return True
    return False


def stretches(ids: Sequence[int], aside: set[int]) -> Iterator[list[int]]:
    """``ids`` in order, cut so that each of ``aside`` stands alone."""
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
