"""The values of a customer's attributes: shown, changed by a person, and taken back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from accounts import customers, seen
from accounts.attributes import definitions, kinds
from accounts.attributes.comparing import fits
from accounts.imports.cells import Unfit
from accounts.models import Attribute, Customer, User

Texts = Mapping[str, str]


@dataclass(frozen=True)
class Held:
    """An attribute with what stands in the record, "" for nothing; ``fits``: as the value of its kind."""

    attribute: Attribute
    text: str
    fits: bool


def held(customer: Customer, attribute: Attribute) -> Held:
    """What ``customer`` has of the attribute, in the form in which values of its kind are stored where it fits.

    A text that only a reader of cells would understand, as “1,250” is, fits no more than it does in filters and lists.
    """
    stands = text_of(customer.attributes, attribute.key)
    if not fits(attribute, stands):
        return Held(attribute, stands, fits=False)
    try:
        return Held(attribute, kinds.read(attribute, stands), fits=True)
    except Unfit:
        return Held(attribute, stands, fits=False)


def text_of(attributes: Any, key: str) -> str:
    """The text under ``key``; "" where there is none."""
    value = attributes.get(key) if isinstance(attributes, dict) else None
    return value if isinstance(value, str) else "" if value is None else str(value)


def shown(customer: Customer) -> list[Held]:
    """The attributes in use that the customer's page shows, in their order. One statement."""
    return [held(customer, each) for each in definitions.in_use() if each.is_shown]


@transaction.atomic
def change(customer: Customer, texts: Texts, *, day: dt.date, by: User) -> dict[str, str]:
    """Give ``customer``, whom the caller has locked, these texts by their keys, "" for none; what stood before.

    Segment, score and whatever else reads attributes follow.
    """
    before = {key: text_of(customer.attributes, key) for key in texts}
    _write(customer, texts, day, by)
    return before


@transaction.atomic
def put_back(customer: int, before: Texts, after: Texts, *, day: dt.date, by: User) -> None:
    """Give a customer the texts ``before``, where those ``after`` still stand. Raises ValidationError."""
    row = Customer.objects.select_for_update(no_key=True).get(pk=customer)
    if any(text_of(row.attributes, key) != text for key, text in after.items()):
        raise ValidationError(seen.CHANGED_SINCE)
    _write(row, before, day, by)


def _write(customer: Customer, texts: Texts, day: dt.date, by: User) -> None:
    stands = customer.attributes if isinstance(customer.attributes, dict) else {}
    customer.attributes = {key: value for key, value in {**stands, **texts}.items() if value != ""}
    customers.change(customer, ["attributes"], day=day, by=by)
