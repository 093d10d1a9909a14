"""What a person does with a case: open, plan, put off, hand on, close, and take that back.

Every act locks the case's row and is logged with who did it. An act that cannot be done raises
ValidationError with a message a field; nothing is then written.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Mapping
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import changes, seen, working
from accounts.models import Customer, Status, User
from accounts.sets import Outcome, refuse_changed, write
from health.models import Case, CaseAct, CaseEvidence, CaseKind, CaseState, CaseType, Resolution, Severity
from health.models.cases import CHOSEN, at_stake

LONGEST_SNOOZE: Final = dt.timedelta(days=365)
# A case should have its plan within so many days of opening; later it shows as overdue.
PLAN_WITHIN: Final = 3
SAID: Final = 500
LONGEST_PLAN: Final = 4_000
# The fields whose values identify one closing, one snooze and one plan.
CLOSING: Final = ("state", "resolution", "resolution_note", "closed_at", "closed_by")
WAITING: Final = ("state", "snoozed_until", "snooze_reason")
PLANNING: Final = ("type", "plan", "acted_on", *WAITING)
AWAKE: Final = {"snoozed_until": None, "snooze_reason": ""}
NEWER_OPEN: Final = gettext_lazy("A newer case of the same reason is open: work on that one.")
# What an act left of each case, by its number (``accounts.seen``).
Marks = Mapping[int, str]


@transaction.atomic
def open_by_hand(
    customer: Customer, *, user: User, day: dt.date, title: str, kind: str, type: str, plan: str, due_on: dt.date,  # noqa: A002 (the field's name)
    severity: str = Severity.MEDIUM, note: str = "",
) -> Case:  # fmt: skip
    """Open a case by hand with its type and plan, in progress at once.

    Its owner is the customer's owner or, where there is none, ``user``. A customer has at most one open case of
    a title.
    """
    plan_errors = _planned(type, plan)
    errors = plan_errors | _one_of("kind", kind, CaseKind.values) | _one_of("severity", severity, Severity.values)
    if not title.strip():
        errors["title"] = _("Name the case.")
    if due_on < day:
        errors["due_on"] = _("Choose today or a day after it.")
    _refuse(errors)
    case = Case(
        customer=customer, kind=kind, reason=_reason(title), title=title.strip()[:120], type=type, plan=plan.strip(),
        severity=severity, owner=customer.owner or user, value=at_stake(kind, customer.arr), state=CaseState.WORKING, opened_on=day,
        opened_by=user, due_on=due_on, newest_evidence_on=day, acted_on=day,
    )  # fmt: skip
    try:
        with transaction.atomic():
            case.save()
    except IntegrityError as error:
        if "case_one_open_a_reason" not in str(error):
            raise
        raise ValidationError({"title": _("A case of this title is open already.")}) from None
    if note.strip():
        CaseEvidence.objects.create(case=case, day=day, note=note.strip()[:SAID])
    return logged(Outcome({case.pk: case}), CaseAct.Act.OPENED, user, day).only()


def plan(case: Case, *, type: str, plan: str, user: User, day: dt.date) -> Case:  # noqa: A002 (the field's name)
    """As ``plan_all``, for one case."""
    return plan_all([case.pk], type=type, plan=plan, user=user, day=day).only()


@transaction.atomic
def plan_all(cases: Iterable[int], *, type: str, plan: str, user: User, day: dt.date) -> Outcome[Case]:  # noqa: A002 (the field's name)
    """Write the type and plan of open cases; they are in progress from then on, and a snooze ends."""
    _refuse(_planned(type, plan))
    outcome = open_cases(cases)
    text = plan.strip()
    write(outcome.rows, type=type, plan=text, state=CaseState.WORKING, **AWAKE)
    write([case for case in outcome.rows if case.acted_on is None], acted_on=day)
    return logged(outcome, CaseAct.Act.PLANNED, user, day, text)


def snooze(case: Case, until: dt.date, reason: str, *, user: User, day: dt.date) -> Case:
    """As ``snooze_all``, for one case."""
    return snooze_all([case.pk], until, reason, user=user, day=day).only()


@transaction.atomic
def snooze_all(cases: Iterable[int], until: dt.date, reason: str, *, user: User, day: dt.date) -> Outcome[Case]:
    """Put open cases off until a day after ``day``, at most a year, for a reason. The due day stays."""
    errors: dict[str, str] = {}
    if until <= day:
        errors["until"] = _("Choose a day after today.")
    elif until > day + LONGEST_SNOOZE:
        errors["until"] = _("Choose a day within a year.")
    if not reason.strip():
        errors["reason"] = _("Say why it waits.")
    _refuse(errors)
    outcome = open_cases(cases)
    text = reason.strip()[:200]
    write(outcome.rows, state=CaseState.SNOOZED, snoozed_until=until, snooze_reason=text)
    return logged(outcome, CaseAct.Act.SNOOZED, user, day, text)


def wake(case: Case, *, user: User, day: dt.date, back: str = "") -> Case:
    """As ``wake_all``, for one case."""
    return wake_all([case.pk], user=user, day=day, back={case.pk: back}).only()


@transaction.atomic
def wake_all(cases: Iterable[int], *, user: User, day: dt.date, back: Marks) -> Outcome[Case]:
    """End the snooze of cases at once; ``back`` has the mark of that snooze by case."""
    outcome = open_cases(cases)
    outcome.refuse(lambda case: _unless(case.state == CaseState.SNOOZED, _("“%(case)s” is awake already."), case))
    refuse_changed(outcome, WAITING, back)
    _wake(outcome.rows)
    return logged(outcome, CaseAct.Act.WOKEN, user, day)


def hand_on(case: Case, to: User, *, user: User, day: dt.date) -> Case:
    """As ``hand_on_all``, for one case."""
    return hand_on_all([case.pk], to, user=user, day=day).only()


@transaction.atomic
def hand_on_all(cases: Iterable[int], to: User, *, user: User, day: dt.date) -> Outcome[Case]:
    """Give open cases to somebody who may work on their customers; they no longer follow the customer's owner."""
    outcome = open_cases(cases)
    able = working.able(to, (case.customer_id for case in outcome.rows))
    outcome.refuse(lambda case: None if case.customer_id in able else working.may_not(to, case.customer))
    write(outcome.rows, owner=to)
    return logged(outcome, CaseAct.Act.HANDED_ON, user, day, to.name)


