"""The OpenAPI document: its version, its problems, its examples, and the page that draws it."""

from __future__ import annotations

import json

import pytest
from django.utils import translation

from config.web.api import schema
from config.web.api.routes import resources
from config.web.api.schema import PROBLEMS, document
from tests.factories import organisation, user

pytestmark = pytest.mark.django_db
METHODS = {"get", "post", "put", "delete"}


@pytest.fixture(autouse=True)
def admin(client):
    organisation()
    person = user("admin", name="Ren Admin")
    client.force_login(person)
    return person


def operations():
    for path, item in document()["paths"].items():
        for method, operation in item.items():
            assert method in METHODS
            yield path, method, operation


def test_the_document_is_openapi_3_1_without_what_that_dropped(client):
    assert document()["openapi"].startswith("3.1")
    assert '"nullable"' not in json.dumps(document(), default=str)
    assert document()["components"]["securitySchemes"]["token"] == {"type": "http", "scheme": "bearer"}


def test_it_is_downloaded_as_it_stands_and_made_once_a_language(client, monkeypatch):
    """Whoever asks, and however often: to make it takes seconds."""
    stands = json.loads(json.dumps(document(), default=str))
    with translation.override("ja"):
        document()
    with monkeypatch.context() as patch:
        patch.setattr(schema.SchemaGenerator, "get_schema", None)
        for language in ("", "?lang=ja", "?lang=xx"):
            answer = client.get(f"/api/v1/schema/{language}", headers={"Accept": "application/vnd.oai.openapi+json"})
            assert answer.status_code == 200
            assert answer.headers["Content-Disposition"] == 'inline; filename="Tsunagu.json"'
            assert answer.json().keys() == stands.keys()
    answer = client.get("/api/v1/schema/", headers={"Accept": "application/vnd.oai.openapi+json"})
    assert answer.json() == stands
    client.force_login(user("csm"))
    assert client.get("/api/v1/schema/", headers={"Accept": "application/vnd.oai.openapi+json"}).json() == stands


def test_every_operation_says_how_it_refuses():
    for path, method, operation in operations():
        assert PROBLEMS.keys() <= operation["responses"].keys(), path
        content = operation["responses"]["400"]["content"]["application/problem+json"]
        assert content["schema"] == {"$ref": "#/components/schemas/Problem"}
        names = {one["name"] for one in operation.get("parameters", [])}
        assert ("Idempotency-Key" in names) == (method != "get"), path


def test_every_example_of_a_body_is_taken(client):
    """In their order: what a later one names, an earlier one brings."""
    sent = 0
    for path, method, operation in sorted(operations(), key=lambda row: row[1]):
        examples = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("examples", {})
        for example in examples.values():
            address = path.format(target=example["summary"], source="crm", key="C-1")
            answer = getattr(client, method)(address, example["value"], "application/json")
            assert answer.status_code in {200, 201}, (address, answer.content)
            assert answer.json().get("refused", 0) == 0, (address, answer.json())
            sent += 1
    assert sent >= 5


def test_the_reference_shows_every_resource(client):
    page = client.get("/me/api/").content.decode()
    prefixes = {path.removeprefix("/api/v1/").partition("/")[0] for path in document()["paths"]} - {""}
    for name in prefixes:
        assert f'id="{name}"' in page
    assert prefixes - {"schema"} <= set(resources())
    assert "/api/v1/record/{target}/bulk/" in page
    assert "Idempotency-Key" in page


def test_the_document_is_made_once_a_language():
    with translation.override("en"):
        english = document()
    with translation.override("ja"):
        assert document() is not english
    with translation.override("en"):
        assert document() is english
