"""The values of a customer of which one stays when two become one, and those that both stay."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final

from accounts import ownership
from accounts.models import Customer, User

# Of these one value stays: the survivor's, the other's where it has none, or the one that somebody takes.
FIELDS: Final = ("name", "reading", "domain", "industry", "use_case", "employees", "country", "owner_id")
# Of these both stay.
BOTH: Final = ("tags", "attributes")


@dataclass(frozen=True)
class Values:
    """What a merge writes of the survivor: by column, the value before and after."""

    before: dict[str, Any]
    after: dict[str, Any]

    @classmethod
    def of(cls, merged: Customer, survivor: Customer, taken: Collection[str]) -> Values:
        """The columns that change when ``survivor`` takes the fields ``taken`` of ``merged``, and what it lacks."""
        after: dict[str, Any] = {name: getattr(merged, name) for name in {*taken, *lacking(merged, survivor)}}
        after["tags"] = list(dict.fromkeys([*survivor.tags, *merged.tags]))
        after["attributes"] = merged.attributes | survivor.attributes
        before = {name: getattr(survivor, name) for name in after}
        return cls(
            {name: value for name, value in before.items() if value != after[name]},
            {name: value for name, value in after.items() if value != before[name]},
        )


def lacking(merged: Customer, survivor: Customer) -> set[str]:
    """The fields that only ``merged`` has."""
    return {
        name for name in FIELDS if getattr(survivor, name) in ("", None) and getattr(merged, name) not in ("", None)
    }


def save(customer: Customer, values: dict[str, Any], *, by: User | None, day: dt.date) -> None:
    """Write the columns; a new owner gets the customer by a handover, with what belongs to the owner."""
    own = {name: value for name, value in values.items() if name != "owner_id"}
    for name, value in own.items():
        setattr(customer, name, value)
    if own:
        customer.save(update_fields=list(own))
    if "owner_id" in values:
        able = values["owner_id"] is None or ownership.able([values["owner_id"]])
        if able:
            ownership.move({customer.pk: values["owner_id"]}, day=day, door=ownership.Door.FORM, by=by)


def version(*customers: Customer) -> str:
    """A word that differs once a value of one of the customers differs; what sweeps write does not count."""
    shown = [
        [customer.pk, customer.merged_into_id, *(getattr(customer, name) for name in (*FIELDS, *BOTH))]
        for customer in sorted(customers, key=lambda customer: customer.pk)
    ]
    return hashlib.sha256(json.dumps(shown, sort_keys=True).encode()).hexdigest()[:32]
