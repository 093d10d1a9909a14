"""The supervised group: every member is kept alive, and all end together."""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import subprocess
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import psutil

from config.embedded import Trouble, children
from config.outbox.heartbeats import START
from config.run.terminal import relay_lines, say

if TYPE_CHECKING:
    import threading
    from collections.abc import Mapping, Sequence

    from config.run.watch import Reader

QUICK_DEATH = 10.0  # seconds: one who lived longer has been well, and is restarted at once
QUICK_DEATHS_ALLOWED = 5
FIRST_PAUSE = 0.5  # seconds before a restart, doubled with each quick death
LONGEST_PAUSE = 30.0
LOOKED_AT_EVERY = 5.0  # seconds between two looks for members that hang


@dataclass
class Member:
    """One process of the group: its name, command and environment, the seconds it may take to end, whether it writes
    heartbeats, and the most database connections of it and its children.
    """

    name: str
    command: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict)
    patience: float = 15.0
    beats: bool = True
    connections: int = 0
    child: subprocess.Popen[bytes] | None = None
    lines: threading.Thread | None = None
    started_at: float = 0.0
    start_name: str = ""
    quick_deaths: int = 0
    due_at: float = 0.0

    def start(self) -> None:
        """Start the process; its output is printed line by line behind its name."""
        self.start_name = secrets.token_hex(8)
        env = {**os.environ, **self.env, START: self.start_name}
        self.child = children.spawn(self.command, output=subprocess.PIPE, env=env)
        self.started_at = time.monotonic()
        if self.child.stdout:
            self.lines = relay_lines(self.name, self.child.stdout)

    def end(self) -> None:
        """End it by SIGTERM, after its patience by SIGKILL, with all processes of its session. Safe to call twice."""
        if self.child is None:
            return
        children.end(self.child, signal.SIGTERM, patience=self.patience)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.child.pid, signal.SIGKILL)
        if self.lines:
            self.lines.join(1)
        self.child = None


class Group:
    """Members in the order in which they end; they start in the opposite order."""

    def __init__(self, members: Sequence[Member]) -> None:
        self.members = members
        self.proven = False
        self.looked_at = 0.0

    def start(self) -> None:
        """Start all members, the worker before those that give it work."""
        for member in reversed(self.members):
            member.start()

    def tend(self) -> None:
        """Check every member once: restart those due, record those that died.

        Raises Trouble when one dies repeatedly before the group is ``proven``: it cannot work here. Later the cause is
        temporary (no database, no room on the disk).
        """
        for member in self.members:
            if member.child is None:
                if time.monotonic() >= member.due_at:
                    member.start()
            elif (code := member.child.poll()) is not None:
                self._note_death(member, code)

    def all_lived(self, seconds: float) -> bool:
        """Whether every member has run for so many ``seconds`` since its latest start."""
        now = time.monotonic()
        return all(member.child and now - member.started_at > seconds for member in self.members)

    def end_hung(self, reader: Reader) -> None:
        """Kill processes whose heartbeat has stopped; ``tend`` restarts members, gunicorn its own workers."""
        now = time.monotonic()
        if now - self.looked_at < LOOKED_AT_EVERY:
            return
        self.looked_at = now
        for member in (member for member in self.members if member.beats):
            for pid in reader.hung(member.start_name, family(member), member.started_at):
                say("tsunagu", f"{member.name} hangs (process {pid} has stopped writing its heartbeat); ending it")
                children.kill_tree(pid)

    def end(self) -> None:
        """End all members in order."""
        for member in self.members:
            member.end()

    def kill(self) -> None:
        """Kill all members at once, after a second Ctrl-C."""
        for member in self.members:
            if member.child:
                children.kill_tree(member.child.pid)

    def _note_death(self, member: Member, code: int) -> None:
        quick = time.monotonic() - member.started_at < QUICK_DEATH
        member.quick_deaths = member.quick_deaths + 1 if quick else 0
        member.end()
        if member.quick_deaths >= QUICK_DEATHS_ALLOWED and not self.proven:
            message = f"{member.name} ended {QUICK_DEATHS_ALLOWED} times in a row soon after its start ({fate(code)}): its lines above say why."
            raise Trouble(message)
        pause = min(FIRST_PAUSE * 2**member.quick_deaths, LONGEST_PAUSE) if quick else 0.0
        member.due_at = time.monotonic() + pause
        say("tsunagu", f"{member.name} ended ({fate(code)}); starting it again in {pause:.1f} s")


def family(member: Member) -> list[int]:
    """The ids of the member's process and its living descendants, itself first; none while it does not run."""
    if member.child is None or member.child.poll() is not None:
        return []
    try:
        own = psutil.Process(member.child.pid)
        others = [child for child in own.children(recursive=True) if child.status() != psutil.STATUS_ZOMBIE]
        return [own.pid, *(child.pid for child in others)]
    except psutil.NoSuchProcess:
        return []


def fate(code: int) -> str:
    """The end of a process as text: its exit code or the signal that killed it."""
    if code < 0:
        return f"killed by {signal.Signals(-code).name}"
    return f"exit code {code}"
