"""Finding customers and contacts by a few letters."""

from __future__ import annotations

from typing import Final

from django.db.models import Case, IntegerField, QuerySet, Value, When

from accounts.models import Contact, Customer, User

FEW: Final = 8


def customers(user: User, words: str) -> QuerySet[Customer]:
    """Up to eight customers ``user`` may see whose name has ``words``; those that start so first."""
    return (
        Customer.objects.visible_to(user)
        .filter(name__icontains=words)
        .select_related("segment")
        .annotate(
            rank=Case(
                When(name__istartswith=words, then=Value(0)),
                default=Value(1),
                output_field=IntegerField(),
            )
        )
        .order_by("rank", "name", "pk")[:FEW]
    )


def contacts(user: User, words: str) -> QuerySet[Contact]:
    """Up to eight contacts, of customers ``user`` may see, whose name has ``words``."""
    return (
        Contact.objects.filter(name__icontains=words, customer__in=Customer.objects.visible_to(user))
        .select_related("customer")
        .order_by("name", "pk")[:FEW]
    )
