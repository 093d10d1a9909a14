"""The gauges of /readyz and /metrics; each is registered by its own app.

An app registers in its ``AppConfig.ready``::

    gauges.register("backup_verified_age_seconds", "Seconds since the latest backup that was restored for a trial", age)

The function is called once per check, outside any transaction; None means that there is no figure. A failure becomes a
warning.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from django.db import DatabaseError, InterfaceError
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily

PREFIX: Final = "tsunagu_"

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Gauge:
    """A figure with its unit in the name, an English description and its reader; ``warns`` may give a warning."""

    name: str
    words: str
    read: Callable[[], float | None]
    warns: Callable[[float | None], str | None] | None = None


REGISTERED: Final[dict[str, Gauge]] = {}


def register(
    name: str,
    words: str,
    read: Callable[[], float | None],
    *,
    warns: Callable[[float | None], str | None] | None = None,
) -> None:
    """Show ``read()`` as ``name`` at /readyz and as ``tsunagu_<name>`` at /metrics; ``warns`` gives a sentence or None."""
    REGISTERED[name] = Gauge(name, words, read, warns)


def looked() -> tuple[dict[str, float | None], list[str]]:
    """Every registered gauge's figure by name, and the sentences of those that warn."""
    figures: dict[str, float | None] = {}
    warnings: list[str] = []
    for gauge in REGISTERED.values():
        try:
            figures[gauge.name] = gauge.read()
        except (DatabaseError, InterfaceError, OSError) as error:
            log.warning("gauge %s: %s", gauge.name, type(error).__name__)
            figures[gauge.name] = None
            warnings.append(f"{gauge.name} could not be told ({type(error).__name__}).")
            continue
        warning = gauge.warns(figures[gauge.name]) if gauge.warns else None
        warnings += [warning] if warning else []
    return figures, warnings


class Families:
    """A collector for prometheus-client: figures by name, or by name and one label."""

    def __init__(self, figures: dict[str, float | dict[str, float | None] | None], label: str) -> None:
        self.figures = figures
        self.label = label

    def collect(self) -> Iterator[GaugeMetricFamily]:
        for name, figure in self.figures.items():
            description = REGISTERED[name].words if name in REGISTERED else name.replace("_", " ")
            labels = [self.label] if isinstance(figure, dict) else []
            family = GaugeMetricFamily(f"{PREFIX}{name}", description, labels=labels)
            for value, number in (figure if isinstance(figure, dict) else {"": figure}).items():
                if number is not None:
                    family.add_metric([value] if labels else [], number)
            yield family


def exposition(figures: dict[str, float | dict[str, float | None] | None], *, label: str) -> bytes:
    """The figures in Prometheus's text format 0.0.4, tables of figures with ``label``; excludes unknown ones."""
    registry = CollectorRegistry()
    registry.register(Families(figures, label))
    return generate_latest(registry)
