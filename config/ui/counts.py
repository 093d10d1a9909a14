"""What the rail counts, one function a place: whoever shows such a figure asks here, so that no two places differ."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any, Final

Count = Callable[[Any, dt.date], int]

_counts: Final[dict[str, Count]] = {}


def register(place: str, count: Count) -> None:
    """Let ``count(user, day)`` say the figure beside ``place``: a key of the navigation or a tab of a page."""
    _counts[place] = count


def count(place: str, user: Any, day: dt.date) -> int:
    """The figure of one place. Raises KeyError for one that nobody registered."""
    return _counts[place](user, day)


def counts(user: Any, day: dt.date) -> dict[str, int]:
    """Every registered place with its figure, as ``user`` sees it on ``day``."""
    return {place: counted(user, day) for place, counted in _counts.items()}
