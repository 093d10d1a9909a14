import datetime as dt
from io import StringIO
from pathlib import Path

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.test import Client
from pytest_django import Settings

from accounts.models import Customer, DatedFact, ExternalKey, Organisation, Segment, User
from config import probes
from config.backup import archive
from config.demo import people, replacing, replay
from config.demo.management.commands.demo import Command
from config.demo.models import Portfolio
from config.demo.plan import NEVER, Plan
from config.demo.published import PASSWORD
from config.history.actors import DEMO
from config.history.models import Entry
from config.run import prepare
from health.models import Score, Scorecard, UsageDay
from playbooks.models import Playbook, Task
from renewals.models import Qbr, Renewal

pytestmark = pytest.mark.django_db


def said(command: str, *arguments: str) -> str:
    out = StringIO()
    call_command(command, *arguments, stdout=out)
    return out.getvalue()


def test_a_demo_from_nothing_to_a_life_of_its_own(client: Client):
    words = said("demo", "--customers", "24", "--until", "2026-10-31", "--if-empty")
    assert "Making 24 customers" in words
    assert Organisation.objects.get().frozen_today == dt.date(2026, 10, 31)
    assert Customer.objects.exclude(band="").count() > 10
    assert Score.objects.filter(day__lt=dt.date(2025, 1, 1)).exists()
    assert set(Renewal.objects.values_list("outcome", flat=True)) >= {"", "auto", "renewed", "churned"}
    assert Renewal.objects.filter(stage="upcoming").exists()
    assert Qbr.objects.filter(held_on__isnull=False).exists()
    assert Task.objects.exclude(done_at=None).exists()
    assert Task.objects.filter(done_at=None).exists()
    assert not [fact for fact in DatedFact.objects.select_related("customer") if fact.from_day < came(fact.customer)]
    assert not Entry.objects.filter(actor_id=None, door="").exists()
    assert Entry.objects.filter(door=DEMO).exists()
    assert said("demo", "--if-empty") == ""
    Organisation.objects.update(frozen_today=dt.date(2026, 11, 4))
    assert "The demo stands as of 2026-11-04" in said("demo", "--if-empty")
    assert UsageDay.objects.latest("day").day == dt.date(2026, 11, 4)
    assert Customer.objects.filter(scored_at__isnull=False).exists()
    for email in people.SIGN_INS:
        assert User.objects.get(email=email).check_password(PASSWORD)
        assert f"{email}  " in said("sign_ins")
    everybody_knows(client)


def everybody_knows(client: Client) -> None:
    """Every page warns while one of the demo's people can sign in with its password."""
    ada, others = User.objects.get(email="admin@demo.example"), User.objects.exclude(email="admin@demo.example")
    own = "/settings/backups/"
    client.force_login(ada)
    assert "published password" in client.get(own).content.decode()
    others.update(is_active=False)
    assert "published password" in client.get(own).content.decode()
    with pytest.raises(ValidationError, match="everybody knows it"):
        validate_password(PASSWORD, ada)
    ada.set_password("words of her own")
    ada.save()
    client.force_login(ada)
    assert "published password" not in client.get(own).content.decode()
    assert said("sign_ins") == ""


def test_a_demo_that_was_broken_off_goes_on(monkeypatch: pytest.MonkeyPatch):
    """The rows are there or not at all; what they would have led to is done again from where it stood."""
    lived: list[tuple[dt.date, dt.date]] = []

    def live(plan: Plan, **_say: object) -> None:
        lived.append((plan.since, plan.until))

    def killed(plan: Plan, **say: object) -> None:
        live(plan, **say)
        raise KeyboardInterrupt

    made, later = dt.date(2026, 10, 31), dt.date(2026, 11, 2)
    monkeypatch.setattr(replay, "run", killed)
    with pytest.raises(KeyboardInterrupt):
        said("demo", "--customers", "2", "--until", str(made), "--if-empty")
    with pytest.raises(KeyboardInterrupt):
        said("demo", "--if-empty")
    monkeypatch.setattr(replay, "run", live)
    assert "going on" in said("demo", "--if-empty")
    assert said("demo", "--if-empty") == ""
    assert lived == [(NEVER, made)] * 3

    Organisation.objects.update(frozen_today=later)
    monkeypatch.setattr(replay, "run", killed)
    with pytest.raises(KeyboardInterrupt):
        said("demo", "--if-empty")
    monkeypatch.setattr(replay, "run", live)
    said("demo", "--append")
    assert lived[3:] == [(made, later)] * 2
    assert Portfolio.objects.get().lived_until == later

    User.objects.filter(email="luis@demo.example").update(email="luis@hashi.example")
    Organisation.objects.update(frozen_today=later + dt.timedelta(days=1))
    assert said("demo", "--if-empty") == ""
    with pytest.raises(CommandError, match="were renamed"):
        call_command("demo", "--append")


