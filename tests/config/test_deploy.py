"""What stands in ``deploy/`` fits the product: members, settings, limits; each file read by its own program where that is here."""

from __future__ import annotations

import re
import shutil
import subprocess
from fnmatch import fnmatch
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import yaml
from django.core.exceptions import ImproperlyConfigured

from accounts.models.uploads import LARGEST_PIECE
from config.checks import DISCREET
from config.embedded import Trouble
from config.environment import BASE_DIR, VARIABLES, read_environment
from config.run import preflight, sockets
from config.run.__main__ import Run, arguments
from config.run.members import NAMES, Place, Sizes, members

DEPLOY = BASE_DIR / "deploy"
KNOWN = {variable.name for variable in VARIABLES}
SHARED = {"DATABASE_URL": "postgresql://h/db", "REDIS_URL": "redis://h/0", "SECRET_KEY": "x"}


def test_compose_runs_every_member_once_on_known_settings():
    services = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]
    parts = {name: part for name, part in services.items() if "build" in part}
    run = [member for part in parts.values() for member in arguments(part["command"]).only]
    # Nightly backups are on only beside an embedded server: who wants them names a folder that is kept.
    assert sorted(run) == sorted(set(NAMES) - {"backup"})
    for part in parts.values():
        given = {name: re.sub(r"\$\{\w+(?::[-?]([^}]*))?\}", "x", value) for name, value in part["environment"].items()}
        assert given.keys() <= KNOWN | {"PGPASSWORD"}
        assert given.keys() >= {"TSUNAGU_METRICS_TOKEN", "TSUNAGU_EMAIL_FROM"}
        # Mails carry links that set a password: no default writes them into the log.
        assert part["environment"]["EMAIL_URL"].endswith(":?set it}")
        assert "$" not in part["environment"]["DATABASE_URL"]
        read_environment(given | {"EMAIL_URL": "console:", "TSUNAGU_EMAIL_FROM": "tsunagu@company.example"})
        preflight.check_shared(given)


def test_the_database_beside_the_containers_logs_no_values_and_the_product_is_no_superuser_there():
    services = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]
    told = dict(re.findall(r"-c (\w+)=(\S+)", services["postgres"]["command"]))
    assert all(told[name] in values for name, values in DISCREET.items())
    role = urlsplit(services["web"]["environment"]["DATABASE_URL"]).username
    assert services["postgres"]["environment"].get("POSTGRES_USER", "postgres") != role
    (folder,) = [one.split(":")[0] for one in services["postgres"]["volumes"] if "initdb.d" in one]
    (script,) = (DEPLOY / folder).iterdir()
    subprocess.run(["sh", "-n", script], check=True)
    assert f"CREATE ROLE {role} LOGIN CREATEDB NOSUPERUSER" in script.read_text()


@pytest.mark.parametrize("name", ["tsunagu.service", "tsunagu@.service"])
def test_units_are_valid(name: str, tmp_path: Path):
    text = (DEPLOY / "systemd" / name).read_text()
    (command,) = re.findall(r"^ExecStart=\S+ -u -m config\.run ?(.*)$", text, re.MULTILINE)
    assert arguments(command.replace("%I", "web,worker").split()).only in (None, ["web", "worker"])
    assert "%i" not in text  # a comma stays escaped in it
    for member in re.findall(r"tsunagu@(\S+)\.service", text + (BASE_DIR / "docs" / "operations.md").read_text()):
        assert re.fullmatch(r"[A-Za-z0-9:_.\\-]+", member), "no name of a unit"
        members = re.sub(r"\\x([0-9a-f]{2})", lambda code: chr(int(code[1], 16)), member)
        assert arguments(["--only", members]).only
    if not shutil.which("systemd-analyze"):
        pytest.skip("no systemd here")
    # What only the target host has is taken from this one.
    here = text.replace("/opt/tsunagu/.venv/bin/python", "/bin/true").replace("User=tsunagu\nGroup=tsunagu\n", "")
    (tmp_path / name).write_text(here)
    for made in [name, name.replace("@", r"@worker\x2crelay")]:
        unit = tmp_path / made
        if not unit.exists():
            unit.symlink_to(name)
        done = subprocess.run(["systemd-analyze", "verify", unit], capture_output=True, text=True, check=False)
        assert (done.returncode, [line for line in done.stderr.splitlines() if name in line]) == (0, []), done.stderr


def test_sample_settings_can_be_read_and_make_no_demo(monkeypatch: pytest.MonkeyPatch):
    lines = re.findall(r"^#?([A-Z_]+)=(.*)$", (DEPLOY / "tsunagu.env").read_text(), re.MULTILINE)
    given = dict(lines)
    assert given.keys() <= KNOWN
    assert given["SECRET_KEY"] == ""
    preflight.check_shared(given | {"SECRET_KEY": "x"})
    monkeypatch.delenv("DATABASE_URL", raising=False)
    run = Run(read_environment({name: value for name, value in given.items() if name not in {"DATABASE_URL", "BIND"}}))
    assert (run.demo, run.alone) == (False, False)
    assert not Run(read_environment(given)).demo


