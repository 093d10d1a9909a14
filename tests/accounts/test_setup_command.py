"""``manage.py setup``: one's own installation, with a way in and without the demo."""

from __future__ import annotations

import datetime as dt
from io import StringIO
from typing import Any

import pytest
from django.core import management
from django.core.management import CommandError, call_command
from django.db import ProgrammingError
from django.test import Client
from pytest_django import Settings

import manage
from accounts.models import Organisation, Role, Segment, User
from config import probes
from config.demo import replacing
from config.run import prepare
from health.models import CaseRule, Scorecard
from playbooks.models import Playbook
from tests.factories import customer, user

pytestmark = pytest.mark.django_db
ASKED = {"name": "Hashi KK", "time_zone": "Asia/Tokyo", "currency": "jpy"}


def setup(**options: Any) -> list[str]:
    out = StringIO()
    call_command("setup", stdout=out, **ASKED | options)
    return out.getvalue().splitlines()


def test_an_installation_of_ones_own_has_all_that_ships_and_no_demo() -> None:
    setup(frozen_day="2026-06-30")
    row = Organisation.objects.get()
    assert (row.name, row.time_zone, row.currency, row.frozen_today) == (
        "Hashi KK", "Asia/Tokyo", "JPY", dt.date(2026, 6, 30),
    )  # fmt: skip
    assert all(model.objects.exists() for model in (Segment, Scorecard, CaseRule, Playbook))
    assert not User.objects.exists()
    assert not replacing.is_empty()  # Nothing makes a demo of it.


def test_a_database_without_tables_is_migrated_first(monkeypatch: pytest.MonkeyPatch) -> None:
    done = []
    monkeypatch.setattr(probes, "migrated", lambda: False)
    monkeypatch.setattr(prepare, "migrate", lambda: done.append(Organisation.objects.exists()))
    setup()
    assert done == [False]


def test_without_an_address_the_link_is_that_of_make_run_and_says_so(settings: Settings) -> None:
    settings.ALLOWED_HOSTS = ["localhost"]
    said = setup(admin="ada@hashi.example")
    assert said[-1].rsplit(" ", 1)[-1].startswith("http://127.0.0.1:8000/")
    assert "address of this installation is not set" in said[-2]
    Organisation.objects.update(url="https://cs.hashi.example/")
    again = setup(admin="ada@hashi.example")
    assert again[-1].rsplit(" ", 1)[-1].startswith("https://cs.hashi.example/sign-in/")
    assert len(again) == 2


@pytest.mark.parametrize("current", [True, False])
def test_any_other_command_on_such_a_database_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, *, current: bool
) -> None:
    def without_tables(_arguments: list[str]) -> None:
        raise ProgrammingError('relation "accounts_organisation" does not exist')

    monkeypatch.setattr(management, "execute_from_command_line", without_tables)
    monkeypatch.setattr(probes, "migrated", lambda: current)
    with pytest.raises(
        ProgrammingError if current else SystemExit, match="does not exist" if current else "not up to date"
    ):
        manage.run()


def test_the_admin_chooses_a_password_at_a_link_that_works_once() -> None:
    said = setup(admin=" Ada@Hashi.example ")
    link = said[-1].rsplit(" ", 1)[-1]
    ada = User.objects.get()
    assert (ada.email, ada.role, ada.has_usable_password()) == ("ada@hashi.example", Role.ADMIN, False)
    browser = Client()
    form = browser.get(link, follow=True)
    answer = browser.post(
        form.request["PATH_INFO"], {"password1": "a long pass phrase", "password2": "a long pass phrase"}
    )
    assert answer.status_code == 302
    ada.refresh_from_db()
    assert ada.check_password("a long pass phrase")
    again = Client().get(link, follow=True)
    assert again.context.get("token_fail")
    assert setup(admin="ada@hashi.example")[-1] == "ada@hashi.example can sign in already."


def test_it_may_be_repeated_and_put_right_while_there_is_no_data() -> None:
    setup(admin="ada@hashi.example")
    counts = [model.objects.count() for model in (Segment, Scorecard, CaseRule, Playbook, User)]
    setup(admin="ada@hashi.example", name="Hashi Inc", currency="USD")
    assert counts == [model.objects.count() for model in (Segment, Scorecard, CaseRule, Playbook, User)]
    assert Organisation.objects.get().currency == "USD"
    customer()
    setup(name="Hashi Inc", currency="USD")


def test_another_organisation_with_data_is_left_alone() -> None:
    setup()
    customer()
    with pytest.raises(
        CommandError, match=r"^An organisation with data is here already: Hashi KK\. Nothing was changed"
    ):
        setup(currency="EUR", admin="ada@hashi.example")
    assert Organisation.objects.get().currency == "JPY"
    assert not User.objects.exists()


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"time_zone": "Mars/Base"}, "--time-zone: "),
        ({"currency": "yen1"}, "--currency: "),
        ({"currency": "Y¥N"}, "--currency: A currency is three letters"),
        ({"currency": "QQQ"}, "--currency: QQQ is no currency that is in force"),
        ({"name": " "}, "--name: "),
        ({"frozen_day": "soon"}, "--frozen-day: "),
        ({"frozen_day": "2099-01-01"}, "--frozen-day: Choose a day between 1 Jan 1990 and"),
        ({"admin": "nobody"}, "--admin: 'nobody' is no email address."),
        ({"admin": "csm@hashi.example"}, "--admin: csm@hashi.example is here already and no active admin."),
    ],
)
def test_what_cannot_be_is_one_sentence_and_changes_nothing(given: dict[str, str], sentence: str) -> None:
    user(email="csm@hashi.example")
    with pytest.raises(CommandError) as refused:
        setup(**given)
    assert str(refused.value).startswith(sentence)
    assert "\n" not in str(refused.value)
    assert not Organisation.objects.exists()