def close(case: Case, resolution: str, *, user: User, day: dt.date, now: dt.datetime, note: str = "") -> Case:
    """As ``close_all``, for one case."""
    return close_all([case.pk], resolution, user=user, day=day, now=now, note=note).only()


@transaction.atomic
def close_all(
    cases: Iterable[int], resolution: str, *, user: User, day: dt.date, now: dt.datetime, note: str = ""
) -> Outcome[Case]:
    """Close open cases with a resolution; "not valid" needs a note, so that the rule can be improved."""
    errors = _one_of("resolution", resolution, [key for key, _label in CHOSEN])
    if not resolution:
        errors["resolution"] = _("Choose a result.")
    if resolution == Resolution.NOT_VALID and not note.strip():
        errors["note"] = _("Say why it was not valid.")
    _refuse(errors)
    outcome = open_cases(cases)
    text = note.strip()[:SAID]
    write(
        outcome.rows, state=CaseState.CLOSED, resolution=resolution, resolution_note=text,
        closed_on=day, closed_at=now, closed_by=user, **AWAKE,
    )  # fmt: skip
    return logged(outcome, CaseAct.Act.CLOSED, user, day, text)


def reopen(case: Case, *, user: User, day: dt.date, back: str = "") -> Case:
    """As ``reopen_all``, for one case."""
    return reopen_all([case.pk], user=user, day=day, back={case.pk: back}).only()


@transaction.atomic
def reopen_all(cases: Iterable[int], *, user: User, day: dt.date, back: Marks) -> Outcome[Case]:
    """Undo the closings marked in ``back``: cases with a type and plan are in progress again, others new."""
    outcome = _locked(cases)
    outcome.refuse(lambda case: _unless(case.state == CaseState.CLOSED, _("“%(case)s” is open already."), case))
    refuse_changed(outcome, CLOSING, back)
    outcome.refuse(_of_gone_customer)
    _refuse_second(outcome)
    try:
        with transaction.atomic():
            _wake(outcome.rows, resolution="", resolution_note="", closed_on=None, closed_at=None, closed_by=None)
    except IntegrityError as error:
        if "case_one_open_a_reason" not in str(error):
            raise
        raise ValidationError(NEWER_OPEN) from None
    return logged(outcome, CaseAct.Act.REOPENED, user, day)


