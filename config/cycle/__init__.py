"""The daily cycle: what happens to every customer once a day, in this order.

The worker runs it as outbox rows, one batch a step; operators, tests and the demo run the same steps in the
foreground. Every step may be run again: it changes only what its day still asks for.

A step that fails stops nobody: it is noted (``config.setaside``), and those after it run. Where data or a rule is the
cause, the customer that raises is found by halving and set aside alone; time-outs, deadlocks and lost
connections repeat the step.

The order follows from what the steps read and write. ``needs`` and ``yesterday`` say it here, and a test compares them
with the statements that a cycle really executes.
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
