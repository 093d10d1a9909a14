from __future__ import annotations

import pytest
from django.db import transaction

from tests.access import world as worlds


@pytest.fixture(scope="package")
def built(django_db_setup, django_db_blocker):
    """The company, written once for the folder in a transaction that is taken back at its end."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield worlds.build()
        transaction.set_rollback(True)


@pytest.fixture
def world(built, db):
    """The company; what a test writes is taken back to where the folder began."""
    return built
