"""The first steps tick themselves off by what is there; they can be put away and come back."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries, Settings

from accounts import segment_order, shipped
from accounts.models import Customer, Organisation, Segment, User
from config import own, set_up
from config.guide import steps
from tests.factories import DAY, customer, organisation, user

pytestmark = pytest.mark.django_db
Act = Callable[[User], object]

PAGE = "guide:page"


@pytest.fixture
def admin(client: Client) -> User:
    shipped.install()
    organisation(name="Hashi KK")
    person = user("admin")
    client.force_login(person)
    return person


def text(client: Client, name: str = PAGE) -> str:
    return " ".join(client.get(reverse(name)).content.decode().split())


def _score(_admin: User) -> None:
    customer(score=70, band="yellow", scored_at="2026-11-24T00:00Z")


ACTS: dict[str, tuple[str, Act]] = {
    "somebody who came": ("people", lambda _a: user()),
    "segments that fit": ("segments", lambda _a: segment_order.settle(DAY)),
    "a customer": ("data", lambda _a: customer()),
}  # fmt: skip


@pytest.mark.parametrize(("step", "act"), ACTS.values(), ids=ACTS)
def test_a_step_is_done_by_what_is_there(
    step: str, act: Act, admin: User, django_assert_num_queries: DjangoAssertNumQueries
):
    assert not any(steps.standing(admin).done.values())
    act(admin)
    with django_assert_num_queries(1):
        guide = steps.standing(admin)
    assert [key for key, is_done in guide.done.items() if is_done] == [step]
    assert (guide.count, guide.is_over) == (1, False)


def test_a_score_is_of_somebody_so_data_are_there_too(admin: User):
    _score(admin)
    guide = steps.standing(admin)
    assert (guide.done, guide.at) == ({"people": False, "segments": False, "data": True, "scores": True}, "people")


@pytest.mark.parametrize(
    "fields",
    [{"is_active": False, "invited_at": "2026-11-01T00:00Z"}, {"invited_at": None}],
    ids=["gone", "never invited"],
)
def test_who_is_not_on_the_way_is_nobody(fields: dict[str, Any], admin: User):
    User.objects.create_user("n@x.example", name="N", **fields)
    assert not steps.standing(admin).done["people"]
    assert steps.people(admin) == steps.People(0, 0)


def test_an_invitation_alone_brings_nobody(client: Client, admin: User):
    User.objects.create_user("i@x.example", name="I", invited_at="2026-11-01T00:00Z")
    assert not steps.standing(admin).done["people"]
    assert "1 invited person has not joined yet." in text(client)
    user()
    assert steps.standing(admin).done["people"]
    assert "1 person beside you has joined. 1 invited person has not joined yet." in text(client)


def test_customers_merged_away_are_no_data(admin: User):
    Customer.objects.update(merged_into=customer())
    first = customer()
    Customer.objects.filter(pk=first.pk).update(merged_into=customer())
    assert steps.standing(admin).done["data"]
    Customer.objects.filter(merged_into=None).update(merged_into=first)
    assert not steps.standing(admin).done["data"]


@pytest.mark.parametrize("act", ["guide", "segment", "order"])
def test_saying_that_segments_fit_and_changing_one_settle_them(act: str, client: Client, admin: User):
    one = Segment.objects.order_by("position")[1]
    if act == "guide":
        client.post(reverse("guide:segments_fit"))
    elif act == "order":
        client.post(reverse("accounts:segment_move", args=[one.pk]), {"to": "up"})
    else:
        fields = {"name": one.name, "touch_model": "low", "touch_every_days": "31", "renewal_lead_days": "75",
                  "customers_per_csm": "70", "is_active": "on", "rule-how": "all"}  # fmt: skip
        assert client.post(reverse("accounts:segment", args=[one.pk]), fields).status_code == 302
    assert Organisation.objects.get().segments_settled_on == DAY
    segment_order.settle(DAY.replace(year=2027))
    assert Organisation.objects.get().segments_settled_on == DAY


def test_the_page_names_what_the_reader_can_run(client: Client, admin: User, settings: Settings, tmp_path: Any):
    settings.LOCAL_DIR = tmp_path
    own.mark(tmp_path)
    shown = text(client)
    assert f"make own LOCAL_DIR={tmp_path} CMD=" in shown
    button = f'<a class="button s primary" href="{reverse("accounts:imports")}">'
    assert shown.index(button) < shown.index("Import files") < shown.index("make own")
    assert "import_data FOLDER --mapping tsunagu --dry-run" in shown
    assert "external_id, customer, starts_on" in shown
    assert "Hashi KK is empty, and ready" in shown
    assert "<b>0 of 4</b>" in shown
    assert "Arrived so far" not in shown
    customer()
    shown = text(client)
    assert "<b>1</b> Customers" in shown
    assert "Customers are there, and nobody has a score" in shown


def test_what_arrived_is_counted_to_a_bound(admin: User, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(steps, "COUNTED", 2)
    for _n in range(2):
        customer()
    assert steps.arrived() == [("Customers", 2, False)]
    customer()
    assert steps.arrived() == [("Customers", 2, True)]


def test_it_is_on_the_home_page_until_it_is_over_or_put_away_and_comes_back(client: Client, admin: User):
    home, link = reverse("playbooks:day"), f'href="{reverse(PAGE)}"'
    customer()
    assert "next: People" in text(client, "playbooks:day")
    client.post(reverse("guide:put_away"))
    assert link not in client.get(home).content.decode()
    assert link in client.get(reverse("accounts:organisation")).content.decode()
    client.post(reverse("guide:bring_back"))
    assert link in client.get(home).content.decode()
    user()
    segment_order.settle(DAY)
    _score(admin)
    shown = client.get(home).content.decode()
    assert "h-guide" not in shown
    assert "is set up" in text(client)


@pytest.mark.parametrize("role", ["csm", "manager", "viewer"])
def test_it_is_for_admins(role: str, client: Client, admin: User):
    client.force_login(user(role))
    assert client.get(reverse(PAGE)).status_code == 404
    assert client.post(reverse("guide:put_away")).status_code == 404
    assert "h-guide" not in client.get(reverse("playbooks:day")).content.decode()


@pytest.mark.parametrize(("currency", "units"), [("USD", 1), ("EUR", 1), ("JPY", 100), ("KRW", 1_000), ("SEK", 10)])
def test_segments_come_in_the_units_of_the_companys_currency(currency: str, units: int):
    shipped.install()
    assert set_up.make(email="a@b.example", password="x", person="A", name="X", currency=currency)
    rules = [one.rule[0]["value"] if one.rule else None for one in Segment.objects.order_by("position")]
    assert rules == [100_000 * units, 20_000 * units, None]
    Segment.objects.filter(position=2).update(rule=[{"field": "arr", "test": "at_least", "value": 33}])
    shipped.fit("INR")
    assert [one.rule[0]["value"] for one in Segment.objects.order_by("position")[:2]] == [10_000_000, 33]


def test_the_way_in_leads_to_the_first_steps(client: Client):
    path = re.sub(r"^https?://[^/]+", "", set_up.link())
    given = {"name": "Hashi", "time_zone": "UTC", "currency": "EUR", "person": "Ada", "email": "a@b.example",
             "password1": "a bridge of stone", "password2": "a bridge of stone"}  # fmt: skip
    answer = client.post(path, given, follow=True)
    assert answer.redirect_chain[-1] == (reverse(PAGE), 302)
    assert "Hashi is empty, and ready" in answer.content.decode()
