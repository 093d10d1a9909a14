"""Rows that are no longer there: deleted ones, and customers that were merged into others."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final, cast

from django.db.models import BigIntegerField, Case, OuterRef, Q, QuerySet, Subquery, TextField, When
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Coalesce
from drf_spectacular.utils import extend_schema_field
from rest_framework import mixins, serializers, viewsets

from accounts import access
from accounts.models import Customer, User
from config.history.models import CUSTOMER, Entry, Operation
from config.web.api.bodies import Since
from config.web.api.door import Door, reads

# Kinds of rows, and the resources that list them.
RESOURCES: Final = {
    "customer": "customers", "contact": "contacts", "contract": "contracts", "case": "cases", "task": "tasks",
    "renewal": "renewals", "qbr": "qbrs", "enrolment": "enrolments", "override": "overrides", "touchpoint": "touchpoints",
    "sentiment": "sentiments", "externalkey": "keys", "contactkey": "contactkeys", "userkey": "userkeys", "post": "posts",
    "entitlement": "entitlements", "cancellation": "cancellations",
    "objective": "objectives", "outcome": "outcomes", "invoice": "invoices", "integration": "integrations",
    "advocacyact": "advocacy", "communityactivity": "community", "ticket": "tickets", "surveyresponse": "surveys",
    "usagerecord": "usage", "feature": "features", "exchangerate": "rates", "user": "users",
}  # fmt: skip
# Of kinds without an id of a source, the fields that name a row.
NAMED_BY: Final[Mapping[str, tuple[str, ...]]] = {
    "user": ("email",), "exchangerate": ("currency", "fiscal_year"), "entitlement": ("contract", "kind", "name", "starts_on"),
}  # fmt: skip
# What tells a token of rows beside the resource itself: each row of record/customers/ is a key.
ALSO: Final = {"externalkey": "customers"}


class GoneSerializer(serializers.ModelSerializer[Entry]):
    """``into`` is the customer that a merged one is now; null where it was deleted, stands by itself again, or the
    caller may not see that one. ``source`` and ``external_id`` are those under which a deleted row came in, if any; a
    deleted row of a kind that has none is ``named`` by its other fields.
    """

    resource = serializers.SerializerMethodField()
    row = serializers.IntegerField(source="object_id")
    reason = serializers.SerializerMethodField()
    into = serializers.IntegerField(source="into_seen", allow_null=True)
    source = serializers.CharField(source="was_from", allow_null=True)  # type: ignore[assignment]
    external_id = serializers.CharField(source="was_named", allow_null=True)
    named = serializers.SerializerMethodField()

    class Meta:
        model = Entry
        fields = ("id", "resource", "row", "source", "external_id", "named", "reason", "into", "at")

    def get_resource(self, entry: Entry) -> str:
        return RESOURCES[entry.kind]

    def get_reason(self, entry: Entry) -> str:
        if entry.operation == Operation.DELETED:
            return "deleted"
        return "merged" if entry.after["merged_into"] else "returned"

    @extend_schema_field(serializers.DictField(allow_null=True))
    def get_named(self, entry: Entry) -> dict[str, Any] | None:
        names = NAMED_BY.get(entry.kind, ())
        return {name: entry.before.get(name) for name in names} if names else None


class GoneQuery(Since):
    resource = serializers.ChoiceField(choices=sorted(RESOURCES.values()), required=False)


class GoneViewSet(Door, mixins.ListModelMixin, viewsets.GenericViewSet[Entry]):
    """What a copy of the lists has to forget, oldest first, of the customers that the caller may see, or could see when
    they were deleted; what belongs to no customer is told to admins. A token reads of what it may read.
    """

    serializer_class = GoneSerializer
    queryset = Entry.objects.none()
    parameters = GoneQuery

    def get_queryset(self) -> QuerySet[Entry]:
        user = cast("User", self.request.user)
        asked = self.asked.get("resource")
        kinds = [
            kind
            for kind, resource in RESOURCES.items()
            if asked in {None, resource}
            and (reads(self.request, resource) or reads(self.request, ALSO.get(kind, resource)))
        ]
        went = Q(operation=Operation.DELETED, kind__in=kinds)
        merged = Q(operation=Operation.CHANGED, kind=CUSTOMER, after__has_key="merged_into")
        seen = Customer.objects.filter(access.sees(user))
        rows = Entry.objects.filter(went | merged if CUSTOMER in kinds else went)
        rows = rows.annotate(
            into=_number("merged_into", "after"),
            was_from=_key("source"),
            was_named=_key("external_id"),
        )
        rows = rows.annotate(into_seen=Subquery(seen.filter(pk=OuterRef("into")).values("pk"))).order_by("pk")
        if not access.sees(user):
            return rows if access.configures(user) else rows.exclude(customer_id=None)
        deleted = Entry.objects.filter(kind=CUSTOMER, operation=Operation.DELETED)
        deleted = deleted.annotate(last_owner=_number("owner", "before")).filter(access.sees(user, "last_"))
        return rows.filter(
            Q(customer_id__in=seen.values("pk")) | Q(customer_id__in=deleted.order_by().values("customer_id"))
        )

    def changed(self, rows: QuerySet[Any], since: dt.datetime) -> QuerySet[Any]:
        """The rows that went at that instant or later."""
        return rows.filter(at__gte=since)


def _key(name: str) -> Coalesce:
    """The ``name`` of the key that the row had; of a customer that of the first of its keys that went with it."""
    keys = Entry.objects.filter(
        kind="externalkey", operation=Operation.DELETED, customer_id=OuterRef("object_id"), act=OuterRef("act")
    )
    first = Subquery(keys.order_by("pk").values(value=KeyTextTransform(name, "before"))[:1])
    of_customer = Case(When(kind=CUSTOMER, operation=Operation.DELETED, then=first), output_field=TextField())
    return Coalesce(KeyTextTransform(name, "before"), of_customer)


def _number(name: str, side: str) -> Cast:
    """The number in the field ``name`` of what a row was ``before`` or ``after``."""
    return Cast(KeyTextTransform(name, side), BigIntegerField())
