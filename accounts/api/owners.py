"""Owners over the API: one customer's, and those of many customers in one handover."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from django.core.exceptions import ValidationError as Refused
from django.db import models
from django.utils.translation import gettext as _
from rest_framework import serializers

from accounts import handing_over, ownership
from accounts.forms.customers import owners_to_choose
from accounts.models import Customer, User
from config.web.api.bodies import Given, RowField

MOST: Final = 5_000


class Status(models.TextChoices):
    """The outcome of a row; in a preview, the outcome that it would have."""

    MOVED = "moved"
    SAME = "same"  # the customer has this owner already
    KEPT = "kept"  # somebody else than ``before`` has it
    UNKNOWN = "unknown"  # no customer of the caller's to change
    INVALID = "invalid"


class OwnerSerializer(Given):
    """The new owner of a customer (an email; null: nobody) and, optionally, the owner expected now."""

    owner = serializers.EmailField(allow_null=True)
    before = serializers.EmailField(allow_null=True, required=False)


class RowSerializer(OwnerSerializer):
    customer = RowField()


class OwnersSerializer(Given):
    rows = serializers.ListField(child=serializers.JSONField(), allow_empty=False, max_length=MOST)
    preview = serializers.BooleanField(default=False)


class AnswerSerializer(serializers.Serializer[Any]):
    """One row's outcome, in the order of the rows."""

    customer = serializers.JSONField()
    status = serializers.ChoiceField(choices=Status.choices)
    problem = serializers.JSONField(allow_null=True)


class LoadSerializer(serializers.Serializer[Any]):
    """The load of a person: current ``customers``, ``churned`` ones and ``prospects`` apart, ``due`` renewals
    within 90 days, ``items`` such as tasks and cases.
    """

    customers = serializers.IntegerField()
    churned = serializers.IntegerField()
    prospects = serializers.IntegerField()
    arr = serializers.DecimalField(max_digits=26, decimal_places=2)
    due = serializers.IntegerField()
    due_arr = serializers.DecimalField(max_digits=26, decimal_places=2)
    untold = serializers.IntegerField()
    items = serializers.DictField(child=serializers.IntegerField())


class ShareSerializer(serializers.Serializer[Any]):
    person = serializers.EmailField(source="person.email", default=None, allow_null=True)
    before = LoadSerializer()
    after = LoadSerializer()


class HandedSerializer(serializers.Serializer[Any]):
    """The result of a handover; with ``preview`` the expected one, with the load of everybody concerned."""

    handover = serializers.IntegerField(allow_null=True)
    customers = serializers.IntegerField()
    items = serializers.DictField(child=serializers.IntegerField())
    moving = LoadSerializer(allow_null=True)
    people = ShareSerializer(many=True)
    rows = AnswerSerializer(many=True)


@dataclass
class Asked:
    """One row of a request: ``given`` is None where the row is invalid or refused."""

    customer: Any
    given: dict[str, Any] | None
    status: str = Status.MOVED
    problem: Any = None

    def refuse(self, status: Status, problem: Any) -> None:
        self.status, self.problem, self.given = status, problem, None


def hand_over(data: Mapping[str, Any], user: User, day: dt.date) -> dict[str, Any]:
    """Carry out the valid rows of a request in one handover, and report the outcome of each row.

    Six statements more than the handover itself, whatever the number of rows. Raises ValidationError, with nothing
    written, where an heir was deactivated meanwhile.
    """
    rows = [_read(row) for row in data["rows"]]
    _refuse_twice(rows)
    owners = _owners(rows, user)
    plan = _plan(rows, owners, _heirs(rows, user))
    if data["preview"]:
        preview = handing_over.preview(plan, day)
        moving = replace(preview.moving, items=_items(preview.moving.items))
        return {
            "handover": None, "customers": moving.everybody, "items": moving.items, "moving": moving,
            "people": preview.shares, "rows": rows,
        }  # fmt: skip
    handed = ownership.move(plan, day=day, door=ownership.Door.API, by=user, givers={pk: owners[pk][0] for pk in plan})
    moved = set(handed.handover.moves.values_list("customer_id", flat=True)) if handed.handover else set()
    for row in rows:
        if row.given and row.status == Status.MOVED and row.customer not in moved:
            row.refuse(Status.KEPT, _("Somebody else got this customer meanwhile."))
    return {
        "handover": handed.handover and handed.handover.pk, "customers": handed.customers, "items": _items(handed.parts),
        "moving": None, "people": [], "rows": rows,
    }  # fmt: skip


def _items(counts: Mapping[str, int]) -> dict[str, int]:
    return dict.fromkeys(ownership.PARTS, 0) | dict(counts)


def _read(row: Any) -> Asked:
    serializer = RowSerializer(data=row)
    if not serializer.is_valid():
        answer_row = Asked(row.get("customer") if isinstance(row, dict) else None, None)
        answer_row.refuse(Status.INVALID, serializer.errors)
        return answer_row
    return Asked(serializer.validated_data["customer"], serializer.validated_data)


def _refuse_twice(rows: list[Asked]) -> None:
    counts = Counter(row.customer for row in rows if row.given)
    for row in rows:
        if row.given and counts[row.customer] > 1:
            row.refuse(Status.INVALID, {"customer": [_("Another row names the same customer.")]})


def _owners(rows: list[Asked], user: User) -> dict[int, tuple[int | None, str | None]]:
    """Number and email of the owner of each customer that ``user`` may change."""
    customers = [row.customer for row in rows if row.given]
    owned = Customer.objects.changeable_by(user).filter(pk__in=customers).values_list("pk", "owner_id", "owner__email")
    return {pk: (owner, email) for pk, owner, email in owned}


def _heirs(rows: list[Asked], user: User) -> dict[str | None, int | None]:
    emails = {row.given["owner"].lower() for row in rows if row.given and row.given["owner"]}
    return {None: None, **dict(owners_to_choose(user).filter(email__in=emails).values_list("email", "pk"))}


def _plan(
    rows: list[Asked], owners: dict[int, tuple[int | None, str | None]], heirs: dict[str | None, int | None]
) -> dict[int, int | None]:
    plan: dict[int, int | None] = {}
    for row in rows:
        if row.given is None:
            continue
        if row.customer not in owners:
            row.refuse(Status.UNKNOWN, _("There is no customer with this number."))
            continue
        owner, email = owners[row.customer]
        heir = row.given["owner"] and row.given["owner"].lower()
        if heir not in heirs:
            row.refuse(Status.INVALID, {"owner": [_("Nobody with this address may get it from you.")]})
        elif owner == heirs[heir]:
            row.status = Status.SAME
        elif "before" in row.given and (row.given["before"] or "").lower() != (email or ""):
            row.refuse(Status.KEPT, _("Somebody else has this customer."))
        else:
            plan[row.customer] = heirs[heir]
    return plan


def one(customer: Customer, data: Mapping[str, Any], user: User, day: dt.date) -> None:
    """Change the owner of one customer. Raises ValidationError for the field that prevents it."""
    answer = hand_over({"rows": [{**data, "customer": customer.pk}], "preview": False}, user, day)
    row = answer["rows"][0]
    if row.status not in {Status.MOVED, Status.SAME}:
        raise Refused(row.problem if isinstance(row.problem, dict) else {"before": [row.problem]})
