"""Health over the API: scores, overrides, usage days and the catalogue of measures."""

from __future__ import annotations

from typing import Any, cast

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema, extend_schema_field, extend_schema_view
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import access
from accounts.models import Customer, User
from config import clock
from config.web.api.bodies import DayField, Given, RowField, Since, Updated, WholeField, cleaned
from config.web.api.door import Door
from health.api import cases, people
from health.api.scorecards import ScorecardViewSet
from health.cases.precision import PERIOD, Figures, figures, leads
from health.forms.judging import OverrideForm
from health.measures import catalogue
from health.models import Case, CaseRule, Override, Score, UsageDay
from health.scoring import overriding


class ScoreFilterSerializer(Since):
    as_of = DayField(required=False, help_text="Only the scores that held on this day, one a customer.")


class PartSerializer(serializers.Serializer[Any]):
    """One measure of a score: contribution = points × weight."""

    measure = serializers.CharField()
    points = serializers.IntegerField(allow_null=True)
    weight = serializers.FloatField()
    contribution = serializers.FloatField()
    amount = serializers.FloatField(allow_null=True)
    newest_on = serializers.DateField(allow_null=True)


class ScoreSerializer(Updated[Score]):
    parts = PartSerializer(many=True, read_only=True)
    scorecard = serializers.SlugRelatedField[Any](slug_field="key", read_only=True)
    scorecard_version = serializers.IntegerField(source="scorecard.version", read_only=True)

    class Meta:
        model = Score
        fields = (
            "id",
            "customer",
            "day",
            "value",
            "raw",
            "band",
            "coverage",
            "oldest_input_on",
            "ceiling",
            "scorecard",
            "scorecard_version",
            "parts",
            "updated_at",
            "changed_at",
        )


class ScoreViewSet(Door, viewsets.ReadOnlyModelViewSet[Score]):
    """The score history: a row from each day on which something changed."""

    serializer_class = ScoreSerializer
    queryset = Score.objects.none()
    parameters = ScoreFilterSerializer

    def get_queryset(self) -> QuerySet[Score]:
        if getattr(self, "swagger_fake_view", False):
            return Score.objects.none()
        sees = access.sees(self.request.user, "customer__")  # type: ignore[arg-type]
        scores = Score.objects.filter(sees, customer__merged_into__isnull=True).select_related("scorecard")
        if "as_of" in self.asked:
            scores = scores.as_of(self.asked["as_of"])
        return scores.order_by("customer", "-day", "-pk")


class NewOverrideSerializer(Given):
    customer = RowField()
    value = WholeField(min_value=0, max_value=100)
    begins = DayField(required=False)
    until = DayField()
    reason = serializers.CharField()


class OverrideSerializer(Updated[Override]):
    author = serializers.CharField(source="author.email", read_only=True)
    computed_band = serializers.CharField(read_only=True)

    class Meta:
        model = Override
        fields = (
            "id",
            "customer",
            "value",
            "band",
            "from_day",
            "until_day",
            "author",
            "reason",
            "computed",
            "computed_band",
            "withdrawn_on",
            "updated_at",
            "changed_at",
        )


class OverrideViewSet(Door, viewsets.ReadOnlyModelViewSet[Override]):
    """Scores that somebody said instead, newest first. ``until_day`` is the first day on which one no longer holds."""

    serializer_class = OverrideSerializer
    queryset = Override.objects.none()
    parameters = Since

    def get_queryset(self) -> QuerySet[Override]:
        if getattr(self, "swagger_fake_view", False):
            return Override.objects.none()
        sees = access.sees(self.request.user, "customer__")  # type: ignore[arg-type]
        rows = Override.objects.filter(sees, customer__merged_into__isnull=True).select_related("author")
        return rows.order_by("-pk")

    @extend_schema(request=NewOverrideSerializer, responses={201: OverrideSerializer})
    def create(self, request: Request) -> Response:
        """Override a score: ``customer``, ``value``, ``begins`` (today), ``until``, ``reason``; 404 where the customer
        is not the caller's to change.
        """
        body, today = self.given(NewOverrideSerializer), clock.today()
        customers = Customer.objects.changeable_by(request.user)  # type: ignore[arg-type]
        customer = get_object_or_404(customers, pk=body.pop("customer"))
        form = OverrideForm({"begins": today} | body, day=today)
        override = overriding.put(customer, author=request.user, day=today, **cleaned(form))  # type: ignore[arg-type]
        return Response(self.get_serializer(override).data, status=201)

    @extend_schema(request=None, responses=OverrideSerializer)
    @action(detail=True, methods=["post"])
    def withdraw(self, request: Request, pk: str | None = None) -> Response:  # noqa: ARG002 (read by get_object)
        """End it today; one that has ended already stays as it was."""
        override = self.to_change("customer")
        self.given(Given)
        overriding.withdraw(override, by=request.user, day=clock.today())  # type: ignore[arg-type]
        override.refresh_from_db()
        return Response(self.get_serializer(override).data)


