"""Bulk acts over the API: the same that people do with selected rows of a list."""

from __future__ import annotations

from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError as Refused
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import access, bulk, lists
from accounts.bulk import Act, Who, plain
from accounts.forms.tags import TagsField
from accounts.models import BulkAct, BulkRow, User
from config import clock
from config.sentences import again
from config.web.api.bodies import Given, RowField, WholeField
from config.web.api.door import Door, check_scope, reads
from config.web.refusing import reason

MOST_IDS: Final = 10_000
# Django's fields of fractions are kinds of its field of whole numbers.
NUMBERS: Final = forms.IntegerField  # noqa: TID251 (asked, not made)
SEVERAL: Final = forms.MultipleChoiceField | forms.ModelMultipleChoiceField


class BulkActSerializer(serializers.ModelSerializer[BulkAct]):
    by = serializers.CharField(source="by.email", read_only=True)
    total = serializers.IntegerField(read_only=True)
    problem = serializers.SerializerMethodField()

    def get_problem(self, bulk_act: BulkAct) -> str:
        return again(bulk_act.problem)

    class Meta:
        model = BulkAct
        fields = (
            "id", "kind", "act", "values", "words", "state", "by", "total", "reached", "done", "same", "refused", "returned",
            "kept", "made_at", "ended_at", "problem",
        )  # fmt: skip


class BulkRowSerializer(serializers.ModelSerializer[BulkRow]):
    row = serializers.IntegerField(source="object_id")
    reason = serializers.SerializerMethodField()

    def get_reason(self, row: BulkRow) -> str:
        return again(row.reason)

    class Meta:
        model = BulkRow
        fields = ("act", "row", "state", "reason")


class NewBulkActSerializer(Given):
    """``ids`` or ``filter``, the query string of a list's address; ``count``: the number of rows it should match."""

    kind = serializers.CharField(max_length=20)
    act = serializers.CharField(max_length=20)
    values = serializers.DictField(required=False, default=dict)
    ids = serializers.ListField(child=RowField(), required=False, allow_empty=False, max_length=MOST_IDS)
    filter = serializers.CharField(required=False, allow_blank=True, max_length=4_000)
    count = WholeField(required=False, min_value=0)


def kinds_of(request: Request) -> list[str]:
    """The kinds of rows that the caller's token lets it read: acts on others are not its to know."""
    return [kind.key for kind in lists.every() if reads(request, kind.key)]


class BulkActViewSet(Door, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[BulkAct]):
    """Acts on many rows, the newest first: the caller's own, to admins all. POST does one, as the lists' pages do."""

    serializer_class = BulkActSerializer
    queryset = BulkAct.objects.none()

    def get_queryset(self) -> QuerySet[BulkAct]:
        if getattr(self, "swagger_fake_view", False):
            return BulkAct.objects.none()
        acts = BulkAct.objects.visible_to(self._user).filter(kind__in=kinds_of(self.request))
        return acts.counted().select_related("by").order_by("-pk")

    @extend_schema(request=NewBulkActSerializer, responses={201: BulkActSerializer})
    def create(self, _request: Request) -> Response:
        """Do an act: few rows at once, many in the background (``state`` is then ``running``)."""
        data = self.given(NewBulkActSerializer)
        act, kind = bulk.find(data["kind"], data["act"]), lists.find(data["kind"])
        if act is None or kind is None:
            raise ValidationError({"act": [_("There is nothing of this name.")]})
        if not access.writes(self._user):
            raise PermissionDenied
        check_scope(self.request, kind.key)
        values = self._values(act, data["values"])
        ids = self._ids(kind, data)
        try:
            bulk_act = bulk.begin(act, ids, values, self._who, reason, address=data.get("filter", ""))
        except Refused as problem:
            raise ValidationError({"values": problem.messages}) from problem
        return Response(self.get_serializer(bulk_act).data, status=201)

    @extend_schema(request=None, responses=BulkActSerializer)
    @action(detail=True, methods=["post"])
    def undo(self, _request: Request, **_key: str) -> Response:
        """Undo an act on each row that is unchanged since; the others are ``kept`` with the reason."""
        self.given(Given)
        if not access.writes(self._user):
            raise PermissionDenied
        done: BulkAct = self.get_object()
        check_scope(self.request, done.kind)
        try:
            bulk_act = bulk.take_back(done, self._who, reason)
        except Refused as problem:
            raise ValidationError({"non_field_errors": problem.messages}) from problem
        return Response(self.get_serializer(bulk_act).data)

    @property
    def _user(self) -> User:
        return self.request.user  # type: ignore[return-value]

    @property
    def _who(self) -> Who:
        return Who(self._user, clock.today(), clock.now())

    def _values(self, act: Act, data: dict[str, Any]) -> dict[str, Any]:
        """The values cleaned by the act's form. Raises ValidationError by field."""
        form = act.form(data, user=self._user, day=clock.today())
        unknown = {name: [_("There is nothing of this name.")] for name in data if name not in form.fields}
        wrong = unknown or {
            name: [_("This is not of the right type.")]
            for name, value in data.items()
            if not _fits(form.fields[name], value)
        }
        if wrong or not form.is_valid():
            raise ValidationError({"values": wrong or form.errors})
        return plain(form.cleaned_data)

    def _ids(self, kind: lists.ListKind, data: dict[str, Any]) -> list[int]:
        if ("ids" in data) == ("filter" in data):
            raise ValidationError({"ids": [_("Name rows by ids or by a filter.")]})
        if "ids" in data:
            return list(data["ids"])
        try:
            rows = kind.rows(self._user, QueryDict(data["filter"]), clock.today())
        except lists.Unreadable as problem:
            raise ValidationError({"filter": problem.messages}) from problem
        ids = list(rows.order_by("pk").values_list("pk", flat=True))
        if data.get("count", len(ids)) != len(ids):
            message = _("The filter finds %(n)s rows.") % {"n": len(ids)}
            raise ValidationError({"count": [message]})
        return ids


def _fits(field: forms.Field, value: Any) -> bool:
    """Whether a value of JSON is of a type that the page's field reads: a text is what people type."""
    match value:
        case None | str():
            return True
        case bool():
            return isinstance(field, forms.BooleanField)
        case int():
            return isinstance(field, NUMBERS | forms.ModelChoiceField) and not isinstance(field, SEVERAL)
        case float():
            return isinstance(field, NUMBERS)
        case list():
            kinds = str if isinstance(field, TagsField) else str | int
            fits = all(isinstance(entry, kinds) and not isinstance(entry, bool) for entry in value)
            return fits and isinstance(field, SEVERAL | TagsField)
    return False


class BulkRowViewSet(Door, viewsets.GenericViewSet[BulkRow], mixins.ListModelMixin):
    """The outcome of each row of the acts that the caller may see."""

    serializer_class = BulkRowSerializer
    queryset = BulkRow.objects.none()

    def get_queryset(self) -> QuerySet[BulkRow]:
        if getattr(self, "swagger_fake_view", False):
            return BulkRow.objects.none()
        acts = BulkAct.objects.visible_to(self.request.user).filter(kind__in=kinds_of(self.request))  # type: ignore[arg-type]
        return BulkRow.objects.filter(act__in=acts).order_by("pk")
