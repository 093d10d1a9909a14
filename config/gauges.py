"""What the machine is told at /readyz and /metrics: each gauge is registered by the app that knows it.

An app registers in its ``AppConfig.ready``::

    gauges.register("backup_verified_age_seconds", "Seconds since the latest backup that was restored for a trial", age)

The function is asked once a look, outside any transaction; None means that there is no figure. Where it fails, that is warned of.
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
    """A figure with its unit in its name, its words in English, and who tells it; ``warns`` may say what is wrong with it."""

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
        said = gauge.warns(figures[gauge.name]) if gauge.warns else None
        warnings += [said] if said else []
    return figures, warnings


class Families:
    """Figures as prometheus-client collects them: by name, or by name and one label."""

    def __init__(self, figures: dict[str, float | dict[str, float | None] | None], label: str) -> None:
        self.figures = figures
        self.label = label

    def collect(self) -> Iterator[GaugeMetricFamily]:
        for name, figure in self.figures.items():
            words = REGISTERED[name].words if name in REGISTERED else name.replace("_", " ")
            labels = [self.label] if isinstance(figure, dict) else []
            family = GaugeMetricFamily(f"{PREFIX}{name}", words, labels=labels)
            for value, one in (figure if isinstance(figure, dict) else {"": figure}).items():
                if one is not None:
                    family.add_metric([value] if labels else [], one)
            yield family


def exposition(figures: dict[str, float | dict[str, float | None] | None], *, label: str) -> bytes:
    """The figures in Prometheus's text format 0.0.4; a figure that is a table of figures by ``label``, unknown ones left out."""
    registry = CollectorRegistry()
    registry.register(Families(figures, label))
    return generate_latest(registry)