class UsageSerializer(Updated[UsageDay]):
    class Meta:
        model = UsageDay
        fields = (
            "customer",
            "day",
            "active_users",
            "sessions",
            "uses",
            "core_uses",
            "features",
            "seconds",
            "errors",
            "updated_at",
            "changed_at",
        )


class UsageViewSet(Door, viewsets.GenericViewSet[UsageDay]):
    """Usage by customer and day, newest day first."""

    serializer_class = UsageSerializer
    queryset = UsageDay.objects.none()
    parameters = Since

    def get_queryset(self) -> QuerySet[UsageDay]:
        if getattr(self, "swagger_fake_view", False):
            return UsageDay.objects.none()
        sees = access.sees(self.request.user, "customer__")  # type: ignore[arg-type]
        rows = UsageDay.objects.filter(sees, customer__merged_into__isnull=True)
        return rows.order_by("-day", "customer")

    def list(self, request: Request) -> Response:  # noqa: ARG002 (the framework's signature)
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)


class MeasureSerializer(serializers.Serializer[Any]):
    """What a measure means, and what a new scorecard starts from."""

    key = serializers.CharField()
    name = serializers.CharField()
    about = serializers.CharField()
    unit = serializers.CharField()
    group = serializers.CharField()
    literature = serializers.CharField()
    window = serializers.IntegerField()
    zero_at = serializers.FloatField()
    full_at = serializers.FloatField()
    shelf_life = serializers.IntegerField()


class MeasureViewSet(Door, viewsets.ViewSet):
    """The catalogue of measures."""

    @extend_schema(responses=MeasureSerializer(many=True))
    def list(self, request: Request) -> Response:  # noqa: ARG002 (the framework's signature)
        return Response(MeasureSerializer(list(catalogue().values()), many=True).data)


class RuleFiguresSerializer(serializers.Serializer[Any]):
    """How right a rule was, of the cases one sees: ``precision`` = valid / judged, null below ``least_judged``;
    ``low`` and ``high`` Wilson's 95 % interval; ``lead_days`` the median from a case to the churn it spoke of.
    """

    fired = serializers.IntegerField()
    acted = serializers.IntegerField()
    judged = serializers.IntegerField()
    not_valid = serializers.IntegerField()
    precision = serializers.FloatField(allow_null=True)
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)
    lead_days = serializers.FloatField(allow_null=True)
    lead_churns = serializers.IntegerField()


class CaseRuleSerializer(serializers.ModelSerializer[CaseRule]):
    figures = serializers.SerializerMethodField()

    class Meta:
        model = CaseRule
        fields = (
            "id", "key", "name", "kind", "type", "reason", "detector", "values", "audience", "severity", "is_active",
            "mode", "demoted_on", "precision_floor", "least_judged", "figures",
        )  # fmt: skip

    @extend_schema_field(RuleFiguresSerializer)
    def get_figures(self, rule: CaseRule) -> Any:
        rule_figures = self.context["figures"].get(rule.pk, Figures())
        lead = self.context["leads"].get(rule.pk)
        low, high = rule_figures.interval or (None, None)
        counts = {name: getattr(rule_figures, name) for name in ("fired", "acted", "judged", "not_valid")}
        precision_values = {
            "precision": rule_figures.precision if rule_figures.enough(rule) else None,
            "low": low,
            "high": high,
        }
        lead_values = {"lead_days": lead.median_days if lead else None, "lead_churns": lead.churns if lead else 0}
        return RuleFiguresSerializer(counts | precision_values | lead_values).data


class PeriodSerializer(Given):
    days = WholeField(
        min_value=1, max_value=3_650, default=PERIOD, help_text="The period the figures count, up to today; 180 days."
    )


@extend_schema_view(retrieve=extend_schema(parameters=[PeriodSerializer]))
class CaseRuleViewSet(Door, viewsets.ReadOnlyModelViewSet[CaseRule]):
    """The case rules with their figures. Two statements for the figures, whatever the number of rules."""

    serializer_class = CaseRuleSerializer
    queryset = CaseRule.objects.order_by("position", "pk")
    parameters = PeriodSerializer

    def get_serializer_context(self) -> dict[str, Any]:
        context = dict(super().get_serializer_context())
        if getattr(self, "swagger_fake_view", False):
            return context | {"figures": {}, "leads": {}}
        user, today, days = cast("User", self.request.user), clock.today(), self.asked["days"]
        return context | {
            "figures": figures(Case.objects.visible_to(user), today, days),
            "leads": leads(Customer.objects.visible_to(user), today, days),
        }


ROUTES = [
    ("case-rules", CaseRuleViewSet, "case-rule"),
    ("scores", ScoreViewSet, "score"),
    ("overrides", OverrideViewSet, "override"),
    ("usage", UsageViewSet, "usage"),
    ("measures", MeasureViewSet, "measure"),
    ("scorecards", ScorecardViewSet, "scorecard"),
    *cases.ROUTES,
    *people.ROUTES,
]
