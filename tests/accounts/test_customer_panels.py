"""The columns of a customer's page: a request each, every panel as at its own address, and alone where one fails."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts import timeline
from accounts.models import Customer, Post
from accounts.views import customer_panels
from config.web.together import Slot
from tests import factories
from tests.playbooks.rows import case, renewal, score

pytestmark = pytest.mark.django_db
MOST = {"main": 26, "side": 26}
ASKS = re.compile(r'hx-get="([^"]+)"\s+hx-trigger="load\b')


@pytest.fixture
def page() -> Client:
    factories.organisation()
    client = Client(headers={"hx-request": "true"})
    client.force_login(factories.user(name="Mara"))
    return client


def rich(number: int) -> Customer:
    """A customer with something in every panel, ``number`` of each."""
    of = factories.customer(arr=50_000)
    author = factories.user()
    for n in range(number):
        person = factories.contact(of)
        Post.objects.create(contact=person, title="Head", ends_on=factories.DAY)
        Post.objects.create(contact=person, title="Chief", starts_on=factories.DAY)
        timeline.log(of, author=author, kind="call", happened_on=factories.DAY, contacts=[person])
        case(of, 4, reason=f"reason-{n}", title=f"Case {n}")
        renewal(of, 20 + n, term_number=n + 1)
        score(of, 70 - n, 40 - n)
    return of


def owned(page: Client, number: int) -> Customer:
    of = rich(number)
    Customer.objects.filter(pk=of.pk).update(owner=page.session["_auth_user_id"])
    return of


def column(page: Client, of: Customer, name: str) -> str:
    answer = page.get(reverse("accounts:customer_panels", args=[of.pk, name]))
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_customer_page_asks_at_most_five_times(page: Client) -> None:
    """The page, its columns, and the figures of the rail."""
    of = owned(page, 1)
    shown = Client(headers={})
    shown.cookies = page.cookies
    html = shown.get(f"/customers/{of.pk}/").content.decode()
    asked = [address for address in ASKS.findall(html) if address.startswith("/customers/")]
    assert asked == [f"/customers/{of.pk}/panels/{name}/" for name in customer_panels.COLUMNS]
    assert len(re.findall(r'hx-trigger="load\b', html)) + 1 <= 5
    inside = "".join(column(page, of, name) for name in customer_panels.COLUMNS)
    assert not ASKS.findall(inside)


def test_panels_are_those_of_their_own_addresses(page: Client) -> None:
    """Each as its own view answers it, also where it looks at its address."""
    of = owned(page, 1)
    plain = re.compile(r'name="(form_key|csrfmiddlewaretoken)" value="[^"]*"|value="[\w:-]{20,}"')
    for name, slots in customer_panels.COLUMNS.items():
        together = plain.sub("", column(page, of, name))
        for slot in slots:
            alone = page.get(reverse(slot.route, args=[of.pk])).content.decode()
            assert plain.sub("", alone).strip() in together, slot.route


@pytest.mark.parametrize("name", list(customer_panels.COLUMNS))
def test_statements_do_not_depend_on_rows(page: Client, name: str) -> None:
    asked = []
    for number in (1, 3):
        of = owned(page, number)
        column(page, of, name)
        with CaptureQueriesContext(connection) as queries:
            column(page, of, name)
        asked.append(len(queries))
    assert asked[1] <= asked[0] <= MOST[name]


def test_a_panel_that_fails_fails_alone(
    page: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    of = owned(page, 1)
    good, bad = customer_panels.COLUMNS["side"][:2]

    def broken(*_args: Any, **_given: Any) -> Callable[..., Any]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1/0")
        raise AssertionError

    monkeypatch.setattr("renewals.brief.parts", broken)
    html = column(page, of, "side")
    assert ASKS.findall(html) == [reverse(slot.route, args=[of.pk]) for slot in customer_panels.COLUMNS["side"]]
    assert page.get(reverse(good.route, args=[of.pk])).status_code == 200
    assert bad.route == "renewals:panel"
    assert "asked for alone" in caplog.text


def test_who_may_not_see_the_customer_sees_no_column(page: Client) -> None:
    of = factories.customer(owner=factories.user())
    addresses = [reverse("accounts:customer_panels", args=[of.pk, name]) for name in ("main", "side", "other")]
    assert [page.get(address).status_code for address in addresses] == [404] * 3
    Customer.objects.filter(pk=of.pk).update(owner=page.session["_auth_user_id"])
    assert [page.get(address).status_code for address in addresses] == [200, 200, 404]


def test_a_slot_waits_at_its_height() -> None:
    slot = Slot("health:panel", 3, "Health", "h", on="health:changed")
    assert slot.waiting(7) == {
        "url": "/customers/7/health/",
        "lines": range(3),
        "title": "Health",
        "on": "health:changed",
        "key": "h",
    }
