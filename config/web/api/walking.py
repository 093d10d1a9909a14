"""Pages of the API's lists: by a signed cursor over a total order of the rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import urlsplit

from django.core import signing
from django.db.models import Q
from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param
from rest_framework.views import APIView

from config import stamps
from config.text import row_number


class Pages(BasePagination):
    """Rows after a key (``cursor``): 100 a page, up to 1,000 with ``page_size``. Every page costs the same.

    The queryset's order must be total and without empty values. A cursor is signed for its list and order. ``carried``
    are the values that every page of a walk returns beside its rows, as of the walk's begin.
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
        following = {"type": ["string", "null"], "format": "uri", "description": "The next page; null: none."}
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
        """The ``carried`` values of a walk that begins now."""
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
        """The key after which the page begins, and the ``carried`` values of the walk."""
        try:
            values, carried = signing.loads(cursor, salt=self.salt)
        except signing.BadSignature as error:
            raise ValidationError({"cursor": [_("No page of this list gave out this cursor.")]}) from error
        return values, carried


class PagesOfChanges(Pages):
    """Pages of rows with ``changed_at``; ``until`` is the instant up to which a complete walk has seen all changes."""

    def begun(self) -> dict[str, str | None]:
        until = stamps.safe_until()
        return {"until": until.isoformat() if until else None}

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        shape = super().get_paginated_response_schema(schema)
        until = {
            "type": ["string", "null"],
            "format": "date-time",
            "description": "What to send as `updated_since` the next time; null: it cannot be told, send again what was sent.",
        }
        return shape | {"required": ["next", "until", "results"], "properties": shape["properties"] | {"until": until}}


def later(order: Sequence[str], values: Sequence[Any]) -> Q:
    """Rows that come after those values in the order; a condition on its first column limits the range to read."""
    condition, prefix = Q(), Q()
    for column, value in zip(order, values, strict=True):
        name = column.removeprefix("-")
        condition |= prefix & Q(**{f"{name}__{'lt' if column.startswith('-') else 'gt'}": value})
        prefix &= Q(**{name: value})
    first = order[0]
    return condition & Q(**{f"{first.removeprefix('-')}__{'lte' if first.startswith('-') else 'gte'}": values[0]})


def _plain(row: Any, column: str) -> Any:
    """The value of a column of a model's row or a dictionary, as stored in a cursor."""
    name = column.removeprefix("-")
    if isinstance(row, dict):
        value = row["id" if name == "pk" else name]
    else:
        value = row.pk if name == "pk" else getattr(row, row._meta.get_field(name).attname)
    return value if isinstance(value, int) else str(value)
