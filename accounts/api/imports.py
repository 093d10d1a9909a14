"""Runs of imports over the API, to read."""

from __future__ import annotations

from typing import Any

from django.db.models import Prefetch, QuerySet
from drf_spectacular.utils import extend_schema_field
from rest_framework import mixins, serializers, viewsets

from accounts.imports import progress, reports
from accounts.models import ImportFile, ImportRun
from config.web.api.door import Door


class RemarkSerializer(serializers.Serializer[dict[str, Any]]):
    """A remark on a file: what of how many rows, what to do, and the first rows as (line or null, what it says)."""

    kind = serializers.CharField()
    count = serializers.IntegerField()
    text = serializers.CharField()
    advice = serializers.CharField(allow_blank=True)
    rows = serializers.ListField(child=serializers.ListField(child=serializers.JSONField()))


class ImportFileSerializer(serializers.ModelSerializer[ImportFile]):
    class Meta:
        model = ImportFile
        fields = (
            "position", "name", "target", "source", "written", "rows", "new", "changed", "unchanged", "rejected", "skipped",
            "unread", "notes", "remarks",
        )  # fmt: skip

    unchanged = serializers.IntegerField(read_only=True)
    notes = serializers.SerializerMethodField()
    remarks = serializers.SerializerMethodField()

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_notes(self, file: ImportFile) -> list[str]:
        return [note for note, _remark in reports.notes_of(file, self.context["request"].user)]

    @extend_schema_field(RemarkSerializer(many=True))
    def get_remarks(self, file: ImportFile) -> list[dict[str, Any]]:
        return reports.remarks_of(file, self.context["request"].user)


class ImportRunSerializer(serializers.ModelSerializer[ImportRun]):
    mapping = serializers.CharField(source="called", read_only=True)
    by = serializers.CharField(source="by.email", read_only=True, default=None, allow_null=True)
    files = ImportFileSerializer(many=True, read_only=True)
    problem = serializers.SerializerMethodField()
    rows_read = serializers.SerializerMethodField()
    rows_total = serializers.SerializerMethodField()

    awaited = serializers.CharField(read_only=True, default=None, allow_null=True)

    def get_rows_read(self, run: ImportRun) -> int:
        return progress.rows_of(run, run.files.all())[0]

    def get_rows_total(self, run: ImportRun) -> int | None:
        return progress.rows_of(run, run.files.all())[1]

    def get_problem(self, run: ImportRun) -> str:
        return run.problem_told

    class Meta:
        model = ImportRun
        fields = (
            "id", "mapping", "state", "by", "day", "begun_at", "started_at", "ended_at", "rows_read", "rows_total", "problem",
            "waits_since", "awaited", "files",
        )  # fmt: skip


class ImportRunViewSet(Door, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[ImportRun]):
    """Imports, the newest first, with what each of their files would do (``written`` is false) or did; for admins."""

    serializer_class = ImportRunSerializer
    queryset = ImportRun.objects.none()

    def get_queryset(self) -> QuerySet[ImportRun]:
        if getattr(self, "swagger_fake_view", False):
            return ImportRun.objects.none()
        files = ImportFile.objects.defer("rejects", "cells").order_by("position")
        rows = ImportRun.objects.visible_to(self.request.user).select_related("by")  # type: ignore[arg-type]
        rows = rows.with_awaited().defer("mapping", "places", "moves", "before_undo")
        return rows.prefetch_related(Prefetch("files", files)).order_by("-pk")
