"""Users: inviting, changing and deactivating them. Nobody signs up; nobody is deleted, but whom a file added and nobody
has invited since, by the Undo of its import.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final, cast

from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Count, F, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts import access, chains, covering, ownership, splitting, tokens
from accounts.models import Customer, Role, User

MANAGING: Final = (Role.MANAGER, Role.ADMIN)


def team() -> QuerySet[User]:
    """Every person with how many customers they own: one statement."""
    owned = Count("customers", filter=Q(customers__merged_into__isnull=True))
    people = User.objects.people().select_related("manager")
    return people.annotate(owned=owned).order_by(F("is_active").desc(), "name", "pk")


def below(user: User) -> QuerySet[User]:
    """Everybody active whose work ``user`` manages: the team at any depth, for an admin all; viewers have none."""
    rows = User.objects.may_own().select_related("manager")
    if not access.configures(user):
        rows = rows.filter(pk__in=access.circle(user).team)
    return rows.order_by("name", "pk")


def leads_back(user: User, manager: User | None) -> bool:
    """Whether ``manager`` would, at some step, report to ``user``; the database refuses such a circle as well."""
    return user in chains.upward(manager, "manager")


@transaction.atomic
def change(
    user: User, fields: Iterable[str], *, day: dt.date, heirs: Sequence[User] = (), by: User | None = None
) -> User:
    """Save the ``fields`` of ``user`` that a form changed; tasks of its managers follow a new manager.

    A person who becomes a viewer gives up what a viewer cannot have, as after a deactivation: customers go to
    ``heirs``, cases and tasks with them, own absences end, those of others lose their cover. Raises ValidationError, with nothing written, where the change
    would leave customers or reports without anybody who may look after them, the organisation without an admin, or
    make a circle of managers; and where ``heirs`` are named but nobody becomes a viewer.
    """
    changed = sorted(set(fields))
    if heirs and not ("role" in changed and user.role == Role.VIEWER):
        raise ValidationError(
            {"heir": _("Only who becomes a viewer hands customers over here: choose that role, or nobody.")}
        )
    if not changed:
        return user
    before = locked(user, heirs)
    if "role" in changed and user.role != before.role:
        _check_role(before, user.role, heirs)
    with no_circles():
        user.save(update_fields=changed)
    if "role" in changed and user.role == Role.VIEWER:
        _let_go(user, heirs, "count", day=day, door=ownership.Door.FORM, by=by)
    if "manager" in changed:
        owned = list(user.customers.values_list("pk", flat=True))
        ownership.follow(ownership.Moves(owned), day)
    return user


@transaction.atomic
def deactivate(
    user: User,
    heirs: Sequence[User],
    *,
    day: dt.date,
    split: str = "count",
    manager: User | None = None,
    by: User | None = None,
) -> ownership.Handed:
    """Deactivate ``user`` at once and give its customers to ``heirs``, its reports to ``manager``.

    Without a ``manager`` the reports go to the leaver's own manager, else to the first heir. A new manager from below the
    leaver takes the leaver's place, so that nobody reports in a circle. The leaver's absences
    end, those that the leaver covers go on without a cover; its tokens are revoked. Raises ValidationError
    where customers or reports would be left without anybody, or where the last admin would go.
    """
    leaver = locked(user, [*heirs, *([manager] if manager else [])])
    if not leaver.is_active:
        raise ValidationError(_("This person was deactivated already."))
    if leaver.role == Role.ADMIN:
        _check_admin_left(leaver)
    if not heirs and _own(leaver).exists():
        raise ValidationError({"heirs": _("Somebody must take over the customers.")})
    if leaver.pk in {heir.pk for heir in heirs}:
        raise ValidationError({"heirs": _("Somebody else must take over.")})
    leaver.is_active = False
    if not leaver.has_joined:
        # The link of an earlier invitation must not let the person back in.
        leaver.invited_at = None
        leaver.set_unusable_password()
    leaver.save(update_fields=["is_active", "invited_at", "password"])
    tokens.revoke_all(leaver)
    _rehang(leaver, manager, heirs)
    handed = _let_go(leaver, heirs, split, day=day, door=ownership.Door.LEAVER, by=by)
    end_sessions([leaver])
    user.is_active = False
    return handed


def heirs_of(leaver: User, heirs: Sequence[User], split: str, day: dt.date) -> dict[int, int | None]:
    """The heir that each customer of ``leaver`` would get.

    A customer that was merged into another, which no list shows, goes to the heir or owner of that one.
    """
    customers = list(_own(leaver).values_list("pk", "arr")) if heirs else []
    plan: dict[int, int | None] = {}
    if customers:
        plan |= splitting.propose(customers, [heir.pk for heir in heirs], split, day)
    merged = Customer.objects.filter(owner=leaver, merged_into__isnull=False).select_related("merged_into")
    for merged_customer in merged:
        survivor = cast("Customer", merged_customer.merged_into)
        owner = survivor.owner_id
        plan[merged_customer.pk] = plan.get(survivor.pk, None if owner == leaver.pk else owner)
    return plan


def _own(person: User) -> QuerySet[Customer]:
    """The customers of ``person`` without merged ones, as lists count them."""
    return Customer.objects.filter(owner=person, merged_into__isnull=True)


def _let_go(
    leaver: User, heirs: Sequence[User], split: str, *, day: dt.date, door: ownership.Door, by: User | None
) -> ownership.Handed:
    """Move the customers of ``leaver``, with what belongs to their owner, to ``heirs``, and give up absences and covers."""
    plan = heirs_of(leaver, heirs, split, day)
    givers = dict.fromkeys(plan, leaver.pk)  # a person who got a customer meanwhile keeps it
    handed = ownership.move(plan, day=day, door=door, by=by, leaver=leaver, givers=givers)
    covering.leave(leaver, day)
    return handed


def _rehang(leaver: User, manager: User | None, heirs: Sequence[User]) -> None:
    """Give the leaver's reports a manager who may have some; one from below the leaver takes the leaver's place."""
    reports = leaver.reports.all()
    if not reports.filter(is_active=True).exists():
        return
    candidates = [manager] if manager else [leaver.manager, *heirs]
    successors = [
        candidate
        for candidate in candidates
        if candidate and candidate.is_active and candidate.role in MANAGING and candidate.pk != leaver.pk
    ]
    if not successors:
        raise ValidationError({"manager": _("Somebody must take over the reports: a manager or an admin.")})
    successor = successors[0]
    with no_circles():
        if leads_back(leaver, successor):
            User.objects.filter(pk=successor.pk).update(manager=leaver.manager)
        reports.exclude(pk=successor.pk).update(manager=successor)


def _check_role(person: User, role: str, heirs: Sequence[User]) -> None:
    """Refuse a role in which ``person`` could not keep customers or reports, unless ``heirs`` get the customers."""
    if person.role == Role.ADMIN and person.is_active:
        _check_admin_left(person)
    customers = _own(person).count()
    if role == Role.VIEWER and customers and not heirs:
        message = ngettext(
            "A viewer has no customers: say who takes over the %(n)s customer.",
            "A viewer has no customers: say who takes over the %(n)s customers.",
            customers,
        )
        raise ValidationError({"role": message % {"n": customers}})
    if role not in MANAGING and person.reports.filter(is_active=True).exists():
        raise ValidationError({"role": _("People report to this person: give them another manager first.")})


def _check_admin_left(leaving: User) -> None:
    """Refuse to lose the last admin. ``locked`` locks every admin, so of two who leave at once the second is
    refused.
    """
    if not User.objects.people().filter(role=Role.ADMIN, is_active=True).exclude(pk=leaving.pk).exists():
        raise ValidationError(_("The last admin stays."))


def locked(user: User, others: Iterable[User] = ()) -> User:
    """The stored row of ``user``, locked in one order together with every row of a person that an act on ``user`` may touch:
    every admin's, those of the reports, of ``others`` (heirs, a new manager), and of whoever has customers into which some of
    theirs were merged. Two acts on people wait for each other.

    The caller must not have locked any of them before.
    """
    merged = Customer.objects.filter(owner=user, merged_into__isnull=False).values("merged_into__owner")
    touched = Q(pk__in=[user.pk, *(other.pk for other in others)]) | Q(manager=user) | Q(pk__in=merged)
    # Without the key: two people who become each other's managers at once are refused by the database, not deadlocked.
    rows = User.objects.select_for_update(of=("self",), no_key=True).select_related("manager")
    locked_rows = rows.filter(touched | Q(role=Role.ADMIN, is_active=True)).order_by("pk")
    return next(row for row in locked_rows if row.pk == user.pk)


@contextmanager
def no_circles() -> Iterator[None]:
    """Turn the database's refusal of a circle of managers into a ValidationError."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        if not any(name in str(error) for name in ("user_no_circle", "user_reports_to_another")):
            raise
        raise ValidationError({"manager": _("Nobody can report to themselves, at any step.")}) from None


def end_sessions(users: Iterable[User]) -> int:
    """Sign ``users`` out everywhere, now; returns how many sessions ended."""
    user_ids = {str(user.pk) for user in users}
    keys = [
        session.session_key
        for session in Session.objects.iterator()
        if session.get_decoded().get("_auth_user_id") in user_ids
    ]
    return Session.objects.filter(session_key__in=keys).delete()[0]
