"""What a measure is: a named, documented quantity of one customer as of one day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from django.utils.functional import Promise


class Unit(StrEnum):
    """How an amount is shown: a share of one as per cent, the others as a figure with its word."""

    SHARE = "share"
    DAYS = "days"
    HOURS = "hours"
    MINUTES = "minutes"
    COUNT = "count"
    STARS = "stars"
    INDEX = "index"


@dataclass(frozen=True)
class Measure:
    """One quantity of the catalogue.

    ``columns`` names, for each source it reads (``health.measures.sources``), the aggregates it needs
    over that source's rows; ``amount`` and ``newest`` are SQL over those names in braces and over
    ``{day}`` and ``{w}``, the day and the window in days. ``amount`` is NULL where there is no data.
    ``reach`` is how many windows back the rows are read, ``zero_at``, ``full_at``, ``window`` and
    ``shelf_life`` are the defaults of a new line, ``literature`` is where the formula is from.
    ``windows`` names the sources that are read over other days than the window, ``only`` is a SQL condition on the
    rows it reads of a source, ``filters`` selects the rows shown behind it. ``hidden``: no longer offered.
    """

    key: str
    name: Promise | str
    about: Promise | str
    unit: Unit
    group: str
    columns: Mapping[str, Mapping[str, str]]
    amount: str
    newest: str
    zero_at: float
    full_at: float
    window: int = 28
    shelf_life: int = 90
    reach: int = 1
    literature: str = ""
    rows: str = field(default="")
    windows: Mapping[str, int] = field(default_factory=dict)
    only: Mapping[str, str] = field(default_factory=dict)
    filters: Mapping[str, object] = field(default_factory=dict)
    hidden: bool = False

    @property
    def behind(self) -> str:
        """The source whose rows are shown when a part is opened: the first it reads, none for an unknown measure."""
        return self.rows or next(iter(self.columns), "")
