"""The record over REST: the same access, the same domain calls as the pages."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet, Subquery
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import access, asof, book, revenue
from accounts.api import owners
from accounts.api.bulk import BulkActViewSet, BulkRowViewSet
from accounts.api.contracts import ContractViewSet
from accounts.api.gone import GoneViewSet
from accounts.api.imports import ImportRunViewSet
from accounts.api.loads import LoadViewSet
from accounts.api.mappings import SavedMappingViewSet
from accounts.api.people import ContactViewSet, SentimentViewSet, TouchpointViewSet
from accounts.api.rates import RateViewSet
from accounts.api.record import ROUTES as RECORD
from accounts.api.sources import SourceViewSet
from accounts.api.uploads import UploadViewSet
from accounts.api.views import SavedViewViewSet
from accounts.forms.portfolio import FiltersForm, filters_form
from accounts.models import Customer
from config import clock
from config.web.api.bodies import Since, Updated
from config.web.api.door import Door
from health.standing.motions import with_motion


class CustomerSerializer(Updated[Customer]):
    """``parent`` is also null where the caller may not see the parent customer."""

    parent = serializers.IntegerField(source="parent_seen", allow_null=True, read_only=True)  # type: ignore[assignment]
    owner = serializers.CharField(source="owner.email", default=None, allow_null=True)
    segment = serializers.CharField(source="segment.name", default=None, allow_null=True)
    next_motion = serializers.CharField(source="motion", allow_null=True, read_only=True)
    next_motion_since = serializers.DateField(source="motion_since", allow_null=True, read_only=True)

    class Meta:
        model = Customer
        fields = (
            "id",
            "name",
            "reading",
            "domain",
            "industry",
            "use_case",
            "employees",
            "country",
            "owner",
            "parent",
            "tags",
            "attributes",
            "status",
            "stage",
            "segment",
            "touch_model",
            "first_contract_on",
            "sentiment",
            "arr",
            "last_touch_on",
            "score",
            "band",
            "next_renewal_on",
            "leaves_on",
            "next_motion",
            "next_motion_since",
            "updated_at",
            "changed_at",
            "score_changed_at",
        )


class PastCustomerSerializer(serializers.Serializer[Any]):
    """The answer to ``?as_of=``: the columns that change with the day, with the day's values."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    as_of = serializers.SerializerMethodField()
    owner = serializers.CharField(source="then_owner_email")
    segment = serializers.CharField(source="then_segment_name")
    touch_model = serializers.CharField(source="then_touch")
    status = serializers.CharField(source="then_status")
    stage = serializers.CharField(source="then_stage")
    arr = serializers.DecimalField(
        max_digits=revenue.MONEY.max_digits, decimal_places=revenue.MONEY.decimal_places, source="then_arr"
    )
    last_touch_on = serializers.DateField(source="then_touch_on")
    score = serializers.DecimalField(max_digits=5, decimal_places=2, source="then_score")
    band = serializers.CharField(source="then_band")
    next_renewal_on = serializers.DateField(source="then_renewal_on")
    leaves_on = serializers.DateField(source="then_leaves_on")

    def get_as_of(self, _row: Any) -> str:
        return str(self.context["as_of"])


class CustomersSince(Since):
    """``updated_at`` of a customer does not move with its score."""

    score_changed_since = serializers.DateTimeField(
        required=False, help_text="Only customers whose score or band changed at this instant or later."
    )


