"""Sources that bring all their own: a folder here is one, found by its name. What others keep of sources they learn from it."""

from __future__ import annotations

import pkgutil
from dataclasses import dataclass
from importlib import import_module

from accounts.imports import targets
from accounts.imports.targets import Target
from health.explaining import rows
from health.explaining.rows import Columns, Finder
from health.measures import SHIPPED, Measure
from health.measures.sources import SOURCES, Source


@dataclass(frozen=True)
class Feed:
    """What one source adds: the file it comes in, the SQL of its rows, the rows themselves for a customer up to a day, how they
    are shown, and what a scorecard can count of them.

    Its name is that of ``target``; its measures read the source of that name.
    """

    target: Target
    source: Source
    rows: Finder
    columns: Columns
    measures: tuple[Measure, ...]


def install() -> None:
    for found in pkgutil.iter_modules(__path__):
        join(import_module(f"{__name__}.{found.name}").FEED)


def join(feed: Feed) -> None:
    """Let imports, scoring, scorecards and explanations know of ``feed``."""
    name = feed.target.name
    targets.register(feed.target)
    SOURCES[name] = feed.source
    SHIPPED.update({measure.key: measure for measure in feed.measures})
    rows.ROWS[name], rows.COLUMNS[name] = feed.rows, feed.columns
