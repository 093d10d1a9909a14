import pytest

from tests.factories import organisation


@pytest.fixture(autouse=True)
def company(db):
    return organisation()
