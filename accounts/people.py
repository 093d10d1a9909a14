"""Users: inviting, changing and deactivating them. Nobody signs up, nobody is deleted."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count, F, Q, QuerySet
from django.utils.translation import gettext as _

from accounts import customers
from accounts.models import Customer, User


def team() -> QuerySet[User]:
    """Every user with how many customers it owns: one statement."""
    owned = Count("customers", filter=Q(customers__merged_into__isnull=True))
    return User.objects.select_related("manager").annotate(owned=owned).order_by(F("is_active").desc(), "name", "pk")


def leads_back(user: User, manager: User | None) -> bool:
    """Whether ``manager`` would, at some step, report to ``user``."""
    seen: set[int] = set()
    while manager is not None and manager.pk not in seen:
        if manager.pk == user.pk:
            return True
        seen.add(manager.pk)
        manager = manager.manager
    return False


@transaction.atomic
def deactivate(user: User, heir: User | None, *, day: dt.date) -> int:
    """Shut ``user`` out at once and give its customers to ``heir``; returns how many went.

    Raises ValidationError where customers or reports would be left without anybody, or where the
    last admin would go.
    """
    ids = list(Customer.objects.filter(owner=user).values_list("pk", flat=True))
    if ids and heir is None:
        raise ValidationError({"heir": _("Somebody must take over the customers.")})
    if user.reports.filter(is_active=True).exists() and heir is None:
        raise ValidationError({"heir": _("Somebody must take over the reports.")})
    if user.role == "admin" and not _other_admins(user).exists():
        raise ValidationError(_("The last admin stays."))
    moved = customers.hand_over(ids, heir, day=day)
    reports = user.reports.exclude(pk=heir.pk) if heir else user.reports.all()
    reports.update(manager=heir)
    user.is_active = False
    user.save(update_fields=["is_active"])
    end_sessions([user])
    return moved


def end_sessions(users: Iterable[User]) -> int:
    """Sign ``users`` out everywhere, now; returns how many sessions ended."""
    gone = {str(user.pk) for user in users}
    keys = [
        session.session_key
        for session in Session.objects.iterator()
        if session.get_decoded().get("_auth_user_id") in gone
    ]
    return Session.objects.filter(session_key__in=keys).delete()[0]


def _other_admins(user: User) -> QuerySet[User]:
    return User.objects.filter(role="admin", is_active=True).exclude(pk=user.pk)
