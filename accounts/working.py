"""Who may get work, a case or a task, for which customers."""

from __future__ import annotations

from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from accounts import access, chains, ownership
from accounts.models import Customer, Role, User


def able(person: User, customers: Iterable[int]) -> set[int]:
    """Those of ``customers`` on which ``person`` may work. One statement; none for a person who may work on none."""
    if not person.may_own:
        return set()
    return set(Customer.objects.changeable_by(person).filter(pk__in=set(customers)).values_list("pk", flat=True))


def may_not(person: User, customer: Customer) -> ValidationError:
    """Why ``person`` gets no work for ``customer``."""
    names = {"person": person.name, "customer": customer.name}
    return ValidationError({"to": _("%(person)s may not work on %(customer)s.") % names})


def gone(people: Iterable[int | None]) -> dict[int | None, User]:
    """Those of ``people`` to whom no work goes back, by id; the others stay able to have some until the transaction ends.

    A deactivation locks its person first: callers ask before they lock rows.
    """
    pks = {pk for pk in people if pk is not None}
    return dict(User.objects.in_bulk(pks - ownership.able(pks)))


def check(person: User, customer: Customer) -> None:
    """Raise ValidationError where ``person`` may not work on ``customer``."""
    if not able(person, [customer.pk]):
        raise may_not(person, customer)


def colleagues(customer: Customer, user: User) -> QuerySet[User]:
    """The people who may get a case or a task of ``customer``: its owner, the owner's managers, admins, and
    ``user``.
    """
    return _working([*_upward(customer.owner), user.pk])


def colleagues_of(user: User) -> QuerySet[User]:
    """The people to whom ``user`` may give work for any customers at all: the own circle, the own managers, admins."""
    return _working([*access.owners_for(user), *_upward(user)])


def colleague(customer: Customer, user: User, email: str) -> User:
    """The one of ``colleagues`` with this address; ValidationError where there is none."""
    person = colleagues(customer, user).filter(email=email.lower()).first()
    if person is None:
        raise ValidationError({"to": _("Nobody with this address may get it from you.")})
    return person


def _working(people: list[int]) -> QuerySet[User]:
    among = Q(pk__in=people) | Q(role=Role.ADMIN)
    return User.objects.may_own().filter(among).order_by("name")


def _upward(person: User | None) -> list[int]:
    """``person`` and everybody above."""
    return [boss.pk for boss in chains.upward(person, "manager")]
