"""The environment: every value read, every slip refused in one sentence."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from config.environment import BASE_DIR, MAIL, VARIABLES, markdown_rows, read_environment
from config.secret import kept_key
from tests.faults.conftest import test_database


def test_defaults_are_those_of_production():
    values = read_environment({})
    assert values["TSUNAGU_HTTPS"] is True
    assert values["DEBUG"] is False
    assert values["TSUNAGU_ADMIN"] is False
    assert values["ALLOWED_HOSTS"] == ["localhost", "127.0.0.1", "[::1]"]
    assert values["LOCAL_DIR"] == BASE_DIR / ".local"


@pytest.mark.parametrize(
    ("environ", "sentence"),
    [
        ({"TSUNAGU_HTPS": "on"}, "Unknown setting TSUNAGU_HTPS; did you mean TSUNAGU_HTTPS?"),
        ({"TSUNAGU_QQQ": ""}, "Unknown setting TSUNAGU_QQQ; docs/operations.md lists all."),
        ({"TSUNAGU_PORT": "1"}, "Unknown setting TSUNAGU_PORT; did you mean PORT?"),
        ({"DEBUG": "maybe"}, "Setting DEBUG cannot be read: 'maybe' must be on or off."),
        (
            {"PORT": "99999"},
            "Setting PORT cannot be read: '99999' must be a whole number from 1 to 65535.",
        ),
        (
            {"DATABASE_URL": "mysql://u:secret@h/d"},
            "Setting DATABASE_URL cannot be read: its value must look like postgresql://user:password@host:5432/name.",
        ),
        (
            {"TSUNAGU_LOG_LEVEL": "LOUD"},
            "Setting TSUNAGU_LOG_LEVEL cannot be read: 'LOUD' must be one of DEBUG, INFO, WARNING, ERROR.",
        ),
        (
            {"REDIS_URL": "http://localhost"},
            (
                "Setting REDIS_URL cannot be read: its value must look like redis://host:6379/0 or "
                "unix:///path/redis.sock."
            ),
        ),
        (
            {"EMAIL_URL": "post@example.com"},
            (
                "Setting EMAIL_URL cannot be read: its value must look like "
                "smtp+tls://user:password@host:587, or be files: or console:."
            ),
        ),
    ],
)
def test_slip_is_named_in_one_sentence(environ: dict[str, str], sentence: str):
    with pytest.raises(ImproperlyConfigured) as raised:
        read_environment(environ)
    assert str(raised.value) == sentence


ADDRESSES = [
    *({"DATABASE_URL": f"postgresql://{host}/d"} for host in ("h:abc", "h:99999", "h:0", "[::1")),
    *({"REDIS_URL": f"redis://{host}/0"} for host in ("h:abc", "h:99999", "[::1")),
    *({"EMAIL_URL": f"smtp://{host}"} for host in ("h:abc", "h:99999", "[::1", ":25")),
]
WRONG = [
    *(
        {"ALLOWED_HOSTS": hosts}
        for hosts in ("", ",", "http://a", "a b", "a:8000", "a/b", "a..b", "a.example,*.b", "例え.jp")
    ),
    *({"TSUNAGU_EMAIL_FROM": sender} for sender in ("", "nobody", "A <b>", "a@b <c@d", "a b@c", "a@b\nBcc: c@d")),
    *({"TSUNAGU_METRICS_TOKEN": token} for token in (" ", "a b", "é", "a\n")),
]


@pytest.mark.parametrize("environ", [*ADDRESSES, *WRONG])
def test_what_cannot_work_is_refused_in_words_of_ours(environ: dict[str, str]):
    with pytest.raises(ImproperlyConfigured) as raised:
        read_environment(environ)
    (name,) = environ
    assert re.fullmatch(rf"Setting {name} cannot be read: ('.*'|its value) must .*\.", str(raised.value))
    assert "\n" not in str(raised.value)


def test_hosts_and_senders_of_every_kind_are_taken():
    given = {
        "ALLOWED_HOSTS": "localhost, .company.example,[2001:db8::1],10.0.0.5,*",
        "TSUNAGU_EMAIL_FROM": " Tsunagu 繋ぐ <tsunagu@company.example>",
        "TSUNAGU_METRICS_TOKEN": "k+/=~",
    }
    found = read_environment(given)
    assert found["ALLOWED_HOSTS"] == ["localhost", ".company.example", "[2001:db8::1]", "10.0.0.5", "*"]
    assert found["TSUNAGU_EMAIL_FROM"] == "Tsunagu 繋ぐ <tsunagu@company.example>"
    assert read_environment({"TSUNAGU_EMAIL_FROM": "t@localhost"})["TSUNAGU_EMAIL_FROM"] == "t@localhost"
    assert found["TSUNAGU_METRICS_TOKEN"] == "k+/=~"


def test_database_address_is_taken_apart():
    url = "postgresql://me:p%40ss@db.example:6432/cs%20live?sslmode=require"
    assert read_environment({"DATABASE_URL": url})["DATABASE_URL"] == {
        "NAME": "cs live",
        "USER": "me",
        "PASSWORD": "p@ss",
        "HOST": "db.example",
        "PORT": "6432",
        "OPTIONS": {"sslmode": "require"},
    }


def test_database_on_a_socket():
    found = read_environment({"DATABASE_URL": "postgresql:///cs?host=/run/postgresql&port=5433"})
    assert found["DATABASE_URL"] == {
        "NAME": "cs",
        "USER": "",
        "PASSWORD": "",
        "HOST": "/run/postgresql",
        "PORT": "5433",
        "OPTIONS": {},
    }


@pytest.mark.parametrize("url", ["postgresql://h:notaport/d", "postgresql://h:99999/d", "postgresql://"])
def test_database_address_that_is_none(url: str):
    with pytest.raises(ImproperlyConfigured, match=r"^Setting DATABASE_URL cannot be read"):
        read_environment({"DATABASE_URL": url})


def test_redis_socket_is_spelt_as_celery_wants_it():
    found = read_environment({"REDIS_URL": "unix:///run/redis.sock"})
    assert found["REDIS_URL"] == "redis+socket:///run/redis.sock"


def test_mail_address():
    assert read_environment({"EMAIL_URL": "smtp+tls://u:p@mail.example"})["EMAIL_URL"] == {
        "BACKEND": MAIL["smtp"],
        "HOST": "mail.example",
        "PORT": 587,
        "HOST_USER": "u",
        "HOST_PASSWORD": "p",
        "USE_TLS": True,
        "USE_SSL": False,
    }


def test_operations_guide_lists_every_setting():
    guide = (BASE_DIR / "docs" / "operations.md").read_text()
    assert "\n".join(markdown_rows()) in guide


def test_names_are_declared_once():
    names = [variable.name for variable in VARIABLES]
    assert len(names) == len(set(names))


def test_kept_key_stays_and_is_private(tmp_path: Path):
    first = kept_key(tmp_path / "new")
    assert len(first) > 60
    assert kept_key(tmp_path / "new") == first
    assert (tmp_path / "new" / "secret_key").stat().st_mode & 0o777 == 0o600


def manage(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    inherited = {name: value for name, value in os.environ.items() if "TSUNAGU" not in name}
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=BASE_DIR,
        env=inherited | environ,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_slip_stops_the_start_with_one_line():
    done = manage("check", TSUNAGU_ADMN="on")
    assert done.returncode == 1
    assert done.stderr == "Unknown setting TSUNAGU_ADMN; did you mean TSUNAGU_ADMIN?\n"


def test_a_command_without_its_database_is_one_sentence():
    done = manage("figures", DATABASE_URL="postgresql://ada:secret@127.0.0.1:1/nowhere")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("The database in DATABASE_URL cannot be reached (connection")
    assert len(done.stderr.splitlines()) == 1
    assert "secret" not in done.stderr


def test_production_defaults_pass_the_deploy_check():
    # The other checks are those of ``make check``.
    deploy = ("check", "--deploy", "--tag", "security", "--fail-level", "WARNING")
    done = manage(*deploy, SECRET_KEY="k7" * 40 + "qwertz", EMAIL_URL="smtp://relay.example")
    assert (done.returncode, done.stdout) == (0, done.stdout), done.stderr
    assert "no issues" in done.stdout


def test_web_server_without_a_database_says_so(tmp_path: Path):
    done = subprocess.run(
        [sys.executable, "-c", "import config.wsgi"],
        cwd=BASE_DIR,
        env={"PATH": os.environ["PATH"], "LOCAL_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "DATABASE_URL is not set: name a database, or use `make run`." in done.stderr


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("process", "limits"),
    [
        ("web", ["15s", "2s", "30s"]),
        ("worker", ["5min", "30s", "30s"]),
        ("migrate", ["0", "2s", "30s"]),
        ("command", ["0", "1min", "30s"]),
    ],
)
def test_time_limits_of_a_process(process: str, limits: list[str]):
    ask = (  # without the apps, which take longer to load than all the rest
        "from django.db import connection; c = connection.cursor();"
        "[print(c.execute(f'SHOW {name}').fetchone()[0]) for name in"
        " ('statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout')]"
    )
    own = {"DATABASE_URL": test_database(), "TSUNAGU_PROCESS": process, "DJANGO_SETTINGS_MODULE": "config.settings"}
    done = subprocess.run(
        [sys.executable, "-c", ask],
        cwd=BASE_DIR,
        env=os.environ | own,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.split() == limits, done.stderr
