"""Moving the day by which cases are due."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts import changes, seen
from accounts.sets import Outcome, write
from health.cases.acts import open_cases
from health.models import Case


@transaction.atomic
def move(cases: Iterable[int], due_on: dt.date, *, day: dt.date) -> Outcome[Case]:
    """Let open cases be due on another day, from ``day`` on."""
    if due_on < day:
        raise ValidationError({"due_on": _("Choose today or a day after it.")})
    found = open_cases(cases)
    found.same = {case.pk for case in found.rows if case.due_on == due_on}
    found.done = {pk: case for pk, case in found.done.items() if pk not in found.same}
    return _written(found, {case.pk: due_on for case in found.rows})


@transaction.atomic
def move_back(before: Mapping[int, dt.date], due_on: dt.date) -> Outcome[Case]:
    """Let open cases be due again when they were ``before``, where they still are due on ``due_on``."""
    found = open_cases(before)
    found.refuse(lambda case: None if case.due_on == due_on else ValidationError(seen.CHANGED_SINCE))
    return _written(found, before)


def _written(found: Outcome[Case], days: Mapping[int, dt.date]) -> Outcome[Case]:
    groups: dict[dt.date, list[Case]] = {}
    for case in found.rows:
        groups.setdefault(days[case.pk], []).append(case)
    for due_on, cases in groups.items():
        write(cases, due_on=due_on)
    if found.done:
        changes.mark({case.customer_id for case in found.rows}, "case")
    return found
