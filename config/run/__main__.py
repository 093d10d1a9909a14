"""``python -m config.run``: everything up in one terminal, everything down with it."""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any

from config import own, versions
from config.embedded import Servers, Trouble, children
from config.run import preflight
from config.run.group import QUICK_DEATH, Group
from config.run.members import NAMES, Place, cores, members, sizes
from config.run.terminal import relay_lines, say, step
from config.run.watch import Reader, Watch

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path
    from types import FrameType

ANSWER_PATIENCE = 120  # seconds until the web server must have answered once
GLANCE = 0.2  # seconds between two looks at the group


class Stopped(BaseException):
    """Raised by Ctrl-C, SIGTERM or a closed terminal."""


class Run:
    """One ``make run``: servers, preparation, group."""

    def __init__(self, settings: dict[str, Any], only: Collection[str] | None = None, *, is_own: bool = False) -> None:
        self.local: Path = settings["LOCAL_DIR"]
        self.place = Place(settings["PORT"], settings["BIND"])
        environ = os.environ
        wanted = {"postgres": not environ.get("DATABASE_URL"), "redis": not environ.get("REDIS_URL")}
        # Only this machine reaches it: then the demo's published password is safe, and HTTPS is not needed.
        self.alone = self.place.is_private and not settings["TSUNAGU_PROXIES"]
        self.is_own = is_own or own.is_own(self.local)
        self.demo = preflight.is_wanted(settings["TSUNAGU_DEMO"], by_itself=wanted["postgres"] and self.alone)
        if self.is_own:
            preflight.check_no_demo(settings["TSUNAGU_DEMO"])
            self.demo = False
        self.backup = preflight.makes_backups(settings, environ)
        member_names = [name for name in NAMES if name != "backup" or self.backup]
        self.only = member_names if only is None else only
        self.servers = Servers(self.local, **wanted)
        self.group = Group([])
        self.reader = Reader("", Watch())
        self.stopping = False

    def up(self) -> None:
        """Start everything and tend it until told to stop (Stopped) or until it cannot go on (Trouble)."""
        with step("Starting PostgreSQL and Redis"):
            os.environ.update(self.servers.start())
            if self.servers.postgres:
                os.environ["TSUNAGU_DATA_FOLDER"] = str(self.servers.postgres.data)
        running = preflight.servers(os.environ["DATABASE_URL"], os.environ["REDIS_URL"])
        say("tsunagu", f"PostgreSQL {running['postgres']}, {running['redis'].capitalize()}")
        worries = self.servers.postgres.worries if self.servers.postgres else []
        for worry in (*worries, *versions.behind(running)):
            say("tsunagu", f"Mind: {worry}")
        with step("Preparing database and files"):
            shown = prepare(demo=self.demo, is_own=self.is_own)
        os.environ["TSUNAGU_BACKUP"] = "on" if self.backup else "off"
        address = os.environ["DATABASE_URL"]
        self.reader = Reader(address, Watch())
        size = sizes(cores(), preflight.connections_allowed(address), self.only)
        self.group = Group(members(self.local, self.place, size, only=self.only))
        self.group.start()
        self._wait_until_proven()
        self.group.proven = True
        self.reader.start()
        where = f"at http://{self.place.near}/" if "web" in self.only else f"with {', '.join(self.only)}"
        say("tsunagu", f"Ready {where} (Ctrl-C ends everything)")
        for line in shown.splitlines():
            say("tsunagu", line)
        while True:
            self._tend()

    def down(self) -> None:
        """End web, beat, relay and worker, then Redis, then PostgreSQL."""
        self.stopping = True
        self.group.end()
        self.servers.stop()

    def on_signal(self, _number: int, _frame: FrameType | None) -> None:
        """The first signal ends everything in order, a later one kills the members."""
        if self.stopping:
            self.group.kill()
            return
        self.stopping = True
        raise Stopped

    def _tend(self) -> None:
        self.group.tend()
        if self.group.proven:
            self.group.end_hung(self.reader)
        for name in self.servers.revive():
            say("tsunagu", f"{name} ended; it is started again")
        time.sleep(GLANCE)

    def _wait_until_proven(self) -> None:
        """Wait until the site answers; without a web server, until no member has died for a while."""
        deadline = time.monotonic() + ANSWER_PATIENCE
        if "web" not in self.only:
            while not self.group.all_lived(QUICK_DEATH):
                self._tend()
            return
        while not answers(self.place):
            if time.monotonic() > deadline:
                message = f"The web server has not answered within {ANSWER_PATIENCE} s: its lines above say why."
                raise Trouble(message)
            self._tend()


