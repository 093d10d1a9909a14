"""Tasks, playbooks and enrolments over REST: the same access, the same domain calls as the pages."""

from __future__ import annotations

from typing import Any, Final, cast

from django import forms
from django.db.models import Prefetch, QuerySet
from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema, extend_schema_field
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Customer, User
from accounts.request import SignedIn
from accounts.working import colleague
from config import clock, fields
from config.fields import DAY_MINUTES
from config.web.api.bodies import DayField, Given, RowField, Since, Updated, WholeField
from config.web.api.door import Door
from config.web.finding import changeable
from playbooks import enrolment, giving, work
from playbooks.models import Enrolment, Playbook, PlaybookStep, Task, TaskOutcome
from playbooks.steps import KINDS, StepKind
from playbooks.steps.task import LONGEST_NOTE, LONGEST_TITLE


class TaskSerializer(Updated[Task]):
    assignee = serializers.CharField(source="assignee.email", default=None, allow_null=True)

    class Meta:
        model = Task
        fields = (
            "id", "customer", "enrolment", "renewal", "title", "note", "assignee", "due_on", "snoozed_until",
            "snooze_reason", "outcome", "outcome_note", "minutes", "done_at", "updated_at", "changed_at",
        )  # fmt: skip


def _of_kind(kind: StepKind) -> type[serializers.Serializer[Any]]:
    """The step as the API says it: its place, its kind, and the kind's values beside them."""
    said: dict[str, Any] = {
        "position": serializers.IntegerField(min_value=1),
        "kind": serializers.ChoiceField(choices=[(kind.key, kind.name)]),
    }
    said |= {name: _field(field) for name, field in kind.fields.items()}
    return type(f"{kind.key.title()}StepSerializer", (serializers.Serializer,), said)


def _field(field: forms.Field) -> serializers.Field[Any, Any, Any, Any]:
    if isinstance(field, forms.ChoiceField):
        return serializers.ChoiceField(choices=list(field.widget.choices), read_only=True)
    if isinstance(field, fields.WholeField):
        return serializers.IntegerField(read_only=True)
    if isinstance(field, forms.CharField):
        return serializers.CharField(read_only=True)
    return serializers.JSONField(read_only=True)


def _empty(field: forms.Field) -> str | None:
    return "" if isinstance(field, forms.CharField | forms.ChoiceField) else None


def _kinds() -> dict[str, Any]:
    return {kind.key: _of_kind(kind) for kind in KINDS.values()}


STEPS: Final = PolymorphicProxySerializer(
    component_name="Step", serializers=_kinds, resource_type_field_name="kind", many=True
)


def _step(step: PlaybookStep) -> dict[str, Any]:
    kind = KINDS.get(step.kind)
    empty = {name: _empty(field) for name, field in kind.fields.items()} if kind else {}
    return {"position": step.position, "kind": step.kind, **empty, **step.values}


class PlaybookSerializer(serializers.ModelSerializer[Playbook]):
    version = serializers.IntegerField(source="published.number", default=None, allow_null=True)
    trigger_kind = serializers.CharField(source="published.trigger_kind", default=None, allow_null=True)
    trigger = serializers.JSONField(source="published.trigger", default=None, allow_null=True)
    audience = serializers.JSONField(source="published.audience", default=None, allow_null=True)
    reentry_days = serializers.IntegerField(source="published.reentry_days", default=None, allow_null=True)
    steps = serializers.SerializerMethodField()

    class Meta:
        model = Playbook
        fields = (
            "id", "key", "name", "description", "state", "version", "trigger_kind", "trigger", "audience",
            "reentry_days", "steps",
        )  # fmt: skip

    @extend_schema_field(STEPS)
    def get_steps(self, playbook: Playbook) -> list[dict[str, Any]]:
        return [_step(step) for step in playbook.published.steps.all()] if playbook.published else []


class EnrolmentSerializer(Updated[Enrolment]):
    version = serializers.IntegerField(source="version.number")

    class Meta:
        model = Enrolment
        fields = (
            "id", "customer", "playbook", "version", "occasion", "renewal", "why", "state", "enrolled_on",
            "finished_on", "exit_reason", "updated_at", "changed_at",
        )  # fmt: skip


class CompleteSerializer(Given):
    outcome = serializers.ChoiceField(choices=TaskOutcome.choices, default="done")
    note = serializers.CharField(required=False, allow_blank=True, max_length=LONGEST_NOTE, default="")
    minutes = WholeField(required=False, allow_null=True, min_value=1, max_value=DAY_MINUTES)


class TaskSnoozeSerializer(Given):
    until = DayField()
    reason = serializers.CharField(max_length=200)


class TaskHandOnSerializer(Given):
    to = serializers.EmailField()


class NewTaskSerializer(Given):
    customer = RowField()
    title = serializers.CharField(max_length=LONGEST_TITLE)
    due_on = DayField()
    to = serializers.EmailField(required=False)
    note = serializers.CharField(required=False, allow_blank=True, max_length=LONGEST_NOTE, default="")


class EnrolSerializer(Given):
    customer = RowField()
    playbook = RowField()


class TaskFilterSerializer(Since):
    """Which tasks."""

    assignee = serializers.EmailField(required=False)
    state = serializers.ChoiceField(required=False, choices=["open", "done"])


