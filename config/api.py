"""The REST API under /api/v1/: what each of its resources checks at the door, how lists are walked, and all apps' routes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any, ClassVar, Final
from urllib.parse import urlsplit

from django.core import signing
from django.db.models import BigIntegerField, Q, QuerySet
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.exceptions import APIException, NotFound, ValidationError
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import DefaultRouter
from rest_framework.utils.urls import replace_query_param
from rest_framework.views import APIView, exception_handler, set_rollback

from accounts.seen import mark
from config import days, stamps
from config.text import plain_number, row_number
from config.ui.editing import hold

OK: Final = 200
APPS: Final = ("accounts", "health", "renewals", "playbooks")


class Given(serializers.Serializer[Any]):
    """A body, or what an address asks: whatever it does not declare is refused by its name."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            refuse_unknown(set(data) - set(self.fields))
        return super().to_internal_value(data)


def refuse_unknown(names: set[Any]) -> None:
    """Raise a 400 naming each of ``names``."""
    if names:
        raise ValidationError({str(name): [_("There is nothing of this name.")] for name in sorted(names, key=str)})


class Since(Given):
    """Of a list whose rows know when they changed."""

    changed_since = serializers.DateTimeField(
        required=False,
        help_text="Only rows of which an own field, a link or a part changed at this instant or later: `until` of the last walk."
        " What a row shows of others (names, emails, what is reckoned from them) changes with those.",
    )


class Typed(serializers.Field):
    """A number: a text that people would not write one as (``1_0``) is refused, as in forms."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, str):
            plain = plain_number(data)
            if plain is None:
                self.fail("invalid")
            data = plain
        return super().to_internal_value(data)


class WholeField(Typed, serializers.IntegerField):
    """A whole number."""


class FigureField(Typed, serializers.DecimalField):
    """A number with decimals."""


class RowField(WholeField):
    """The number of a row."""

    def __init__(self, **options: Any) -> None:
        super().__init__(min_value=1, max_value=BigIntegerField.MAX_BIGINT, **options)


class DayField(serializers.DateField):
    """A day that may be named (``config.days``), written as 2026-11-24."""

    default_validators = [days.check]

    def to_internal_value(self, value: Any) -> dt.date:
        if not (isinstance(value, str) and days.ISO.fullmatch(value)):
            self.fail("invalid", format="YYYY-MM-DD")
        return super().to_internal_value(value)


class Pages(BasePagination):
    """Rows after a key, ``cursor``: 100 a page, ``page_size`` asks for up to 1,000. The last page costs what the first does.

    The queryset's order must tell any two rows apart and have no empty values. A cursor is signed for its list and order.
    ``carried`` is what every page of a walk says beside its rows, as it was when the walk began.
    """

    page_size: Final = 100
    most: Final = 1_000
    parameters: Final = frozenset({"cursor", "page_size"})

    def paginate_queryset(
        self,
        queryset: Any,
        request: Request,
        view: APIView | None = None,  # noqa: ARG002 (the framework's)
    ) -> list[Any]:
        """The rows of the page that the address asks for. Raises ValidationError."""
        self.order = [str(column) for column in queryset.query.order_by]
        self.salt = " ".join(["walk", urlsplit(request.build_absolute_uri()).path, *self.order])
        size = self._size(request)
        cursor = request.query_params.get("cursor")
        if cursor is None:
            self.carried = self.begun()
        else:
            values, self.carried = self._read(cursor)
            queryset = queryset.filter(later(self.order, values))
        rows = list(queryset[: size + 1])
        last = rows[size - 1] if len(rows) > size else None
        key = None
        if last is not None:
            key = signing.dumps([[_plain(last, column) for column in self.order], self.carried], salt=self.salt)
        address = request.build_absolute_uri()
        self.following = None if key is None else replace_query_param(address, "cursor", key)
        return rows[:size]

    def get_paginated_response(self, data: Any) -> Response:
        return Response({"next": self.following, **self.carried, "results": data})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        following = {"type": "string", "format": "uri", "nullable": True, "description": "The next page; null: none."}
        return {
            "type": "object",
            "required": ["next", "results"],
            "properties": {"next": following, "results": schema},
        }

    def get_schema_operation_parameters(self, view: APIView) -> list[dict[str, Any]]:  # noqa: ARG002 (the framework's)
        size = {"type": "integer", "minimum": 1, "maximum": self.most, "default": self.page_size}
        return [
            {"name": "cursor", "in": "query", "required": False, "schema": {"type": "string"}},
            {"name": "page_size", "in": "query", "required": False, "schema": size},
        ]

    def begun(self) -> dict[str, str | None]:
        """What the pages of a walk that begins now carry."""
        return {}

    def _size(self, request: Request) -> int:
        text = request.query_params.get("page_size", str(self.page_size))
        size = row_number(text)
        if size is None or not 1 <= size <= self.most:
            raise ValidationError(
                {"page_size": [_("A whole number from 1 to %(most)s is needed.") % {"most": self.most}]}
            )
        return size

    def _read(self, cursor: str) -> tuple[list[Any], dict[str, str | None]]:
        """The key after which the page begins, and what all pages of a walk carry."""
        try:
            values, carried = signing.loads(cursor, salt=self.salt)
        except signing.BadSignature as error:
            raise ValidationError({"cursor": [_("No page of this list gave out this cursor.")]}) from error
        return values, carried


class PagesOfChanges(Pages):
    """Pages of rows that know when they changed; ``until``: up to when whoever walks them to the end knows all changes."""

    def begun(self) -> dict[str, str | None]:
        until = stamps.safe_until()
        return {"until": until.isoformat() if until else None}

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        shape = super().get_paginated_response_schema(schema)
        until = {
            "type": "string",
            "format": "date-time",
            "nullable": True,
            "description": "What to send as `changed_since` the next time; null: it cannot be told, send again what was sent.",
        }
        return shape | {"required": ["next", "until", "results"], "properties": shape["properties"] | {"until": until}}


def later(order: Sequence[str], values: Sequence[Any]) -> Q:
    """Rows that come after those values in the order; its first column alone already cuts the range that is read."""
    found, same = Q(), Q()
    for column, value in zip(order, values, strict=True):
        name = column.removeprefix("-")
        found |= same & Q(**{f"{name}__{'lt' if column.startswith('-') else 'gt'}": value})
        same &= Q(**{name: value})
    first = order[0]
    return found & Q(**{f"{first.removeprefix('-')}__{'lte' if first.startswith('-') else 'gte'}": values[0]})


def _plain(row: Any, column: str) -> Any:
    """The value of a row, a model's or a dictionary, as a cursor keeps it."""
    name = column.removeprefix("-")
    if isinstance(row, dict):
        value = row["id" if name == "pk" else name]
    else:
        value = row.pk if name == "pk" else getattr(row, row._meta.get_field(name).attname)
    return value if isinstance(value, int) else str(value)