def test_a_key_that_everybody_knows_is_refused():
    with pytest.raises(ImproperlyConfigured, match="SECRET_KEY cannot be read: its value is the sample's"):
        read_environment({"SECRET_KEY": "replace-me-by-50-random-characters"})


PRIVATE = [
    ".env",
    "deploy/.env",
    "deploy/.env.local",
    "kept/tsunagu-2026.dump",
    "tsunagu-2026.dump.json",
    ".local/secret_key",
]


def test_secrets_and_backups_go_neither_into_an_image_nor_into_the_history():
    shapes = (DEPLOY / "Dockerfile.dockerignore").read_text().split()
    for name in PRIVATE:
        places = [*map(str, Path(name).parents), name]
        assert any(
            fnmatch(f"/{place}", shape.replace("**/", "*/")) or place == shape for place in places for shape in shapes
        ), name
    if not (BASE_DIR / ".git").exists():
        pytest.skip("no repository here")
    told = subprocess.run(["git", "check-ignore", *PRIVATE], cwd=BASE_DIR, capture_output=True, text=True, check=False)
    assert told.stdout.split() == PRIVATE


def test_proxy_takes_and_keeps_no_more_than_the_web_server(tmp_path: Path, settings):
    (web,) = [member.command for member in members(tmp_path, Place(8000), Sizes(1, 1, 1), only=["web"])]
    text = (DEPLOY / "nginx" / "tsunagu.conf").read_text()
    (most,) = re.findall(r"client_max_body_size (\d+)m;", text)
    assert LARGEST_PIECE < int(most) * 2**20 <= sockets.MOST_BODY
    assert "proxy_set_header X-Forwarded-For $remote_addr;" in text
    # A connection that the web server is about to close is not used any more.
    (idle,) = re.findall(r"keepalive_timeout (\d+)s;", text)
    assert int(idle) < int(web[web.index("--keep-alive") + 1])
    rooms = dict(re.findall(r"location ([^{]+) \{([^}]*)\}", text))
    assert [name for name, told in rooms.items() if "limit_req" in told] == ["/"]
    # The web server knows who is shown the gauges; and one header in a location would undo all of those above it.
    assert rooms.keys() == {"/", settings.STATIC_URL}
    assert not any("proxy_set_header" in told for told in rooms.values())
    if not (nginx := shutil.which("nginx")):
        pytest.skip("no nginx here")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=x", "-keyout", tmp_path / "key.pem",
         "-out", tmp_path / "fullchain.pem"], check=True, capture_output=True,
    )  # fmt: skip
    (tmp_path / "site.conf").write_text(text.replace("/etc/ssl/tsunagu/", f"{tmp_path}/"))
    kept = " ".join(
        f"{kind}_temp_path {tmp_path}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    whole = f"pid {tmp_path}/pid; error_log {tmp_path}/log; events {{}} http {{ access_log off; {kept} include {tmp_path}/site.conf; }}"
    (tmp_path / "nginx.conf").write_text(whole)
    subprocess.run([nginx, "-t", "-p", tmp_path, "-c", tmp_path / "nginx.conf"], check=True, capture_output=True)


def test_only_takes_members_by_name_and_needs_what_hosts_share(capsys: pytest.CaptureFixture[str], tmp_path: Path):
    found = members(tmp_path, Place(8000), Sizes(1, 1, 1), only=arguments(["--only", "worker, web"]).only)
    assert [member.name for member in found] == ["web", "worker"]
    for wrong in ("web,wroker", ","):
        with pytest.raises(SystemExit):
            arguments(["--only", wrong])
    assert "wroker: choose among web, beat, backup, relay, worker" in capsys.readouterr().err
    for missing in SHARED:
        with pytest.raises(Trouble, match=f"set {missing}, the same on all of them"):
            preflight.check(SHARED | {missing: ""}, ["web"])
    for asked in ("auto", "off"):
        with pytest.raises(Trouble, match="set TSUNAGU_BACKUP=on, on all hosts"):
            preflight.check(SHARED | {"TSUNAGU_BACKUP": asked}, ["worker", "backup"])


@pytest.mark.parametrize(
    ("bind", "listens", "near", "private"),
    [
        ("127.0.0.1", "127.0.0.1:8000", "127.0.0.1:8000", True),
        ("0.0.0.0", "0.0.0.0:8000", "127.0.0.1:8000", False),
        ("::", "[::]:8000", "[::1]:8000", False),
        ("::1", "[::1]:8000", "[::1]:8000", True),
        ("10.0.0.5", "10.0.0.5:8000", "10.0.0.5:8000", False),
    ],
)
def test_place_of_the_web_server(bind: str, listens: str, near: str, *, private: bool):
    place = Place(8000, read_environment({"BIND": bind})["BIND"])
    assert (str(place), place.near, place.is_private) == (listens, near, private)


def test_address_that_is_not_here_is_said_in_a_sentence():
    with pytest.raises(Trouble, match=r"This machine has no address 203\.0\.113\.7: correct BIND"):
        preflight.check_port(8000, "203.0.113.7")
