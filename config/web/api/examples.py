"""A request and its answer of each operation, as the OpenAPI document shows them; tests send each of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

FILE: Final = Path(__file__).with_name("examples.json")
JSON: Final = "application/json"


@cache
def of_operations() -> Mapping[str, Mapping[str, Any]]:
    """By method and path: the ``status``, the ``request`` where it has a body, and the ``answer`` where there is one."""
    found: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    return found


def write(made: Mapping[str, Any]) -> None:
    """Keep these, an operation a line."""
    lines = [f"{json.dumps(name)}: {json.dumps(made[name], ensure_ascii=False)}" for name in sorted(made)]
    FILE.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
    of_operations.cache_clear()


def show(paths: Mapping[str, Any]) -> None:
    """Add to each operation of the document its request and its answer, where it has none of its own."""
    for name, example in of_operations().items():
        method, _blank, path = name.partition(" ")
        operation = paths.get(path, {}).get(method, {})
        request = operation.get("requestBody", {}).get("content", {}).get(JSON)
        answer = operation.get("responses", {}).get(str(example["status"]), {}).get("content", {}).get(JSON)
        for content, value in ((request, example.get("request")), (answer, example.get("answer"))):
            if content is not None and value is not None and "examples" not in content:
                content["example"] = value
