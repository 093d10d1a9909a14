"""Writing the record by its own ids: each target of imports takes rows over REST, by the very load that files use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any, Final, cast

from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import viewsets
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound, PermissionDenied, ValidationError
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import access
from accounts.api import record_lists
from accounts.api.record_bodies import (
    PAGE_OF_ROWS,
    CsvTerms,
    RecordRowSerializer,
    RecordTargetSerializer,
    RowsOf,
    RowsQuery,
    RowsSerializer,
    RowTakenSerializer,
    TableSerializer,
    TakenOut,
    TakenSerializer,
    by_field,
    check_address,
    errors_of,
    rows_query,
    tags_of,
    told,
)
from accounts.api.record_csv import CSV, CsvParser, CsvRenderer, Sheet, is_csv, table_of
from accounts.imports import allowing, edited, given, naming, reading, removing
from accounts.imports.exporting import Export
from accounts.imports.given import Taken, Terms
from accounts.imports.loading import LOCK, Busy
from accounts.imports.loading import told as loaded
from accounts.imports.rows import Unreadable
from accounts.imports.shapes import UPDATED
from accounts.imports.targets import TARGETS, Share, Target, Trouble
from accounts.models import User
from config import clock, locks
from config.web.api.bodies import Given
from config.web.api.door import Door
from config.web.api.parsing import LargeJSONParser
from config.web.api.problems import Changed, Edited, Hanging, Occupied

KEY: Final = OpenApiParameter("key", str, "path", description="The row's id in its source.")
SOURCE_OF: Final = OpenApiParameter("source", str, "path", description="The system that the row is from.")
TARGET: Final = OpenApiParameter(
    "target", str, "path", enum=[*TARGETS], description="One of those that `record/` lists."
)

NOTHING: Final[Mapping[int, Sequence[Trouble]]] = MappingProxyType({})
Rows = list[dict[str, Any]]


# Named by their target.
EXAMPLES: Final = [
    OpenApiExample(name, {"source": source, "rows": [row]}, request_only=True)
    for name, source, row in (
        ("customers", "crm", {"external_id": "C-17", "name": "Acme", "employees": 120, "tags": ["pilot"]}),
        ("contracts", "crm",
            {"external_id": "K-1", "customer": "C-17", "starts_on": "2026-01-01", "ends_on": "2027-01-01",
             "product": "Base", "line_starts_on": "2026-01-01", "annual_amount": "12000.00", "auto_renews": True},
        ),
        ("usage", "crm", {"external_id": "U-1", "customer": "C-17", "day": "2026-11-23", "uses": 41, "users": 7}),
        ("contacts", "crm", {"external_id": "P-1", "customer": "C-17", "name": "Ada", "roles": ["champion"]}),
    )
]  # fmt: skip


class RecordViewSet(Door, viewsets.GenericViewSet[Any]):
    """The record's fields, and rows by source and external id: all to admins, to others those of their customers."""

    parser_classes = (LargeJSONParser,)
    metadata_class = None  # what a target takes, the list says
    serializer_class = RecordRowSerializer
    parameters = RowsOf
    walked = frozenset({"rows"})

    def asks(self) -> type[Given]:
        """Of rows, also the fields of their target."""
        target = self.kwargs.get("target", "")
        if self.action == "bulk" and is_csv(self.request):
            return CsvTerms
        if self.action == "withdraw":
            return TakenOut
        if self.action != "rows":
            return super().asks()
        return rows_query(target) if target in TARGETS else RowsQuery

    @extend_schema(operation_id="record_fields", responses=RecordTargetSerializer(many=True))
    def list(self, _request: Request) -> Response:
        """What can be written, with its fields: the registry that imports use."""
        known = TARGETS.values()
        targets = [{"name": target.name, "keyed": target.is_keyed, "fields": target.fields} for target in known]
        return Response({"next": None, "until": None, "results": RecordTargetSerializer(targets, many=True).data})

    @extend_schema(
        request={"application/json": RowsSerializer, CSV: OpenApiTypes.STR},
        responses=TakenSerializer,
        parameters=[TARGET, CsvTerms],
        examples=EXAMPLES,
    )
    @action(
        detail=False, methods=["post"], url_path=r"(?P<target>[a-z]+)/bulk", url_name="bulk",
        parser_classes=[LargeJSONParser, CsvParser],
    )  # fmt: skip
    def bulk(self, request: Request, target: str) -> Response:
        """Create or change up to 5,000 rows; each has its own outcome, and a refused one holds up none of the others.

        As CSV the first line names the fields, and the address says `source` and the like.
        """
        known = self._target(target)
        if is_csv(request):
            lines: Any = request.data or []  # without a body it is no list
            table = table_of(lines, known)
            serializer = TableSerializer if lines else RowsSerializer
            form = serializer(data={**self.request.query_params.dict(), "rows": list(table.rows)})
            form.is_valid(raise_exception=True)
            data, barred = dict(form.validated_data), table.barred
        else:
            data, barred = self.given(RowsSerializer), {}
        rows = data.pop("rows")
        self._check_terms(**data)
        return Response(told(self._take(rows, known, Terms(**data), barred)))

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
        if not known.is_keyed or len(source) > naming.LONGEST:
            raise NotFound
        check_address(source, key)
        if not isinstance(request.data, dict):
            raise ValidationError({"non_field_errors": [_("An object is needed.")]})
        self._check_terms(source)
        self._hold(known, source, key)
        taken = self._take([{**request.data, "external_id": key}], known, Terms(source))
        (outcome,) = taken.outcomes
        if "external_id" in dict(outcome.errors) and not access.configures(self._user):
            raise NotFound  # the id is that of a row out of sight
        if outcome.status == "refused":
            raise ValidationError(by_field(outcome))
        body = {"run": taken.run and taken.run.pk, "status": outcome.status, "remarks": errors_of(outcome.remarks)}
        headers = {"ETag": reading.version(self._row(known, source, key))}
        status = 201 if outcome.status == "created" else 200
        return Response(RowTakenSerializer(body).data, status=status, headers=headers)

    @extend_schema(
        operation_id="record_rows",
        responses={(200, "application/json"): PAGE_OF_ROWS, (200, CSV): OpenApiTypes.STR},
        parameters=[TARGET],
    )
    @action(
        detail=False, methods=["get"], url_path=r"(?P<target>[a-z]+)", url_name="rows",
        renderer_classes=[JSONRenderer, CsvRenderer],
    )  # fmt: skip
    def rows(self, request: Request, target: str) -> Response:
        """The rows of one source that the caller may see, as they would come in, each with `updated_at`.

        Fields with one plain value narrow them by their names; days, instants and numbers also with `_from` and `_before`
        after them.
        """
        known = self._known(target)
        source = self.asked.get("source", "")
        if not source and reading.is_of_a_source(known):
            raise ValidationError({"source": [_("Say of which source: its rows are named by its own ids.")]})
        found = record_lists.narrowed(reading.rows(known, self._user, source), known, source, self.narrows)
        if self.since:
            found = found.filter(**{f"{UPDATED}__gte": self.since})
        page = [reading.plain(known, row) for row in self.paginate_queryset(found) or []]
        answer = self.get_paginated_response(page)
        if request.accepted_media_type == CSV:
            export = Export(known, Share(known.name), self._user, source)
            until, following = answer.data["until"], answer.data["next"]
            answer = Response(Sheet(export, page), headers={"Until": until} if until else {})
            if following:
                answer.headers["Link"] = f'<{following}>; rel="next"'
        return answer

    @extend_schema(responses=OpenApiTypes.OBJECT, parameters=[TARGET, SOURCE_OF, KEY])
    @upsert.mapping.get
    def row(self, _request: Request, target: str, source: str, key: str) -> Response:
        """The row with this id of this source, of a contract the first of its lines, with its version as `ETag`."""
        found = self._row(self._known(target), source, key)
        if not found:
            raise NotFound
        return Response(found[0], headers={"ETag": reading.version(found)})

    @extend_schema(request=None, responses={204: None}, parameters=[TARGET, SOURCE_OF, KEY, TakenOut])
    @upsert.mapping.delete
    def withdraw(self, _request: Request, target: str, source: str, key: str) -> Response:
        """Take the row out of the record; 409 where something that stays hangs on it, or where a person has changed it."""
        known = self._target(target)
        if source != allowing.SOURCE and not access.configures(self._user):
            raise PermissionDenied
        self._row(known, source, key)
        self._hold(known, source, key, always=True)
        model, pks = reading.named(known, self._user, source, key)
        if not pks:
            raise NotFound
        if not allowing.takes_out(self._user, model, pks):
            raise PermissionDenied
        is_known = {**self.asked, **self.narrows}["edited"] or "If-Match" in self.request.headers
        if not (is_known or source == allowing.SOURCE) and edited.is_changed(known, model, pks, source, clock.today()):
            raise Edited
        try:
            with loaded(known.name):
                removing.remove(known, model, pks, source)
        except removing.Hangs as problem:
            raise Hanging from problem
        except Busy as problem:
            raise Occupied from problem
        return Response(status=204)

    def _row(self, target: Target, source: str, key: str) -> Rows:
        if not target.is_keyed:
            raise NotFound
        return reading.one(target, self._user, source, key)

    def _hold(self, target: Target, source: str, key: str, *, always: bool = False) -> None:
        """Hold the row against the request's ``If-Match`` or ``If-None-Match``, and all other loads until the end; those
        also without either where ``always``.

        Raises Changed where it is another, or there; Occupied where others load for too long.
        """
        wanted, unwanted = (self.request.headers.get(name, "") for name in ("If-Match", "If-None-Match"))
        if not (wanted or unwanted or always):
            return
        try:
            with loaded(target.name):
                locks.lock(LOCK)
        except Busy as problem:
            raise Occupied from problem
        if not (wanted or unwanted):
            return
        found = reading.held(target, self._user, source, key)
        names = {"*", reading.version(found)} if found else set()
        if (wanted and not tags_of(wanted) & names) or tags_of(unwanted) & names:
            raise Changed(found[0] if found else None, self.request.data)

    def _known(self, name: str) -> Target:
        """The target of that name; 404 without one."""
        if name not in TARGETS:
            raise NotFound
        return TARGETS[name]

    def _target(self, name: str) -> Target:
        """The target of that name; 404 without one, 403 for who may not write."""
        target = self._known(name)
        if not allowing.writes(self._user, target):
            raise PermissionDenied
        return target

    def _check_terms(self, source: str, **terms: Any) -> None:
        """403 for who may not write rows of the source, or may not say that they count in the past."""
        if reason := allowing.refusal(self._user, source, is_past=any(terms.values())):
            raise PermissionDenied(reason)

    @property
    def _user(self) -> User:
        return cast("User", self.request.user)

    def _take(
        self, rows: Sequence[Any], target: Target, terms: Terms, unread: Mapping[int, Sequence[Trouble]] = NOTHING
    ) -> Taken:
        try:
            taken = given.take(rows, target, terms, by=self._user, day=clock.today(), now=clock.now, barred=unread)
        except Busy as problem:
            raise Occupied from problem
        except Unreadable as problem:
            raise ValidationError({"rows": [str(problem)]}) from problem
        # Only who imports sees runs.
        return taken if access.imports(self._user) else replace(taken, run=None)


ROUTES: Final = [("record", RecordViewSet, "api-record")]