def came(customer: Customer) -> dt.date:
    return customer.created_at.astimezone(people.zone()).date()


def test_real_data_is_not_lost_unbidden():
    Customer.objects.create(name="Real")
    with pytest.raises(CommandError, match="no demo"):
        call_command("demo", "--customers", "5", "--yes")
    said("demo", "--if-empty")
    with pytest.raises(CommandError, match="no generated demo"):
        call_command("demo", "--append")
    assert Customer.objects.get().name == "Real"
    assert replacing.present() is None
    assert said("sign_ins") == ""


@pytest.mark.parametrize("made", ["", "ravenstack"])
def test_what_somebody_adds_to_a_demo_is_real(made: str):
    span = {"began_on": dt.date(2024, 1, 1), "until": dt.date(2026, 1, 1)}
    Portfolio.objects.create(pk=1, source=made, customers=1, **span)
    people.sign_up()
    own = Customer.objects.create(pk=1, name="The demo's")
    ExternalKey.objects.create(customer=own, source="ravenstack", external_id="A-1")
    assert not replacing.is_real()
    stranger = User.objects.create_user("ada@hashi.example", name="Ada")
    assert replacing.is_real()
    stranger.delete()
    Customer.objects.create(pk=1_000, name="Added")
    assert replacing.is_real()
    own.delete()  # one gone, one added
    with pytest.raises(CommandError, match="REPLACE=1"):
        call_command("demo", "--customers", "5", "--yes")
    assert Customer.objects.get().name == "Added"


def test_customers_that_a_demo_grew_by_are_its_own():
    span = {"began_on": dt.date(2020, 1, 1), "until": dt.date(2026, 1, 1)}
    Portfolio.objects.create(pk=1, customers=10, **span)
    Customer.objects.create(pk=11, name="Came with the days")
    assert not replacing.is_real()


@pytest.mark.parametrize("earlier", [True, False])
def test_nothing_is_migrated_before_real_data_are_refused(monkeypatch: pytest.MonkeyPatch, *, earlier: bool):
    brought_up: list[bool] = []
    monkeypatch.setattr(probes, "migrated", lambda: False)
    monkeypatch.setattr(prepare, "migrate", lambda: brought_up.append(True))
    monkeypatch.setattr(Command, "generate", lambda *_plan: None)
    if earlier:
        monkeypatch.setattr(
            replacing, "present", lambda: Portfolio.objects.raw("SELECT id, no_such FROM demo_portfolio")[0]
        )
    said("demo")
    assert brought_up == [True]
    Customer.objects.create(name="Real")
    with pytest.raises(CommandError, match="no demo"):
        call_command("demo", "--yes")
    assert brought_up == [True]


@pytest.mark.django_db(transaction=True)
def test_real_data_are_backed_up_before_they_go(tmp_path: Path, settings: Settings):
    settings.LOCAL_DIR = tmp_path
    Customer.objects.create(name="Real")
    command, lines = Command(), list[str]()
    command.say = lines.append
    command.allow({"replace": True, "yes": True})
    (file,) = (tmp_path / "backups").glob("*.dump")
    assert f"manage.py restore {file}" in lines[-1]
    assert archive.opened(file).held.tables["public.accounts_customer"][0] == 1


def test_where_no_backup_can_be_made_nothing_is_replaced(tmp_path: Path, settings: Settings):
    settings.LOCAL_DIR = tmp_path / "file"
    settings.LOCAL_DIR.write_text("")
    Customer.objects.create(name="Real")
    with pytest.raises(CommandError, match="could not be backed up"):
        call_command("demo", "--customers", "5", "--yes", "--replace")
    assert Customer.objects.get().name == "Real"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--customers", "0"], "--customers must be"),
        (["--seed", "99999999"], "--seed must be"),
        (["--until", "yesterday"], "not 'yesterday'"),
        (["--until", "2099-01-01"], "--until must be a day from"),
        (["--until", "2199-01-01"], "--until must be a day between 1990 and 2099"),
        (["--source", "no such folder"], "no such folder"),
    ],
)
def test_what_cannot_be_made_is_refused_in_a_sentence(arguments: list[str], words: str):
    with pytest.raises(CommandError, match=words):
        call_command("demo", *arguments)
    assert not User.objects.exists()


def test_prepare_writes_what_the_product_ships_with_once():
    said("prepare")
    counts = (Segment.objects.count(), Scorecard.objects.count(), Playbook.objects.count())
    assert counts == (3, 4, 5)
    Segment.objects.filter(name="Growth").update(touch_every_days=77)
    said("prepare")
    assert (Segment.objects.count(), Scorecard.objects.count(), Playbook.objects.count()) == counts
    assert Segment.objects.get(name="Growth").touch_every_days == 77
    assert not User.objects.exists()
