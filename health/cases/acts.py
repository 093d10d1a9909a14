"""What a person does with a case: open, plan, put off, hand on, close, and take that back.

Every act locks the case's row and is logged with who did it. An act that cannot be done raises
ValidationError with a message a field; nothing is then written.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from accounts import changes, seen
from accounts.models import Customer, Role, User
from health.models import Case, CaseAct, CaseEvidence, CaseKind, CaseState, CaseType, Resolution, Severity
from health.models.cases import at_stake

LONGEST_SNOOZE: Final = dt.timedelta(days=365)
# A case should have its plan within so many days of opening; later it shows as overdue.
PLAN_WITHIN: Final = 3
SAID: Final = 500
LONGEST_PLAN: Final = 4_000
# What tells one closing, and one putting off, from another.
CLOSING: Final = ("state", "resolution", "resolution_note", "closed_at", "closed_by")
WAITING: Final = ("state", "snoozed_until", "snooze_reason")
CLOSED: Final = (*CLOSING, "closed_on", "snoozed_until", "snooze_reason")


@transaction.atomic
def open_by_hand(
    customer: Customer, *, user: User, day: dt.date, title: str, kind: str, type: str, plan: str, due_on: dt.date,  # noqa: A002 (the field's name)
    severity: str = Severity.MEDIUM, note: str = "",
) -> Case:  # fmt: skip
    """A case that somebody saw, in progress at once: its type and plan are there from the start.

    It belongs to the customer's owner, or to who opened it where there is none. One with the same title is
    opened only once a customer.
    """
    planned = _planned(type, plan)
    errors = planned | _one_of("kind", kind, CaseKind.values) | _one_of("severity", severity, Severity.values)
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
    _save_open(case, problem={"title": _("A case of this title is open already.")})
    if note.strip():
        CaseEvidence.objects.create(case=case, day=day, note=note.strip()[:SAID])
    _log(case, CaseAct.Act.OPENED, user, day)
    return case


@transaction.atomic
def plan(case: Case, *, type: str, plan: str, user: User, day: dt.date) -> Case:  # noqa: A002 (the field's name)
    """Say what the case is about and what will be done; it is in progress then, a snooze is over."""
    _refuse(_planned(type, plan))
    held = _open(case)
    held.type, held.plan, held.state = type, plan.strip(), CaseState.WORKING
    held.snoozed_until, held.snooze_reason = None, ""
    held.acted_on = held.acted_on or day
    held.save(update_fields=["type", "plan", "acted_on", *WAITING])
    _log(held, CaseAct.Act.PLANNED, user, day, held.plan)
    return held


@transaction.atomic
def snooze(case: Case, until: dt.date, reason: str, *, user: User, day: dt.date) -> Case:
    """Put an open case off until a day after ``day``, at most a year, for a reason. The due day stays."""
    errors: dict[str, str] = {}
    if until <= day:
        errors["until"] = _("Choose a day after today.")
    elif until > day + LONGEST_SNOOZE:
        errors["until"] = _("Choose a day within a year.")
    if not reason.strip():
        errors["reason"] = _("Say why it waits.")
    _refuse(errors)
    held = _open(case)
    held.state, held.snoozed_until, held.snooze_reason = CaseState.SNOOZED, until, reason.strip()[:200]
    held.save(update_fields=WAITING)
    _log(held, CaseAct.Act.SNOOZED, user, day, held.snooze_reason)
    return held


@transaction.atomic
def wake(case: Case, *, user: User, day: dt.date, back: str = "") -> Case:
    """Show a snoozed case again at once; ``back`` is the mark of the snooze that is taken back."""
    held = _open(case)
    if held.state != CaseState.SNOOZED:
        raise ValidationError(_("“%(case)s” is awake already.") % {"case": held.shown_title})
    seen.check(held, WAITING, back)
    _awake(held)
    held.save(update_fields=WAITING)
    _log(held, CaseAct.Act.WOKEN, user, day)
    return held


@transaction.atomic
def hand_on(case: Case, to: User, *, user: User, day: dt.date) -> Case:
    """Give an open case to somebody who may work on its customer; it no longer follows the customer's owner."""
    held = _open(case)
    allowed = to.is_active and to.role != Role.VIEWER
    if not allowed or not Customer.objects.changeable_by(to).filter(pk=held.customer_id).exists():
        words = {"person": to.name, "customer": held.customer.name}
        raise ValidationError({"to": _("%(person)s may not work on %(customer)s.") % words})
    held.owner = to
    held.save(update_fields=["owner"])
    _log(held, CaseAct.Act.HANDED_ON, user, day, to.name)
    return held


