"""The CSM's call on many renewals at once; a call on one is a call on a set of one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from decimal import Decimal
from typing import Any, Final, NamedTuple

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts import seen
from accounts.models import User
from accounts.sets import Outcome, refuse_changed
from renewals.models import ForecastCall, ForecastCategory, Renewal
from renewals.models.renewals import CLOSED, GONE

# The columns of each voice: what it writes, and what is marked.
CALL: Final = ["csm_likelihood", "category", "csm_note", "csm_called_on"]
DECISION: Final = ["final_likelihood", "final_category", "final_reason", "final_by", "final_on"]
# What a call says, and the column of the renewal that keeps it.
SAID: Final = {"likelihood": "csm_likelihood", "category": "category", "note": "csm_note"}
OTHERS: Final = _("The call on this customer is its CSM’s.")


class Spoken(NamedTuple):
    """The renewals called, those refused and those of which the same was said already; by number the marks of what the calls left."""

    outcome: Outcome[Renewal]
    marks: dict[int, str]


@transaction.atomic
def call_all(
    renewals: Iterable[int], user: User, now: dt.datetime, day: dt.date, said: Mapping[str, Any],
    *, owners: Collection[int] | None = None,
) -> Spoken:  # fmt: skip
    """Record what ``said`` names of a call (``likelihood``, ``category``, ``note``); the rest of each call stays as it is.

    With ``owners``, renewals of customers of others are refused. Three statements.
    """
    given = {SAID[name]: value.strip() if isinstance(value, str) else value for name, value in said.items()}
    found = open_renewals(renewals)
    if owners is not None:
        found.refuse(lambda row: None if row.customer.owner_id in owners else ValidationError(OTHERS))
    found.refuse(lambda row: _unfit(*(given.get(name, getattr(row, name)) for name in CALL[:2])))
    found.same = {row.pk for row in found.rows if all(getattr(row, name) == value for name, value in given.items())}
    found.done = {pk: row for pk, row in found.done.items() if pk not in found.same}
    for row in found.rows:
        for name, value in given.items():
            setattr(row, name, value)
        row.csm_called_on = day
    Renewal.objects.filter(pk__in=list(found.done)).update(**given, csm_called_on=day)
    ForecastCall.objects.bulk_create(
        ForecastCall(
            renewal=row, voice=ForecastCall.Voice.CSM, by=user, on=day, made_at=now,
            likelihood=row.csm_likelihood, category=row.category, note=row.csm_note,
        )
        for row in found.rows
    )  # fmt: skip
    return Spoken(found, {row.pk: seen.mark(row, CALL) for row in found.rows})


@transaction.atomic
def undo_all(marks: Mapping[int, str], voice: str, user: User, now: dt.datetime) -> Outcome[Renewal]:
    """Take back what ``user`` said last of renewals in the voice, so that the calls before stand again, of their authors and days.

    The calls stay on record as undone; none is recorded. Refused is a renewal that says something else than the act left (its
    mark), or of which somebody else spoke last. ``same`` are those of which nothing is said any longer. Four statements.
    """
    columns = CALL if voice == ForecastCall.Voice.CSM else DECISION
    found = open_renewals(marks)
    refuse_changed(found, columns, marks)
    # By number, which calls got one after the other under the renewal's lock; the clocks of two hosts may differ.
    kept = ForecastCall.objects.standing().filter(voice=voice, renewal__in=list(found.done)).order_by("-pk")
    calls: dict[int, list[ForecastCall]] = {}
    for each in kept.select_related("by"):
        calls.setdefault(each.renewal_id, []).append(each)
    found.refuse(lambda row: _of_another(calls.get(row.pk, []), user))
    newest = [calls[row.pk][0].pk for row in found.rows]
    ForecastCall.objects.filter(pk__in=newest).update(undone_at=now)
    for row in found.rows:
        before = calls[row.pk][1] if len(calls[row.pk]) > 1 else None
        if before is None or before.is_silence:
            found.same.add(row.pk)
        for name, value in _columns(row, columns, before).items():
            setattr(row, name, value)
    Renewal.objects.bulk_update(found.rows, columns, batch_size=1_000)
    return found


def open_renewals(renewals: Iterable[int]) -> Outcome[Renewal]:
    """The renewals, locked; those that are closed, void or gone are refused."""
    asked = list(renewals)
    rows = (
        Renewal.objects.select_for_update(of=("self",), no_key=True)
        .filter(pk__in=asked)
        .select_related("customer", "closed_by")
    )
    found: Outcome[Renewal] = Outcome({row.pk: row for row in rows.order_by("pk")})
    found.refused = {pk: ValidationError(GONE) for pk in asked if pk not in found.done}
    found.refuse(lambda row: seen.Ended(CLOSED, row.closed_by, row.closed_on) if row.is_closed else None)
    return found


def silent(renewal: Renewal, columns: list[str]) -> dict[str, Any]:
    """What ``columns`` say where nothing is said in their voice."""
    return {name: None if renewal._meta.get_field(name).null else "" for name in columns}


def check(likelihood: Decimal | None, category: str) -> None:
    """Raise ValidationError by field for what is no call."""
    if category and category not in ForecastCategory.values:
        raise ValidationError({"category": _("Choose a category.")})
    if likelihood is not None and not 0 <= likelihood <= 1:
        raise ValidationError({"likelihood": _("A likelihood lies between 0 and 100 %.")})
    if likelihood is None and not category:
        raise ValidationError({"likelihood": _("Say a likelihood or a category.")})


def _columns(renewal: Renewal, columns: list[str], before: ForecastCall | None) -> dict[str, Any]:
    if before is None or before.is_silence:
        return silent(renewal, columns)
    author = [] if columns is CALL else [before.by]
    return dict(zip(columns, [before.likelihood, before.category, before.note, *author, before.on], strict=True))


def _of_another(calls: list[ForecastCall], user: User) -> ValidationError | None:
    return None if calls and calls[0].by_id == user.pk else ValidationError(seen.CHANGED_SINCE)


def _unfit(likelihood: Decimal | None, category: str) -> ValidationError | None:
    try:
        check(likelihood, category)
    except ValidationError as problem:
        return problem
    return None
