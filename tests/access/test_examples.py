"""Every operation of the OpenAPI document shows a request and its answer, and each of them is sent here.

``WRITE_EXAMPLES=1`` writes the answers of the company of these tests into the document's examples anew.
"""

from __future__ import annotations

import json
import os
from typing import Any, Final

from django.db import transaction
from jsonschema import Draft202012Validator

from config.web.api import examples
from config.web.api.schema import document
from tests.access import site
from tests.access.policy import API, POLICY
from tests.access.test_answers import operation, problems
from tests.access.test_canary import CANARY
from tests.access.world import ARR, PIECE

JSON: Final = "application/json"
SHOWN: Final = 1  # rows of a list
LONGEST: Final = 3  # entries of a list within a row
Request = tuple[str, str, dict[str, Any]]
ACME: Final[Request] = ("PUT", "record/customers/crm/C1/", {"name": "Acme"})
TICKET: Final = "record/tickets/crm/T-1/"
SLOW: Final[Request] = (
    "PUT", TICKET, {"customer": "C1", "subject": "Slow", "severity": "high", "opened_at": "2026-11-20T09:00:00Z"},
)  # fmt: skip
# What has to be there, or to have gone, that the company has not.
BEFORE: Final[dict[tuple[str, str], list[Request]]] = {
    ("api-record-row", "get"): [ACME],
    ("api-record-rows", "get"): [ACME, SLOW],
    ("api-gone-list", "get"): [ACME, SLOW, ("DELETE", TICKET, {})],
    ("api-view-list", "get"): [("POST", "views/", {"kind": "customers", "name": "By program", "shared": "nobody"})],
    ("api-rate-list", "get"): [("POST", "rates/", {"currency": "SEK", "fiscal_year": 2026, "rate": "0.1"})],
}  # fmt: skip
# Without a body, and sent where what they take back is tested.
DELETED: Final = {
    f"delete /api/v1/{path}/" for path in ("record/{target}/{source}/{key}", "touchpoints/{id}", "sentiments/{id}")
}


def operations() -> dict[str, dict[str, Any]]:
    found = {f"{method} {path}": said for path, item in document()["paths"].items() for method, said in item.items()}
    return {name: said for name, said in found.items() if name not in DELETED}


def wanted(world):
    """(name of the operation, name of the route, method) of each that the policy knows."""
    templates = {id(said): name for name, said in operations().items()}
    for route in sorted(API.keys() - {"api-root", "api-schema"}):
        path = site.address(route, world).partition("?")[0]
        for method in ("get", "post", "put"):
            if getattr(POLICY[route], method):
                yield templates[id(operation(path, method))], route, method


def sent(world, route: str, method: str, body: Any) -> Any:
    """The answer to the first who may; what was written is taken back."""
    for who in ("admin", "owner"):
        client = site.browser(world, who)
        if body is not None:
            body = site.body_of(POLICY[route], world, client) | {} if body == {} else body
        with transaction.atomic():
            url = site.address(route, world)
            for act, path, row in BEFORE.get((route, method), []):
                before = client.generic(act, f"/api/v1/{path}", json.dumps(row), JSON)
                assert before.status_code < 400, (act, path, before.content)
            if method == "get":
                answer = client.get(url)
            elif route == "api-upload-piece":
                answer = client.put(url, PIECE, "application/octet-stream")
            else:
                answer = getattr(client, method)(url, json.dumps(body), JSON)
            transaction.set_rollback(True)
        if answer.status_code < 400:
            return answer
    raise AssertionError((route, method, body, answer.status_code, answer.content))


def with_rows_of(example: Any, here: Any) -> Any:
    """The example with the numbers and people of this company."""
    if isinstance(example, dict) and isinstance(here, dict):
        return {name: with_rows_of(value, here.get(name, value)) for name, value in example.items()}
    if isinstance(example, list) and isinstance(here, list):
        return [with_rows_of(*pair) for pair in zip(example, here, strict=True)]
    is_number = isinstance(example, int) and not isinstance(example, bool)
    return here if is_number or "@" in str(example) else example


def short(value: Any, most: int = SHOWN) -> Any:
    if isinstance(value, dict):
        return {name: short(inner, SHOWN if name == "results" else LONGEST) for name, inner in value.items()}
    return [short(inner) for inner in value[:most]] if isinstance(value, list) else value


def keys(value: Any) -> Any:
    """The names of the fields, those of the first of several rows."""
    if isinstance(value, dict):
        return {name: keys(inner) for name, inner in value.items()}
    return keys(value[0]) if isinstance(value, list) and value else None


def same(left: Any, right: Any) -> bool:
    """Whether two shapes agree; what is empty in one says nothing."""
    if left is None or right is None:
        return True
    return left.keys() == right.keys() and all(same(left[name], right[name]) for name in left)


FREE: Final = {"attributes", "filter", "trigger", "values", "facts", "audience", "differences", "named", "steps"}


def plain(shape: Any) -> Any:
    """The shape without what has names of its own."""
    if not isinstance(shape, dict):
        return shape
    return {name: None if name in FREE else plain(inner) for name, inner in shape.items()}


def bodies(said: dict[str, Any], status: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """The request and the answer of an operation as the document says them."""
    content = said.get("requestBody", {}).get("content", {}).get(JSON, {})
    return content, said["responses"][str(status)].get("content", {}).get(JSON, {})


def written(world) -> dict[str, Any]:
    made = {}
    for name, route, method in wanted(world):
        body = None if method == "get" else site.body_of(POLICY[route], world, site.browser(world, "admin"))
        answer = sent(world, route, method, body)
        made[name] = {"status": answer.status_code}
        if body:
            made[name]["request"] = body
        if answer.content:
            made[name]["answer"] = short(answer.json())
    # The words and the amount by which the tests of access find what somebody may not see stand in no document.
    text = json.dumps(made).replace(CANARY.title(), "Acme").replace(CANARY, "acme").replace(str(ARR), "48000")
    return json.loads(text)


def test_each_operation_shows_a_request_and_its_answer_as_they_are(world):
    if os.environ.get("WRITE_EXAMPLES"):
        examples.write(written(world))
        return
    shown, wrong = examples.of_operations(), []
    assert shown.keys() == operations().keys()
    for name, route, method in wanted(world):
        example, said = shown[name], operations()[name]
        policy = None if method == "get" else site.body_of(POLICY[route], world, site.browser(world, "admin"))
        body = policy if "request" not in example else with_rows_of(example["request"], policy)
        answer = sent(world, route, method, body)
        assert answer.status_code == example["status"], name
        for content, value in zip(
            bodies(said, example["status"]), (example.get("request"), example.get("answer")), strict=True
        ):
            if value is None:
                continue
            assert "example" in content or "examples" in content, name
            schema = content["schema"] | {"components": document()["components"]}
            wrong += [
                f"{name}: {error.json_path} {error.message[:200]}"
                for error in Draft202012Validator(schema).iter_errors(value)
            ]
        if method == "get":
            wrong += [f"{name}: {problem}" for problem in problems(answer, said)[:6]]
        if answer.content and not same(plain(keys(answer.json())), plain(keys(example["answer"]))):
            wrong.append(f"{name}: {keys(answer.json())} {keys(example['answer'])}")
    assert not wrong, "\n".join(wrong)
