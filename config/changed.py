"""Every few seconds: whoever something happened to gets segment, scores, renewals, cases, motions and plays.

The change log (``accounts.changes``) has a row a customer and reader. A reader is a run of neighbouring steps of the
cycle; here it takes its rows and runs its steps for those customers only, slice by slice, each slice in a transaction
of its own. What it changes is news to the other readers, so that a change travels through all of them and comes to
rest where nothing more follows from it. The night does the same for everybody and for what only time changes.
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

# All that one reader may read of another's work, as one word a customer.
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
    found: dict[str, list[Step]] = {}
    for step in cycle.STEPS:
        if step.reader:
            found.setdefault(step.reader, []).append(step)
    return found


def sweep(_tick: str = "") -> int:
    """Roll up new usage and do for the changed customers what follows; how many rows of the log were of customers done.

    Time-boxed: what is left when 20 seconds are over stays in the log. Killed at any moment, it has lost nothing.
    """
    ends_at = time.monotonic() + SECONDS
    now = ticks.database_now()
    day = clock.today(now)
    if day > clock.real_today(now):
        return 0
    rollup.roll_up_changed(cycle.CHANGED_AT_ONCE)
    return sum(work_off(name, steps, day, lambda: time.monotonic() < ends_at) for name, steps in readers().items())


def work_off(name: str, steps: list[Step], day: dt.date, time_left: Callable[[], bool] = lambda: True) -> int:
    """Slice after slice of one reader's rows, until none is left or another run is at it; how many customers."""
    done = 0
    while time_left():
        try:
            taken = work_slice(name, steps, day)
        except Exception:
            # Nobody's fault: the rows came back and the next run takes them again; the other readers go on.
            log.exception("changed customers, %s", name)
            break
        if not taken:
            break
        done += taken
    return done


def work_slice(name: str, steps: list[Step], day: dt.date) -> int:
    """Take up to 2,500 rows and run the reader's steps for their customers; how many, 0 while another run is at it.

    One transaction. A slice that fails as a whole by data, rules or the program is noted and its rows, exactly these, are dropped: the
    night still does these customers together with everybody. Any other error is raised, and the rows come back.
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
    """The steps of one reader for some customers; who looks different after it is news to the other readers."""
    if not ids:
        return
    before = fingerprints(ids)
    for step in steps:
        some(step, day, ids)
    statistics.refresh_written()
    changes.mark([pk for pk, words in fingerprints(ids).items() if before.get(pk) != words], name, by=name)


def noted(name: str) -> str:
    """Under which name the register notes a slice of a reader that failed: not the step's own, which the night runs."""
    return f"changed:{name}"


def some(step: Step, day: dt.date, ids: list[int]) -> int:
    """One step for some customers, without those set aside, alone or with their segment; who makes it fail is set aside alone."""
    call = import_string(step.some or step.call)
    aside = set(register.excluded(Kind.CUSTOMER, step.name).filter(object_id__in=ids))
    if step.by_segment:
        segments = register.excluded(Kind.SEGMENT, step.name)
        aside |= set(Customer.objects.filter(pk__in=ids, segment__in=segments).values_list("pk", flat=True))
    well = [pk for pk in ids if pk not in aside]
    with acting(f"step:{step.name}"):
        counted, _bad = cycle.sparing(step, [well], lambda part: int(call(day, part)))
        return counted


def is_free(step: Step) -> bool:
    """Whether the step may run now; takes its lock where it has one that others share."""
    return not step.free or bool(import_string(step.free)())


def fingerprints(ids: list[int]) -> dict[int, str]:
    """What the other readers may read of each customer. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(FINGERPRINTS, [ids])
        return dict(cursor.fetchall())
