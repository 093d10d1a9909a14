"""The API guide names every route there is, and no other; the schema can be generated."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings
from drf_spectacular.generators import SchemaGenerator

from config.web.api.routes import api_router

GUIDE = Path(settings.BASE_DIR) / "docs" / "api.md"


def routed() -> set[str]:
    """Addresses below /api/v1/: lists, and what can be done to one row."""
    plain = {
        re.sub(r"\(\?P<(\w+)>[^)]+\)", r"{\1}", str(pattern.pattern).removeprefix("^").removesuffix("$")).replace(
            "{pk}", "{id}"
        )
        for pattern in api_router().urls
    }
    return {address for address in plain if "format" not in address and not address.endswith("{id}/")} - {""}


def test_guide_names_every_route():
    named = set(re.findall(r"^\| `([a-z/{}-]+)` \|", GUIDE.read_text(encoding="utf-8"), re.MULTILINE))
    assert named == routed()


@pytest.mark.django_db
def test_schema_is_generated_without_a_warning(capsys):
    schema = SchemaGenerator().get_schema(request=None, public=True)
    assert "/api/v1/customers/" in schema["paths"]
    assert "Warning" not in capsys.readouterr().err
