"""The scratch database that the benches run on, filled by set-based SQL; what a bench is."""

from __future__ import annotations

import datetime as dt
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field

ROUNDS = 5
DAY = dt.date(2026, 11, 24)


@dataclass(frozen=True)
class Result:
    """Median seconds (or any other measure) of ours and of the floor."""

    ours: float
    floor: float
    unit: str = "s"


@dataclass(frozen=True)
class Bench:
    """``run`` measures; the ratio is ours / floor and should be ``better`` ("lower" or "higher") than ``target``."""

    name: str
    target: float
    stretch: float
    run: Callable[[Ground], Result]
    better: str = "lower"

    def holds(self, ratio: float, wanted: float) -> bool:
        return ratio <= wanted if self.better == "lower" else ratio >= wanted


@dataclass
class Ground:
    """``once`` builds data on first use; benches share it and leave it as they found it."""

    rounds: int = ROUNDS
    customers: int = 100_000
    built: set[str] = field(default_factory=set)
    kept: dict[str, object] = field(default_factory=dict)

    def once(self, name: str, build: Callable[[Ground], None]) -> None:
        if name in self.built:
            return
        started = time.monotonic()
        build(self)
        self.built.add(name)
        self.say(f"made {name} in {time.monotonic() - started:.0f} s")

    def say(self, words: str) -> None:
        print(f"  … {words}", file=sys.stderr, flush=True)

    def race(
        self, ours: Callable[[], object], floor: Callable[[], object], before: Callable[[], object] = lambda: None
    ) -> Result:
        """Medians of both over ``rounds`` interleaved rounds, after one unmeasured round.

        ``before`` runs untimed ahead of each.
        """
        times: dict[str, list[float]] = {"ours": [], "floor": []}
        for number in range(self.rounds + 1):
            for name, act in (("floor", floor), ("ours", ours)):
                before()
                seconds = timed(act)
                if number:
                    times[name].append(seconds)
        self.say(" ".join(f"{name} {', '.join(f'{s:.3f}' for s in spent)};" for name, spent in times.items()))
        return Result(statistics.median(times["ours"]), statistics.median(times["floor"]))


def timed(act: Callable[[], object]) -> float:
    """Seconds that ``act`` takes."""
    started = time.perf_counter()
    act()
    return time.perf_counter() - started
