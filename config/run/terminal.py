"""Output for the person at the keyboard: steps with their time, then every process's lines behind its name."""

from __future__ import annotations

import os
import sys
import threading
import time
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

COLOURS = {"tsunagu": "1", "web": "36", "relay": "35", "worker": "32", "beat": "33", "setup": "34"}
WIDTH = max(map(len, COLOURS))
_turn = threading.Lock()


def say(name: str, line: str) -> None:
    """Print one line behind ``name``; coloured on a terminal unless NO_COLOR is set; never fails."""
    label = f"{name:<{WIDTH}} |"
    if sys.stdout.isatty() and "NO_COLOR" not in os.environ:
        label = f"\x1b[{COLOURS.get(name, '37')}m{label}\x1b[0m"
    with _turn:
        try:
            sys.stdout.write(f"{label} {line}\n")
            sys.stdout.flush()
        except (BrokenPipeError, OSError, ValueError):
            # Nobody reads the output any more (a closed terminal, `| head`): the work goes on without it.
            sys.stdout = open(os.devnull, "w")  # noqa: PTH123, SIM115 -- lives until the process ends


@contextmanager
def step(what: str) -> Iterator[None]:
    """Print the step at its start, and its seconds at its end."""
    say("tsunagu", f"{what} …")
    began = time.monotonic()
    yield
    say("tsunagu", f"{what}: {time.monotonic() - began:.1f} s")


def relay_lines(name: str, source: IO[bytes]) -> threading.Thread:
    """Print the lines of ``source`` behind ``name`` until it ends, in a thread of its own."""
    thread = threading.Thread(target=_pump, args=(name, source), name=f"lines of {name}", daemon=True)
    thread.start()
    return thread


def _pump(name: str, source: IO[bytes]) -> None:
    with source:
        for line in source:
            text = line.decode(errors="replace").rstrip()
            if text:
                say(name, text)
