"""Forecast calls: the CSM's view and the manager's decision, each in the voice of its author and kept as it was made."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts import access, seen
from accounts.models import Cover, User
from renewals.models import ForecastCall, ForecastCategory, Renewal

# The columns of each voice: what it writes, and what is marked.
CALL: Final = ["csm_likelihood", "category", "csm_note", "csm_called_on"]
DECISION: Final = ["final_likelihood", "final_category", "final_reason", "final_by", "final_on"]


@dataclass(frozen=True)
class Left:
    """What an act left: its mark, and the words of the same voice that stood before, a call's id; None: nothing was said."""

    mark: str
    before: int | None


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
) -> Left | None:
    """Record what ``user`` says in the voice of its author: the CSM's call, or a manager's decision with its reason.

    Returns the mark of what the act left, with which it can be taken back; "" where it left all as it was. Raises ValidationError by field; PermissionDenied where the person has no voice of its own.
    """
    if renewal.customer.owner_id in spoken_for(user, day):
        return call(renewal, user, now, day, likelihood=likelihood, category=category, note=note)
    if not access.manages(user):
        raise PermissionDenied
    try:
        return decide(renewal, user, now, day, likelihood=likelihood, category=category, reason=note)
    except ValidationError as error:
        raise _as_note(error) from error


@transaction.atomic
def call(
    renewal: Renewal,
    user: User,
    now: dt.datetime,
    day: dt.date,
    *,
    likelihood: Decimal | None,
    category: str,
    note: str = "",
) -> Left | None:
    """Record the CSM's call: likelihood 0–1 (None: not said), category (empty: not said), note. Returns as ``say``.

    The same call again is not written twice. A call that says neither is refused.
    """
    renewal = renewal.held_open()
    _check(likelihood, category)
    said = (likelihood, category, note.strip())
    if said == (renewal.csm_likelihood, renewal.category, renewal.csm_note):
        return None
    renewal.csm_likelihood, renewal.category, renewal.csm_note = said
    renewal.csm_called_on = day
    renewal.save(update_fields=CALL)
    before = _newest(renewal, ForecastCall.Voice.CSM)
    _keep(renewal, ForecastCall.Voice.CSM, user, now, day, likelihood, category, note)
    return Left(seen.mark(renewal, CALL), before)


@transaction.atomic
def take_back(renewal: Renewal, user: User, now: dt.datetime, day: dt.date, *, back: str = "") -> None:
    """Take the CSM's call back, as if none had been made; that, too, is kept as a call.

    Refused where something else stands than the act left that is undone (``back``, its mark).
    """
    renewal = renewal.held_open()
    seen.check(renewal, CALL, back)
    if renewal.csm_called_on is None:
        return
    renewal.csm_likelihood, renewal.category, renewal.csm_note, renewal.csm_called_on = None, "", "", None
    renewal.save(update_fields=CALL)
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
) -> Left:
    """Record a manager's decision with its reason: a likelihood 0–1, a category, or both, over CSM and model.

    Returns as ``say``.
    """
    renewal = renewal.held_open()
    _check(likelihood, category)
    if not reason.strip():
        raise ValidationError({"reason": _("A decision needs its reason.")})
    renewal.final_likelihood, renewal.final_category, renewal.final_reason = likelihood, category, reason.strip()
    renewal.final_by, renewal.final_on = user, day
    renewal.save(update_fields=DECISION)
    before = _newest(renewal, ForecastCall.Voice.FINAL)
    _keep(renewal, ForecastCall.Voice.FINAL, user, now, day, likelihood, category, reason)
    return Left(seen.mark(renewal, DECISION), before)


@transaction.atomic
def withdraw(renewal: Renewal, user: User, now: dt.datetime, day: dt.date, *, back: str = "") -> None:
    """Take the final decision back; that, too, is kept as a call. ``back`` as in ``take_back``."""
    renewal = renewal.held_open()
    seen.check(renewal, DECISION, back)
    if not renewal.is_decided:
        return
    renewal.final_likelihood, renewal.final_category, renewal.final_reason = None, "", ""
    renewal.final_by = renewal.final_on = None
    renewal.save(update_fields=DECISION)
    _keep(renewal, ForecastCall.Voice.FINAL, user, now, day, None, "", "")


@transaction.atomic
def put_back(renewal: Renewal, voice: str, user: User, now: dt.datetime, day: dt.date, left: Left) -> bool:
    """Undo the act of ``voice`` that left this: the words before it stand again, as said by whom and when they were said.

    Where there were none, nothing is said any longer, and False is returned. Refused as in ``take_back``.
    """
    renewal = renewal.held_open()
    is_call = voice == ForecastCall.Voice.CSM
    columns = CALL if is_call else DECISION
    seen.check(renewal, columns, left.mark)
    before = left.before and renewal.calls.filter(voice=voice, pk=left.before).first()
    if not before or (before.likelihood is None and not before.category):
        (take_back if is_call else withdraw)(renewal, user, now, day)
        return False
    said: tuple[object, ...] = (before.likelihood, before.category, before.note)
    said = (*said, before.on) if is_call else (*said, before.by, before.on)
    for name, value in zip(columns, said, strict=True):
        setattr(renewal, name, value)
    renewal.save(update_fields=columns)
    _keep(renewal, voice, before.by, now, before.on, before.likelihood, before.category, before.note)
    return True


def _newest(renewal: Renewal, voice: str) -> int | None:
    return renewal.calls.filter(voice=voice).order_by("-made_at", "-pk").values_list("pk", flat=True).first()


def _check(likelihood: Decimal | None, category: str) -> None:
    if category and category not in ForecastCategory.values:
        raise ValidationError({"category": _("Choose a category.")})
    if likelihood is not None and not 0 <= likelihood <= 1:
        raise ValidationError({"likelihood": _("A likelihood lies between 0 and 100 %.")})
    if likelihood is None and not category:
        raise ValidationError({"likelihood": _("Say a likelihood or a category.")})


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
