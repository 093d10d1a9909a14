"""The OpenAPI document: what each operation answers when it refuses, and the header that makes a write act once."""

from __future__ import annotations

from functools import cache
from typing import Any, Final

from django.conf import settings
from django.utils.translation import get_language, override
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.views import SpectacularAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from config.errors import PROBLEM
from config.web.api import examples

PROBLEMS: Final = {
    "400": "A field, a parameter or the body cannot be read: `errors` name each.",
    "401": "No token, or one that does not work.",
    "403": "It may be seen but not changed, or the token lacks the scope.",
    "404": "There is nothing here for the caller.",
    "429": "Too many requests: `Retry-After` says when to come again.",
}
OF_ROWS: Final = {"412": "The row differs from the version of `If-Match`: `now` has it as it stands."}
WRITES: Final = {"415": "The body is no JSON.", "409": "The same is being written at this moment."}
ONCE: Final = {
    "in": "header",
    "name": "Idempotency-Key",
    "schema": {"type": "string", "maxLength": 255},
    "description": "The same request with the same key acts once, and answers the same for 24 hours.",
}
SHAPE: Final = {
    "type": "object",
    "description": "Why a request was refused (RFC 9457).",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "examples": ["urn:tsunagu:problem:invalid"]},
        "title": {"type": "string", "examples": ["Bad Request"]},
        "status": {"type": "integer", "examples": [400]},
        "detail": {"type": "string", "examples": ["owner: This field is required."]},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "detail"],
                "properties": {
                    "field": {"type": "string", "description": "Its path, as `rows.0.owner`; empty for the whole."},
                    "detail": {"type": "string"},
                },
            },
        },
    },
}


def with_problems(result: dict[str, Any], **_given: Any) -> dict[str, Any]:
    """Add to each operation what it answers when it refuses, and to writes the ``Idempotency-Key``."""
    result["components"]["schemas"]["Problem"] = SHAPE
    content = {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for operations in result["paths"].values():
        for method, operation in operations.items():
            is_write = method != "get"
            refusals = PROBLEMS | (OF_ROWS | WRITES if is_write else {})
            for status, words in refusals.items():
                operation["responses"].setdefault(status, {"description": words, "content": content})
            if is_write:
                operation.setdefault("parameters", []).append(ONCE)
    examples.show(result["paths"])
    _either(result["components"]["schemas"])
    return result


def _either(schema: Any) -> None:
    """Say ``anyOf`` where a value may be of several shapes at once: an empty text is a text, too."""
    if isinstance(schema, list):
        for inner in schema:
            _either(inner)
    elif isinstance(schema, dict):
        if isinstance(schema.get("oneOf"), list):
            schema["anyOf"] = schema.pop("oneOf")
        for inner in schema.values():
            _either(inner)


def document() -> dict[str, Any]:
    """The whole OpenAPI document, made once a process and language; in the settings' for one that is none of ours."""
    language = get_language()
    return _document(language if language in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE)


class DocumentView(SpectacularAPIView):
    """The document to download, the same for everybody: to make it anew takes seconds."""

    def _get_schema_response(self, request: Request) -> Response:
        name = self._get_filename(request, None)  # type: ignore[no-untyped-call]  # the framework's
        return Response(document(), headers={"Content-Disposition": f'inline; filename="{name}"'})


@cache
def _document(language: str) -> dict[str, Any]:
    with override(language):
        made: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]  # the framework's
    return made
