from collections.abc import Iterator

import pytest
from django.utils import translation


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """A page in another test may have left its reader's language behind."""
    with translation.override("en"):
        yield
