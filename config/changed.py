"""Every few seconds: update segment, scores, renewals, cases, motions and plays of changed customers.

The change log (``accounts.changes``) has one row per customer and reader. A reader is a run of neighbouring steps of
the cycle; here it takes its rows and runs its steps for those customers only, slice by slice, each slice in a
transaction of its own. Customers it changes are marked for the other readers, until nothing changes any more. The
nightly cycle does the same for all customers and for changes by time alone.
"""

from __future__ import annotations

import datetime as dt
import logging
import time
from collections.abc import Callable
from typing import Final

from django.db import connection, transaction
from django.utils.module_loading import import_string

from accounts import changes, statistics
from accounts.models import Customer
from config import clock, cycle, locks
from config.cycle import Step
from config.history.actors import acting
from config.outbox import ticks
from config.setaside import register
from config.setaside.models import Kind
from health.signals import rollup

SLICE: Final = 2_500
# No slice is begun after so many seconds of a run; the next run goes on.
SECONDS: Final = 20

log = logging.getLogger(__name__)

# A hash per customer of everything that one reader may read of another's output.
FINGERPRINTS: Final = """
    SELECT c.id, md5(concat_ws('|', (to_jsonb(c) - 'scored_at')::text,
        (SELECT string_agg(s.kind || s.state, ',' ORDER BY s.kind) FROM health_standing s WHERE s.customer_id = c.id),
        (SELECT string_agg(m::text, ',' ORDER BY m.id) FROM health_milestone m WHERE m.customer_id = c.id),
        (SELECT string_agg(r::text, ',' ORDER BY r.id) FROM renewals_renewal r WHERE r.customer_id = c.id),
        (SELECT string_agg(h::text, ',' ORDER BY h.id) FROM health_case h
         WHERE h.customer_id = c.id AND h.state <> 'closed'),
        (SELECT count(*) FROM health_case h WHERE h.customer_id = c.id),
        (SELECT count(*) || '-' || count(*) FILTER (WHERE e.state = 'running') FROM playbooks_enrolment e
         WHERE e.customer_id = c.id)))
    FROM accounts_customer c WHERE c.id = ANY(%s)
"""


def readers() -> dict[str, list[Step]]:
    """The readers in the order of their steps, with the steps."""
    steps_of: dict[str, list[Step]] = {}
    for step in cycle.STEPS:
        if step.reader:
            steps_of.setdefault(step.reader, []).append(step)
    return steps_of


def sweep(_tick: str = "") -> int:
    """Roll up new usage and run the readers for the changed customers; returns how many rows of the log were processed.

    Time-boxed: after 20 seconds the remaining rows stay in the log. A run killed at any moment loses nothing.
    """
    ends_at = time.monotonic() + SECONDS
    now = ticks.database_now()
    day = clock.today(now)
    if day > clock.real_today(now):
        return 0
    rollup.roll_up_changed(cycle.CHANGED_AT_ONCE)
    return sum(work_off(name, steps, day, lambda: time.monotonic() < ends_at) for name, steps in readers().items())


def work_off(name: str, steps: list[Step], day: dt.date, time_left: Callable[[], bool] = lambda: True) -> int:
    """Process one reader's rows slice by slice, until none is left or another run has the lock; how many customers."""
    done = 0
    while time_left():
        try:
            taken = work_slice(name, steps, day)
        except Exception:
            # Transient error: the rows came back and the next run takes them again; the other readers go on.
            log.exception("changed customers, %s", name)
            break
        if not taken:
            break
        done += taken
    return done


def work_slice(name: str, steps: list[Step], day: dt.date) -> int:
    """Take up to 2,500 rows and run the reader's steps for their customers; how many, 0 while another run has the lock.

    One transaction. A slice that fails as a whole by data, rules or code is recorded, and exactly its rows are dropped:
    the nightly cycle still processes these customers. Any other error is raised, and the rows come back.
    """
    with transaction.atomic():
        if not (changes.waiting(name).exists() and locks.try_lock(f"changed:{name}") and all(map(is_free, steps))):
            return 0
        ids = changes.take(name, SLICE)
        try:
            with transaction.atomic():
                run_steps(name, steps, day, ids)
        except Exception as error:
            if not register.fails_again(error):
                raise
            log.exception("changed customers, %s", name)
            register.record(noted(name), Kind.STEP, 0, name, error)
            return 0
        register.release(Kind.STEP, [0], noted(name))
        return len(ids)


def run_steps(name: str, steps: list[Step], day: dt.date, ids: list[int]) -> None:
    """Run the steps of one reader for some customers; marks the changed ones for the other readers."""
    if not ids:
        return
    before = fingerprints(ids)
    for step in steps:
        some(step, day, ids)
    statistics.refresh_written()
    changes.mark([pk for pk, words in fingerprints(ids).items() if before.get(pk) != words], name, by=name)


def noted(name: str) -> str:
    """The register's name of a failed slice of a reader; it differs from the step's own name in the nightly cycle."""
    return f"changed:{name}"


def some(step: Step, day: dt.date, ids: list[int]) -> int:
    """Run one step for some customers, except those set aside (also by segment); failing customers are set aside."""
    call = import_string(step.some or step.call)
    aside = set(register.excluded(Kind.CUSTOMER, step.name).filter(object_id__in=ids))
    if step.by_segment:
        segments = register.excluded(Kind.SEGMENT, step.name)
        aside |= set(Customer.objects.filter(pk__in=ids, segment__in=segments).values_list("pk", flat=True))
    healthy = [pk for pk in ids if pk not in aside]
    with acting(f"step:{step.name}"):
        counted, _bad = cycle.sparing(step, [healthy], lambda part: int(call(day, part)))
        return counted


def is_free(step: Step) -> bool:
    """Whether the step may run now; takes its lock where it shares one with others."""
    return not step.free or bool(import_string(step.free)())


def fingerprints(ids: list[int]) -> dict[int, str]:
    """By customer, the hash of everything that other readers may read. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(FINGERPRINTS, [ids])
        return dict(cursor.fetchall())
