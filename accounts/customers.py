"""Adding and changing customers, one at a time."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import transaction

from accounts import changes, facts, segmenting, sentiment
from accounts.models import Contact, ContactState, Customer, User


@transaction.atomic
def add(*, day: dt.date, **fields: Any) -> Customer:
    """A new customer, placed in its segment; it starts in high-touch onboarding."""
    customer = Customer.objects.create(**fields)
    segmenting.place(Customer.objects.filter(pk=customer.pk), day)
    changes.mark([customer.pk])
    customer.refresh_from_db()
    return customer


@transaction.atomic
def change(customer: Customer, *, day: dt.date) -> Customer:
    """Save what a form changed; segment, dated facts and score follow."""
    customer.save()
    segmenting.place(Customer.objects.filter(pk=customer.pk), day)
    changes.mark([customer.pk])
    customer.refresh_from_db()
    return customer


@transaction.atomic
def hand_over(customer_ids: list[int], owner: User | None, *, day: dt.date) -> int:
    """Give customers to another owner (None: nobody) from ``day`` on; returns how many.

    The CSM's sentiment is a judgement of the person who held it: it ends, and stays in the history.
    """
    moved = Customer.objects.filter(pk__in=customer_ids).exclude(owner=owner, owner__isnull=owner is None)
    ids = list(moved.values_list("pk", flat=True))
    Customer.objects.filter(pk__in=ids).update(owner=owner)
    sentiment.reset(ids, day)
    facts.record(day, ids)
    return len(ids)


@transaction.atomic
def keep_contact(contact: Contact, *, day: dt.date, previous_state: str = "") -> Contact:
    """Save a contact; the day its state began moves only when the state did."""
    if contact.pk is None or contact.state != previous_state:
        contact.state_on = contact.state_on or day
    contact.save()
    changes.mark([contact.customer_id])
    return contact


def champion_gap(contacts: list[Contact]) -> Contact | None:
    """The champion who left or moved and was not replaced; None where all is well."""
    champions = [contact for contact in contacts if "champion" in contact.roles]
    if any(contact.state == ContactState.ACTIVE for contact in champions):
        return None
    gone = sorted(champions, key=lambda contact: contact.state_on)
    return gone[-1] if gone else None
