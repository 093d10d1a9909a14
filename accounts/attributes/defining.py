"""Defining attributes: which values would not fit, saving, order, and Undo."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max, QuerySet, TextField
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts import seen
from accounts.attributes import definitions
from accounts.attributes.comparing import misfit
from accounts.conditions.compiling import OnCustomer
from accounts.embedding import Query
from accounts.models import Attribute, Customer
from config.locks import lock

LOCK: Final = "attributes"
FIELDS: Final = ("label", "kind", "choices", "is_shown", "is_active")
SHOWN: Final = 3


def misfits(attribute: Attribute) -> QuerySet[Customer]:
    """The customers whose value does not fit the attribute as it stands in memory, by name, each with its ``value``."""
    return with_value(attribute, Customer.objects.filter(_misfit(attribute))).order_by("name", "pk")


def newly_misfits(attribute: Attribute, stored: Attribute) -> QuerySet[Customer]:
    """Those whose value fits the attribute as it is stored, and would not as it stands in memory."""
    before = Customer.objects.filter(_misfit(stored)).values("pk")
    return misfits(attribute).exclude(pk__in=before)


def with_value(attribute: Attribute, customers: QuerySet[Customer]) -> QuerySet[Customer]:
    """``customers`` with the text that stands under the key of the attribute as ``value``."""
    params = {"key": attribute.key}
    return customers.annotate(
        value=OnCustomer(lambda c: Query(f"{c}.attributes ->> %(key)s", params), TextField(null=True))
    )


def _misfit(attribute: Attribute) -> OnCustomer:
    params = {"key": attribute.key, "choices": list(attribute.choices)}

    def text(c: str) -> Query:
        return Query(misfit(attribute.kind, f"({c}.attributes ->> %(key)s)", "%(choices)s::text[]"), params)

    return OnCustomer(text)


@transaction.atomic
def save(attribute: Attribute) -> Attribute | None:
    """Save a definition; the one that stood before, None of a new one, which comes last.

    Values that customers have already stay as they are: a new definition takes them over, whether they fit or not. Raises
    ValidationError by field, also where values that fit would not any more.
    """
    lock(LOCK)
    stored = Attribute.objects.filter(pk=attribute.pk).first() if attribute.pk else None
    if stored is None:
        if Attribute.objects.count() >= definitions.MOST:
            raise ValidationError(_("There are %(most)d attributes already.") % {"most": definitions.MOST})
        attribute.position = (Attribute.objects.aggregate(last=Max("position"))["last"] or 0) + 1
    attribute.full_clean()
    if stored is not None:
        _refuse_newly(attribute, stored)
    attribute.save(update_fields=FIELDS if stored else None)
    definitions.forget()
    return stored


def _refuse_newly(attribute: Attribute, stored: Attribute) -> None:
    """Raise ValidationError where values that fit would not any more, with their number and the first of them."""
    if (attribute.kind, attribute.choices) == (stored.kind, stored.choices):
        return
    rows: QuerySet[Any] = newly_misfits(attribute, stored)
    if not (count := rows.count()):
        return
    named = rows.values_list("name", "value")[:SHOWN]
    names = ", ".join(f"{name}: “{value}”" for name, value in named)
    text = ngettext(
        "%(n)s customer has a value that would not fit any more (%(names)s): give it another one first.",
        "%(n)s customers have a value that would not fit any more (%(names)s): give them others first.",
        count,
    )
    field = "kind" if attribute.kind != stored.kind else "choices"
    raise ValidationError({field: text % {"n": f"{count:,}", "names": names}})


def mark(attribute: Attribute) -> str:
    """The mark of a definition, by which an Undo knows whether it was changed since."""
    return seen.mark(attribute, FIELDS)


def said(attribute: Attribute) -> dict[str, Any]:
    """What a definition says, for ``put_back``."""
    return {name: getattr(attribute, name) for name in FIELDS}


@transaction.atomic
def put_back(attribute: Attribute, before: Mapping[str, Any], mark: str) -> None:
    """Let a definition say again what it said ``before``; raises ValidationError where it was changed since, or values would not fit."""
    lock(LOCK)
    stored = Attribute.objects.select_for_update().get(pk=attribute.pk)
    seen.check(stored, FIELDS, mark)
    for name in FIELDS:
        setattr(stored, name, before[name])
    save(stored)


@transaction.atomic
def take_back(attribute: Attribute, mark: str) -> None:
    """Undo a new definition: values stay as they are. Raises ValidationError where it was changed since."""
    lock(LOCK)
    stored = Attribute.objects.select_for_update().get(pk=attribute.pk)
    seen.check(stored, FIELDS, mark)
    stored.delete()
    definitions.forget()


@transaction.atomic
def move(attribute: Attribute, *, up: bool) -> None:
    """Change places with the attribute before (``up``) or after; the first and last stay."""
    lock(LOCK)
    rows = list(Attribute.objects.select_for_update().order_by("position", "pk"))
    place = [row.pk for row in rows].index(attribute.pk)
    target = place - 1 if up else place + 1
    if 0 <= target < len(rows):
        rows[place], rows[target] = rows[target], rows[place]
        for position, row in enumerate(rows, 1):
            row.position = position
        Attribute.objects.bulk_update(rows, ["position"])
        definitions.forget()
