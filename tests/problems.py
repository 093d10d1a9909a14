"""What a problem of the API says, by field."""

from __future__ import annotations

from typing import Any

WHOLE = "non_field_errors"


def told(answer: Any) -> dict[str, list[str]]:
    """The sentences by field of a problem that is well made; those of the whole under ``non_field_errors``."""
    assert answer.headers["Content-Type"] == "application/problem+json", answer.content
    return fields(answer.json(), answer.status_code)


def fields(body: dict[str, Any], status: int = 400) -> dict[str, list[str]]:
    """As ``told``, of a body that was read already."""
    assert {"type", "title", "status", "detail"} <= body.keys(), body
    assert body["status"] == status
    found: dict[str, list[str]] = {}
    for error in body["errors"]:
        assert error.keys() == {"field", "detail"}
        assert error["detail"] in body["detail"]
        found.setdefault(error["field"] or WHOLE, []).append(error["detail"])
    return found
