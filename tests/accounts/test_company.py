"""The organisation's form: what it refuses, and what follows for every customer when it is saved."""

from __future__ import annotations

import datetime as dt

import pytest
from django.forms.models import model_to_dict
from django.urls import reverse

from accounts import changes
from accounts.forms.settings import OrganisationForm
from accounts.models import Change, Customer, ExchangeRate, Organisation, User
from config import clock
from config.backup.models import Backup
from config.ui import figures
from renewals.models import Renewal
from tests.factories import DAY, contract, customer, organisation, user

pytestmark = pytest.mark.django_db
OLD = DAY - dt.timedelta(days=400)


@pytest.fixture(autouse=True)
def company():
    organisation()


def body(**fields: object) -> dict[str, object]:
    """What the form posts when ``fields`` are changed and all else stays."""
    given = {name: "" if value is None else value for name, value in model_to_dict(Organisation.objects.get()).items()}
    return {name: value for name, value in (given | fields).items() if value is not False}


def test_frozen_day_lies_between_the_first_contract_and_the_real_day(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(clock, "now", lambda: dt.datetime(2026, 11, 24, 20, tzinfo=dt.UTC))  # the 25th in Tokyo
    row = Organisation.objects.get()

    def takes(day: str, zone: str = "UTC") -> bool:
        return OrganisationForm(body(frozen_today=day, time_zone=zone), instance=row).is_valid()

    taken = {
        "0001-01-01": False, "1989-12-31": False, "1990-01-01": True, "2026-11-24": True, "2026-11-25": False,
        "2062-01-01": False, "9999-12-31": False, "": True,
    }  # fmt: skip
    assert {day: takes(day) for day in taken} == taken
    assert takes("2026-11-25", "Asia/Tokyo")
    contract(customer(), starts_on=OLD)
    assert [takes(str(OLD - dt.timedelta(days=1))), takes(str(OLD))] == [False, True]
    form = OrganisationForm(body(frozen_today="2062-01-01"), instance=row)
    (words,) = form.errors["frozen_today"]
    today = dt.date(2026, 11, 24)
    said = f"Choose a day between {figures.day(OLD, today)} and 24 Nov: from the first contract to the real day."
    assert words == said


def test_another_day_is_saved_once_its_effect_was_seen(client):
    """Of a year to come: what falls due is named first, and nothing is saved until somebody agrees."""
    one = customer(leaves_on=dt.date(2026, 3, 1))
    renewal = Renewal.objects.create(
        customer=one, contract=contract(one, starts_on=OLD), term_number=9, due_on=dt.date(2026, 2, 1), prep_on=OLD
    )
    client.force_login(user("admin"))
    url = reverse("accounts:organisation")
    row = organisation(frozen_today=dt.date(2026, 1, 1))

    def page(day: str) -> str:
        answer = client.post(url, body(frozen_today=day))
        assert answer.status_code == 200
        assert Organisation.objects.get().frozen_today == row.frozen_today
        return answer.content.decode()

    seen = page("2026-04-01")
    for words in (
        "1 open renewal comes due",
        "1 customer leaves",
        "0 open tasks",
        "scores of 1 customer",
        "Only a backup",
    ):
        assert words in seen
    Renewal.objects.filter(pk=renewal.pk).update(stage="closed", outcome="auto", closed_on="2025-12-01")
    seen = page("2025-11-01")
    for words in ("1 renewal was closed after that day and stays closed", "0 conversations", "0 cases"):
        assert words in seen

    agreed = "2026-01-01>2025-11-01"
    assert "Freeze the day" in client.post(url, body(frozen_today="2025-11-02", agreed=agreed)).content.decode()
    assert client.post(url, body(frozen_today="2025-11-01", agreed=agreed)).status_code == 302
    assert Organisation.objects.get().frozen_today == dt.date(2025, 11, 1)
    assert "Let the day go on" in client.post(url, body(frozen_today="")).content.decode()


def test_another_day_has_a_way_back_as_a_whole(client, settings):
    """The newest proven backup is named with its command; a new one can be asked for first, once, and nothing is saved by that."""
    client.force_login(user("admin"))
    url = reverse("accounts:organisation")
    organisation(frozen_today=dt.date(2026, 1, 1))

    def page(**fields: object) -> str:
        answer = client.post(url, body(frozen_today="2026-04-01", **fields))
        assert (answer.status_code, Organisation.objects.get().frozen_today) == (200, dt.date(2026, 1, 1))
        return answer.content.decode()

    settings.BACKUP = "off"
    for given in ({}, {"backup_first": "yes"}):
        seen = page(**given)
        assert ["no way back" in seen, "Back up first" in seen, "Look again" in seen] == [True, False, False]
    assert not Backup.objects.exists()
    settings.BACKUP = "on"
    assert "Back up first" in page()
    seen = page(backup_first="yes")
    assert ["Look again" in seen, "Back up first" in seen, "no way back" in seen] == [True, False, True]
    page(backup_first="yes")
    (row,) = Backup.objects.all()
    assert (row.asked_by, row.nightly) == (User.objects.get().email, False)
    made = {"file": "/b/one.tar", "digest": "d", "made_at": clock.now(), "size": 1, "rows": 1, "ended_at": clock.now()}
    Backup.objects.update(**made)
    assert "no way back" in page()
    Backup.objects.update(verified_at=clock.now())
    seen = page()
    assert ["manage.py restore /b/one.tar" in seen, "Look again" in seen, "Back up first" in seen] == [
        True,
        False,
        True,
    ]


@pytest.mark.parametrize("day", ["2026-01-01", "2026-04-01"], ids=["set meanwhile", "another day"])
def test_nothing_is_saved_with_a_backup_that_is_asked_for(client, settings, day):
    """Neither where somebody else has set the day meanwhile, so that nothing of it changes, nor where its change was agreed to."""
    settings.BACKUP = "on"
    client.force_login(user("admin"))
    row = organisation(frozen_today=dt.date(2026, 1, 1))
    given = body(frozen_today=day, name="Hashi Inc", backup_first="yes", agreed=f"2026-01-01>{day}")
    answer = client.post(reverse("accounts:organisation"), given)
    seen = answer.content.decode()
    meanwhile = day == "2026-01-01"
    assert (answer.status_code, "has set this day meanwhile" in seen, "Hashi Inc" in seen) == (
        422 if meanwhile else 200,
        meanwhile,
        True,
    )
    saved = Organisation.objects.get()
    assert (saved.name, saved.frozen_today, Backup.objects.count()) == (row.name, row.frozen_today, 1)


@pytest.mark.parametrize(
    ("changed", "follows"),
    [
        ({"currency": "EUR"}, True),
        ({"fiscal_year_start_month": 4}, True),
        ({"onboarding_days": 30}, True),
        ({"counts_unsettled": False}, True),
        ({"frozen_today": "2026-11-20"}, True),
        ({"name": "Hashi Inc"}, False),
        ({"alerts_per_day": 9}, False),
        ({}, False),
    ],
    ids=str,
)
def test_what_reckons_customers_marks_every_one(client, changed, follows):
    made = [customer(), customer()]
    customer(merged_into=made[0])
    if "frozen_today" in changed:
        changed = changed | {"agreed": f"{clock.today()}>{changed['frozen_today']}"}
    Change.objects.all().delete()
    client.force_login(user("admin"))
    answer = client.post(reverse("accounts:organisation"), body(**changed))
    assert answer.status_code == 302
    for reader in ("scores", "segments", "renewals"):
        assert list(changes.waiting(reader)) == ([one.pk for one in made] if follows else [])


def test_arr_is_told_in_the_new_currency_at_once(client):
    """12,000 USD: with euros as the reporting currency nobody knows what a dollar is worth."""
    one = customer()
    contract(one, currency="USD", starts_on=OLD, term_months=36)
    client.force_login(user("admin"))
    client.post(reverse("accounts:organisation"), body(onboarding_days=31))
    assert Customer.objects.get(pk=one.pk).arr == 12_000
    client.post(reverse("accounts:organisation"), body(currency="EUR"))
    assert Customer.objects.get(pk=one.pk).arr is None


def test_contracts_to_be_settled_can_be_left_out_on_the_page(client):
    one = customer()
    contract(one, starts_on=OLD - dt.timedelta(days=365), ends_on=OLD, term_months=12, auto_renews=False)
    client.force_login(user("admin"))
    url = reverse("accounts:organisation")
    client.post(url, body(onboarding_days=31))
    assert Customer.objects.get(pk=one.pk).arr == 12_000
    client.post(url, body(counts_unsettled=False))
    assert Organisation.objects.get().counts_unsettled is False
    assert Customer.objects.get(pk=one.pk).arr == 0


def test_another_currency_is_asked_about_where_rates_were_entered_for_the_old_one(client):
    client.force_login(user("admin"))
    url = reverse("accounts:organisation")
    assert "rates_follow" not in client.get(url).content.decode()
    ExchangeRate.objects.create(currency="JPY", fiscal_year=2026, rate="0.0065")
    answer = client.post(url, body(currency="eur"))
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "Every exchange rate was entered for USD." in page
    assert 'name="rates_follow"' in page
    assert Organisation.objects.get().currency == "USD"
    assert client.post(url, body(currency="usd")).status_code == 302
    assert client.post(url, body(currency="EUR", rates_follow="on")).status_code == 302
    assert Organisation.objects.get().currency == "EUR"


@pytest.mark.parametrize(("stands", "asked", "status"), [("USD", "XXX", 422), ("USD", "HRK", 422), ("XXX", "XXX", 302)])
def test_a_currency_is_one_in_force_or_the_one_that_stands(client, stands, asked, status):
    client.force_login(user("admin"))
    Organisation.objects.update(currency=stands)
    assert client.post(reverse("accounts:organisation"), body(currency=asked)).status_code == status
    assert Organisation.objects.get().currency == stands


@pytest.mark.parametrize(("typed", "kept"), [("4", 4), ("240", 240), ("", 25), ("3", None), ("241", None)])
def test_days_of_people_are_kept_for_some_months(typed: str, kept: int | None):
    form = OrganisationForm(body(people_months=typed), instance=Organisation.objects.get())
    assert form.cleaned_data["people_months"] == kept if form.is_valid() else kept is None
    assert list(form.errors) == ([] if kept else ["people_months"])
