"""What follows in the record when a column fills a field, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.imports.targets import Target

Words = str | Promise

NOTHING: Final[Words] = pgettext_lazy("a column", "is left out")
KNOWN_BY: Final[Words] = _("a row is known by it")
BY_CUSTOMER: Final[Words] = _("finds its customer")
BY_CONTRACT: Final[Words] = _("finds its customer by the contract")
ATTRIBUTE: Final[Words] = _("is kept as an attribute")
# Of any target, and of one alone.
OF_FIELDS: Final[Mapping[str, Words]] = {
    "external_id": KNOWN_BY,
    "customer": BY_CUSTOMER,
    "attributes": ATTRIBUTE,
    "contact": _("finds its contact"),
    "contract": _("finds its contract"),
    "objective": _("finds its objective"),
    "currency": _("is the currency of its amounts"),
}
OF_TARGETS: Final[Mapping[tuple[str, str], Words]] = {
    ("contracts", "starts_on"): _("the contract begins"),
    ("contracts", "ends_on"): _("a renewal is due"),
    ("contracts", "ended_on"): _("the contract has ended"),
    ("contracts", "term_months"): _("says when renewals are due"),
    ("contracts", "notice_days"): _("says by when notice is due"),
    ("contracts", "is_trial"): _("a trial has no renewal"),
    ("contracts", "annual_amount"): _("makes ARR"),
    ("contracts", "seats"): _("use is held against it"),
    ("contracts", "replaces"): _("goes on from older contracts"),
    ("customers", "owner"): _("says who looks after it"),
    ("customers", "parent"): _("hangs below another customer"),
    ("customers", "name"): _("twins are found by it"),
    ("customers", "domain"): _("twins are found by it"),
    ("keys", "external_id"): _("finds its customer from now on"),
    ("contacts", "email"): _("finds the person"),
    ("entitlements", "quantity"): _("use is held against it"),
    ("touchpoints", "happened_on"): _("counts as a touch"),
    ("usage", "user"): _("people are counted by it"),
    ("usage", "day"): _("counts as use of that day"),
    ("rates", "rate"): _("amounts are turned by it"),
    ("users", "email"): _("a person is known by it"),
    ("features", "key"): _("a row is known by it"),
}


def following(target: Target, chosen: str) -> Words:
    """What the choice has for consequence; "" where it is but a value of the row.

    ``chosen`` is a field as a form of columns says it: "" for none, ``customer@contract`` for one that another finds.
    """
    name, _at, way = chosen.partition("@")
    if not name:
        return NOTHING
    if way:
        return BY_CONTRACT
    if target.field(name) is None:
        return ATTRIBUTE
    return OF_TARGETS.get((target.name, name)) or OF_FIELDS.get(name, "")
