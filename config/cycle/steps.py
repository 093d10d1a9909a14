"""The steps of the daily cycle in their order, with their dependencies."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, Final

CHANGED_AT_ONCE: Final = 5_000


@dataclass(frozen=True)
class Step:
    """One named step: ``call`` takes the day, if ``dated``, and customer ids, if ``scoped``.

    ``whole``: it also takes whether the ids are all customers except those set aside. ``chunks`` is the function that
    gives the (first id, last id) ranges of ``call``. ``reader`` is the reader of the change log that runs the step for
    some customers, by ``some`` where that is another call, and only if ``free`` returns true. A step that ``settles``
    is skipped where the day is settled for it (``config.settled``): every writer marks what it reads of customers as
    changed. ``needs`` are the earlier steps whose output of the same day it reads; ``yesterday`` are the tables or
    columns that a later step writes and that it reads as of the day before. A step ``by_segment`` reads the service
    rules of the customers' segments: where it fails for more customers than can be set aside, the segment is set aside.
    """

    name: str
    call: str
    dated: bool = True
    chunks: str = ""
    scoped: bool = False
    reader: str = ""
    some: str = ""
    free: str = ""
    settles: bool = False
    whole: bool = False
    by_segment: bool = False
    needs: tuple[str, ...] = ()
    yesterday: tuple[str, ...] = ()


STEPS: Final = (
    Step(
        "lifecycle",
        "accounts.lifecycle.sweep",
        scoped=True,
        settles=True,
        reader="segments",
        # It writes dated facts of these columns of the customer's row.
        yesterday=("accounts_customer.segment_id", "accounts_customer.touch_model", "accounts_customer.owner_id"),
    ),
    Step("rollups", "health.signals.rollup.roll_up_changed", dated=False),
    Step(
        "segments",
        "accounts.segmenting.sweep",
        scoped=True,
        reader="segments",
        needs=("lifecycle",),
        # Scorecards are chosen by segment, while segment rules may read health, as of the day before. The same holds
        # for the owner, whom a new customer gets by its segment.
        yesterday=(
            "accounts_customer.band",
            "accounts_customer.band_since",
            "accounts_customer.score",
            "accounts_customer.owner_id",
        ),
    ),
    Step(
        "assigning",
        "accounts.assigning.sweep",
        scoped=True,
        reader="segments",
        by_segment=True,
        needs=("lifecycle", "segments"),
        # It assigns by least load, with people's work as of the day before.
        yesterday=("renewals_renewal", "renewals_qbr", "health_case", "health_caseact", "playbooks_task"),
    ),
    Step(
        "milestones",
        "health.standing.milestones.sweep",
        scoped=True,
        reader="scores",
        settles=True,
        needs=("lifecycle", "rollups"),
    ),
    Step(
        "first 90 days",
        "health.standing.onboarding.sweep",
        scoped=True,
        settles=True,
        reader="scores",
        needs=("lifecycle", "rollups", "milestones"),
    ),
    Step(
        "journey",
        "health.standing.journey.sweep",
        scoped=True,
        reader="scores",
        settles=True,
        needs=("lifecycle", "milestones"),
    ),
    Step(
        "retention",
        "health.standing.retention.sweep",
        scoped=True,
        reader="scores",
        settles=True,
        needs=("lifecycle", "rollups"),
    ),
    Step(
        "ladder",
        "health.standing.ladder.sweep",
        scoped=True,
        reader="scores",
        settles=True,
        needs=("lifecycle", "retention"),
    ),
    Step(
        "scores",
        "health.scoring.score_range",
        chunks="health.scoring.chunks",
        reader="scores",
        some="health.scoring.sweeps.score",
        free="health.scoring.writing.try_lock",
        needs=("lifecycle", "rollups", "segments", "milestones"),
    ),
    Step(
        "renewals",
        "renewals.pipeline.sweep",
        scoped=True,
        reader="renewals",
        by_segment=True,
        needs=("segments", "scores", "rollups"),
    ),
    Step(
        "qbrs", "renewals.qbrs.sweep", scoped=True, reader="renewals", by_segment=True, needs=("lifecycle", "segments")
    ),
    Step(
        "cases",
        "health.cases.sweep.sweep",
        scoped=True,
        whole=True,
        settles=True,
        reader="cases",
        needs=("lifecycle", "assigning", "rollups", "segments", "milestones", "scores", "renewals"),
        # What the night demotes alerts no more from the next nightly run on.
        yesterday=("health_caserule.mode", "health_caserule.demoted_on"),
    ),
    Step("case rules", "health.cases.demotion.sweep", needs=("cases",)),
    Step(
        "motions",
        "health.standing.motions.sweep",
        scoped=True,
        settles=True,
        reader="motions",
        needs=("lifecycle", "segments", "milestones", "retention", "ladder", "scores", "renewals", "cases"),
    ),
    Step(
        "forecast",
        "renewals.forecast.refresh",
        settles=True,
        reader="renewals",
        some="renewals.calibration.apply_to",
        needs=("scores", "renewals"),
    ),
    Step(
        "plays",
        "playbooks.enrolment.sweep",
        scoped=True,
        reader="plays",
        needs=("lifecycle", "assigning", "segments", "scores", "renewals", "cases", "case rules"),
    ),
    Step("replays", "health.publishing.replaying.sweep"),
    Step("reconciliation", "accounts.imports.reconciling.sweep", needs=("lifecycle", "segments", "assigning")),
    Step("digests", "health.digests.sweep", needs=("lifecycle", "assigning", "milestones", "scores", "cases")),
)


def due(day: dt.date, step: Step) -> dict[str, Any]:
    return {"day": day.isoformat(), "step": step.name}


def key(day: dt.date, step: Step) -> str:
    return f"cycle:{day.isoformat()}:{step.name}"


def named(name: str) -> Step:
    return next(step for step in STEPS if step.name == name)


def after(step: Step) -> Step | None:
    place = STEPS.index(step) + 1
    return STEPS[place] if place < len(STEPS) else None
