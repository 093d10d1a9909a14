"""The two Celery tasks. Both may be lost, doubled or late without harm."""

from __future__ import annotations

import logging

from config import cycle, disk, mail, schedule  # noqa: F401  cycle and mail register their handlers
from config.celery import app
from config.outbox.delivery import deliver

log = logging.getLogger(__name__)


@app.task(name="outbox.deliver")
def deliver_row(outbox_id: int, **_ignored: object) -> None:
    """Do one row's work; its outcome is stored in the row. Does nothing while the disk is full."""
    if disk.is_low():
        return
    outcome = deliver(outbox_id)
    if outcome not in {"done", "later", "skipped"}:
        log.warning("outbox row %s: %s", outbox_id, outcome)


@app.task(name="schedule.run")
def run_schedule(name: str, **_ignored: object) -> None:
    """Run a schedule's due tick, unless it is done or the disk is full; ignores schedules unknown to this release."""
    if name in schedule.SCHEDULES and not disk.is_low():
        schedule.run(name)
