"""The answer to a refused request: problem details (RFC 9457) that name each field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any, Final

from django.core.exceptions import NON_FIELD_ERRORS
from django.core.exceptions import ValidationError as Refused
from django.utils.log import log_response
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework.exceptions import APIException, PermissionDenied, ValidationError
from rest_framework.response import Response
from rest_framework.views import exception_handler, set_rollback

from config.errors import PROBLEM

WHOLE: Final = frozenset({"non_field_errors", "detail"})
INVALID: Final = "urn:tsunagu:problem:invalid"
CHANGED: Final = "urn:tsunagu:problem:changed"
OUT_OF_SCOPE: Final = "urn:tsunagu:problem:out-of-scope"


class Changed(APIException):
    """The row differs from the version that the request names (``If-Match``); nothing was written."""

    status_code = 412

    def __init__(self, now: Any, sent: Any) -> None:
        super().__init__(_("Somebody has changed this since: nothing was written."))
        self.now, self.sent = now, sent


class OutOfScope(PermissionDenied):
    """The token of the request may not do this to this resource."""


class Repeated(Exception):  # noqa: N818 (no error: the answer of the first request)
    """The request came before, with the same idempotency key; it is answered as then."""

    def __init__(self, status: int, body: Any, headers: Mapping[str, str]) -> None:
        super().__init__()
        self.status, self.body, self.headers = status, body, headers


class Hanging(APIException):
    """The row cannot go: something that stays hangs on it."""

    status_code = 409
    default_detail = gettext_lazy(
        "Other rows that stay hang on it, or somebody has worked with it: nothing was taken out. Take those out first."
    )


class Edited(APIException):
    """A person has changed the row since its source brought it."""

    status_code = 409
    default_detail = gettext_lazy(
        "Somebody has changed this row on a page: nothing was taken out. With edited=true it goes all the same."
    )


class KeyUsed(APIException):
    """The idempotency key came with another request."""

    status_code = 422
    default_detail = gettext_lazy("This Idempotency-Key came before with another request: take a new one.")


class StillRunning(APIException):
    """The first request with this idempotency key is still running."""

    status_code = 409
    default_detail = gettext_lazy(
        "The first request with this Idempotency-Key is still running: send it again in a few seconds."
    )


class Occupied(APIException):
    """Others are writing the same for longer than a request waits; nothing was written."""

    status_code = 503
    default_detail = gettext_lazy(
        "Others are writing the same, an import perhaps: nothing was written. Send it again in a few seconds."
    )
    wait = 5  # seconds: the answer's Retry-After


def problem(error: Exception, context: dict[str, Any]) -> Response | None:
    """The answer to a request that the framework or the domain refuses; None leaves the error to ``config.errors``."""
    if isinstance(error, Refused):
        error = ValidationError(at_fields(error, getattr(context.get("view"), "renamed", {})))
    if isinstance(error, Changed):
        set_rollback()
        more = {"type": CHANGED, "now": error.now, "sent": error.sent}
        return _answer(error.status_code, str(error.detail), more)
    if isinstance(error, Repeated):
        return Response(error.body, status=error.status, headers={**error.headers, "Idempotency-Replayed": "true"})
    plain = exception_handler(error, context)
    if plain is None:
        return None
    headers = {
        name: value for name, value in plain.headers.items() if name in {"Allow", "Retry-After", "WWW-Authenticate"}
    }
    if isinstance(error, ValidationError):
        errors = [{"field": field, "detail": message} for field, message in _flat(error.detail)]
        told = [f"{row['field']}: {row['detail']}" if row["field"] else row["detail"] for row in errors]
        return _answer(plain.status_code, " ".join(told), {"type": INVALID, "errors": errors}, headers)
    more = {"type": OUT_OF_SCOPE} if isinstance(error, OutOfScope) else {}
    answer = _answer(plain.status_code, str(plain.data["detail"]), more, headers)
    if isinstance(error, Occupied):
        # The documented answer to who comes beside an import is no fault of the server: Django would log an ERROR.
        request = context["request"]._request
        log_response("Occupied: %s", request.path, response=answer, request=request, level="warning")
    return answer


def _answer(status: int, detail: str, more: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> Response:
    body = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail} | dict(more)
    return Response(body, status=status, headers=headers, content_type=PROBLEM)


def _flat(detail: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """(path of the field such as ``rows.0.owner``, sentence) for each; the path is "" where the whole is meant."""
    if isinstance(detail, Mapping):
        for name, inner in detail.items():
            yield from _flat(inner, path if name in WHOLE else f"{path}.{name}" if path else str(name))
    elif isinstance(detail, list | tuple):
        nested = any(isinstance(inner, Mapping | list | tuple) for inner in detail)
        for place, inner in enumerate(detail):
            yield from _flat(inner, f"{path}.{place}" if nested and path else path)
    else:
        yield path, str(detail)


def at_fields(refused: Refused, renamed: Mapping[str, str]) -> dict[str, list[str]]:
    """The domain's messages by field of the body; the rest under ``non_field_errors``."""
    names = {NON_FIELD_ERRORS: "non_field_errors", **renamed}
    if not hasattr(refused, "error_dict"):
        return {"non_field_errors": refused.messages}
    return {names.get(name, name): messages for name, messages in refused.message_dict.items()}
