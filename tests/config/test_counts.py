"""A figure that the rail shows is the one its page and tab show, and it is there again after each write."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from django.test import Client

from accounts.models import Contract, User
from config.ui import counts
from health.models import Case
from playbooks.models import Task
from renewals.models import Qbr
from tests.factories import DAY, contract, customer, organisation, user
from tests.playbooks.rows import before, renewal

pytestmark = pytest.mark.django_db
PAGES = {"cases": "/cases/", "tasks": "/tasks/", "renewals": "/renewals/", "reviews": "/qbrs/", "day": "/"}


@pytest.fixture
def people() -> list[User]:
    """A CSM, a colleague, their manager, an admin and a viewer with something of each kind, and things not counted."""
    organisation()
    boss = user("manager")
    csm, other = user(manager=boss), user(manager=boss)
    for owner in (csm, csm, other, None):
        one = customer(owner=owner)
        fields = {
            "kind": "risk",
            "opened_on": before(4),
            "newest_evidence_on": before(1),
            "owner": owner,
            "due_on": DAY,
        }
        asleep = {"state": "snoozed", "snoozed_until": before(-3), "snooze_reason": "x"}
        closed = {"state": "closed", "resolution": "resolved", "closed_on": DAY}
        for n, more in enumerate(({}, {"due_on": before(-30)}, asleep, closed)):
            Case.objects.create(customer=one, reason=f"r{n}", title="x", **fields | more)  # type: ignore[arg-type]
        Task.objects.create(customer=one, title="due", due_on=DAY, assignee=owner)
        Task.objects.create(customer=one, title="far", due_on=before(-90), assignee=owner)
        done_at = dt.datetime.combine(DAY, dt.time(), tzinfo=dt.UTC)
        Task.objects.create(
            customer=one, title="done", due_on=DAY, assignee=owner, outcome="done", done_at=done_at, done_by=boss
        )
        renewal(one, 50)
        renewal(one, 300, term_number=2, stage="upcoming")
        Qbr.objects.create(customer=one, due_on=before(-30))
        contract(one, starts_on=before(500), ends_on=before(100))
    Qbr.objects.create(customer=customer(owner=csm), due_on=before(-31))
    return [csm, other, boss, user("admin"), user("viewer")]


def shown(client: Client, address: str, place: str) -> set[str]:
    """Every figure that the page shows for the place."""
    page = client.get(address).content.decode()
    return set(re.findall(rf'data-count="{place}">\s*(\d+)', page))


def test_rail_tab_and_page_agree(people: list[User], client: Client) -> None:
    for person in people:
        client.force_login(person)
        for place, address in PAGES.items():
            figure = counts.count(place, person, DAY)
            if place == "day" and person.role == "viewer":
                address = "/?scope=all"  # noqa: PLW2901 (who only reads has another home)
            assert shown(client, address, place) == {str(figure)}, (person.role, place)
        sent = client.get("/counts/?also=tasks", headers={"HX-Request": "true"}).content.decode()
        found = dict(re.findall(r"\[data-count='(\w+)'\]\">(\d+)<", sent))
        rail = ("cases", "renewals") if person.role == "viewer" else ("day", "cases", "renewals")
        assert found == {key: str(counts.count(key, person, DAY)) for key in (*rail, "tasks")}


def test_figures_by_hand(people: list[User]) -> None:
    """A customer has two open awake cases, two open tasks, one renewal in work, one review due soon and one contract to
    be settled; of its day's lines a case, a task and the call that its renewal waits for.
    """
    expected = {"cases": 2, "tasks": 2, "renewals": 1, "reviews": 1, "day": 3, "settle": 1}
    books = {"csm": 2, "viewer": 4, "admin": 4, "manager": 4}
    for person in [people[0], *people[2:]]:
        book = books[person.role]
        assert counts.counts(person, DAY) == {key: n * book for key, n in expected.items()}, person.role


def test_what_is_to_be_settled_is_linked_from_where_work_is_and_counted_as_its_page(
    people: list[User], client: Client
) -> None:
    csm = people[0]
    client.force_login(csm)
    for address in ("/", "/renewals/", "/qbrs/", "/customers/"):
        page = client.get(address).content.decode()
        assert 'href="/contracts/to-settle/"' in page, address
        (asked,) = re.findall(r'hx-get="(/counts/[^"]*settle)"', page)
        assert "[data-count='settle']\">2<" in client.get(asked).content.decode()
    assert client.get("/contracts/to-settle/").content.decode().count("data-row>") == 2
    Contract.objects.update(ended_on=DAY)
    assert "[data-count='settle']\"><" in client.get("/counts/?also=settle").content.decode()  # and the link is hidden


def test_closing_is_counted_at_once(people: list[User], client: Client) -> None:
    csm = people[0]
    client.force_login(csm)
    case = Case.objects.filter(owner=csm, state="new", due_on=DAY).first()
    assert case
    answer = client.post(f"/cases/{case.pk}/close/", {"resolution": "resolved"}, headers={"HX-Request": "true"})
    assert "cases:changed" in answer["HX-Trigger"]  # the rail listens to it
    assert "cases:changed from:body" in client.get("/customers/").content.decode()
    assert shown(client, "/cases/", "cases") == {"3"}


def test_a_place_that_is_not_counted_is_refused(people: list[User], client: Client) -> None:
    client.force_login(people[0])
    assert client.get("/counts/?also=secrets").status_code == 400
    with pytest.raises(KeyError):
        counts.count("secrets", people[0], DAY)
