"""Adding and changing customers, one at a time; pinning many."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import changes, ownership, posts, seen, segmenting
from accounts.models import Contact, ContactState, Customer, Segment, User
from accounts.sets import Outcome, write

Before = dict[str, Any]
ABOVE_ITSELF: Final = gettext_lazy("A customer cannot stand above itself.")


@transaction.atomic
def add(*, day: dt.date, **fields: Any) -> Customer:
    """A new customer, placed in its segment; it starts in high-touch onboarding.

    Raises ValidationError where its owner may not look after customers.
    """
    owner = fields.get("owner")
    ownership.check_heirs([owner.pk if owner else None])
    customer = Customer.objects.create(**fields)
    segmenting.place(Customer.objects.filter(pk=customer.pk), day)
    changes.mark([customer.pk])
    customer.refresh_from_db()
    return customer


@transaction.atomic
def change(
    customer: Customer,
    fields: Iterable[str],
    *,
    day: dt.date,
    by: User | None = None,
    givers: ownership.Plan | None = None,
) -> Customer:
    """Save the ``fields`` that a form changed, and no others; segment, dated facts and score follow.

    A new owner takes over as in any handover (``accounts.ownership``), where ``givers`` are named from them alone. Raises
    ValidationError where that person may not, and where the customer has gone to somebody else meanwhile.
    """
    changed = set(fields)
    own_fields = sorted(changed - {"owner"})
    if own_fields:
        with no_circles():
            customer.save(update_fields=own_fields)
    if "owner" in changed:
        plan = {customer.pk: customer.owner_id}
        handed = ownership.move(plan, day=day, door=ownership.Door.FORM, by=by, givers=givers)
        if handed.kept and not Customer.objects.filter(pk=customer.pk, owner=customer.owner_id).exists():
            raise ValidationError({"owner": _("Somebody else has handed this customer over meanwhile.")})
    segmenting.place(Customer.objects.filter(pk=customer.pk), day)
    changes.mark([customer.pk])
    customer.refresh_from_db()
    return customer


@contextmanager
def no_circles() -> Iterator[None]:
    """Turn the database's refusal of a circle of parents into a ValidationError, now and not at the end."""
    try:
        with transaction.atomic():
            yield
            with connection.cursor() as cursor:
                cursor.execute(
                    "SET CONSTRAINTS customer_no_circle IMMEDIATE; SET CONSTRAINTS customer_no_circle DEFERRED"
                )
    except IntegrityError as error:
        if "customer_no_circle" not in str(error):
            raise
        raise ValidationError({"parent": ABOVE_ITSELF}) from None


@transaction.atomic
def pin_all(customers: Iterable[int], segment: Segment, reason: str, *, day: dt.date) -> Outcome[Before]:
    """Pin ``customers`` to a segment by hand: customer → the previous pin, for ``unpin_all``."""
    outcome = _locked(customers)
    pin = {"pinned_segment": segment, "pin_reason": reason.strip()}
    outcome.same = {
        row.pk for row in outcome.rows if row.pinned_segment_id == segment.pk and row.pin_reason == reason.strip()
    }
    outcome.done = {pk: row for pk, row in outcome.done.items() if pk not in outcome.same}
    before = {row.pk: {"segment": row.pinned_segment_id, "reason": row.pin_reason} for row in outcome.rows}
    write(outcome.rows, **pin)
    _moved(outcome, day)
    return Outcome(before, same=outcome.same)


@transaction.atomic
def unpin_all(before: Mapping[int, Before], segment: int, reason: str, *, day: dt.date) -> Outcome[Customer]:
    """Restore the pins of ``before`` to customers whose pin is still that to ``segment`` for ``reason``."""
    outcome = _locked(before)
    outcome.refuse(
        lambda row: (
            None
            if (row.pinned_segment_id, row.pin_reason) == (segment, reason.strip())
            else ValidationError(seen.CHANGED_SINCE)
        )
    )
    groups: dict[tuple[int | None, str], list[Customer]] = {}
    for row in outcome.rows:
        groups.setdefault((before[row.pk]["segment"], before[row.pk]["reason"]), []).append(row)
    for (old_segment, old_reason), rows in groups.items():
        write(rows, pinned_segment_id=old_segment, pin_reason=old_reason)
    _moved(outcome, day)
    return outcome


def _locked(customers: Iterable[int]) -> Outcome[Customer]:
    rows = Customer.objects.select_for_update(no_key=True).filter(pk__in=list(customers)).order_by("pk")
    return Outcome({row.pk: row for row in rows.only("pinned_segment", "pin_reason")})


def _moved(outcome: Outcome[Customer], day: dt.date) -> None:
    if outcome.done:
        segmenting.place(Customer.objects.filter(pk__in=list(outcome.done)), day)
        changes.mark(outcome.done)


@transaction.atomic
def keep_contact(contact: Contact, fields: Iterable[str], *, day: dt.date) -> Contact:
    """Save the ``fields`` of a contact that a form changed; a new contact is saved whole.

    A state that changed began on ``day``, unless its day was changed too. Raises ValidationError for a state that begins
    later.
    """
    changed = set(fields)
    if "state" in changed and "state_on" not in changed:
        contact.state_on = day
        changed.add("state_on")
    if contact.state_on > day:
        raise ValidationError({"state_on": _("This day has not come yet.")})
    if contact._state.adding:
        contact.save()
    elif changed:
        if changed & {"department", "title"}:
            posts.follow(contact, *Contact.objects.values_list("department", "title").get(pk=contact.pk), day)
        contact.save(update_fields=sorted(changed))
    changes.mark([contact.customer_id])
    return contact


def champion_gap(contacts: list[Contact]) -> Contact | None:
    """The champion who left last, if none of them is there; else None."""
    champions = [contact for contact in contacts if "champion" in contact.roles]
    if any(contact.state != ContactState.LEFT for contact in champions):
        return None
    departed = sorted(champions, key=lambda contact: contact.state_on)
    return departed[-1] if departed else None