class Changed(APIException):
    """The row says something else than the version that the request names (``If-Match``); nothing was written."""

    status_code = 412

    def __init__(self, now: Any, sent: Any) -> None:
        super().__init__(_("Somebody has changed this since: nothing was written."))
        self.now, self.sent = now, sent


class Door(APIView):
    """What each resource checks before it acts: the row's number, that nothing is asked which it does not know, and, where
    the request names the version it saw, that this one still stands.
    """

    parameters: ClassVar[type[Given]] = Given
    also: ClassVar[frozenset[str]] = frozenset()  # parameters that the resource reads by a form of its own
    seen: ClassVar[tuple[str, ...]] = ()  # what people write of a row: its version, the ETag of its page and acts
    row: Any = None
    action: str

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if issubclass(cls.parameters, Since):
            cls.pagination_class = PagesOfChanges  # type: ignore[attr-defined]  # of the framework's generic views

    def get_object(self) -> Any:
        """The row. With ``If-Match`` it is held to the end of the request; Changed where it has another version."""
        first, self.row = self.row is None, super().get_object()  # type: ignore[misc]
        asked = self.request.headers.get("If-Match", "*")
        if first and asked != "*":
            hold(self.row)
            if self._version() not in {tag.strip().removeprefix("W/") for tag in asked.split(",")}:
                shown: Any = type(self).serializer_class  # type: ignore[attr-defined]
                raise Changed(shown(self.row).data, self.request.data)
        return self.row

    def finalize_response(self, request: Any, response: Any, *args: Any, **kwargs: Any) -> Response:
        answer = super().finalize_response(request, response, *args, **kwargs)
        if self.seen and self.row is not None and response.status_code == OK:
            if request.method == "POST":
                self.row.refresh_from_db(fields=self.seen)
            answer.headers["ETag"] = self._version()
        return answer

    def _version(self) -> str:
        return f'"{mark(self.row, self.seen)}"' if self.seen else ""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if "pk" in kwargs and row_number(kwargs["pk"]) is None:
            raise NotFound
        _known = self.asked

    @cached_property
    def asked(self) -> dict[str, Any]:
        """What the address asks, read; 400 naming what cannot be or is not known."""
        paging = Pages.parameters if self.action == "list" and getattr(self, "paginator", None) else frozenset[str]()
        given = self.request.query_params.copy()
        for name in (*paging, *self.also):
            given.pop(name, None)
        form = self.parameters(data=given)
        form.is_valid(raise_exception=True)
        found = dict(form.validated_data)
        self.since: dt.datetime | None = found.pop("changed_since", None)
        return found

    def filter_queryset(self, queryset: Any) -> Any:
        """Of a list, the rows changed since what the address asks."""
        rows = super().filter_queryset(queryset)  # type: ignore[misc]  # of the framework's generic views
        if self.action != "list" or self.since is None:
            return rows
        return self.changed(rows, self.since)

    def changed(self, rows: QuerySet[Any], since: dt.datetime) -> QuerySet[Any]:
        """The rows changed at that instant or later."""
        return rows.filter(changed_at__gte=since)

    def given(self, kind: type[serializers.Serializer[Any]]) -> dict[str, Any]:
        """The body, read; 400 naming what is wrong."""
        form = kind(data=self.request.data)
        form.is_valid(raise_exception=True)
        return dict(form.validated_data)


def api_router() -> DefaultRouter:
    """One router over every app's ``api.ROUTES``: (prefix, viewset, basename) each."""
    router = DefaultRouter()
    router.include_format_suffixes = False  # there is only JSON
    for app in APPS:
        for prefix, viewset, basename in import_module(f"{app}.api").ROUTES:
            router.register(prefix, viewset, basename=basename)
    return router


def problem(error: Exception, context: dict[str, Any]) -> Response | None:
    """The framework's answer to a refused request; None leaves it to ``config.errors``."""
    if isinstance(error, Changed):
        set_rollback()
        return Response({"detail": str(error.detail), "now": error.now, "sent": error.sent}, status=error.status_code)
    return exception_handler(error, context)
