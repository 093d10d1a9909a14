"""Scorecards over the API, read-only: every version with all it says."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers, viewsets

from config.web.api.door import Door
from health.models import Ceiling, MeasureGroup, Scorecard, ScorecardMeasure, TenureThreshold
from health.scorecards import with_content


class ThresholdSerializer(serializers.ModelSerializer[TenureThreshold]):
    """Other thresholds from that day of the customer's first contract on."""

    class Meta:
        model = TenureThreshold
        fields = ("from_days", "zero_at", "full_at")


class ScorecardLineSerializer(serializers.ModelSerializer[ScorecardMeasure]):
    by_tenure = ThresholdSerializer(many=True, read_only=True)

    class Meta:
        model = ScorecardMeasure
        fields = ("measure", "weight", "window_days", "zero_at", "full_at", "shelf_life_days", "by_tenure")


class GroupSerializer(serializers.ModelSerializer[MeasureGroup]):
    measures = ScorecardLineSerializer(many=True, read_only=True)

    class Meta:
        model = MeasureGroup
        fields = ("key", "name", "weight", "measures")


class CeilingSerializer(serializers.ModelSerializer[Ceiling]):
    class Meta:
        model = Ceiling
        fields = ("condition", "at_most")


class ScorecardSerializer(serializers.ModelSerializer[Scorecard]):
    """One version. ``in_use`` is the version that scores today, ``draft`` one that an admin is still writing."""

    in_use = serializers.BooleanField(source="is_published", read_only=True)
    draft = serializers.BooleanField(source="is_draft", read_only=True)
    segments = serializers.SlugRelatedField[Any](slug_field="name", many=True, read_only=True)
    groups = GroupSerializer(many=True, read_only=True)
    ceilings = CeilingSerializer(many=True, read_only=True)

    class Meta:
        model = Scorecard
        fields = (
            "id", "key", "version", "name", "purpose", "position", "segments", "stages", "in_use", "draft", "note",
            "created_on", "green_from", "yellow_from", "groups", "ceilings",
        )  # fmt: skip


class ScorecardViewSet(Door, viewsets.ReadOnlyModelViewSet[Scorecard]):
    """Every version of every scorecard, the newest of a key first; drafts to admins only."""

    serializer_class = ScorecardSerializer
    queryset = Scorecard.objects.none()

    def get_queryset(self) -> QuerySet[Scorecard]:
        if getattr(self, "swagger_fake_view", False):
            return Scorecard.objects.none()
        rows = with_content(Scorecard.objects.visible_to(self.request.user))  # type: ignore[arg-type]
        return rows.order_by("key", "-version")