@transaction.atomic
def close(case: Case, resolution: str, *, user: User, day: dt.date, now: dt.datetime, note: str = "") -> Case:
    """Close an open case with what came of it; "not valid" needs a note, so that the rule can be made better."""
    errors = _one_of("resolution", resolution, Resolution.values)
    if not resolution:
        errors["resolution"] = _("Choose what came of it.")
    if resolution == Resolution.NOT_VALID and not note.strip():
        errors["note"] = _("Say why it was not valid.")
    _refuse(errors)
    held = _open(case)
    held.state, held.resolution, held.resolution_note = CaseState.CLOSED, resolution, note.strip()[:SAID]
    held.closed_on, held.closed_at, held.closed_by = day, now, user
    held.snoozed_until, held.snooze_reason = None, ""
    held.save(update_fields=CLOSED)
    _log(held, CaseAct.Act.CLOSED, user, day, held.resolution_note)
    return held


@transaction.atomic
def reopen(case: Case, *, user: User, day: dt.date, back: str = "") -> Case:
    """Take a closing back, that which ``back`` marks: the case is as far as its plan says."""
    held = _locked(case)
    if held.state != CaseState.CLOSED:
        raise ValidationError(_("“%(case)s” is open already.") % {"case": held.shown_title})
    seen.check(held, CLOSING, back)
    if held.customer.merged_into_id or held.customer.status == "churned":
        raise ValidationError(_("The customer is gone: its cases cannot be opened again."))
    _awake(held)
    held.resolution, held.resolution_note = "", ""
    held.closed_on, held.closed_at, held.closed_by = None, None, None
    _save_open(held, fields=CLOSED, problem=_("A newer case of the same reason is open: work on that one."))
    _log(held, CaseAct.Act.REOPENED, user, day)
    return held


def mark(case: Case) -> str:
    """The mark of how the case, just closed or put off, stands, for ``reopen`` or ``wake``."""
    return seen.mark(case, CLOSING if case.state == CaseState.CLOSED else WAITING)


def colleagues(customer: Customer, user: User) -> QuerySet[User]:
    """Who may be given a case or a task of ``customer``: its owner, the owner's managers, admins, and ``user``."""
    above: list[int] = []
    person = customer.owner
    while person and person.pk not in above:
        above.append(person.pk)
        person = person.manager
    among = Q(pk__in=[*above, user.pk]) | Q(role=Role.ADMIN)
    return User.objects.filter(among, is_active=True).exclude(role=Role.VIEWER).order_by("name")


def colleague(customer: Customer, user: User, email: str) -> User:
    """The one of ``colleagues`` with this address; ValidationError where there is none."""
    found = colleagues(customer, user).filter(email=email.lower()).first()
    if found is None:
        raise ValidationError({"to": _("Nobody with this address may get it from you.")})
    return found


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
    """A case by hand is told apart from others by its title."""
    digest = hashlib.blake2b(title.strip().casefold().encode(), digest_size=8).hexdigest()
    return f"hand-{digest}"


def _awake(case: Case) -> None:
    case.state = CaseState.WORKING if case.type and case.plan else CaseState.NEW
    case.snoozed_until, case.snooze_reason = None, ""


def _save_open(case: Case, *, problem: Any, fields: Iterable[str] | None = None) -> None:
    """Save a case that is to be open, of one that exists the ``fields``; ``problem`` where another of its reason is."""
    try:
        with transaction.atomic():
            case.save(update_fields=fields)
    except IntegrityError as error:
        if "case_one_open_a_reason" not in str(error):
            raise
        raise ValidationError(problem) from None


def _locked(case: Case) -> Case:
    rows = Case.objects.select_for_update(of=("self",))
    return rows.select_related("customer", "owner", "rule").get(pk=case.pk)


def _open(case: Case) -> Case:
    held = _locked(case)
    if held.state == CaseState.CLOSED:
        words = _("“%(case)s” is closed already.") % {"case": held.shown_title}
        raise seen.Ended(words, held.closed_by, held.closed_at)
    return held


def _log(case: Case, act: str, user: User, day: dt.date, note: str = "") -> None:
    CaseAct.objects.create(case=case, act=act, by=user, day=day, note=note[:SAID])
    changes.mark([case.customer_id], "case")
