"""What the tests of the ground share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import connection

from tests.faults.conftest import free_port


@pytest.fixture
def database_away(transactional_db: None) -> Iterator[None]:
    """Nobody answers at the database's address."""
    right = connection.settings_dict["PORT"]
    connection.close()
    connection.settings_dict["PORT"] = str(free_port())
    yield
    connection.close()
    connection.settings_dict["PORT"] = right
