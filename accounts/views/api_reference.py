"""The reference of the API, drawn from its own OpenAPI document."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_GET

from accounts.request import SignedIn
from config.web.api.door import resource_of
from config.web.api.schema import PROBLEMS, document

WORDS = ("get", "post", "put")


@require_GET
def reference(request: SignedIn) -> HttpResponse:
    """Every operation by resource, with its parameters, its body and its answers."""
    return render(request, "accounts/api_reference.html", {"resources": resources(get_language())})


@cache
def resources(_language: str) -> list[dict[str, Any]]:
    """The operations of the document by resource as scopes name it, in the order of the alphabet, once a language."""
    found: dict[str, list[dict[str, Any]]] = {}
    for path, operations in document()["paths"].items():
        resource = resource_of(path)
        for method, operation in operations.items():
            if method in WORDS and resource:
                found.setdefault(resource, []).append(drawn(path, method, operation))
    return [{"name": name, "operations": rows} for name, rows in sorted(found.items())]


def drawn(path: str, method: str, operation: dict[str, Any]) -> dict[str, Any]:
    """One operation as the page shows it."""
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    answers = {status: answer for status, answer in operation["responses"].items() if status not in PROBLEMS}
    return {
        "path": path,
        "method": method.upper(),
        "about": operation.get("description", ""),
        "parameters": [(one["name"], one["in"], one.get("description", "")) for one in operation.get("parameters", [])],
        "body": fields(body.get("schema", {})),
        "answers": [(status, fields(schema_of(answer)), answer.get("description", "")) for status, answer in answers.items()],
    }  # fmt: skip


def schema_of(answer: dict[str, Any]) -> dict[str, Any]:
    content = answer.get("content", {})
    return next((kind.get("schema", {}) for kind in content.values()), {})


def fields(schema: dict[str, Any], depth: int = 0) -> list[tuple[str, str, bool, str]]:
    """(path, type, needed, words) of each field of a schema, those of objects inside with a point."""
    whole = resolved(schema)
    if "results" in whole.get("properties", {}):
        return fields(whole["properties"]["results"], depth)
    if whole.get("type") == "array":
        return fields(whole["items"], depth)
    rows: list[tuple[str, str, bool, str]] = []
    for name, inner in whole.get("properties", {}).items():
        known = resolved(inner)
        rows.append((name, type_of(known), name in whole.get("required", []), inner.get("description", "")))
        if depth == 0:
            rows += [(f"{name}.{below}", kind, needed, words) for below, kind, needed, words in fields(known, 1)]
    return rows


def resolved(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema itself, where it refers to one or is one of others."""
    if "$ref" in schema:
        named: dict[str, Any] = document()["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
        return named
    for several in ("allOf", "anyOf"):
        if several in schema:
            return resolved(schema[several][0])
    return schema


def type_of(schema: dict[str, Any]) -> str:
    """``string (date)``, ``integer or null``, or the choices."""
    if "enum" in schema:
        return ", ".join(str(choice) for choice in schema["enum"] if choice not in {"", None})
    kind = schema.get("type", "")
    words = " or ".join(kind) if isinstance(kind, list) else str(kind)
    return f"{words} ({schema['format']})" if "format" in schema else words
