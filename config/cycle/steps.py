"""The steps of a night in their order, with what each needs."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, Final

CHANGED_AT_ONCE: Final = 5_000


@dataclass(frozen=True)
class Step:
    """One named step: ``call`` takes the day, unless it is not ``dated``, and where ``scoped`` also ids of customers.

    Where ``whole``, it is told that the ids are everybody but who is set aside. ``chunks`` names the (first id, last id) ranges that ``call`` is spread over. ``reader`` is whose rows of the change log
    have the step run for some customers, by ``some`` where that is another call, and if ``free`` says it may. One that
    ``settles`` is left out where the day is settled for it (``config.settled``): all that it reads of customers is marked
    changed by whoever writes it. ``needs`` are the steps before it
    whose output of the same day it reads; ``yesterday`` the tables or columns that a later step writes and
    that it reads as they were left the day before. One that is done ``by_segment`` reads the service rules of the customers'
    segments: where it fails for more customers than can be set aside, it is found whose segment's rules are to blame.
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
        # Dated facts are written of all that the customer's row says.
        yesterday=("accounts_customer.segment_id", "accounts_customer.touch_model", "accounts_customer.owner_id"),
    ),
    Step("rollups", "health.signals.rollup.roll_up_changed", dated=False),
    Step(
        "segments",
        "accounts.segmenting.sweep",
        scoped=True,
        reader="segments",
        needs=("lifecycle",),
        # Scorecards are chosen by segment, and segments may ask about health: that of the day before. So they may about the owner,
        # whom a new customer gets by its segment.
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
        # By least load, with what people have to do as the day before left it.
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
