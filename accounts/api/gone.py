"""Rows that are no longer there: deleted ones, and customers that were merged into others."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final, cast

from django.db.models import Q, QuerySet
from rest_framework import mixins, serializers, viewsets

from accounts import access
from accounts.models import Customer, User
from config.history.models import CUSTOMER, Entry, Operation
from config.web.api.bodies import Since
from config.web.api.door import Door

RESOURCES: Final = {
    "customer": "customers", "contact": "contacts", "contract": "contracts", "case": "cases", "task": "tasks",
    "renewal": "renewals",
}  # fmt: skip


class GoneSerializer(serializers.ModelSerializer[Entry]):
    """``into`` is the customer that a merged one is now; null where it was deleted, or stands by itself again."""

    resource = serializers.SerializerMethodField()
    row = serializers.IntegerField(source="object_id")
    reason = serializers.SerializerMethodField()
    into = serializers.SerializerMethodField()

    class Meta:
        model = Entry
        fields = ("id", "resource", "row", "reason", "into", "at")

    def get_resource(self, entry: Entry) -> str:
        return RESOURCES[entry.kind]

    def get_reason(self, entry: Entry) -> str:
        if entry.operation == Operation.DELETED:
            return "deleted"
        return "merged" if entry.after["merged_into"] else "returned"

    def get_into(self, entry: Entry) -> int | None:
        into: int | None = entry.after.get("merged_into")
        return into


class GoneViewSet(Door, mixins.ListModelMixin, viewsets.GenericViewSet[Entry]):
    """What a copy of the lists has to forget, oldest first, of the customers the caller may see."""

    serializer_class = GoneSerializer
    queryset = Entry.objects.none()
    parameters = Since

    def get_queryset(self) -> QuerySet[Entry]:
        user = cast("User", self.request.user)
        went = Q(operation=Operation.DELETED, kind__in=RESOURCES)
        merged = Q(operation=Operation.CHANGED, kind=CUSTOMER, after__has_key="merged_into")
        rows = Entry.objects.filter(went | merged).order_by("pk")
        if user.role in {"admin", "viewer"}:
            return rows
        return rows.filter(customer_id__in=Customer.objects.filter(access.sees(user)).values("pk"))

    def changed(self, rows: QuerySet[Any], since: dt.datetime) -> QuerySet[Any]:
        """The rows that went at that instant or later."""
        return rows.filter(at__gte=since)