def prepare(*, demo: bool, is_own: bool = False) -> str:
    """Run the preparation in a process of its own; returns its output, the demo's sign-ins or the first steps."""
    command = [sys.executable, "-u", "-m", "config.run.prepare", *(["--own"] if is_own else [])]
    environment = {**os.environ, "TSUNAGU_DEMO": "on" if demo else "off"}
    child = children.spawn(command, output=subprocess.PIPE, errors=subprocess.PIPE, env=environment)
    try:
        progress = relay_lines("setup", child.stderr) if child.stderr else None
        shown = child.stdout.read().decode() if child.stdout else ""
        child.wait()
    finally:
        children.end(child, signal.SIGTERM, patience=5)
    if progress:
        progress.join()
    if child.returncode:
        message = "The database could not be prepared: the lines above say why."
        raise Trouble(message)
    return shown


def answers(place: Place) -> bool:
    """Whether the web server answers its health check."""
    try:
        with urllib.request.urlopen(f"http://{place.near}/healthz", timeout=2) as answer:
            return bool(answer.status == 200)  # noqa: PLR2004 -- the one status that means well
    except (urllib.error.URLError, OSError):
        return False


def end_with_parent() -> None:
    """Ask Linux for SIGTERM when make is killed outright."""
    if children.LIBC is not None:
        children.LIBC.prctl(children.PR_SET_PDEATHSIG, int(signal.SIGTERM), 0, 0, 0)


def arguments(words: list[str]) -> argparse.Namespace:
    """The arguments of ``python -m config.run``; exits with a message where they are invalid."""
    parser = argparse.ArgumentParser("python -m config.run", description="Start the product in one terminal.")
    parser.add_argument("--with-parent", action="store_true", help="end when the caller is killed")
    parser.add_argument("--own", action="store_true", help="an installation of one's own: no demo ever goes into it")
    parser.add_argument("--only", type=named, metavar="NAMES", help=f"some of {','.join(NAMES)}: others run elsewhere")
    return parser.parse_args(words)


def named(raw: str) -> list[str]:
    """Members by name, comma-separated."""
    names = [name.strip() for name in raw.split(",") if name.strip()]
    unknown = sorted(set(names) - set(NAMES))
    if unknown or not names:
        raise argparse.ArgumentTypeError(f"{', '.join(unknown) or 'nothing'}: choose among {', '.join(NAMES)}")
    return names


def main() -> int:
    """Exit code 0 after Ctrl-C or SIGTERM, 1 with one sentence on standard error otherwise."""
    options = arguments(sys.argv[1:])
    if options.with_parent:
        end_with_parent()
    try:
        settings = preflight.check(os.environ, options.only)
        run = Run(settings, options.only, is_own=options.own)
    except Trouble as trouble:
        sys.stderr.write(f"{trouble}\n")
        return 1
    if run.alone:
        os.environ.setdefault("TSUNAGU_HTTPS", "off")
    # SIGINT also where a backgrounded make has handed it down ignored; SIGHUP not under nohup, which ignores it.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if number != signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, run.on_signal)
    code = 0
    try:
        run.up()
    except Stopped:
        say("tsunagu", "Ending")
    except Trouble as trouble:
        sys.stderr.write(f"{trouble}\n")
        code = 1
    finally:
        run.down()
    return code


if __name__ == "__main__":
    sys.exit(main())
