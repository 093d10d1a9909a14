"""An installation of one's own stands beside the demo: its folder is marked, and the two never meet."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from accounts.models import Customer, User
from config import own
from config.demo import replacing
from config.demo.models import Portfolio
from config.embedded import Trouble
from config.environment import BASE_DIR, read_environment
from config.run import prepare
from config.run.__main__ import Run


@pytest.fixture
def local(tmp_path: Path, settings: Settings) -> Path:
    settings.LOCAL_DIR = tmp_path
    settings.ALLOWED_HOSTS = ["localhost"]
    return tmp_path


@pytest.mark.django_db
def test_it_starts_with_what_ships_and_a_link_and_starts_again_unharmed(
    local: Path, capsys: pytest.CaptureFixture[str]
):
    prepare.keep_demo_out()
    prepare.fill()
    assert own.is_own(local)
    assert replacing.is_empty()
    told = capsys.readouterr().out
    assert "http://127.0.0.1:8000/set-up/" in told
    assert f"make own LOCAL_DIR={local} CMD='setup --name" in told
    User.objects.create_user("ada@hashi.example", name="Ada")
    Customer.objects.create(name="Granite Bank")
    prepare.keep_demo_out()
    prepare.fill()
    assert capsys.readouterr().out == ""
    assert (User.objects.count(), Customer.objects.get().name) == (1, "Granite Bank")


@pytest.mark.django_db
@pytest.mark.parametrize("options", [{}, {"replace": True}, {"if_empty": True}])
def test_no_demo_goes_into_it(options: dict[str, bool], local: Path):
    own.mark(local)
    with pytest.raises(CommandError, match="an installation of your own, and no demo goes into it"):
        call_command("demo", customers=1, yes=True, **options)
    assert replacing.present() is None


@pytest.mark.django_db
def test_it_is_not_made_of_the_demo(local: Path):
    Portfolio.objects.create(pk=1, customers=1, began_on="2026-01-01", until="2026-02-01")
    with pytest.raises(SystemExit, match="no data of your own go into it"):
        prepare.keep_demo_out()
    assert not own.is_own(local)


@pytest.mark.parametrize("marked", [True, False])
def test_a_start_on_its_folder_is_a_start_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, marked: bool):
    monkeypatch.delenv("DATABASE_URL", raising=False)
    if marked:
        own.mark(tmp_path)
    run = Run(read_environment({"LOCAL_DIR": str(tmp_path)}))
    assert (run.is_own, run.demo) == (marked, not marked)
    asked = read_environment({"LOCAL_DIR": str(tmp_path), "TSUNAGU_DEMO": "on"})
    if marked:
        with pytest.raises(Trouble, match="unset TSUNAGU_DEMO"):
            Run(asked)
    else:
        assert Run(asked).demo


def test_make_gives_it_a_folder_and_a_port_of_its_own():
    plan = ["make", "--dry-run", "own", "CMD=figures --json"]
    env = {name: value for name, value in os.environ.items() if name not in {"LOCAL_DIR", "PORT", "MAKEFLAGS"}}
    told = subprocess.run(plan, cwd=BASE_DIR, env=env, capture_output=True, text=True, check=True).stdout
    line = next(line for line in told.splitlines() if "manage.py" in line).partition("exec")[0]
    shown = subprocess.run(["sh", "-c", f"{line} env"], env=env, capture_output=True, text=True, check=True).stdout
    assert {"LOCAL_DIR=.own", "PORT=8001"} <= set(shown.splitlines())
    line = own.command("figures --json", own.FOLDER)
    assert line == "make manage LOCAL_DIR=" + str(own.FOLDER) + " CMD='figures --json'" or own.is_own(own.FOLDER)


@pytest.mark.parametrize(("given", "name"), [({}, "session"), ({"PORT": "8001"}, "8001-session")])
def test_browsers_keep_both_signed_in(given: dict[str, str], name: str, tmp_path: Path):
    env = {**os.environ, "LOCAL_DIR": str(tmp_path), "TSUNAGU_HTTPS": "off", "PYTHONPATH": str(BASE_DIR), **given}
    words = "from config import settings; print(settings.SESSION_COOKIE_NAME)"
    told = subprocess.run(
        [sys.executable, "-c", words], cwd=BASE_DIR, env=env, capture_output=True, text=True, check=True
    )
    assert told.stdout.split() == [name]
