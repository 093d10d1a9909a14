"""Where data comes from, over REST: the figures of the page of sources."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_serializer
from rest_framework import serializers, viewsets
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import access
from accounts.imports import figures
from accounts.models import Reconciled
from config import clock
from config.web.api.door import Door


class ComparisonSerializer(serializers.Serializer[Any]):
    """Last night's comparison of a target; ``differences`` counts rows and fields by the reason why they differ."""

    target = serializers.CharField()
    rows = serializers.IntegerField()
    same = serializers.IntegerField()
    day = serializers.DateField(allow_null=True)
    problem = serializers.CharField()
    differences = serializers.DictField(child=serializers.IntegerField())


class SourceSerializer(serializers.Serializer[Any]):
    """``rows`` and ``refused`` are those of the last 30 days, lags are seconds, ``silent_since`` (the day on which it was last heard of) and ``silent_days`` are null
    where it is not silent.
    """

    name = serializers.CharField()
    last_at = serializers.DateTimeField(allow_null=True)
    rows = serializers.IntegerField()
    refused = serializers.IntegerField()
    lag_seconds = serializers.IntegerField(allow_null=True)
    median_lag_seconds = serializers.IntegerField(allow_null=True)
    silent_after_days = serializers.IntegerField(allow_null=True)
    silent_since = serializers.DateField(allow_null=True)
    silent_days = serializers.IntegerField(allow_null=True)
    disagreements = serializers.IntegerField()
    comparisons = ComparisonSerializer(many=True)


@extend_schema_serializer(many=False)
class SourcesSerializer(serializers.Serializer[Any]):
    """All sources at once: ``next`` is always null."""

    next = serializers.CharField(allow_null=True)
    results = SourceSerializer(many=True)


class SourceViewSet(Door, viewsets.GenericViewSet[Reconciled]):
    """The sources by name, each with its last file, lag and silence, and how it stands against the record; for admins alone."""

    serializer_class = SourceSerializer
    queryset = Reconciled.objects.none()
    pagination_class = None

    def get_queryset(self) -> QuerySet[Reconciled]:
        return Reconciled.objects.none()

    @extend_schema(responses=SourcesSerializer)
    def list(self, request: Request) -> Response:
        if not access.configures(request.user):  # type: ignore[arg-type]
            raise NotFound
        zone, _frozen = clock.organisation() or (clock.UTC, None)
        rows = figures.of_sources(clock.now(), zone, clock.today())
        return Response(SourcesSerializer({"next": None, "results": rows}).data)
