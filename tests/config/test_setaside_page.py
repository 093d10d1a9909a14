"""The admins' page of what was set aside and given up."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from config import cycle
from config.outbox.delivery import HANDLERS
from config.outbox.models import Decision, Outbox
from config.setaside import nights, register
from config.setaside.models import Kind, SetAside
from config.setaside.views import PAGES, STEP_WORDS, WORK_WORDS
from tests.factories import customer, organisation, user

pytestmark = pytest.mark.django_db

NIGHT = dt.date(2026, 11, 24)
PAGE = "/settings/set-aside/"


@pytest.fixture
def admin(client: Client) -> Client:
    organisation()
    client.force_login(user("admin"))
    return client


def text(client: Client) -> str:
    answer = client.get(PAGE)
    assert answer.status_code == 200
    return answer.content.decode()


def parked(key: str, state: str = "dead") -> Outbox:
    settled = None if state == "pending" else "2026-11-24T00:00Z"
    sent = {"subject": key, "to": ["aki@example.com"]}
    row = Outbox(kind="mail", payload=sent, dedup_key=key, state=state, error="Refused", settled_at=settled, attempts=5)
    row.save()
    return row


def test_quiet_house(admin: Client):
    assert "Nothing is set aside" in text(admin)


def test_customer_set_aside_is_named_with_reason_and_way_to_it(admin: Client):
    one = customer(name="Acme <Inc>")
    register.record("scores", "customer", one.pk, one.name, "DataError: numeric field overflow")
    found = text(admin)
    for words in ("Acme &lt;Inc&gt;", "DataError: numeric field overflow", f'href="/customers/{one.pk}/"', "Scores"):
        assert words in found


def test_given_up_work_and_the_newest_night_stand_below(admin: Client):
    parked("mail:lost")
    parked("mail:doubt", "unknown")
    nights.fail("plays", NIGHT - dt.timedelta(days=1), "an older night")
    nights.fail("lifecycle", NIGHT, "OperationalError: time-out")
    nights.begin("segments", NIGHT, ["lifecycle"])
    nights.count("segments", NIGHT, 1_234)
    found = text(admin)
    for words in (
        "mail:lost",
        "aki@example.com",
        "Given up",
        "In doubt",
        "OperationalError: time-out",
        "1,234",
        "Status, stage and ARR",
    ):
        assert words in found
    assert "With the figures of the day before: Status, stage and ARR" in found
    assert "an older night" not in found


def test_run_again_asks_the_worker_once(admin: Client):
    one = customer()
    register.record("scores", "customer", one.pk, one.name, "bad")
    row = SetAside.objects.get()
    for _ in range(2):
        assert admin.post(reverse("setaside:again", args=[row.pk])).status_code == 302
    assert Outbox.objects.get().payload == {"set_aside": row.pk}


@pytest.mark.parametrize(
    ("state", "decision", "then"),
    [
        ("dead", "again", "pending"),
        ("dead", "dropped", "dropped"),
        ("dead", "sent", None),
        ("unknown", "sent", "done"),
        ("unknown", "again", "pending"),
        ("unknown", "dropped", "dropped"),
        ("unknown", "nonsense", None),
        ("done", "again", None),
        ("pending", "dropped", None),
    ],
)
def test_a_person_takes_given_up_work_further(admin: Client, state: str, decision: str, then: str | None):
    row = parked("mail:lost", state)
    url = reverse("setaside:work_decided", args=[row.pk, decision])
    assert admin.post(url).status_code == (404 if decision == "nonsense" else 302)
    row.refresh_from_db()
    assert row.state == (then or state)
    assert (row.decision, bool(row.decided_by), bool(row.decided_at)) == (
        (decision, True, True) if then else ("", False, False)
    )
    if then:
        assert row.decided_by in text(admin)


@pytest.mark.parametrize("decision", ["sent", "again", "dropped"])
def test_who_comes_second_is_told_who_has_decided_what(client: Client, decision: str):
    organisation()
    row = parked("mail:doubt", "unknown")
    client.force_login(user("admin", name="Ada Brandt"))
    client.post(reverse("setaside:work_decided", args=[row.pk, decision]))
    client.force_login(user("admin", name="Tomas Novak"))
    answer = client.post(reverse("setaside:work_decided", args=[row.pk, "dropped"]), follow=True)
    words = Decision(decision).label
    assert f"Ada Brandt has decided already: {words}." in answer.content.decode()
    row.refresh_from_db()
    assert row.decision == decision


def test_what_is_gone_meanwhile_is_said_on_the_page(admin: Client):
    gone = {"setaside:again": [99], "setaside:work_decided": [99, "again"]}
    words = {
        "setaside:again": "It is no longer set aside.",
        "setaside:work_decided": "There is nothing to decide about it.",
    }
    for name, args in gone.items():
        assert words[name] in admin.post(reverse(name, args=args), follow=True).content.decode()


def test_work_is_named_in_words_with_its_state_in_every_width(admin: Client):
    Outbox.objects.create(
        kind="cycle.step", payload={"step": "scores", "day": "2026-11-24"}, dedup_key="raw:key", state="dead",
        settled_at="2026-11-24T00:00Z",
    )  # fmt: skip
    Outbox.objects.create(kind="health.replay", dedup_key="key:raw", state="dead", settled_at="2026-11-24T00:00Z")
    found = text(admin)
    assert {"cycle.step", "raw:key", "health.replay", "key:raw"} & set(re.findall(r"[\w.:]+", found)) == set()
    assert re.search(r"<td class=\"grow wrap\">\s*<span[^>]*>Given up</span>\s*Scores", found)
    assert set(HANDLERS) - {kind for kind in HANDLERS if kind.startswith("test")} <= set(WORK_WORDS)


@pytest.mark.parametrize("role", ["csm", "manager", "viewer"])
def test_others_find_no_page(client: Client, role: str):
    organisation()
    client.force_login(user(role))
    row = parked("mail:lost")
    assert client.get(PAGE).status_code == 404
    assert client.post(reverse("setaside:work_decided", args=[row.pk, "again"])).status_code == 404


def test_statements_do_not_grow_with_rows(admin: Client, django_assert_max_num_queries: DjangoAssertNumQueries):
    counts = []
    for number in (1, 3):
        for n in range(number):
            one = customer()
            register.record("scores", "customer", one.pk, one.name, "bad")
            register.record("cases", "rule", 10 * number + n, "Quiet", "bad")
            parked(f"mail:{number}-{n}")
        nights.begin("scores" if number == 1 else "cases", NIGHT, ["lifecycle"])
        with django_assert_max_num_queries(20) as seen:
            text(admin)
        counts.append(len(seen))
    assert counts[0] == counts[1]


def test_long_register_is_cut(admin: Client):
    for pk in range(105):
        register.record("scores", "contract", pk, f"Contract {pk:03}", "bad")
    found = text(admin)
    assert found.count("Run again") == 100
    assert ("Contract 104" in found, "Contract 004" in found) == (True, False)


@pytest.mark.parametrize("language", ["en", "ja"])
def test_every_step_has_words_and_every_page_an_address(admin: Client, language: str):
    assert {step.name for step in cycle.STEPS} <= set(STEP_WORDS)
    for name in PAGES.values():
        assert reverse(name, args=[1])
    for kind in Kind.values:
        register.record("cases", kind, 1, "Name", "bad")
    admin.cookies["django_language"] = language
    assert text(admin).count("Name") >= len(Kind.values) - 1
