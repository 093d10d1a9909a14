"""Cases over the API: the same access and the same acts as on the pages."""

from __future__ import annotations

from typing import Any

from django.db.models import Prefetch, QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import working
from config import clock
from config.web.api.bodies import DayField, Given, Since, Updated
from config.web.api.door import Door
from health.cases import acts, lists
from health.models import Case, CaseEvidence, CaseType
from health.models.cases import CHOSEN
from playbooks import following


class EvidenceSerializer(serializers.ModelSerializer[CaseEvidence]):
    rule = serializers.SlugRelatedField[Any](slug_field="key", read_only=True, allow_null=True)

    class Meta:
        model = CaseEvidence
        fields = ("day", "rule", "facts", "note")


class CaseSerializer(Updated[Case]):
    rule = serializers.SlugRelatedField[Any](slug_field="key", read_only=True, allow_null=True)
    owner = serializers.CharField(source="owner.email", default=None, allow_null=True)
    evidence = EvidenceSerializer(many=True, read_only=True)

    class Meta:
        model = Case
        fields = (
            "id", "customer", "rule", "kind", "reason", "title", "type", "plan", "severity", "owner", "value", "state",
            "alerted", "opened_on", "due_on", "newest_evidence_on", "snoozed_until", "snooze_reason", "closed_on",
            "resolution", "resolution_note", "evidence", "updated_at", "changed_at",
        )  # fmt: skip


class PlanSerializer(Given):
    type = serializers.ChoiceField(choices=CaseType.choices)
    plan = serializers.CharField(max_length=acts.LONGEST_PLAN)


class CaseSnoozeSerializer(Given):
    until = DayField()
    reason = serializers.CharField(max_length=200)


class CloseSerializer(Given):
    resolution = serializers.ChoiceField(choices=CHOSEN)
    note = serializers.CharField(required=False, allow_blank=True, max_length=acts.SAID, default="")


class HandOnSerializer(Given):
    to = serializers.EmailField()


class CaseFilterSerializer(Since):
    """What the list may be asked for."""

    state = serializers.ChoiceField(required=False, choices=["open", "late", "snoozed", "closed"])


class CaseViewSet(Door, viewsets.ReadOnlyModelViewSet[Case]):
    """Cases of the customers the caller may see, newest first, with what was seen in each."""

    serializer_class = CaseSerializer
    queryset = Case.objects.none()
    parameters = CaseFilterSerializer
    seen = ("type", "plan", "state", "snoozed_until", "snooze_reason", "owner", "resolution", "resolution_note")

    def get_queryset(self) -> QuerySet[Case]:
        if getattr(self, "swagger_fake_view", False):
            return Case.objects.none()
        filters = self.asked
        rows = Case.objects.visible_to(self.request.user)  # type: ignore[arg-type]
        if "state" in filters:
            rows = lists.in_state(rows, filters["state"], clock.today())
        evidence = Prefetch("evidence", CaseEvidence.objects.select_related("rule").order_by("-day", "-pk"))
        return rows.select_related("owner", "rule").prefetch_related(evidence).order_by("-pk")

    @extend_schema(request=PlanSerializer, responses=CaseSerializer)
    @action(detail=True, methods=["post"])
    def plan(self, request: Request, **_key: str) -> Response:
        """Say what the case is about and what will be done."""
        return self._acted(request, PlanSerializer, lambda case, body, actor: acts.plan(case, **body, **actor))

    @extend_schema(request=CaseSnoozeSerializer, responses=CaseSerializer)
    @action(detail=True, methods=["post"])
    def snooze(self, request: Request, **_key: str) -> Response:
        """Put an open case off until a day, for a reason."""
        return self._acted(request, CaseSnoozeSerializer, lambda case, body, actor: acts.snooze(case, **body, **actor))

    @extend_schema(request=None, responses=CaseSerializer)
    @action(detail=True, methods=["post"])
    def wake(self, request: Request, **_key: str) -> Response:
        """Show a snoozed case again at once."""
        return self._acted(request, Given, lambda case, _given, actor: acts.wake(case, **actor))

    @extend_schema(request=HandOnSerializer, responses=CaseSerializer)
    @action(detail=True, methods=["post"], url_path="hand-on")
    def hand_on(self, request: Request, **_key: str) -> Response:
        """Give an open case to a colleague; it no longer follows the customer's owner."""

        def act(case: Case, body: dict[str, Any], actor: dict[str, Any]) -> None:
            acts.hand_on(case, working.colleague(case.customer, actor["user"], body["to"]), **actor)

        return self._acted(request, HandOnSerializer, act)

    @extend_schema(request=CloseSerializer, responses=CaseSerializer)
    @action(detail=True, methods=["post"])
    def close(self, request: Request, **_key: str) -> Response:
        """Close a case with what came of it; "not_valid" needs a note. Plays that it started end."""

        def act(case: Case, body: dict[str, Any], actor: dict[str, Any]) -> None:
            following.close_case(case, now=clock.now(), **body, **actor)

        return self._acted(request, CloseSerializer, act)

    @extend_schema(request=None, responses=CaseSerializer)
    @action(detail=True, methods=["post"])
    def reopen(self, request: Request, **_key: str) -> Response:
        """Take a closing back; the plays that it ended run again."""
        return self._acted(request, Given, lambda case, _given, actor: following.reopen_case(case, **actor))

    def _acted(self, request: Request, kind: type[serializers.Serializer[Any]], act: Any) -> Response:
        """The case after ``act``."""
        case, body = self.to_change(), self.given(kind)
        act(case, body, {"user": request.user, "day": clock.today()})
        return Response(self.get_serializer(self.get_queryset().get(pk=case.pk)).data)


ROUTES = [("cases", CaseViewSet, "case")]
