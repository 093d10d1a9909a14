"""Servers and settings for the whole suite."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Iterator
from typing import Any

import django
import pytest

from tests import servers

# Where the machine forbids Python to keep what it compiled, each process that a test starts would compile every module, and
# each run rewrite every assertion. Workers and their children inherit this.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False
# At import, not in a hook: conftest files further down import models, which need settings, which need the servers.
servers.prepare()
os.environ["TSUNAGU_PROCESS"] = "test"
os.environ["TSUNAGU_HTTPS"] = "off"
os.environ["SECRET_KEY"] = "only for tests, whose pages nobody keeps"
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
django.setup()
# Workers of pytest-xdist inherit the environment. With the module named there, pytest-django would read the settings
# before a worker has chosen its Redis number above.
del os.environ["DJANGO_SETTINGS_MODULE"]
# What thousands of tests and their modules hold never becomes garbage: a fifth of the time went to walking over it.
gc.set_threshold(50_000, 20, 20)


def pytest_collection_finish() -> None:
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings: None, django_db_blocker: object) -> None:
    """The test database begins as an earlier run has migrated it, where nothing has changed since."""
    from tests import migrated

    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        migrated.from_template()
    migrated.hasten()
    # States of models that migrations make by thousands are no garbage before the last.
    gc.disable()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: object) -> Iterator[None]:
    """The test database with the months that tests write usage to, which would take longer to make than most tests do.

    Sessions that threads of the live server have left open end before it is dropped.
    """
    from django.db import connection

    from tests import emptying, factories, migrated
    from tests.sessions import end_others

    migrated.as_usual()
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        migrated.keep(connection.settings_dict["NAME"])
        factories.months()
    gc.enable()
    gc.collect()
    gc.freeze()
    with pytest.MonkeyPatch.context() as patch:
        emptying.install(patch)
        yield
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        end_others()


@pytest.fixture(scope="session", autouse=True)
def _nothing_asked_while_drawing() -> Iterator[None]:
    """In every test that draws a page, a statement under a template tag or filter fails it."""
    from tests import drawing

    with drawing.watched():
        yield


@pytest.fixture(scope="session", autouse=True)
def _contexts_of_whole_pages() -> Iterator[None]:
    """The test client copies the context of every template, of each row's too: here that of the page alone."""
    from django.test import client

    store = client.store_rendered_templates

    def of_the_page(kept: Any, signal: Any, sender: Any, template: Any, context: Any, **more: Any) -> None:
        if context.template is template:
            store(kept, signal, sender, template, context, **more)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(client, "store_rendered_templates", of_the_page)
        yield


@pytest.fixture(autouse=True)
def _language_of_the_settings() -> Iterator[None]:
    """Each test begins in the settings' language: a request leaves its reader's language active."""
    from django.utils import translation

    translation.deactivate()
    yield
    translation.deactivate()
