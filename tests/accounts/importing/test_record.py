"""Every column of the record is a field of a target, or is declared internal with a reason."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from django.apps import apps
from django.apps.registry import Apps
from django.db import models
from django.test import Client

from accounts.forms.import_fields import field_choices
from accounts.imports.cells import Field
from accounts.imports.mapping import OWN_NAMES
from accounts.imports.names import COMMON
from accounts.imports.targets import TARGETS, Target, columns, guide_row
from accounts.imports.words import FIELDS
from accounts.imports.words import TARGETS as TARGET_WORDS
from health.models import signals
from tests.accounts.importing import guide
from tests.accounts.importing.internal import EVERYWHERE, INTERNAL
from tests.factories import organisation, user

EACH = [pytest.param(target, id=target.name) for target in TARGETS.values()]


def record() -> list[type[models.Model]]:
    """The models of facts: of customers and of what they do."""
    of_health = [model for model in apps.get_app_config("health").get_models() if model.__module__ == signals.__name__]
    return [*apps.get_app_config("accounts").get_models(), *of_health]


def forgotten(models_of_record: Iterable[type[models.Model]]) -> list[str]:
    filled = {(column.model, column.name) for column in (t.column(f.name) for t in TARGETS.values() for f in t.fields)}
    return [
        f"{model.__name__}.{name}"
        for model in models_of_record
        for name in columns(model)
        if (model, name) not in filled
        and not {model.__name__, f"{model.__name__}.{name}"} & INTERNAL.keys()
        and name not in EVERYWHERE
    ]


def test_every_column_of_the_record_has_a_target_or_is_internal():
    assert forgotten(record()) == []


def test_a_later_column_is_told():
    class Later(models.Model):
        name = models.CharField(max_length=10)

        class Meta:
            app_label, apps = "accounts", Apps()  # a registry of its own, in which no app is made ready once more

        def __str__(self) -> str:
            return self.name

    assert forgotten([Later]) == ["Later.name"]


def test_what_is_internal_exists_and_has_a_reason():
    names = {f"{model.__name__}.{name}" for model in record() for name in columns(model)}
    names |= {model.__name__ for model in record()}
    assert INTERNAL.keys() - names == set()
    assert all(INTERNAL.values())


@pytest.mark.parametrize("target", EACH)
def test_every_field_of_a_target_has_words_a_column_and_names(target: Target):
    for field in target.fields:
        assert target.column(field.name).model in target.models
        assert field.name in FIELDS
        assert field.kind == "attributes" or field.name in target.names
    assert target.names[""].isascii() is False, "what files are called in Japanese"
    assert target.name in TARGET_WORDS


@pytest.mark.parametrize("target", EACH)
def test_names_are_english_and_japanese(target: Target):
    for field, names in target.names.items():
        assert any(name.isascii() for name in names.split("|")), field
        assert any(not name.isascii() for name in names.split("|")), field
    assert COMMON["customer"].isascii() is False


def test_the_guide_has_the_row_of_every_target():
    """To write them: ``.venv/bin/python -m tests.accounts.importing.guide``."""
    text = guide.PATH.read_text(encoding="utf-8")
    assert guide.rows(text) == [guide_row(target) for target in TARGETS.values()]


def test_a_row_of_the_guide_says_choices_unit_and_hint():
    fields = [
        Field("kind", "choice", required=True, choices=("a", "b")),
        Field("term", "number", unit="months", hint="12"),
        Field("note"),
    ]
    row = guide_row(Target("acts", fields, load=lambda _staged: None))  # type: ignore[arg-type,return-value]
    assert row == "| `acts` | **kind** (a, b), term (months; 12), note |"


def test_the_mapping_of_our_own_names_has_every_field():
    """It is written together with the guide."""
    assert OWN_NAMES.read_text(encoding="utf-8") == guide.own_names()


@pytest.mark.django_db
def test_the_form_of_columns_and_the_api_have_every_field(client: Client) -> None:
    """A column of the record that has a target has a line in both, for both are made of the targets."""
    organisation()
    client.force_login(user("admin"))
    told = {
        row["name"]: [field["name"] for field in row["fields"]]
        for row in client.get("/api/v1/record/").json()["results"]
    }
    assert told == {name: [field.name for field in target.fields] for name, target in TARGETS.items()}
    for target in TARGETS.values():
        offered = {value.partition("@")[0] for value, _words in field_choices(target)}
        assert {field.name for field in target.fields} <= offered
