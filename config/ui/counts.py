"""The counts of the navigation rail, one function per place; every page that shows one reads it here."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any, Final

Count = Callable[[Any, dt.date], int]

_counts: Final[dict[str, Count]] = {}


def register(place: str, count: Count) -> None:
    """Register ``count(user, day)`` as the figure beside ``place``: a key of the navigation or a tab of a page."""
    _counts[place] = count


def count(place: str, user: Any, day: dt.date) -> int:
    """The figure of one place. Raises KeyError for an unregistered one."""
    return _counts[place](user, day)


def counts(user: Any, day: dt.date) -> dict[str, int]:
    """Every registered place with its figure, as ``user`` sees it on ``day``."""
    return {place: count_of(user, day) for place, count_of in _counts.items()}
