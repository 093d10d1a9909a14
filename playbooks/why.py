"""Why, or why not: each thing that decides whether a customer enters a playbook on a day.

The trigger is asked with the very query of the sweep, so when every check holds the sweep enrols the
customer, and when one fails it does not.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from django.db import connection
from django.db.models import QuerySet

from accounts import conditions
from accounts.models import Customer, DatedFact, Fact, Status
from health.models import Case, Milestone, Score
from playbooks import triggers
from playbooks.models import Enrolment, Playbook, PlaybookVersion, TriggerKind
from renewals.models import Renewal

ONE: Final = """
    SELECT t.occasion, t.why::text, EXISTS (
        SELECT 1 FROM playbooks_enrolment e
        WHERE e.playbook_id = %(playbook)s AND e.customer_id = %(customer)s
          AND e.occasion = t.occasion) AS entered
    FROM ({trigger}) t WHERE t.customer_id = %(customer)s
    ORDER BY entered, t.occasion LIMIT 1
"""


@dataclass(frozen=True)
class Check:
    """One thing that must hold. ``actual`` says what the customer has, by name."""

    key: str
    holds: bool
    actual: dict[str, Any] = field(default_factory=dict)
    condition: conditions.Explained | None = None


@dataclass(frozen=True)
class Verdict:
    """All checks for one customer, in the order a reader asks them."""

    checks: list[Check]

    @property
    def enters(self) -> bool:
        return all(check.holds for check in self.checks)

    @property
    def failing(self) -> int:
        return sum(not check.holds for check in self.checks)


def explain(customer: Customer, version: PlaybookVersion, day: dt.date) -> Verdict:
    """Why ``customer`` would, or would not, enter ``version`` on ``day``.

    A draft is held against the customer as if it were published. At most seven statements.
    """
    playbook = version.playbook
    mine = Enrolment.objects.filter(customer=customer, playbook=playbook)
    found = _occasion(customer, version, day)
    checks = [
        Check("in_use", playbook.state == Playbook.State.ACTIVE, {"state": playbook.state}),
        _current(customer),
        _trigger(customer, version, day, found),
        *(
            Check("audience", member.holds is True, condition=member)
            for member in conditions.explain(version.audience, customer, day).required
        ),
    ]
    if found:
        checks.append(Check("occasion", not found[2], {"occasion": found[0]}))
    if not triggers.of_a_renewal(version):
        checks.append(_running(mine))
    if quiet := triggers.quiet_days(version):
        checks.append(_quiet(mine, quiet, day))
    return Verdict(checks)


def _occasion(customer: Customer, version: PlaybookVersion, day: dt.date) -> tuple[str, dict[str, Any], bool] | None:
    """The occasion the trigger holds for, its facts, and whether it was entered; a new one first."""
    query = triggers.query(version, day)
    params = query.params | {"customer": customer.pk, "playbook": version.playbook_id}
    with connection.cursor() as cursor:
        cursor.execute(ONE.format(trigger=query.sql), params)
        row = cursor.fetchone()
    return (row[0], json.loads(row[1]), row[2]) if row else None


def _current(customer: Customer) -> Check:
    current = customer.status in {Status.LIVE, Status.NOTICE} and customer.merged_into_id is None
    return Check("current", current, {"status": customer.status})


def _trigger(
    customer: Customer,
    version: PlaybookVersion,
    day: dt.date,
    found: tuple[str, dict[str, Any], bool] | None,
) -> Check:
    if found:
        return Check("trigger", True, found[1])
    instead = INSTEAD.get(version.trigger_kind)
    return Check("trigger", False, instead(customer, version.trigger, day) if instead else {})


def _running(mine: QuerySet[Enrolment]) -> Check:
    running = mine.filter(state=Enrolment.State.RUNNING).exclude(occasion__startswith="renewal:")
    since = running.values_list("enrolled_on", flat=True).first()
    return Check("running", since is None, {"since": since})


def _quiet(mine: QuerySet[Enrolment], quiet: int, day: dt.date) -> Check:
    last = mine.order_by("-enrolled_on").values_list("enrolled_on", flat=True).first()
    out = last is not None and last > day - dt.timedelta(days=quiet)
    return Check("quiet", not out, {"last": last, "days": quiet})


def _next_renewal(customer: Customer, _trigger: dict[str, Any], _day: dt.date) -> dict[str, Any]:
    renewals = Renewal.objects.filter(customer=customer).exclude(stage="closed")
    first = renewals.order_by("due_on").values("due_on", "stage").first()
    return dict(first) if first else {}


def _last_closed(customer: Customer, _trigger: dict[str, Any], day: dt.date) -> dict[str, Any]:
    closed = Renewal.objects.filter(customer=customer, stage="closed", closed_on__lte=day)
    last = closed.order_by("-closed_on").values("closed_on", "outcome").first()
    return dict(last) if last else {}


def _scores(customer: Customer, trigger: dict[str, Any], day: dt.date) -> dict[str, Any]:
    past = Score.objects.filter(customer=customer)
    now = past.as_of(day).values_list("value", flat=True).first()
    begin = day - dt.timedelta(days=int(trigger["days"]))
    held: list[Decimal | None] = [
        past.as_of(begin).values_list("value", flat=True).first(),
        *past.filter(day__gt=begin, day__lte=day).values_list("value", flat=True),
    ]
    known = [value for value in held if value is not None]
    return {"from": max(known, default=None), "to": now}


def _figure(customer: Customer, trigger: dict[str, Any], day: dt.date) -> dict[str, Any]:
    score = Score.objects.filter(customer=customer).as_of(day).select_related("scorecard").first()
    found = [part for part in (score.parts if score else []) if part.measure == trigger["measure"]]
    points = trigger.get("of") == "points"
    figure = (found[0].points if points else found[0].amount) if found else None
    return {"figure": figure, "measure": trigger["measure"], "of": trigger.get("of")}


def _milestones(customer: Customer, _trigger: dict[str, Any], day: dt.date) -> dict[str, Any]:
    reached = Milestone.objects.filter(customer=customer, reached_on__lte=day).count()
    return {"reached": reached}


def _stage(customer: Customer, _trigger: dict[str, Any], day: dt.date) -> dict[str, Any]:
    facts = DatedFact.objects.filter(customer=customer, fact=Fact.STAGE, from_day__lte=day)
    last = facts.order_by("-from_day").values("value", "from_day").first()
    return {"stage": last["value"], "since": last["from_day"]} if last else {}


def _newest_case(customer: Customer, _trigger: dict[str, Any], day: dt.date) -> dict[str, Any]:
    cases = Case.objects.filter(customer=customer, opened_on__lte=day).order_by("-opened_on", "-pk")
    last = cases.values("title", "severity", "opened_on", "state").first()
    return dict(last) if last else {}


INSTEAD: Final[dict[str, Callable[[Customer, dict[str, Any], dt.date], dict[str, Any]]]] = {
    TriggerKind.RENEWAL_DUE: _next_renewal,
    TriggerKind.RENEWAL_CLOSED: _last_closed,
    TriggerKind.SCORE_DROP: _scores,
    TriggerKind.MEASURE_BELOW: _figure,
    TriggerKind.MILESTONE_MISSED: _milestones,
    TriggerKind.STAGE_ENTERED: _stage,
    TriggerKind.CASE_OPENED: _newest_case,
}
