"""Writing the record by its own ids: each target of imports takes rows over REST, by the very load that files use."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, cast

from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound, PermissionDenied, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import access
from accounts.imports import given, reading
from accounts.imports.given import Outcome, Taken, Terms
from accounts.imports.loading import LOCK
from accounts.imports.rows import Unreadable
from accounts.imports.targets import TARGETS, Target
from accounts.models import User
from config import clock, locks
from config.web.api.bodies import DayField, Given
from config.web.api.door import Door
from config.web.api.parsing import LargeJSONParser
from config.web.api.problems import Changed

SOURCE: Final = 40
KEY: Final = OpenApiParameter("key", str, "path", description="The row's id in its source.")
SOURCE_OF: Final = OpenApiParameter("source", str, "path", description="The system that the row is from.")
TARGET: Final = OpenApiParameter("target", str, "path", description="One of those that `record/` lists.")


Rows = list[dict[str, Any]]


@extend_schema_field({"type": "array", "minItems": 1, "maxItems": given.MOST, "items": {"type": "object"}})
class RowsField(serializers.Field[Any, Any, Any, Any]):
    """A list of rows, each of which is looked at with its target."""

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, list) or not 1 <= len(data) <= given.MOST:
            raise ValidationError(_("A list of 1 to %(most)s rows is needed.") % {"most": given.MOST})
        return data


class RowsSerializer(Given):
    """``rows`` hold the target's fields by name; what a row does not give stays, null empties it."""

    source = serializers.CharField(max_length=SOURCE, help_text="The system that the rows are from, as in a mapping.")  # type: ignore[assignment]
    rows = RowsField()
    as_of = DayField(required=False, allow_null=True, help_text="The day from which the values apply; today.")
    correction = serializers.BooleanField(default=False, help_text="The values rewrite the past instead.")
    history = serializers.BooleanField(
        default=False, help_text="The values count as known on the days that the rows name, as in a first load."
    )


class ErrorSerializer(serializers.Serializer[Any]):
    field = serializers.CharField()
    detail = serializers.CharField()


class OutcomeSerializer(serializers.Serializer[Any]):
    """``errors`` are what refused the row, ``remarks`` values it went in without."""

    row = serializers.IntegerField(help_text="Its place in the request, from 0.")
    status = serializers.ChoiceField(["created", "changed", "unchanged", "refused"])
    errors = ErrorSerializer(many=True)  # type: ignore[assignment]
    remarks = ErrorSerializer(many=True)


class TakenSerializer(serializers.Serializer[Any]):
    run = serializers.IntegerField(
        allow_null=True, help_text="The import, as `imports/` lists it; null: nothing changed."
    )
    created = serializers.IntegerField()
    changed = serializers.IntegerField()
    unchanged = serializers.IntegerField()
    refused = serializers.IntegerField()
    notes = serializers.ListField(child=serializers.CharField())
    rows = OutcomeSerializer(many=True)


class RowTakenSerializer(serializers.Serializer[Any]):
    run = serializers.IntegerField(allow_null=True)
    status = serializers.ChoiceField(["created", "changed", "unchanged"])
    remarks = ErrorSerializer(many=True)


class RecordFieldSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    kind = serializers.CharField()
    required = serializers.BooleanField()  # type: ignore[assignment]
    choices = serializers.ListField(child=serializers.CharField())
    unit = serializers.CharField()
    hint = serializers.CharField()


class RecordTargetSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    keyed = serializers.BooleanField(
        help_text="Whether a row is found by `source` and `external_id`, so that PUT takes it."
    )
    fields = RecordFieldSerializer(many=True)  # type: ignore[assignment]


def is_keyed(target: Target) -> bool:
    """Whether (source, external id) names one row of the target."""
    return target.field("external_id") is not None and target.field("source") is None


# Named by the target that takes them; a test sends each.
EXAMPLES: Final = [
    OpenApiExample(name, {"source": source, "rows": [row]}, request_only=True)
    for name, source, row in (
        ("customers", "crm", {"external_id": "C-17", "name": "Acme", "employees": 120, "tags": ["pilot"]}),
        (
            "contracts",
            "crm",
            {
                "external_id": "K-1", "customer": "C-17", "starts_on": "2026-01-01", "ends_on": "2027-01-01",
                "product": "Base", "line_starts_on": "2026-01-01", "annual_amount": "12000.00", "auto_renews": True,
            },
        ),
        ("usage", "crm", {"external_id": "U-1", "customer": "C-17", "day": "2026-11-23", "uses": 41, "users": 7}),
        ("contacts", "crm", {"external_id": "P-1", "customer": "C-17", "name": "Ada", "roles": ["champion"]}),
    )
]  # fmt: skip


class RowsQuery(Given):
    source = serializers.CharField(max_length=SOURCE, required=False)  # type: ignore[assignment]


class RecordRowSerializer(serializers.Serializer[Any]):
    """The fields of the target by their names."""

    def to_representation(self, instance: Any) -> Any:
        return instance


