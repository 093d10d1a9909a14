"""Which customer a word means."""

from __future__ import annotations

from typing import Final

from django.db.models import Q, QuerySet

from accounts.models import Customer
from config.text import row_number

FEW: Final = 8


def called(visible: QuerySet[Customer], name: str) -> Customer | None:
    """The customer of that name, else the first whose name begins with it, else contains it. Three statements at most."""
    for lookup in ("iexact", "istartswith", "icontains"):
        customer = visible.filter(**{f"name__{lookup}": name}).order_by("name", "pk").first()
        if customer:
            return customer
    return None


class NotOneError(ValueError):
    """No customer, or more than one, goes by a word; the message says which."""


def named(word: str) -> Customer:
    """The one customer that goes by ``word``: its number (also ``id:12``), a key of another system
    (``A-1`` or ``crm:A-1``) or its exact name. Raises NotOneError. Three statements at most.
    """
    source, _, key = word.rpartition(":")
    keys = Customer.objects.filter(
        Q(external_keys__external_id=word) | Q(external_keys__external_id=key, external_keys__source=source)
    )
    number = row_number(word.removeprefix("id:"))
    by_number = Customer.objects.none() if number is None else Customer.objects.filter(pk=number)
    if word.startswith("id:"):
        keys = keys.none()
    unmerged = Customer.objects.filter(merged_into__isnull=True)
    found = [*by_number.select_related("merged_into"), *keys.select_related("merged_into"), *unmerged.filter(name=word)]
    matches = {customer.pk: customer for customer in (each.merged_into or each for each in found)}
    if len(matches) == 1:
        return matches.popitem()[1]
    if not matches:
        raise NotOneError(f"No customer goes by {word!r}: give its number, a key of another system or its exact name.")
    listed = ", ".join(
        f"id:{customer.pk} {customer.name}"
        for customer in sorted(matches.values(), key=lambda customer: customer.pk)[:FEW]
    )
    raise NotOneError(f"{len(matches)} customers go by {word!r}: {listed}. Name one of them by its id.")
