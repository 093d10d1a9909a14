"""Every answer of the API is as its OpenAPI document says, for a company with everything in it."""

from __future__ import annotations

import re

from jsonschema import Draft202012Validator

from config.web.api.schema import document
from tests.access import site
from tests.access.policy import API, POLICY

METHODS = ("GET", "POST")


def operation(path, method):
    """The declared operation at an address; the one with the fewest parameters where several would do."""
    fitting = [
        template
        for template in document()["paths"]
        if re.fullmatch(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(template)), path)
    ]
    template = min(fitting, key=lambda one: one.count("{"))
    return document()["paths"][template][method.lower()]


def problems(answer, declared):
    """What of the answer's body is not as declared."""
    content = declared["responses"][str(answer.status_code)].get("content", {})
    if not content:
        return []
    schema = next(iter(content.values()))["schema"] | {"components": document()["components"]}
    return [
        f"{error.json_path}: {error.message[:200]}" for error in Draft202012Validator(schema).iter_errors(answer.json())
    ]


def test_what_a_stranger_reads_is_as_the_document_says(world):
    """What an admin reads, the examples are compared with."""
    client, wrong = site.browser(world, "stranger"), {}
    for name in sorted(API.keys() - {"api-root", "api-schema"}):
        if POLICY[name].get is None:
            continue
        answer = site.send(client, "GET", name, world)
        declared = operation(site.address(name, world).partition("?")[0], "GET")
        if found := problems(answer, declared):
            wrong[name] = sorted(set(found))[:6]
    assert not wrong, "\n".join(f"{name} {one}" for name, found in wrong.items() for one in found)
