"""Forecast calls: the CSM's view and the manager's decision, each kept as it was made."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from renewals.models import ForecastCall, ForecastCategory, Renewal


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
) -> None:
    """Record the CSM's call: likelihood 0–1 (None: no opinion), category (empty: by likelihood), note.

    The same call again is not written twice.
    """
    renewal = _open(renewal)
    if category and category not in ForecastCategory.values:
        raise ValidationError({"category": _("Choose a category.")})
    _check_share(likelihood, "likelihood")
    said = (likelihood, category, note.strip())
    if said == (renewal.csm_likelihood, renewal.category, renewal.csm_note):
        return
    renewal.csm_likelihood, renewal.category, renewal.csm_note = said
    renewal.csm_called_on = day
    renewal.save(update_fields=["csm_likelihood", "category", "csm_note", "csm_called_on"])
    _keep(renewal, ForecastCall.Voice.CSM, user, now, day, likelihood, category, note)


@transaction.atomic
def decide(renewal: Renewal, user: User, now: dt.datetime, day: dt.date, *, likelihood: Decimal, reason: str) -> None:
    """Record the final likelihood, 0–1, with its reason: it stands over CSM and model."""
    renewal = _open(renewal)
    _check_share(likelihood, "likelihood")
    if not reason.strip():
        raise ValidationError({"reason": _("A decision needs its reason.")})
    renewal.final_likelihood, renewal.final_reason = likelihood, reason.strip()
    renewal.final_by, renewal.final_on = user, day
    renewal.save(update_fields=["final_likelihood", "final_reason", "final_by", "final_on"])
    _keep(renewal, ForecastCall.Voice.FINAL, user, now, day, likelihood, "", reason)


@transaction.atomic
def withdraw(renewal: Renewal, user: User, now: dt.datetime, day: dt.date) -> None:
    """Take the final decision back; that, too, is kept as a call."""
    renewal = _open(renewal)
    if renewal.final_likelihood is None:
        return
    renewal.final_likelihood, renewal.final_reason = None, ""
    renewal.final_by = renewal.final_on = None
    renewal.save(update_fields=["final_likelihood", "final_reason", "final_by", "final_on"])
    _keep(renewal, ForecastCall.Voice.FINAL, user, now, day, None, "", "")


def _open(renewal: Renewal) -> Renewal:
    held = Renewal.objects.select_for_update(of=("self",)).get(pk=renewal.pk)
    if held.is_closed:
        raise ValidationError(_("This renewal is closed; its outcome stands."))
    return held


def _check_share(likelihood: Decimal | None, field: str) -> None:
    if likelihood is not None and not 0 <= likelihood <= 1:
        raise ValidationError({field: _("A likelihood lies between 0 and 100 %.")})


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
