"""What each resource of the API checks before it acts, and how a refused request is answered."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, ClassVar, Final, cast

from django.core.exceptions import NON_FIELD_ERRORS
from django.core.exceptions import ValidationError as Refused
from django.db.models import QuerySet
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.exceptions import APIException, NotFound, PermissionDenied, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView, exception_handler, set_rollback

from accounts.request import SignedIn
from accounts.seen import mark
from config.text import row_number
from config.web.api.bodies import Given, Since
from config.web.api.walking import Pages, PagesOfChanges
from config.web.editing import hold
from config.web.finding import may_change

OK: Final = 200


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
    renamed: ClassVar[Mapping[str, str]] = {}  # what a body calls otherwise than the column of which the domain speaks
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

    def to_change(self, path: str = "") -> Any:
        """The row; 403 where the caller may only read it, or what stands at ``path`` of it."""
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


def problem(error: Exception, context: dict[str, Any]) -> Response | None:
    """The framework's answer to a refused request, also to one that the domain refuses; None leaves it to ``config.errors``."""
    if isinstance(error, Refused):
        error = ValidationError(at_fields(error, getattr(context.get("view"), "renamed", {})))
    if isinstance(error, Changed):
        set_rollback()
        return Response({"detail": str(error.detail), "now": error.now, "sent": error.sent}, status=error.status_code)
    return exception_handler(error, context)


def at_fields(refused: Refused, renamed: Mapping[str, str]) -> dict[str, list[str]]:
    """The domain's messages at the fields of the body that they are about; the rest under ``non_field_errors``."""
    names = {NON_FIELD_ERRORS: "non_field_errors", **renamed}
    if not hasattr(refused, "error_dict"):
        return {"non_field_errors": refused.messages}
    return {names.get(name, name): messages for name, messages in refused.message_dict.items()}
