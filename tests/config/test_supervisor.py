"""``make run``: the group keeps its members alive, and nothing outlives it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import nullcontext
from pathlib import Path
from typing import IO, TYPE_CHECKING

import psutil
import pytest

from config.embedded import Servers, Trouble
from config.embedded.postgres import free_port
from config.embedded.servers import PROJECT
from config.run import group as supervising
from config.run import preflight
from config.run.group import Group, Member, fate
from config.run.prepare import fingerprint
from config.run.translations import compile_all

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PATIENCE = 90  # seconds
OURS = ("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "TSUNAGU_PROCESS", "TSUNAGU_HTTPS", "PYTEST_CURRENT_TEST")


def script(name: str, code: str, patience: float = 5) -> Member:
    return Member(name, [sys.executable, "-u", "-c", code], patience=patience)


@pytest.fixture
def group() -> Iterator[Callable[..., Group]]:
    made: list[Group] = []

    def make(*members: Member) -> Group:
        made.append(Group(members))
        return made[-1]

    yield make
    for each in made:
        each.end()


def wait_until(happened: Callable[[], bool], meanwhile: Callable[[], object] = int) -> None:
    """Until it has happened; a busy machine may take its time."""
    deadline = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < deadline, "it did not happen in time"
        meanwhile()
        time.sleep(0.02)


def tend_until(group: Group, happened: Callable[[], bool]) -> None:
    wait_until(happened, group.tend)


def test_member_that_dies_is_started_again(
    group: Callable[..., Group], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(supervising, "FIRST_PAUSE", 0.05)
    member = script("worker", "import time; time.sleep(60)")
    tended = group(member)
    tended.start()
    assert member.child
    first = member.child.pid
    member.child.kill()

    tend_until(tended, lambda: member.child is not None and member.child.pid != first)

    assert "worker ended (killed by SIGKILL); starting it again in 0.1 s" in capsys.readouterr().out


def test_member_that_cannot_live_ends_the_group(
    group: Callable[..., Group], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(supervising, "FIRST_PAUSE", 0.01)
    tended = group(script("web", "import sys; sys.exit('no such module')"))
    tended.start()

    with pytest.raises(Trouble, match=r"web ended 5 times in a row soon after its start \(exit code 1\)"):
        tend_until(tended, lambda: False)

    assert capsys.readouterr().out.count("web     | no such module") == 5


def test_one_who_lived_long_has_no_quick_deaths(group: Callable[..., Group]) -> None:
    member = script("relay", "import time; time.sleep(60)")
    tended = group(member)
    tended.start()
    assert member.child
    member.quick_deaths = 4
    member.started_at -= supervising.QUICK_DEATH + 1
    member.child.kill()
    member.child.wait()

    tended.tend()

    assert member.quick_deaths == 0
    assert member.due_at <= time.monotonic()


def test_members_end_in_their_order_and_leave_nothing(group: Callable[..., Group], tmp_path: Path) -> None:
    diary = tmp_path / "diary"
    code = (
        "import signal, subprocess, sys, time\n"
        "subprocess.Popen(['sleep', '600'])\n"
        "def bye(*_):\n"
        "    open(sys.argv[1], 'a').write(sys.argv[2] + ' ')\n"
        "    sys.exit()\n"
        "signal.signal(signal.SIGTERM, bye)\n"
        "open(sys.argv[1] + sys.argv[2], 'w').close()\n"
        "time.sleep(600)\n"
    )
    names = ["web", "beat", "relay", "worker"]
    members = [Member(name, [sys.executable, "-u", "-c", code, str(diary), name]) for name in names]
    tended = group(*members)
    tended.start()
    wait_until(lambda: all((tmp_path / f"diary{name}").exists() for name in names))
    everyone = psutil.Process().children(recursive=True)
    ours = [each for each in everyone if each.name() == "sleep" or str(diary) in " ".join(each.cmdline())]

    tended.end()

    assert diary.read_text().split() == names
    assert len(ours) == 8
    wait_until(lambda: alive(ours) == [])


@pytest.mark.parametrize(("code", "said"), [(3, "exit code 3"), (-9, "killed by SIGKILL")])
def test_fate_is_said_in_words(code: int, said: str) -> None:
    assert fate(code) == said


def test_taken_port_is_found_before_anything_starts() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(Trouble, match=f"Port {port} is taken by another program"):
            preflight.check_port(port)


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({"PORT": "eighty"}, "PORT"),
        ({"TSUNAGU_HTPS": "off"}, "did you mean TSUNAGU_HTTPS"),
        ({"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/x"}, "DATABASE_URL cannot be reached"),
        ({"REDIS_URL": "redis://127.0.0.1:1/0"}, "REDIS_URL cannot be reached"),
        ({"SECRET_KEY": "x" * 31}, "SECRET_KEY is too short"),
        ({"TSUNAGU_DATA_FOLDER": "/nowhere"}, "TSUNAGU_DATA_FOLDER cannot be watched (No such file or directory)"),
        ({"TSUNAGU_BACKUP_FOLDER": "/proc/nowhere"}, "Backups cannot be kept in /proc/nowhere"),
    ],
)
def test_mistake_in_the_environment_is_one_sentence(environ: dict[str, str], said: str) -> None:
    with pytest.raises(Trouble) as caught:
        preflight.check({"PORT": str(free_port())} | environ)

    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("asked", "checked"), [("auto", False), ("off", False), ("on", True)])
def test_folder_of_backups_is_checked_where_they_are_made(
    *, asked: str, checked: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preflight, "check_database", lambda _url: None)
    (tmp_path / "file").touch()
    environ = {
        "PORT": str(free_port()),
        "DATABASE_URL": "postgresql://h/db",
        "TSUNAGU_BACKUP": asked,
        "TSUNAGU_BACKUP_FOLDER": str(tmp_path / "file" / "backups"),
    }
    with pytest.raises(Trouble, match="Backups cannot be kept") if checked else nullcontext():
        preflight.check(environ)


def test_old_python_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preflight, "OLDEST_PYTHON", (9, 9))

    with pytest.raises(Trouble, match=r"Python 3\.11 or newer is needed"):
        preflight.check({})


def test_fingerprint_follows_the_files(tmp_path: Path) -> None:
    (tmp_path / "a.css").write_text("a")
    before = fingerprint([tmp_path])

    assert fingerprint([tmp_path]) == before
    (tmp_path / "b.css").write_text("b")
    assert fingerprint([tmp_path]) != before


def test_translations_are_compiled_once(tmp_path: Path) -> None:
    folder = tmp_path / "ja" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "django.po").write_text(
        'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\nmsgid "Health"\nmsgstr "健全性"\n'
    )

    assert compile_all(tmp_path) == 1
    assert compile_all(tmp_path) == 0
    assert "健全性".encode() in (folder / "django.mo").read_bytes()


def without_ours() -> dict[str, str]:
    """The environment without what this test run put into it."""
    return {name: value for name, value in os.environ.items() if name not in OURS}


@pytest.fixture
def local(tmp_path: Path) -> Iterator[Path]:
    """A folder whose database is set up already: into an empty one the start would put a whole demo first."""
    folder = tmp_path / "a folder"
    servers = Servers(folder, redis=False)
    env = without_ours() | servers.start() | {"LOCAL_DIR": str(folder), "REDIS_URL": "redis://127.0.0.1:1/0"}
    setup = ("setup", "--name", "Acme", "--time-zone", "UTC", "--currency", "USD")
    for command in (("migrate", "--verbosity", "0"), setup):
        subprocess.run([sys.executable, "manage.py", *command], cwd=PROJECT, env=env, check=True)
    servers.stop()
    yield folder
    Servers(folder).discard()


class Running:
    """A ``python -m config.run`` in a session of its own, its output read line by line."""

    def __init__(self, local: Path) -> None:
        self.port = free_port()
        self.child = subprocess.Popen(
            [sys.executable, "-u", "-m", "config.run"],
            cwd=PROJECT,
            env=without_ours() | {"LOCAL_DIR": str(local), "PORT": str(self.port)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
            # What make hands down when it was put into the background.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN),  # noqa: PLW1509 -- one thread here
        )
        self.seen: list[str] = []

    def wait_for(self, phrase: str) -> None:
        out: IO[str] | None = self.child.stdout
        assert out
        for line in out:
            self.seen.append(line)
            if phrase in line:
                return
        pytest.fail(f"{phrase!r} was not said:\n{''.join(self.seen)}")

    def family(self) -> list[psutil.Process]:
        return psutil.Process(self.child.pid).children(recursive=True)

    def rest(self) -> str:
        """Wait for the end; what was said until then."""
        out, _ = self.child.communicate(timeout=90)
        return out


def alive(processes: list[psutil.Process]) -> list[psutil.Process]:
    return [each for each in processes if each.is_running() and each.status() != psutil.STATUS_ZOMBIE]


@pytest.mark.timeout(900)
@pytest.mark.long
def test_whole_group_comes_up_and_every_way_out_leaves_nothing(local: Path) -> None:
    for way_out in (signal.SIGTERM, signal.SIGINT, signal.SIGKILL):
        run = Running(local)
        run.wait_for("Ready at")
        with urllib.request.urlopen(f"http://127.0.0.1:{run.port}/healthz", timeout=10) as answer:
            assert answer.status == 200
        family = run.family()
        assert {"web", "postgres"} <= {
            "web" if "gunicorn" in " ".join(each.cmdline()) else each.name() for each in family
        }

        os.killpg(run.child.pid, way_out)
        run.rest()

        assert run.child.returncode == (0 if way_out is not signal.SIGKILL else -signal.SIGKILL)
        wait_until(lambda: alive(family) == [])  # noqa: B023 (asked at once)


def test_unreachable_database_stops_the_start_with_one_sentence(tmp_path: Path) -> None:
    environ = os.environ | {"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/x", "LOCAL_DIR": str(tmp_path / "x")}
    environ["PORT"] = str(free_port())

    ended = subprocess.run(
        [sys.executable, "-m", "config.run"], cwd=PROJECT, env=environ, capture_output=True, text=True, check=False
    )

    assert ended.returncode == 1
    assert ended.stdout == ""
    assert ended.stderr.count("\n") == 1
    assert "DATABASE_URL cannot be reached" in ended.stderr
    assert not (tmp_path / "x").exists()
