"""Forecast calls: the CSM's call and the manager's decision, each recorded as it was made."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts import access, seen
from accounts.models import User
from renewals.calling import CALL, DECISION, call_all, check, silent, undo_all
from renewals.models import ForecastCall, Renewal


def speaks(user: User, owner: int | None) -> bool:
    """Whether ``user`` may make the CSM's call for this owner's renewals."""
    return owner in access.own(user)


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
    """Record the CSM's call or, from a manager who does not call for the owner, a decision with its reason.

    Returns the mark of the row afterwards, which ``undo`` needs; "" where nothing changed. Raises ValidationError by
    field; PermissionDenied where the user may make neither.
    """
    if speaks(user, renewal.customer.owner_id):
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
    """Record the CSM's call: likelihood 0–1 (or None), category (or empty), note. Returns as ``say``.

    An unchanged call writes nothing. ValidationError for a call with neither likelihood nor category.
    """
    values = {"likelihood": likelihood, "category": category, "note": note}
    spoken = call_all([renewal.pk], user, now, day, values)
    if not spoken.outcome.same:
        spoken.outcome.only()
    return spoken.marks.get(renewal.pk, "")


@transaction.atomic
def take_back(renewal: Renewal, user: User, now: dt.datetime, day: dt.date) -> None:
    """Take the CSM's call back, as if none had been made; the withdrawal is recorded as a call."""
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

    Returns the mark of the row afterwards.
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
    """Take the final decision back; the withdrawal is recorded as a call."""
    renewal = renewal.held_open()
    if not renewal.is_decided:
        return
    _silence(renewal, DECISION)
    _keep(renewal, ForecastCall.Voice.FINAL, user, now, day, None, "", "")


def undo(renewal: Renewal, voice: str, user: User, now: dt.datetime, mark: str) -> bool:
    """Undo the latest call of the voice, made by ``user``, and restore the call before it with its author and day.

    The undone call stays on record, marked as undone; no new one is recorded. Returns False where no call remains.
    ValidationError where the row has changed since (``mark``), or where somebody else made the latest call.
    """
    found = undo_all({renewal.pk: mark}, voice, user, now)
    return found.only().pk not in found.same


def _silence(renewal: Renewal, columns: list[str]) -> None:
    """Clear the columns of a voice."""
    for name, value in silent(renewal, columns).items():
        setattr(renewal, name, value)
    renewal.save(update_fields=columns)


def _as_note(error: ValidationError) -> ValidationError:
    """The error of a decision with its reason renamed to the call's note; an error without fields stays as it is."""
    if not hasattr(error, "error_dict"):
        return error
    return ValidationError({"note" if name == "reason" else name: errors for name, errors in error.error_dict.items()})


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
