"""The values of a customer of which one stays when two become one, and those that both stay."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Collection
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, Final

from accounts import ownership
from accounts.models import Customer, Merge, User

# Of these one value stays: the survivor's, the other's where it has none, or the one that somebody takes.
FIELDS: Final = ("name", "reading", "domain", "industry", "use_case", "employees", "country", "owner_id")
# Of these both stay; of an attribute that both have, one value, as of a field, which is called by this and its key.
BOTH: Final = ("tags", "attributes")
ATTRIBUTE: Final = "attributes."
EMPTY: Final = ("", None)
# In what a merge keeps of itself: the values of the merged customer when the survivor last heard of them.
SAID: Final = "said"


@dataclass(frozen=True)
class Values:
    """What a merge writes of the survivor: by column, the value before and after."""

    before: dict[str, Any]
    after: dict[str, Any]

    @classmethod
    def of(cls, merged: Customer, survivor: Customer, taken: Collection[str]) -> Values:
        """The columns that change when ``survivor`` takes the fields ``taken`` of ``merged``, and what it lacks."""
        names = {*taken, *lacking(merged, survivor)}.intersection(FIELDS)
        after: dict[str, Any] = {name: getattr(merged, name) for name in names}
        if after.get("owner_id") and not ownership.able([after["owner_id"]]):
            del after["owner_id"]
        after["tags"] = list(dict.fromkeys([*survivor.tags, *merged.tags]))
        chosen = {key: value for key, value in merged.attributes.items() if f"{ATTRIBUTE}{key}" in taken}
        after["attributes"] = merged.attributes | survivor.attributes | chosen
        before = {name: getattr(survivor, name) for name in after}
        return cls(
            {name: value for name, value in before.items() if value != after[name]},
            {name: value for name, value in after.items() if value != before[name]},
        )


def lacking(merged: Customer, survivor: Customer) -> set[str]:
    """The fields that only ``merged`` has."""
    return {name for name in FIELDS if getattr(survivor, name) in EMPTY and getattr(merged, name) not in EMPTY}


def contested(merged: Customer, survivor: Customer) -> list[str]:
    """The attributes of which each has another value, by name."""
    both = merged.attributes.keys() & survivor.attributes.keys()
    return sorted(key for key in both if merged.attributes[key] != survivor.attributes[key])


def said_of(customer: Customer) -> dict[str, Any]:
    """All its values, as a merge remembers them."""
    return {name: deepcopy(getattr(customer, name)) for name in (*FIELDS, *BOTH)}


def attributes_given(made: Merge) -> dict[str, tuple[Any, Any]]:
    """The attributes that the merge wrote: what the survivor had, None for nothing, and what it got."""
    before = made.before.get("attributes", {})
    after = made.after.get("attributes", {})
    return {key: (before.get(key), value) for key, value in after.items() if before.get(key) != value}


def save(customer: Customer, values: dict[str, Any], *, by: User | None, day: dt.date) -> None:
    """Write the columns; a new owner gets the customer by a handover, with what belongs to the owner."""
    own = {name: value for name, value in values.items() if name != "owner_id"}
    for name, value in own.items():
        setattr(customer, name, value)
    if own:
        customer.save(update_fields=list(own))
    if "owner_id" in values:
        heir = values["owner_id"]
        # Who was deactivated since gets no customer back.
        if heir is None or ownership.able([heir]):
            ownership.move({customer.pk: heir}, day=day, door=ownership.Door.FORM, by=by)


def version(*customers: Customer) -> str:
    """A word that differs once a value of one of the customers differs; what sweeps write does not count."""
    shown = [
        [customer.pk, customer.merged_into_id, *(getattr(customer, name) for name in (*FIELDS, *BOTH))]
        for customer in sorted(customers, key=lambda customer: customer.pk)
    ]
    return hashlib.sha256(json.dumps(shown, sort_keys=True).encode()).hexdigest()[:32]