class TaskViewSet(Door, viewsets.ReadOnlyModelViewSet[Task]):
    """Tasks of the customers the caller may see; ``?state=open|done``, ``?assignee=``."""

    serializer_class = TaskSerializer
    queryset = Task.objects.none()
    parameters = TaskFilterSerializer
    seen = ("assignee", "snoozed_until", "snooze_reason", "done_at", "outcome", "outcome_note", "minutes")

    def get_queryset(self) -> QuerySet[Task]:
        filters = self.asked
        rows = Task.objects.visible_to(_user(self.request)).select_related("assignee").order_by("due_on", "pk")
        if "assignee" in filters:
            rows = rows.filter(assignee__email=filters["assignee"].lower())
        if "state" in filters:
            rows = rows.filter(done_at__isnull=filters["state"] != "done")
        return rows

    @extend_schema(request=CompleteSerializer, responses=TaskSerializer)
    @action(detail=True, methods=["post"])
    def complete(self, request: Request, **_key: str) -> Response:
        """Close a task with its outcome."""
        task, values = self.to_change(), self.given(CompleteSerializer)
        return self._done(work.complete(task, user=_user(request), now=clock.now(), day=clock.today(), **values))

    @extend_schema(request=None, responses=TaskSerializer)
    @action(detail=True, methods=["post"])
    def reopen(self, _request: Request, **_key: str) -> Response:
        """Open a closed task again."""
        task = self.to_change()
        self.given(Given)
        return self._done(work.undo(task))

    @extend_schema(request=TaskSnoozeSerializer, responses=TaskSerializer)
    @action(detail=True, methods=["post"])
    def snooze(self, _request: Request, **_key: str) -> Response:
        """Put a task off until a day, with a reason."""
        task, values = self.to_change(), self.given(TaskSnoozeSerializer)
        return self._done(work.snooze(task, values["until"], values["reason"], day=clock.today()))

    @extend_schema(request=None, responses=TaskSerializer)
    @action(detail=True, methods=["post"])
    def wake(self, _request: Request, **_key: str) -> Response:
        """Show a snoozed task again at once."""
        task = self.to_change()
        self.given(Given)
        return self._done(work.wake(task))

    @extend_schema(request=TaskHandOnSerializer, responses=TaskSerializer)
    @action(detail=True, methods=["post"], url_path="hand-on")
    def hand_on(self, request: Request, **_key: str) -> Response:
        """Give an open task to a colleague."""
        task, values = self.to_change(), self.given(TaskHandOnSerializer)
        return self._done(giving.reassign(task, colleague(task.customer, _user(request), values["to"])))

    @extend_schema(request=NewTaskSerializer, responses={201: TaskSerializer})
    def create(self, request: Request) -> Response:
        """Add a task by hand, for the caller or the colleague ``to``; 404 where the caller may not see the customer."""
        values, user = self.given(NewTaskSerializer), _user(request)
        customer = changeable(cast("SignedIn", request), Customer.objects, values.pop("customer"))
        to = colleague(customer, user, values.pop("to")) if "to" in values else None
        task = giving.add(customer, values.pop("title"), values.pop("due_on"), user=user, to=to, **values)
        return Response(TaskSerializer(task).data, status=201)

    def _done(self, task: Task) -> Response:
        return Response(TaskSerializer(task).data)


class PlaybookViewSet(Door, viewsets.ReadOnlyModelViewSet[Playbook]):
    """Playbooks with the version that runs."""

    serializer_class = PlaybookSerializer
    queryset = Playbook.objects.none()

    def get_queryset(self) -> QuerySet[Playbook]:
        rows = Playbook.objects.visible_to(_user(self.request)).select_related("published")
        steps = Prefetch("published__steps", PlaybookStep.objects.order_by("position"))
        return rows.prefetch_related(steps).order_by("pk")


class EnrolmentViewSet(Door, viewsets.ReadOnlyModelViewSet[Enrolment]):
    """Who is, or was, in which playbook; POST starts one by hand."""

    serializer_class = EnrolmentSerializer
    queryset = Enrolment.objects.none()
    parameters = Since

    def get_queryset(self) -> QuerySet[Enrolment]:
        rows = Enrolment.objects.visible_to(_user(self.request))
        return rows.select_related("version").order_by("-pk")

    @extend_schema(request=EnrolSerializer, responses={201: EnrolmentSerializer})
    def create(self, request: Request) -> Response:
        """Start a playbook for a customer; 404 where the caller may not see the customer."""
        values = self.given(EnrolSerializer)
        user = _user(request)
        customer = changeable(cast("SignedIn", request), Customer.objects, values["customer"])
        rows = Playbook.objects.visible_to(user).select_related("published")
        playbook = rows.filter(pk=values["playbook"]).first()
        if playbook is None:
            raise NotFound
        play = enrolment.enrol_by_hand(customer, playbook, user, clock.today())
        return Response(EnrolmentSerializer(play).data, status=201)


def _user(request: Request) -> User:
    return cast("User", request.user)


ROUTES = [
    ("tasks", TaskViewSet, "task"),
    ("playbooks", PlaybookViewSet, "playbook"),
    ("enrolments", EnrolmentViewSet, "enrolment"),
]
