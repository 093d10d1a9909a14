"""Why, or why not: each check that decides whether a customer enters a playbook on a day.

The trigger is evaluated with the query of the sweep, so the sweep enrols the customer exactly when every check passes.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db import connection
from django.db.models import QuerySet

from accounts import conditions, facts
from accounts.models import Customer, Fact, Status
from health.models import Case, Milestone
from health.states import Watch
from health.states.verdicts import Check, Verdict, current, in_audience, in_state
from playbooks import entrants, triggers
from playbooks.models import Enrolment, Playbook, PlaybookVersion, TriggerKind
from renewals.models import Renewal

Occasion = tuple[str, dict[str, Any], bool]

ONE: Final = """
    WITH {reads} triggered AS ({trigger})
    SELECT t.occasion, t.why::text, EXISTS (
        SELECT 1 FROM playbooks_enrolment e
        WHERE e.playbook_id = %(playbook)s AND e.customer_id = %(customer)s
          AND e.occasion = t.occasion) AS entered
    FROM triggered t WHERE t.customer_id = %(customer)s
    ORDER BY entered, t.occasion LIMIT 1
"""


def explain(customer: Customer, version: PlaybookVersion, day: dt.date) -> Verdict:
    """Why ``customer`` would, or would not, enter ``version`` on ``day``.

    A draft is evaluated as if it were published. A fixed number of statements.
    """
    playbook = version.playbook
    enrolments = Enrolment.objects.filter(customer=customer, playbook=playbook)
    try:
        conditions.check(version.audience)
        watched = triggers.watch(version)
        occasion = _occasion(customer, version, watched, day)
    except ValidationError:
        return Verdict([Check("in_use", False, {"state": playbook.state, "readable": False})])
    checks = [
        Check("in_use", playbook.state == Playbook.State.ACTIVE, {"state": playbook.state, "readable": True}),
        _among(customer, version),
        _trigger(customer, version, watched, day, occasion),
        *in_audience(version.audience, customer, day),
    ]
    if occasion:
        checks.append(Check("occasion", not occasion[2], {"occasion": occasion[0]}))
    if not triggers.of_a_renewal(version):
        checks.append(_running(enrolments))
    if version.reentry_days:
        checks.append(_quiet(enrolments, version.reentry_days, day))
    return Verdict(checks)


def _occasion(customer: Customer, version: PlaybookVersion, watched: Watch | None, day: dt.date) -> Occasion | None:
    """The occasion for which the trigger fires, its facts, and whether it was entered; a new one first."""
    only = [customer.pk]
    with triggers.standing([watched], day, only) as columns, connection.cursor() as cursor:
        trigger = triggers.query(version, watched, day, columns, only)
        params = trigger.params | {"customer": customer.pk, "playbook": version.playbook_id}
        cursor.execute(ONE.format(reads=trigger.reads, trigger=trigger.sql), params)
        row = cursor.fetchone()
    return (row[0], json.loads(row[1]), row[2]) if row else None


def _among(customer: Customer, version: PlaybookVersion) -> Check:
    """Check that the customer is current, or churned where the audience names churned customers."""
    if customer.status == Status.CHURNED and entrants.takes_churned(version):
        return Check("current", customer.merged_into_id is None, {"status": customer.status})
    return current(customer)


def _trigger(
    customer: Customer, version: PlaybookVersion, watched: Watch | None, day: dt.date, occasion: Occasion | None
) -> Check:
    if occasion:
        return Check("state" if watched else "trigger", True, occasion[1])
    if watched:
        return in_state(watched, customer, day)
    instead = INSTEAD.get(version.trigger_kind)
    return Check("trigger", False, instead(customer, day) if instead else {})


def _running(enrolments: QuerySet[Enrolment]) -> Check:
    running = enrolments.filter(state=Enrolment.State.RUNNING).exclude(occasion__startswith="renewal:")
    since = running.values_list("enrolled_on", flat=True).first()
    return Check("running", since is None, {"since": since})


def _quiet(enrolments: QuerySet[Enrolment], quiet_days: int, day: dt.date) -> Check:
    last = enrolments.order_by("-enrolled_on").values_list("enrolled_on", flat=True).first()
    is_quiet = last is not None and last > day - dt.timedelta(days=quiet_days)
    return Check("quiet", not is_quiet, {"last": last, "days": quiet_days})


def _next_renewal(customer: Customer, _day: dt.date) -> dict[str, Any]:
    renewal = Renewal.objects.next_of(customer)
    return {"due_on": renewal.due_on, "stage": renewal.stage} if renewal else {}


def _last_closed(customer: Customer, day: dt.date) -> dict[str, Any]:
    closed = Renewal.objects.counted().filter(customer=customer, stage="closed", closed_on__lte=day)
    last = closed.order_by("-closed_on").values("closed_on", "outcome").first()
    return dict(last) if last else {}


def _milestones(customer: Customer, day: dt.date) -> dict[str, Any]:
    reached = Milestone.objects.filter(customer=customer, reached_on__lte=day).count()
    return {"reached": reached}


def _stage(customer: Customer, day: dt.date) -> dict[str, Any]:
    last = facts.history(customer, Fact.STAGE).filter(from_day__lte=day).first()
    return {"stage": last.value, "since": last.from_day} if last else {}


def _newest_case(customer: Customer, day: dt.date) -> dict[str, Any]:
    cases = Case.objects.filter(customer=customer, opened_on__lte=day).order_by("-opened_on", "-pk")
    last = cases.values("title", "severity", "opened_on", "state").first()
    return dict(last) if last else {}


INSTEAD: Final[dict[str, Callable[[Customer, dt.date], dict[str, Any]]]] = {
    TriggerKind.RENEWAL_DUE: _next_renewal,
    TriggerKind.RENEWAL_CLOSED: _last_closed,
    TriggerKind.MILESTONE_MISSED: _milestones,
    TriggerKind.STAGE_ENTERED: _stage,
    TriggerKind.CASE_OPENED: _newest_case,
}
