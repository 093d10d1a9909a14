"""Absences and who covers them: entering one, ending it early, taking its cover away, and who may."""

from __future__ import annotations

import datetime as dt
from typing import Final

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet, Value
from django.db.models.functions import Greatest
from django.utils.translation import gettext as _

from accounts import access
from accounts.models import Cover, User
from config.days import worded

LONGEST: Final = dt.timedelta(days=366)


def coverable_by(user: User) -> QuerySet[User]:
    """The people whose absences ``user`` may enter: oneself, a manager's team, for an admin all who may own
    customers.
    """
    people = User.objects.may_own()
    if not access.configures(user):
        people = people.filter(pk__in=access.circle(user).team)
    return people.order_by("name", "pk")


def colleagues() -> QuerySet[User]:
    """The people who may cover: everybody active but viewers."""
    return User.objects.may_own().order_by("name", "pk")


def ahead(day: dt.date) -> QuerySet[Cover]:
    """Covers that run on ``day`` or later, with both people, the first to begin first."""
    rows = Cover.objects.filter(ends_on__gt=day).exclude(ends_on=F("starts_on"))
    return rows.select_related("owner", "by").order_by("starts_on", "pk")


def concerning(user: User, day: dt.date) -> QuerySet[Cover]:
    """Covers that run on ``day`` or later, of people whose absences ``user`` may enter or whom ``user`` covers."""
    return ahead(day).filter(Q(by=user) | Q(owner__in=coverable_by(user).order_by()))


def uncovered(user: User, day: dt.date) -> QuerySet[Cover]:
    """Absences without a cover that run on ``day`` or later, of people whose absences ``user`` may enter."""
    return ahead(day).filter(by=None, owner__in=coverable_by(user).order_by())


def running(day: dt.date) -> QuerySet[Cover]:
    """Absences that run on ``day``, with the person who covers."""
    return Cover.objects.filter(starts_on__lte=day, ends_on__gt=day).select_related("by")


@transaction.atomic
def begin(owner: User, by: User | None, starts_on: dt.date, ends_on: dt.date, *, day: dt.date) -> Cover:
    """Let ``by`` see and change the customers of ``owner`` from ``starts_on`` up to, not including, ``ends_on``.

    Without ``by`` the owner is away and nobody covers yet; a second call for the same days names who does.

    Raises ValidationError, naming the field, where the days lie before ``day``, the wrong way round or over a year apart,
    where ``by`` may not have customers or is away as well, or where ``owner`` is covered on one of the days already or
    covers somebody, whose customers nobody would then see.
    """
    # Lock in one order: of two covers that depend on each other the second sees the first.
    people = [owner.pk, by.pk] if by else [owner.pk]
    locked = User.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=people).order_by("pk")
    rows_by_pk = {row.pk: row for row in locked}
    errors = _problems(owner, rows_by_pk[by.pk] if by else None, starts_on, ends_on, day)
    if errors:
        raise ValidationError(dict(errors))
    if by and (absence := owner.covered_by.filter(by=None, starts_on=starts_on, ends_on=ends_on).first()):
        absence.by = by
        absence.save(update_fields=["by"])
        return absence
    try:
        with transaction.atomic():
            return Cover.objects.create(owner=owner, by=by, starts_on=starts_on, ends_on=ends_on)
    except IntegrityError as error:
        if "cover_one_at_a_time" not in str(error):
            raise
    overlap = owner.covered_by.filter(starts_on__lt=ends_on, ends_on__gt=starts_on).select_related("by").first()
    if overlap and not overlap.by:
        values = {"name": owner.name, "from": worded(overlap.starts_on, day), "to": worded(overlap.last_day, day)}
        raise ValidationError(
            {"starts_on": _("%(name)s is away from %(from)s to %(to)s already, and nobody covers.") % values}
        )
    values = {"name": owner.name, "by": overlap.by.name if overlap and overlap.by else "?"}
    raise ValidationError({"starts_on": _("%(name)s is covered by %(by)s on some of these days already.") % values})


@transaction.atomic
def end(cover: Cover, *, day: dt.date) -> Cover:
    """End the absence now: its owner is there on ``day``; one that has not begun is called off.

    Raises ValidationError where it has ended already.
    """
    locked = _locked(cover, day)
    locked.ends_on = max(day, locked.starts_on)
    locked.save(update_fields=["ends_on"])
    return locked


@transaction.atomic
def uncover(cover: Cover, *, day: dt.date) -> User:
    """Let the absence go on without a cover; returns the person who covered.

    Raises ValidationError where the absence has ended already, or nobody covers it.
    """
    locked = _locked(cover, day)
    by = locked.by
    if by is None:
        raise ValidationError(_("Nobody covers this absence."))
    locked.by = None
    locked.save(update_fields=["by"])
    return by


def leave(person: User, day: dt.date) -> None:
    """End the absences of ``person``, who has no customers any more; absences that ``person`` covers wait for another."""
    to_come = Cover.objects.filter(ends_on__gt=day)
    to_come.filter(owner=person).update(ends_on=Greatest(F("starts_on"), Value(day)))
    to_come.filter(by=person).update(by=None)


def _locked(cover: Cover, day: dt.date) -> Cover:
    locked = Cover.objects.select_for_update(of=("self",)).select_related("by").get(pk=cover.pk)
    if locked.ends_on <= max(day, locked.starts_on):
        raise ValidationError(_("This absence has ended already."))
    return locked


def _problems(owner: User, by: User | None, starts_on: dt.date, ends_on: dt.date, day: dt.date) -> dict[str, str]:
    """The errors of a cover by field."""
    errors: dict[str, str] = {}
    is_entered = by is not None and owner.covered_by.filter(by=None, starts_on=starts_on, ends_on=ends_on).exists()
    if starts_on < day and not is_entered:
        errors["starts_on"] = _("Choose today or a day after it.")
    if ends_on <= starts_on:
        errors["last_day"] = _("The last day is before the first.")
    elif ends_on - starts_on > LONGEST:
        errors["last_day"] = _("A cover lasts a year at most: hand the customers over instead.")
    if by is None:
        pass
    elif by.pk == owner.pk:
        errors["by"] = _("Choose somebody else.")
    elif not by.may_own:
        errors["by"] = _("%(name)s cannot look after customers.") % {"name": by.name}
    elif by.covered_by.filter(starts_on__lt=ends_on, ends_on__gt=starts_on).exists():
        errors["by"] = _("%(name)s is away in these days as well.") % {"name": by.name}
    if errors:
        return errors
    other_cover = owner.covers.filter(starts_on__lt=ends_on, ends_on__gt=starts_on).select_related("owner").first()
    if other_cover is not None:
        names = {"name": owner.name, "owner": other_cover.owner.name}
        errors["owner"] = _("%(name)s covers for %(owner)s in these days: take that cover away first.") % names
    return errors
