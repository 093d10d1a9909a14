"""The base of the API's resources: the checks before each act."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, ClassVar, Final, cast

from django.db.models import QuerySet
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.exceptions import NotFound, PermissionDenied, ValidationError
from rest_framework.permissions import SAFE_METHODS
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import tokens
from accounts.request import SignedIn
from accounts.seen import mark
from config.once import answering
from config.once.pressing import UnderWay
from config.text import row_number, storable
from config.web.api import narrowing
from config.web.api.bodies import Given, Since, refuse_unknown
from config.web.api.problems import Changed, KeyUsed, OutOfScope, Repeated, StillRunning
from config.web.api.routes import RECORD
from config.web.api.walking import Pages, PagesOfChanges
from config.web.editing import hold
from config.web.finding import may_change

OK: Final = 200
REFUSED: Final = 400


class Door(APIView):
    """The checks of each resource before it acts: the row's id, unknown parameters, and the version that the request
    names, if any.
    """

    parameters: ClassVar[type[Given]] = Given
    also: ClassVar[frozenset[str]] = frozenset()  # parameters that the resource reads by a form of its own
    renamed: ClassVar[Mapping[str, str]] = {}  # what a body calls otherwise than the column of which the domain speaks
    walked: ClassVar[frozenset[str]] = frozenset({"list"})  # acts that answer a list page by page
    seen: ClassVar[tuple[str, ...]] = ()  # what people write of a row: its version, the ETag of its page and acts
    row: Any = None
    narrows: Mapping[str, Any] = MappingProxyType({})  # which fields the address asks for, with their values
    once: str = ""  # of a request with an idempotency key that is to act: where its answer is kept
    action: str

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if issubclass(cls.parameters, Since):
            cls.pagination_class = PagesOfChanges  # type: ignore[attr-defined]  # of the framework's generic views

    def get_object(self) -> Any:
        """The row. With ``If-Match`` it is locked to the end of the request; Changed where it has another version."""
        first, self.row = self.row is None, super().get_object()  # type: ignore[misc]
        etags = self.request.headers.get("If-Match", "*")
        if first and etags != "*":
            hold(self.row)
            if self._version() not in {tag.strip().removeprefix("W/") for tag in etags.split(",")}:
                serializer: Any = type(self).serializer_class  # type: ignore[attr-defined]
                raise Changed(serializer(self.row).data, self.request.data)
        return self.row

    def to_change(self, path: str = "") -> Any:
        """The row; 403 where the caller may not change it, or its attribute ``path``."""
        row = self.get_object()
        if not may_change(cast("SignedIn", self.request), getattr(row, path) if path else row):
            raise PermissionDenied
        return row

    def finalize_response(self, request: Any, response: Any, *args: Any, **kwargs: Any) -> Response:
        answer = super().finalize_response(request, response, *args, **kwargs)
        if self.seen and self.row is not None and response.status_code == OK:
            if request.method == "POST":
                self.row.refresh_from_db(fields=self.seen)
            answer.headers["ETag"] = self._version()
        if self.once and response.status_code < REFUSED:
            answering.keep(
                self.once,
                response.status_code,
                JSONRenderer().render(response.data),
                dict(answer.headers.items()),
            )
        return answer

    def _version(self) -> str:
        return f'"{mark(self.row, self.seen)}"' if self.seen else ""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        check_scope(request)
        if "pk" in kwargs and row_number(kwargs["pk"]) is None:
            raise NotFound
        _known = self.asked
        self.once = once_of(request)

    def plains(self) -> Mapping[str, narrowing.Plain]:
        """The fields by which the list's rows are asked for and ordered: those that its serializer shows, but for what the
        resource reads by a form of its own.
        """
        kind = getattr(self, "serializer_class", None)
        if self.action not in self.walked or kind is None:
            return {}
        plains = narrowing.of_serializer(kind, settled=not issubclass(self.parameters, Since))
        return {name: plain for name, plain in plains.items() if name not in self.also}

    def asks(self) -> type[Given]:
        """The form of the query parameters."""
        plains = self.plains()
        return narrowing.query(self.parameters, plains) if plains else self.parameters

    @cached_property
    def asked(self) -> dict[str, Any]:
        """The query parameters, parsed; 400 naming unknown or invalid ones."""
        paging = (
            Pages.parameters if self.action in self.walked and getattr(self, "paginator", None) else frozenset[str]()
        )
        query = self.request.query_params.copy()
        for name in (*paging, *self.also):
            query.pop(name, None)
        form = self.asks()(data=query)
        refuse_unknown(set(query) - set(form.fields), {*form.fields, *paging, *self.also})
        form.is_valid(raise_exception=True)
        values = dict(form.validated_data)
        earlier = values.pop("changed_since", None)
        self.since: dt.datetime | None = values.pop("updated_since", None) or earlier
        own = self.parameters().fields
        self.narrows = {name: values.pop(name) for name in [*values] if name not in own}
        return values

    def filter_queryset(self, queryset: Any) -> Any:
        """The rows of a list that the address asks for, changed since the instant in it, in its order."""
        rows = super().filter_queryset(queryset)  # type: ignore[misc]  # of the framework's generic views
        if self.action != "list":
            return rows
        if self.since is not None:
            rows = self.changed(rows, self.since)
        return narrowing.narrowed(rows, self.plains(), self.narrows)

    def changed(self, rows: QuerySet[Any], since: dt.datetime) -> QuerySet[Any]:
        """The rows changed at that instant or later."""
        return rows.filter(changed_at__gte=since)

    def given(self, kind: type[serializers.Serializer[Any]]) -> dict[str, Any]:
        """The body, parsed; 400 naming what is wrong."""
        form = kind(data=self.request.data)
        form.is_valid(raise_exception=True)
        return dict(form.validated_data)


def once_of(request: Request) -> str:
    """Where the answer to a request with an idempotency key is kept, "" without one.

    Raises Repeated with the answer where the same came before.
    """
    key = request.headers.get("Idempotency-Key", "")
    if not key or request.method in SAFE_METHODS:
        return ""
    if len(key) > answering.LONGEST_KEY or not storable(key):
        raise ValidationError(
            {"Idempotency-Key": [_("At most %(most)s characters.") % {"most": answering.LONGEST_KEY}]}
        )
    name = answering.name_of(request.user.pk, key)  # type: ignore[arg-type]  # somebody who is signed in
    content = answering.content_of(request.method or "", request.get_full_path(), request.data)
    try:
        answered = answering.before(name, content)
    except answering.OtherContent as error:
        raise KeyUsed from error
    except UnderWay as error:
        raise StillRunning from error
    if answered:
        raise Repeated(answered.status, answered.body, answered.headers)
    return name


def resource_of(path: str) -> str:
    """What scopes call the resource of an address; rows of the record are the resource that they go into, and in the
    document, whose addresses leave that open, ``record``.
    """
    first, _slash, rest = path.removeprefix("/api/v1/").partition("/")
    into = rest.partition("/")[0] if first == RECORD else ""
    return first if into in {"", "{target}"} else into


def reads(request: Request, resource: str) -> bool:
    """Whether the request's token lets it read ``resource``; sessions read all."""
    return _covers(request, resource, writing=False)


def _covers(request: Request, resource: str, *, writing: bool) -> bool:
    return request.auth is None or tokens.allows(cast("Any", request.auth), resource, writing=writing)


def check_scope(request: Request, resource: str = "") -> None:
    """Raise OutOfScope where the request's token does not cover what it asks of ``resource``, or of that of its address;
    sessions cover all.
    """
    resource = resource or resource_of(request.path)
    if not _covers(request, resource, writing=request.method not in SAFE_METHODS):
        words = {"resource": resource, "act": "read" if request.method in SAFE_METHODS else "write"}
        raise OutOfScope(_("This token lacks the scope %(resource)s:%(act)s.") % words)
