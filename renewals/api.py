"""Renewals and QBRs over REST: the same access, the same domain calls as the pages."""

from __future__ import annotations

from typing import Any, Final

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import access
from accounts.models import User
from config import clock
from config.web.api.bodies import DayField, FigureField, Given, RowField, Since, Updated
from config.web.api.door import Door
from renewals import calling, calls, forecast, money, qbrs
from renewals.models import ForecastCategory, Qbr, Renewal, RenewalOutcome, RenewalQuerySet, RenewalStage


class RenewalSerializer(Updated[Renewal]):
    customer_name = serializers.CharField(source="customer.name")
    owner = serializers.CharField(source="customer.owner.email", default=None, allow_null=True)
    expected = serializers.DecimalField(max_digits=24, decimal_places=2, read_only=True, allow_null=True)
    forecast_category = serializers.CharField(source="said", read_only=True, allow_null=True)
    category_is_derived = serializers.BooleanField(source="is_derived", read_only=True, allow_null=True)

    class Meta:
        model = Renewal
        fields = (
            "id",
            "customer",
            "customer_name",
            "owner",
            "contract",
            "term_number",
            "due_on",
            "notice_on",
            "prep_on",
            "arr",
            "arr_going_on",
            "leaving",
            "leaves_on",
            "stage",
            "prep_opened_on",
            "prep_with",
            "category",
            "csm_likelihood",
            "csm_note",
            "model_likelihood",
            "model_low",
            "model_high",
            "final_likelihood",
            "final_category",
            "final_reason",
            "expected",
            "forecast_category",
            "category_is_derived",
            "outcome",
            "void_reason",
            "closed_on",
            "closed_arr",
            "successor",
            "updated_at",
            "changed_at",
        )

    def to_representation(self, instance: Renewal) -> dict[str, Any]:
        """The forecast fields of a closed renewal are null."""
        values: dict[str, Any] = super().to_representation(instance)
        return values | (dict.fromkeys(FORECAST) if instance.is_closed else {})


FORECAST: Final = ("expected", "forecast_category", "category_is_derived")


class CallSerializer(Given):
    """A CSM's call: likelihood 0–1 or null, category, note."""

    likelihood = FigureField(max_digits=4, decimal_places=3, min_value=0, max_value=1, allow_null=True)
    category = serializers.ChoiceField(choices=ForecastCategory.choices, allow_blank=True, default="")
    note = serializers.CharField(max_length=300, allow_blank=True, default="")


class SumsSerializer(serializers.Serializer[Any]):
    """Named sums of renewals: ARR a year in the organisation's currency, and how many have none that can be told."""

    available = serializers.DecimalField(max_digits=26, decimal_places=2)
    kept = serializers.DecimalField(max_digits=26, decimal_places=2)
    contracted = serializers.DecimalField(max_digits=26, decimal_places=2)
    lost = serializers.DecimalField(max_digits=26, decimal_places=2)
    open = serializers.DecimalField(max_digits=26, decimal_places=2)
    at_notice = serializers.DecimalField(max_digits=26, decimal_places=2)
    confirmed = serializers.DecimalField(max_digits=26, decimal_places=2)
    ending = serializers.DecimalField(max_digits=26, decimal_places=2)
    untold = serializers.IntegerField()


class FiltersSerializer(Since):
    customer = RowField(required=False)
    owner = RowField(required=False)
    stage = serializers.ChoiceField(choices=RenewalStage.choices, required=False)
    outcome = serializers.ChoiceField(choices=RenewalOutcome.choices, required=False)
    due_from = DayField(required=False)
    due_before = DayField(required=False)


COLUMNS: Final = {
    "customer": "customer",
    "owner": "customer__owner",
    "stage": "stage",
    "outcome": "outcome",
    "due_from": "due_on__gte",
    "due_before": "due_on__lt",
}


class RenewalViewSet(Door, viewsets.ReadOnlyModelViewSet[Renewal]):
    """Renewals the signed-in person may see, soonest first.

    ``expected`` and ``forecast_category`` are what the forecast takes of an open one. ``call`` records what the person
    says, ``sums`` adds up all that the filters leave.
    """

    serializer_class = RenewalSerializer
    queryset = Renewal.objects.none()
    seen = (*calling.CALL, *calling.DECISION, "outcome")
    parameters = FiltersSerializer

    def get_queryset(self) -> RenewalQuerySet:
        visible = Renewal.objects.visible_to(_signed_in(self.request))
        rows = forecast.with_final(visible).select_related("customer__owner").order_by("due_on", "pk")
        return rows.filter(**{COLUMNS[name]: value for name, value in self.asked.items()})

    @extend_schema(request=CallSerializer, responses=RenewalSerializer)
    @action(detail=True, methods=["post"], serializer_class=CallSerializer)
    def call(self, request: Request, **_path: str) -> Response:
        """Record the CSM's call; from a manager it is a decision, and the note its reason."""
        renewal, values = self.to_change(), self.given(CallSerializer)
        calls.say(renewal, _signed_in(request), clock.now(), clock.today(), **values)
        return Response(RenewalSerializer(self.get_object()).data)

    @action(detail=False, methods=["get"], serializer_class=SumsSerializer, pagination_class=None)
    def sums(self, _request: Request) -> Response:
        """The named sums: available = kept + contracted + lost + open; ``untold`` ones are in none of them."""
        totals = money.sums(self.get_queryset())
        return Response(SumsSerializer(totals).data)


class QbrSerializer(Updated[Qbr]):
    class Meta:
        model = Qbr
        fields = ("id", "customer", "due_on", "held_on", "goals", "note", "updated_at", "changed_at")


class ClosingSerializer(Given):
    """What closing a QBR takes."""

    goals = serializers.ListField(child=serializers.CharField(max_length=500, allow_blank=True), allow_empty=True)
    note = serializers.CharField(allow_blank=True, default="", max_length=10_000)


class QbrViewSet(Door, viewsets.ReadOnlyModelViewSet[Qbr]):
    """QBRs of customers the signed-in person may see, by due day; ``close`` needs a goal."""

    serializer_class = QbrSerializer
    queryset = Qbr.objects.none()
    parameters = Since
    seen = ("goals", "note", "held_on")

    def get_queryset(self) -> QuerySet[Qbr]:
        visible = Qbr.objects.filter(
            access.sees(_signed_in(self.request), "customer__"),
            customer__merged_into=None,
        )
        return visible.order_by("due_on", "pk")

    @extend_schema(request=ClosingSerializer, responses=QbrSerializer)
    @action(detail=True, methods=["post"], serializer_class=ClosingSerializer)
    def close(self, request: Request, **_path: str) -> Response:
        """Record that it was held today, with next quarter's goals."""
        qbr, values = self.to_change("customer"), self.given(ClosingSerializer)
        qbrs.close(qbr, _signed_in(request), clock.today(), **values)
        return Response(QbrSerializer(qbr).data)


def _signed_in(request: Request) -> User:
    """The person; the API answers nobody else."""
    user: User = request.user  # type: ignore[assignment]
    return user


ROUTES = [("renewals", RenewalViewSet, "renewal"), ("qbrs", QbrViewSet, "qbr")]
