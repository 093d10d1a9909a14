"""Rows of health, renewals and playbooks, as the tests of playbooks need them."""

from __future__ import annotations

import datetime as dt
from typing import Any

from accounts.models import Customer, DatedFact
from health.models import Case, Milestone, Score, Scorecard
from playbooks import runs, versions
from playbooks.models import Enrolment, Playbook, PlaybookStep, StepRun
from playbooks.steps import task_step
from playbooks.versions import Design
from renewals.models import PrepPart, Renewal
from tests import factories
from tests.factories import DAY

NOW = dt.datetime(2026, 11, 24, 9, 30, tzinfo=dt.UTC)
Parts = dict[str, tuple[float, int]]
CALL = task_step("Call the champion")


def before(days: int) -> dt.date:
    return DAY - dt.timedelta(days=days)


def playbook(kind: str = "by_hand", *, name: str = "Play", steps: Any = (CALL,), **design: Any) -> Playbook:
    """A published playbook; ``trigger``, ``audience``, ``reentry_days`` as given."""
    made = versions.create(name)
    versions.publish(versions.save_draft(made, Design(kind, steps=steps, **design), None), NOW)
    made.refresh_from_db()
    return made


def begun(play: Playbook, of: Customer, occasion: str = "hand:1", **fields: Any) -> Enrolment:
    """A play that runs since today, with the tasks of its steps."""
    made = Enrolment.objects.create(
        customer=of, playbook=play, version=play.published, occasion=occasion, **{"enrolled_on": DAY} | fields
    )
    steps = PlaybookStep.objects.filter(version=play.published).order_by("position")
    StepRun.objects.bulk_create(StepRun(enrolment=made, step=step, due_on=made.enrolled_on) for step in steps)
    runs.advance(DAY, [of.pk])
    return made


def score(of: Customer, value: float | None, days_ago: int, *, parts: Parts | None = None) -> Score:
    """A score from ``days_ago`` on; ``parts`` is measure → (amount, points)."""
    named = parts or {}
    card = Scorecard.objects.get_or_create(
        key=f"s-{'-'.join(named)}", version=1, defaults={"name": "S", "created_on": DAY, "measures": list(named)}
    )[0]
    band = "" if value is None else "green" if value >= 70 else "yellow" if value >= 45 else "red"
    fields = {
        "value": value, "raw": value, "band": band, "scorecard": card,
        "amounts": [amount for amount, _ in named.values()], "points": [points for _, points in named.values()],
        "weights": [1.0 for _ in named], "inputs_on": [DAY for _ in named],
    }  # fmt: skip
    return Score.objects.update_or_create(customer=of, day=before(days_ago), defaults=fields)[0]


def renewal(of: Customer, due_in: int, **fields: Any) -> Renewal:
    """A renewal that ends in so many days; preparing since ten days ago unless said otherwise."""
    contract = fields.pop("contract", None) or factories.contract(of)
    values = {
        "term_number": 1,
        "due_on": before(-due_in),
        "arr": 12_000,
        "stage": "preparing",
        "prep_opened_on": before(10),
    }
    return Renewal.objects.create(customer=of, contract=contract, **values | fields)


def closed(of: Customer, days_ago: int, outcome: str = "renewed", **fields: Any) -> Renewal:
    values = {"stage": "closed", "outcome": outcome, "closed_on": before(days_ago)}
    return renewal(of, 30 - days_ago, **values | fields)


def parts(of: Renewal) -> list[PrepPart]:
    return PrepPart.objects.bulk_create(PrepPart(renewal=of, part=part) for part in PrepPart.Part.values)


def milestone(
    of: Customer, key: str = "habit", *, missed: int | None = 1, reached: int | None = None, due: int = 5
) -> Milestone:
    return Milestone.objects.create(
        customer=of,
        key=key,
        due_on=before(due),
        missed_on=None if missed is None else before(missed),
        reached_on=None if reached is None else before(reached),
    )


def stage(of: Customer, value: str, days_ago: int) -> DatedFact:
    return DatedFact.objects.create(customer=of, fact="stage", value=value, from_day=before(days_ago))


def case(of: Customer, days_ago: int, **fields: Any) -> Case:
    """A case opened by hand so many days ago, unless a ``rule`` is given."""
    values = {"kind": "risk", "reason": "by-hand", "title": "Look at it", "owner": of.owner}
    days = {"opened_on": before(days_ago), "due_on": DAY, "newest_evidence_on": before(days_ago)}
    return Case.objects.create(customer=of, **values | days | fields)


def entered(play: Playbook) -> list[tuple[int, str]]:
    """(customer, occasion) of every enrolment, in order."""
    return list(play.enrolments.order_by("customer", "occasion").values_list("customer", "occasion"))
