"""Taking plans and wakings of cases back."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from accounts import changes, seen
from accounts.models import User
from accounts.sets import Outcome, refuse_changed, write
from config.history.models import Entry, own
from health.cases.acts import PLANNING, Marks, logged, open_cases
from health.models import Case, CaseAct

# By case what it said before an act, by column as JSON keeps it.
Before = Mapping[int, Mapping[str, Any]]


@transaction.atomic
def take_plan_back(case: Case, *, user: User, day: dt.date, back: str = "") -> Case:
    """Let the case stand as before ``user`` planned it, while nothing has been done with it since; ``back`` marks that plan."""
    newest = case.acts.order_by("-pk").first()
    before = Entry.objects.filter(own("case", case.pk), after__has_any_keys=PLANNING).order_by("-pk").first()
    if newest is None or newest.act != CaseAct.Act.PLANNED or newest.by_id != user.pk or before is None:
        open_cases([case.pk]).only()
        raise ValidationError(seen.CHANGED_SINCE)
    stood = {name: before.before[name] for name in {*PLANNING} & {*before.before}}
    return take_back({case.pk: stood}, {case.pk: back}, user=user, day=day).only()


@transaction.atomic
def take_back(stood: Before, back: Marks, *, user: User, day: dt.date) -> Outcome[Case]:
    """Let open cases say what they said before their plans, by column as JSON keeps it, where they stand as those left them (``back``)."""
    return logged(_as_before(stood, back), CaseAct.Act.UNPLANNED, user, day)


@transaction.atomic
def snooze_again(stood: Before, back: Marks, *, by: User) -> Outcome[Case]:
    """Put open cases off again as before ``by`` woke them, whatever the day, where they stand as that left them (``back``).

    Deletes the log entry of the waking, so that the snooze is the last act again.
    """
    outcome = _as_before(stood, back)
    wakings = CaseAct.objects.filter(case__in=list(outcome.done), act=CaseAct.Act.WOKEN, by=by)
    newest = wakings.order_by("case", "-pk").distinct("case")
    CaseAct.objects.filter(pk__in=list(newest.values_list("pk", flat=True))).delete()
    if outcome.done:
        changes.mark({case.customer_id for case in outcome.rows}, "case")
    return outcome


def _as_before(stood: Before, back: Marks) -> Outcome[Case]:
    outcome = open_cases(stood)
    refuse_changed(outcome, PLANNING, back)
    groups: dict[str, list[Case]] = {}
    for case in outcome.rows:
        groups.setdefault(json.dumps(stood[case.pk], sort_keys=True), []).append(case)
    for values, cases in groups.items():
        write(cases, **{name: Case._meta.get_field(name).to_python(text) for name, text in json.loads(values).items()})  # type: ignore[union-attr]
    return outcome