class CustomerViewSet(Door, viewsets.ReadOnlyModelViewSet[Customer]):
    """Customers the caller may see; the list takes the portfolio's own filters."""

    serializer_class = CustomerSerializer
    queryset = Customer.objects.none()
    parameters = CustomersSince
    seen = ("owner",)
    also = frozenset(FiltersForm.base_fields) - {"sort"}

    def get_queryset(self) -> QuerySet[Customer]:
        visible = Customer.objects.visible_to(self.request.user)  # type: ignore[arg-type]
        if self.action == "list":
            form = self.filters()
            matching = book.filtered(self.request.user, form.filters(), form.today)  # type: ignore[arg-type]
            visible = visible.filter(pk__in=matching.values("pk"))
        return self.decorated(visible).order_by("name", "pk")

    def decorated(self, customers: QuerySet[Customer]) -> QuerySet[Customer]:
        """The customers with the values that the serializer shows beside their own columns."""
        parent = book.parent(self.request.user).values("pk")[:1]  # type: ignore[arg-type]
        return with_motion(customers).select_related("owner", "segment").annotate(parent_seen=Subquery(parent))

    def filters(self) -> FiltersForm:
        """The filters of the address; 400 naming those that cannot be read."""
        form = filters_form(self.request.query_params, clock.today())
        if not form.is_valid():
            raise serializers.ValidationError(
                {name: [str(message) for message in messages] for name, messages in form.errors.items()}
            )
        return form

    def filter_queryset(self, queryset: Any) -> Any:
        rows = super().filter_queryset(queryset)
        since = self.asked.get("score_changed_since")
        return rows.filter(score_changed_at__gte=since) if self.action == "list" and since else rows

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        form = self.filters()
        day = form.past_day()
        if day is None:
            return super().list(request, *args, **kwargs)
        if self.since is not None:
            raise serializers.ValidationError({"changed_since": [_("A past day does not change.")]})
        if "score_changed_since" in self.asked:
            raise serializers.ValidationError({"score_changed_since": [_("A past day does not change.")]})
        if self.narrows:
            message = _("A past day is asked for by the portfolio’s filters alone.")
            raise serializers.ValidationError({name: [message] for name in self.narrows})
        then = asof.filtered(request.user, form.filters(), day)  # type: ignore[arg-type]
        rows = self.paginate_queryset(asof.fields(then)) or []
        past_customers = PastCustomerSerializer(rows, many=True, context={"as_of": day.isoformat()})
        return self.get_paginated_response(past_customers.data)

    @extend_schema(request=owners.OwnerSerializer, responses=CustomerSerializer)
    @action(detail=True, methods=["post"])
    def owner(self, request: Request, **_key: str) -> Response:
        """Give the customer to somebody (null: to nobody); what belongs to the owner follows at once."""
        customer = self.to_change()
        data = self.given(owners.OwnerSerializer)
        owners.one(customer, data, request.user, clock.today())  # type: ignore[arg-type]
        # A CSM who gave the customer away no longer sees it.
        after = self.decorated(Customer.objects.filter(pk=customer.pk)).get()
        return Response(self.get_serializer(after).data)

    @extend_schema(request=owners.OwnersSerializer, responses=owners.HandedSerializer)
    @action(detail=False, methods=["post"], pagination_class=None)
    def owners(self, request: Request) -> Response:
        """Give many customers away in one handover; each row has its own outcome, bad rows do not stop the others."""
        if not access.writes(request.user):  # type: ignore[arg-type]
            raise PermissionDenied
        data = self.given(owners.OwnersSerializer)
        answer = owners.hand_over(data, request.user, clock.today())  # type: ignore[arg-type]
        return Response(owners.HandedSerializer(answer).data)


ROUTES = [
    ("rates", RateViewSet, "api-rate"),
    ("customers", CustomerViewSet, "api-customer"),
    ("contracts", ContractViewSet, "api-contract"),
    ("contacts", ContactViewSet, "api-contact"),
    ("touchpoints", TouchpointViewSet, "api-touchpoint"),
    ("sentiments", SentimentViewSet, "api-sentiment"),
    ("loads", LoadViewSet, "api-load"),
    ("views", SavedViewViewSet, "api-view"),
    ("mappings", SavedMappingViewSet, "api-mapping"),
    ("bulk-acts", BulkActViewSet, "api-bulk"),
    ("bulk-rows", BulkRowViewSet, "api-bulk-row"),
    ("uploads", UploadViewSet, "api-upload"),
    ("gone", GoneViewSet, "api-gone"),
    ("imports", ImportRunViewSet, "api-import"),
    ("sources", SourceViewSet, "api-source"),
    *RECORD,
]
