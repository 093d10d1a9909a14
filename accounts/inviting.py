"""Invitations: a link that works once and for a limited time, can be sent again and withdrawn."""

from __future__ import annotations

import datetime as dt
from typing import Final

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import people
from accounts.models import User

VALID: Final = dt.timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT)


class Presence(models.TextChoices):
    """The state of a person's invitation."""

    ACTIVE = "active", gettext_lazy("Active")
    INVITED = "invited", gettext_lazy("Invited")
    EXPIRED = "expired", gettext_lazy("Invitation has run out")
    UNINVITED = "uninvited", gettext_lazy("Not invited yet")
    DEACTIVATED = "deactivated", gettext_lazy("Deactivated")


def presence(person: User, now: dt.datetime) -> Presence:
    """The state of ``person`` at ``now``. No statement."""
    if not person.is_active:
        return Presence.DEACTIVATED
    if person.has_joined:
        return Presence.ACTIVE
    if person.invited_at is None:
        return Presence.UNINVITED
    return Presence.INVITED if now < person.invited_at + VALID else Presence.EXPIRED


@transaction.atomic
def invite(person: User, now: dt.datetime) -> User:
    """Note that ``person`` is invited at ``now``; links of earlier invitations stop working. Returns the row to make a link for.

    Raises ValidationError where the person has joined meanwhile or is deactivated.
    """
    row = _waiting(person)
    if not row.is_active:
        raise ValidationError(_("%(name)s is deactivated: let them in again first.") % {"name": row.name})
    row.invited_at = now
    row.set_unusable_password()
    row.save(update_fields=["invited_at", "password"])
    return row


@transaction.atomic
def withdraw(person: User, *, day: dt.date, by: User) -> None:
    """Withdraw the invitation of ``person``: the link stops working at once.

    Raises ValidationError where the person has joined meanwhile or has customers already.
    """
    row = _waiting(person)
    if row.customers.exists():
        raise ValidationError(
            _("Customers are waiting for %(name)s: deactivate, and say who takes over.") % {"name": row.name}
        )
    people.deactivate(row, [], day=day, by=by)


def _waiting(person: User) -> User:
    row = people.locked(person)
    if row.has_joined:
        raise ValidationError(_("%(name)s has joined already.") % {"name": row.name})
    return row
