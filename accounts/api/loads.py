"""The load of each person over REST: the rows of the team's page."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import capacity, people, staffing
from accounts.models import User
from config import clock
from config.web.api.door import Door
from config.web.api.walking import Pages


class FillSerializer(serializers.Serializer[Any]):
    """``limit``: the number of the segment's customers that a person without others can carry."""

    segment = serializers.CharField(source="segment.name")
    customers = serializers.IntegerField()
    limit = serializers.IntegerField(source="segment.customers_per_csm")


class WeekSerializer(serializers.Serializer[Any]):
    """Seven days from ``first`` on: the planned minutes and the available ones."""

    first = serializers.DateField()
    planned_minutes = serializers.IntegerField()
    there_minutes = serializers.IntegerField()


class TeamLoadSerializer(serializers.Serializer[Any]):
    """``weighted``: the share of a full book, 1 is full; ``weighted_arr`` and ``weighted_renewals_90_days`` by the limits
    of ARR and of renewals, null where no segment has one. ``in_cadence``: touched within the segment's cadence.
    """

    id = serializers.IntegerField(source="person.pk")
    person = serializers.CharField(source="person.email")
    name = serializers.CharField(source="person.name")
    customers = serializers.IntegerField(source="load.customers")
    weighted = serializers.FloatField()
    segments = FillSerializer(source="fills", many=True)
    arr = serializers.DecimalField(max_digits=30, decimal_places=2, source="load.arr")
    arr_untold = serializers.IntegerField(source="load.untold")
    weighted_arr = serializers.FloatField(source="load.weighted_arr", allow_null=True)
    renewals_90_days = serializers.IntegerField(source="load.due")
    renewals_90_days_arr = serializers.DecimalField(max_digits=30, decimal_places=2, source="load.due_arr")
    weighted_renewals_90_days = serializers.FloatField(source="load.weighted_due", allow_null=True)
    open_cases = serializers.IntegerField(source="load.items.cases")
    open_tasks = serializers.IntegerField(source="load.items.tasks")
    late_tasks = serializers.IntegerField(source="late")
    planned_minutes = serializers.IntegerField(source="hours.minutes")
    there_minutes = serializers.IntegerField(source="minutes_there")
    weeks = serializers.SerializerMethodField()
    in_cadence = serializers.IntegerField(source="covered.in_cadence")
    in_cadence_share = serializers.FloatField(source="covered.cadence_share", allow_null=True)
    in_cadence_arr_share = serializers.FloatField(source="covered.arr_share", allow_null=True)
    away_from = serializers.DateField(source="absence.starts_on", default=None, allow_null=True)
    away_until = serializers.DateField(source="absence.ends_on", default=None, allow_null=True)
    covered_by = serializers.EmailField(source="absence.by.email", default=None, allow_null=True)

    @extend_schema_field(WeekSerializer(many=True))
    def get_weeks(self, row: staffing.Row) -> list[dict[str, Any]]:
        firsts = capacity.weeks(self.context["day"])
        weeks = [
            {"first": first, "planned_minutes": planned, "there_minutes": available}
            for first, (planned, available, _share) in zip(firsts, row.weeks, strict=True)
        ]
        return list(WeekSerializer(weeks, many=True).data)


class LoadViewSet(Door, viewsets.GenericViewSet[User]):
    """The load of each person below the caller for the next four weeks: a manager's team, for an admin everybody."""

    serializer_class = TeamLoadSerializer
    queryset = User.objects.none()
    pagination_class = Pages

    def get_queryset(self) -> QuerySet[User]:
        return people.below(self.request.user)  # type: ignore[arg-type]

    def list(self, _request: Request) -> Response:
        day = clock.today()
        page = self.paginate_queryset(self.get_queryset()) or []
        rows = TeamLoadSerializer(staffing.rows(page, day), many=True, context={"day": day})
        return self.get_paginated_response(rows.data)
