"""The daily cycle: the steps that run for every customer once a day, in this order.

The worker runs it as outbox rows, one batch a step; operators, tests and the demo run the same steps in the foreground.
Every step is safe to run again: it changes only what is not yet up to date for its day.

A failed step does not stop the later ones: it is recorded (``config.setaside``), and they run. Where data or a rule is
the cause, the failing customer is found by bisection and set aside alone; after time-outs, deadlocks and lost
connections the step is repeated.

The order follows from the tables that the steps read and write. ``needs`` and ``yesterday`` declare them, and a test
compares the declarations with the statements that a cycle executes.
"""

from config.cycle.apart import sparing, stretches
from config.cycle.rows import again_due, begin_on, enqueue_step, forget, range_due, run_again
from config.cycle.running import (
    Done,
    NotTodayError,
    StepsFailedError,
    begin,
    check,
    note,
    parts,
    run,
    run_here,
    run_whole,
)
from config.cycle.steps import CHANGED_AT_ONCE, STEPS, Step, named

__all__ = [
    "CHANGED_AT_ONCE",
    "STEPS",
    "Done",
    "NotTodayError",
    "Step",
    "StepsFailedError",
    "again_due",
    "begin",
    "begin_on",
    "check",
    "enqueue_step",
    "forget",
    "named",
    "note",
    "parts",
    "range_due",
    "run",
    "run_again",
    "run_here",
    "run_whole",
    "sparing",
    "stretches",
]
