"""Forecast calls: the CSM's view and the manager's decision, each in the voice of its author and kept as it was made."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts import access, seen
from accounts.models import Cover, User
from renewals.calling import CALL, DECISION, call_all, check, silent, undo_all
from renewals.models import ForecastCall, Renewal


def spoken_for(user: User, day: dt.date) -> set[int]:
    """Ids of the owners in whose voice ``user`` speaks on the day: the own one, and that of whom they cover."""
    covers = Cover.objects.filter(by=user, starts_on__lte=day, ends_on__gt=day)
    return {user.pk, *covers.values_list("owner_id", flat=True)}


def say(
    renewal: Renewal,
    user: User,
    now: dt.datetime,
    day: dt.date,
    *,
    likelihood: Decimal | None,
    category: str,
    note: str = "",
) -> str:
    """Record what ``user`` says in the voice of its author: the CSM's call, or a manager's decision with its reason.

    Returns the mark of what the act left, with which ``undo`` takes it back; "" where it left all as it was. Raises
    ValidationError by field; PermissionDenied where the person has no voice of its own.
    """
    if renewal.customer.owner_id in spoken_for(user, day):
        return call(renewal, user, now, day, likelihood=likelihood, category=category, note=note)
    if not access.manages(user):
        raise PermissionDenied
    try:
        return decide(renewal, user, now, day, likelihood=likelihood, category=category, reason=note)
    except ValidationError as error:
        raise _as_note(error) from error


def call(
    renewal: Renewal,
    user: User,
    now: dt.datetime,
    day: dt.date,
    *,
    likelihood: Decimal | None,
    category: str,
    note: str = "",
) -> str:
    """Record the CSM's call: likelihood 0–1 (None: not said), category (empty: not said), note. Returns as ``say``.

    The same call again is not written twice. A call that says neither is refused.
    """
    said = {"likelihood": likelihood, "category": category, "note": note}
    spoken = call_all([renewal.pk], user, now, day, said)
    if not spoken.outcome.same:
        spoken.outcome.only()
    return spoken.marks.get(renewal.pk, "")


@transaction.atomic
def take_back(renewal: Renewal, user: User, now: dt.datetime, day: dt.date) -> None:
    """Take the CSM's call back, as if none had been made; that, too, is kept as a call."""
    renewal = renewal.held_open()
    if renewal.csm_called_on is None:
        return
    _silence(renewal, CALL)
    _keep(renewal, ForecastCall.Voice.CSM, user, now, day, None, "", "")


@transaction.atomic
def decide(
    renewal: Renewal,
    user: User,
    now: dt.datetime,
    day: dt.date,
    *,
    likelihood: Decimal | None,
    reason: str,
    category: str = "",
) -> str:
    """Record a manager's decision with its reason: a likelihood 0–1, a category, or both, over CSM and model.

    Returns the mark of what it left.
    """
    renewal = renewal.held_open()
    check(likelihood, category)
    if not reason.strip():
        raise ValidationError({"reason": _("A decision needs its reason.")})
    renewal.final_likelihood, renewal.final_category, renewal.final_reason = likelihood, category, reason.strip()
    renewal.final_by, renewal.final_on = user, day
    renewal.save(update_fields=DECISION)
    _keep(renewal, ForecastCall.Voice.FINAL, user, now, day, likelihood, category, reason)
    return seen.mark(renewal, DECISION)


@transaction.atomic
def withdraw(renewal: Renewal, user: User, now: dt.datetime, day: dt.date) -> None:
    """Take the final decision back; that, too, is kept as a call."""
    renewal = renewal.held_open()
    if not renewal.is_decided:
        return
    _silence(renewal, DECISION)
    _keep(renewal, ForecastCall.Voice.FINAL, user, now, day, None, "", "")


def undo(renewal: Renewal, voice: str, user: User, now: dt.datetime, mark: str) -> bool:
    """Take back what ``user`` said last in the voice, so that the call before it stands again, of its author and day.

    The call stays on record as undone; none is recorded. False where nothing is said any longer. ValidationError where
    something else stands than the act left (``mark``), or where somebody else said it.
    """
    found = undo_all({renewal.pk: mark}, voice, user, now)
    return found.only().pk not in found.same


def _silence(renewal: Renewal, columns: list[str]) -> None:
    """Nothing is said in the voice of these columns."""
    for name, value in silent(renewal, columns).items():
        setattr(renewal, name, value)
    renewal.save(update_fields=columns)


def _as_note(error: ValidationError) -> ValidationError:
    """The refusal of a decision at the fields of a call, whose note is the reason; one of no field as it is."""
    if not hasattr(error, "error_dict"):
        return error
    return ValidationError({"note" if name == "reason" else name: said for name, said in error.error_dict.items()})


def _keep(
    renewal: Renewal,
    voice: str,
    user: User,
    now: dt.datetime,
    day: dt.date,
    likelihood: Decimal | None,
    category: str,
    note: str,
) -> None:
    ForecastCall.objects.create(
        renewal=renewal,
        voice=voice,
        by=user,
        on=day,
        made_at=now,
        likelihood=likelihood,
        category=category,
        note=note.strip(),
    )