def mark(case: Case) -> str:
    """The mark of a case just closed, snoozed or planned; the act that undoes this compares it."""
    fields = {CaseState.CLOSED: CLOSING, CaseState.SNOOZED: WAITING}
    return seen.mark(case, fields.get(CaseState(case.state), PLANNING))


def _planned(type_: str, plan_: str) -> dict[str, str]:
    errors = _one_of("type", type_, CaseType.values)
    if not type_:
        errors["type"] = _("Choose what it is about.")
    if not plan_.strip():
        errors["plan"] = _("Say what will be done.")
    elif len(plan_) > LONGEST_PLAN:
        errors["plan"] = _("At most %(most)s letters.") % {"most": LONGEST_PLAN}
    return errors


def _one_of(field: str, value: str, known: list[Any]) -> dict[str, str]:
    if not value or value in known:
        return {}
    return {field: _("“%(value)s” is not one of the choices.") % {"value": value}}


def _refuse(errors: dict[str, str]) -> None:
    if errors:
        raise ValidationError(dict(errors))


def _reason(title: str) -> str:
    """The reason of a case by hand: a digest of its title, which is what distinguishes such cases."""
    digest = hashlib.blake2b(title.strip().casefold().encode(), digest_size=8).hexdigest()
    return f"hand-{digest}"


def _wake(cases: Iterable[Case], **values: Any) -> None:
    """Show cases again, those with a plan in progress, and give them ``values``."""
    rows = list(cases)
    write([case for case in rows if case.type and case.plan], state=CaseState.WORKING, **AWAKE, **values)
    write([case for case in rows if not (case.type and case.plan)], state=CaseState.NEW, **AWAKE, **values)


def _locked(cases: Iterable[int]) -> Outcome[Case]:
    rows = Case.objects.select_for_update(of=("self",)).filter(pk__in=list(cases))
    return Outcome(
        {case.pk: case for case in rows.select_related("customer", "owner", "rule", "closed_by").order_by("pk")}
    )


def open_cases(cases: Iterable[int]) -> Outcome[Case]:
    """Lock the cases and refuse those that are closed."""
    outcome = _locked(cases)
    outcome.refuse(_ended)
    return outcome


def _ended(case: Case) -> ValidationError | None:
    if case.state != CaseState.CLOSED:
        return None
    message = _("“%(case)s” is closed already.") % {"case": case.shown_title}
    return seen.Ended(message, case.closed_by, case.closed_at)


def _of_gone_customer(case: Case) -> ValidationError | None:
    if not case.customer.merged_into_id and case.customer.status != Status.CHURNED:
        return None
    return ValidationError(_("The customer is gone: its cases cannot be opened again."))


def _unless(holds: bool, pattern: str, case: Case) -> ValidationError | None:  # noqa: FBT001 (the condition)
    return None if holds else ValidationError(pattern % {"case": case.shown_title})


def _refuse_second(outcome: Outcome[Case]) -> None:
    """Refuse cases whose customer has another open case of the reason, and of several such cases all but the newest."""
    reasons = {(case.customer_id, case.reason): case.pk for case in outcome.rows}
    open_cases = Case.objects.open().filter(customer__in={customer for customer, _reason in reasons})
    open_keys = set(open_cases.values_list("customer_id", "reason"))

    def second(case: Case) -> ValidationError | None:
        key = case.customer_id, case.reason
        return ValidationError(NEWER_OPEN) if key in open_keys or reasons[key] != case.pk else None

    outcome.refuse(second)


def logged(found: Outcome[Case], act: str, user: User, day: dt.date, note: str = "") -> Outcome[Case]:
    CaseAct.objects.bulk_create(CaseAct(case=case, act=act, by=user, day=day, note=note[:SAID]) for case in found.rows)
    if found.done:
        changes.mark({case.customer_id for case in found.rows}, "case")
    return found