class RecordViewSet(Door, viewsets.GenericViewSet[Any]):
    """The record's fields, and rows of them by source and external id; admins write."""

    parser_classes = (LargeJSONParser,)
    serializer_class = RecordRowSerializer
    parameters = RowsQuery
    walked = frozenset({"rows"})

    @extend_schema(operation_id="record_fields", responses=RecordTargetSerializer(many=True))
    def list(self, _request: Request) -> Response:
        """What can be written, with its fields: the registry that imports use."""
        targets = [
            {"name": target.name, "keyed": is_keyed(target), "fields": target.fields} for target in TARGETS.values()
        ]
        return Response({"next": None, "results": RecordTargetSerializer(targets, many=True).data})

    @extend_schema(request=RowsSerializer, responses=TakenSerializer, parameters=[TARGET], examples=EXAMPLES)
    @action(detail=False, methods=["post"], url_path=r"(?P<target>[a-z]+)/bulk", url_name="bulk")
    def bulk(self, _request: Request, target: str) -> Response:
        """Create or change up to 5,000 rows; each has its own outcome, and a refused one holds up none of the others."""
        known = self._target(target)
        data = self.given(RowsSerializer)
        rows = data.pop("rows")
        return Response(told(self._take(rows, known, Terms(**data))))

    @extend_schema(
        request=OpenApiTypes.OBJECT,
        examples=[OpenApiExample("customers", {"name": "Acme", "industry": "Rail"}, request_only=True)],
        responses={200: RowTakenSerializer, 201: RowTakenSerializer},
        parameters=[TARGET, SOURCE_OF, KEY],
    )
    @action(
        detail=False, methods=["put"], url_path=r"(?P<target>[a-z]+)/(?P<source>[^/]+)/(?P<key>[^/]+)", url_name="row"
    )
    def upsert(self, request: Request, target: str, source: str, key: str) -> Response:
        """Create or change the row with this id of this source: the fields given, the others stay."""
        known = self._target(target)
        if not is_keyed(known) or len(source) > SOURCE:
            raise NotFound
        if not isinstance(request.data, dict):
            raise ValidationError({"non_field_errors": ["An object is needed."]})
        self._hold(known, source, key)
        taken = self._take([{**request.data, "external_id": key}], known, Terms(source))
        (outcome,) = taken.outcomes
        if outcome.status == "refused":
            raise ValidationError(by_field(outcome))
        body = {"run": taken.run and taken.run.pk, "status": outcome.status, "remarks": errors_of(outcome.remarks)}
        headers = {"ETag": reading.version(self._row(known, source, key))}
        status = 201 if outcome.status == "created" else 200
        return Response(RowTakenSerializer(body).data, status=status, headers=headers)

    @extend_schema(operation_id="record_rows", responses=RecordRowSerializer(many=True), parameters=[TARGET])
    @action(detail=False, methods=["get"], url_path=r"(?P<target>[a-z]+)", url_name="rows")
    def rows(self, request: Request, target: str) -> Response:
        """The rows of one source that the caller may see, as they would come in."""
        known = self._known(target)
        found = reading.rows(known, cast("User", request.user), self.asked.get("source", ""))
        page = self.paginate_queryset(found) or []
        return self.get_paginated_response([reading.plain(known, row) for row in page])

    @extend_schema(responses=RecordRowSerializer, parameters=[TARGET, SOURCE_OF, KEY])
    @upsert.mapping.get
    def row(self, _request: Request, target: str, source: str, key: str) -> Response:
        """The row with this id of this source, of a contract the first of its lines, with its version as `ETag`."""
        found = self._row(self._known(target), source, key)
        if not found:
            raise NotFound
        return Response(found[0], headers={"ETag": reading.version(found)})

    def _row(self, target: Target, source: str, key: str) -> Rows:
        if not is_keyed(target):
            raise NotFound
        return reading.one(target, cast("User", self.request.user), source, key)

    def _hold(self, target: Target, source: str, key: str) -> None:
        """Hold the row against the request's ``If-Match`` or ``If-None-Match``, and all other loads until the end.

        Raises Changed where it is another, or there.
        """
        wanted, unwanted = (self.request.headers.get(name, "") for name in ("If-Match", "If-None-Match"))
        if not (wanted or unwanted):
            return
        locks.lock(LOCK)
        found = self._row(target, source, key)
        tags = {tag.strip().removeprefix("W/") for tag in wanted.split(",")}
        is_other = bool(wanted) and not (found and tags & {"*", reading.version(found)})
        if is_other or (unwanted == "*" and found):
            raise Changed(found[0] if found else None, self.request.data)

    def _known(self, name: str) -> Target:
        """The target of that name; 404 without one."""
        if name not in TARGETS:
            raise NotFound
        return TARGETS[name]

    def _target(self, name: str) -> Target:
        """The target of that name; 404 without one, 403 for who may not write."""
        target = self._known(name)
        if not access.configures(cast("User", self.request.user)):
            raise PermissionDenied
        return target

    def _take(self, rows: Sequence[Any], target: Target, terms: Terms) -> Taken:
        try:
            return given.take(rows, target, terms, by=cast("User", self.request.user), day=clock.today(), now=clock.now)
        except Unreadable as problem:
            raise ValidationError({"rows": [str(problem)]}) from problem


def told(taken: Taken) -> dict[str, Any]:
    """The answer to a bulk."""
    statuses = [outcome.status for outcome in taken.outcomes]
    counts = {name: statuses.count(name) for name in ("created", "changed", "unchanged", "refused")}
    rows = [
        {
            "row": place,
            "status": outcome.status,
            "errors": errors_of(outcome.errors),
            "remarks": errors_of(outcome.remarks),
        }
        for place, outcome in enumerate(taken.outcomes)
    ]
    return counts | {"run": taken.run and taken.run.pk, "notes": taken.notes, "rows": rows}


def errors_of(troubles: Sequence[tuple[str, str]]) -> Sequence[dict[str, str]]:
    return [{"field": name, "detail": reason} for name, reason in troubles]


def by_field(outcome: Outcome) -> dict[str, list[str]]:
    """The errors of one row as those of a body."""
    found: dict[str, list[str]] = {}
    for name, reason in outcome.errors:
        found.setdefault(name or "non_field_errors", []).append(reason)
    return found


ROUTES: Final = [("record", RecordViewSet, "api-record")]
