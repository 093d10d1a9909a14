"""Servers and settings for the whole suite."""

from __future__ import annotations

import os
from collections.abc import Iterator

import django
import pytest

from tests import servers

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


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: object) -> Iterator[None]:
    """The test database with the months that tests write usage to, which would take longer to make than most tests do.

    Sessions that threads of the live server have left open end before it is dropped.
    """
    from tests import factories
    from tests.sessions import end_others

    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        factories.months()
    yield
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        end_others()


@pytest.fixture(scope="session", autouse=True)
def _nothing_asked_while_drawing() -> Iterator[None]:
    """In every test that draws a page, a statement under a template tag or filter fails it."""
    from tests import drawing

    with drawing.watched():
        yield


@pytest.fixture(autouse=True)
def _language_of_the_settings() -> Iterator[None]:
    """Each test begins in the settings' language: a request leaves its reader's language active."""
    from django.utils import translation

    translation.deactivate()
    yield
    translation.deactivate()
