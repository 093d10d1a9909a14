"""The people who use the product for a customer: the panel, and the page behind its figures."""

from __future__ import annotations

import csv
import io
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Contact, Customer
from config.history.models import Departure
from health.explaining import people
from tests import factories as make
from tests.factories import DAY
from tests.health.conftest import ago, use
from tests.health.measures.measure_worlds import allow, answer
from tests.health.people_world import come, core_feature, is_known_as

UTC = ZoneInfo("UTC")
pytestmark = pytest.mark.usefixtures("months")


@pytest.fixture
def acme() -> Customer:
    """Person 1 is champion and admin and comes daily, 2 the buyer, last here 40 days ago; 3 and 4 nobody knows."""
    make.organisation()
    acme = make.customer()
    allow(make.contract(acme), "seats", quantity=4)
    come(acme, {1: range(28), 2: [40, 50], 3: [1], 4: [0, 3, 6, 9]}, feature=core_feature())
    come(acme, {9: [0, 1]}, agent=True, uses=30)
    is_known_as(acme, 1, make.contact(acme, name="Ann", roles=["champion", "admin"]), is_agent=False)
    is_known_as(acme, 2, make.contact(acme, name="Bob", roles=["buyer"]), is_agent=False)
    return acme


def test_people_by_role_and_by_how_often_they_come(acme: Customer) -> None:
    figures, groups = people.people_use(acme, DAY, UTC)
    assert [(group.name, group.known, group.came, group.regular, group.last_on) for group in groups] == [
        ("champion", 1, 1, 1, DAY),
        ("buyer", 1, 0, 0, ago(40)),
        ("admin", 1, 1, 1, DAY),
        ("unknown", 2, 2, 1, DAY),
        ("agents", 1, 1, 0, DAY),
    ]
    # 28 + 1 + 4 person-days of three people in 28 days; all four have done core work.
    assert figures == {
        "people_daily": pytest.approx(33 / 28),
        "people_weekly": 3,
        "people_monthly": 3,
        "stickiness": pytest.approx(33 / 28 / 3),
        "people_activated": 1,
    }


def test_a_contact_of_several_names_is_one_person_of_its_roles(acme: Customer) -> None:
    """Ann comes under another name as well, on days of her own, and Cid on two days under each of two; an agent of hers is its own."""
    come(acme, {5: [0, 30], 6: [0, 1], 7: [1, 2, 3]})
    come(acme, {1: [0], 5: [0]}, agent=True)
    ann, cid = Contact.objects.get(name="Ann"), make.contact(acme, name="Cid", roles=["champion"])
    for person, contact in ((5, ann), (6, cid), (7, cid)):
        is_known_as(acme, person, contact, is_agent=False)
    is_known_as(acme, 5, ann, is_agent=True)
    groups = people.people_use(acme, DAY, UTC)[1]
    assert {group.name: (group.known, group.came, group.regular) for group in groups} == {
        "champion": (2, 2, 2), "admin": (1, 1, 1), "buyer": (1, 0, 0), "unknown": (2, 2, 1), "agents": (3, 3, 0),
    }  # fmt: skip


def test_an_earlier_day_knows_nothing_of_later_ones(acme: Customer) -> None:
    figures, groups = people.people_use(acme, ago(28), UTC)
    assert figures["people_monthly"] == 1
    assert [(group.name, group.known, group.came) for group in groups] == [("buyer", 1, 1)]


def test_people_of_a_group(acme: Customer) -> None:
    rows = [(row.name, row.came, row.uses, row.came_on) for row in people.people_of(acme, DAY, "champion")]
    assert rows == [("Ann", 28, 28, DAY)]
    assert [row.came_on for row in people.people_of(acme, DAY)] == [DAY, DAY, ago(1), ago(40)]
    assert [row.uses for row in people.people_of(acme, DAY, "agents")] == [60]
    assert people.people_of(acme, DAY, "no_role").count() == 0
    assert people.people_of(acme, DAY, "unknown").count() == 2


def test_the_panel_opens_to_the_people(acme: Customer, client: Client) -> None:
    client.force_login(make.user(role="admin"))
    panel = client.get(f"/customers/{acme.pk}/people/panel/").text
    assert "People in four weeks (MAU)" in panel
    assert f"/customers/{acme.pk}/people/?who=champion" in panel
    page = client.get(f"/customers/{acme.pk}/people/", {"who": "champion"}).text
    assert "Ann" in page
    assert "Bob" not in page
    agents = client.get(f"/customers/{acme.pk}/people/", {"who": "agents"}).text
    assert "Agent " in agents
    assert client.get(f"/customers/{acme.pk}/people/", {"who": "nobody"}).status_code == 400
    rows = client.get(f"/customers/{acme.pk}/health/people_monthly/").text
    assert "Ann" in rows
    assert "Person " in rows


def test_where_sources_only_count_the_panel_says_that_nobody_is_known(client: Client) -> None:
    make.organisation()
    customer = make.customer()
    use(customer, range(28))
    client.force_login(make.user(role="admin"))
    assert "It is not known who uses the product" in client.get(f"/customers/{customer.pk}/people/panel/").text
    assert "Nobody" in client.get(f"/customers/{customer.pk}/people/").text


def test_statements_do_not_grow_with_people(acme: Customer, client: Client, django_assert_num_queries) -> None:
    other = make.customer()
    come(other, {1: [0]})
    people.people_use(other, DAY, UTC)
    for customer in (other, acme):
        with django_assert_num_queries(1):
            people.people_use(customer, DAY, UTC)
        with django_assert_num_queries(1):
            [row.name for row in people.people_of(customer, DAY)]


def test_an_admin_forgets_who_somebody_is(acme: Customer, client: Client) -> None:
    client.force_login(make.user(role="admin"))
    page = f"/customers/{acme.pk}/people/"
    person = acme.persons.get(contact__name="Ann")
    assert f"{page}{person.pk}/forget/" in client.get(page).text
    assert client.post(f"{page}{person.pk}/forget/").status_code == 302
    assert "Ann" not in client.get(page).text
    manager = make.user(role="manager")
    client.force_login(manager)
    assert client.post(f"{page}{person.pk}/forget/").status_code == 404


def test_last_use_is_said_for_three_months_on_page_and_panel_alike(acme: Customer) -> None:
    come(acme, {7: [120]})
    assert [row.came_on for row in people.people_of(acme, DAY, "unknown")] == [DAY, ago(1), None]
    groups = {group.name: group for group in people.people_use(acme, DAY, UTC)[1]}
    assert (groups["unknown"].known, groups["unknown"].last_on) == (3, DAY)


def test_who_left_has_no_role_any_more(acme: Customer) -> None:
    acme.contacts.filter(name="Ann").update(state="left", state_on=ago(5))
    groups = {group.name: group.known for group in people.people_use(acme, DAY, UTC)[1]}
    assert groups == {"buyer": 1, "no_role": 1, "unknown": 2, "agents": 1}
    assert [row.name for row in people.people_of(acme, DAY, "no_role")] == ["Ann"]
    assert not people.people_of(acme, DAY, "champion").exists()
    assert [row.name for row in people.people_of(acme, ago(6), "champion")] == ["Ann"]


def test_who_went_to_another_customer_is_nobody_at_the_old_one(acme: Customer, client: Client) -> None:
    """Ann went to Birch with an agent of hers, is called Zora there, is a sponsor, and has left it; Acme's manager sees Acme alone."""
    ann, birch, csm = Contact.objects.get(name="Ann"), make.customer(), make.user(role="csm")
    is_known_as(acme, 9, ann, is_agent=True)
    answer(acme, "nps", 3, contact=ann)
    Customer.objects.filter(pk=acme.pk).update(owner=csm)
    Contact.objects.filter(pk=ann.pk).update(customer=birch, name="Zora", roles=["sponsor"])
    Contact.objects.filter(pk=ann.pk).update(state="left", state_on=ago(1))
    figures, groups = people.people_use(acme, DAY, UTC)
    counts = {"buyer": (1, 0, 0), "unknown": (3, 3, 2), "agents": (1, 1, 0)}
    assert {group.name: (group.known, group.came, group.regular) for group in groups} == counts
    assert figures["people_activated"] == 1, "nor does it matter here that she left Birch"
    for group in people.GROUPS:
        rows = list(people.people_of(acme, DAY, group))
        assert [row.name for row in rows if row.is_known or row.is_there] == (["Bob"] if group == "buyer" else [])
        assert len(rows) == counts.get(group, (0,))[0]
    client.force_login(csm)
    asked = {"customer": acme.pk}
    told = client.get("/api/v1/people/figures/", asked).json()["groups"]
    assert {group["name"]: group["known"] for group in told} == {name: known for name, (known, *_) in counts.items()}
    for who, known in (("", [None, None, None]), ("unknown", [None] * 3), ("agents", [None]), ("sponsor", [])):
        found = client.get("/api/v1/people/", asked | ({"who": who} if who else {})).json()["results"]
        assert [row["contact"] for row in found if row["name"] != "Bob"] == known
        assert all(row["roles"] == [] for row in found if row["name"] != "Bob")
    parts = ("people_monthly", "champions_using", "key_roles_using", "champion_use", "people_regular")
    pages = [f"/customers/{acme.pk}/health/{part}/" for part in parts]
    lists = [f"/customers/{acme.pk}/people/{page}" for page in ("", "?who=unknown", "?who=agents", "panel/")]
    for page in (*pages, *lists):
        text = client.get(page).text
        assert ("Zora" in text, "<td>Executive sponsor" in text) == (False, False), page
    assert "Zora" not in b"".join(client.get(f"/customers/{acme.pk}/people/export.csv")).decode()
    assert "Executive sponsor" not in client.get(f"/customers/{acme.pk}/health/nps_weighted/").text
    client.force_login(make.user(role="admin"))
    for person in acme.persons.filter(contact=ann):
        assert "Zora" not in client.get(f"/customers/{acme.pk}/people/{person.pk}/forget/").text


def test_only_the_days_of_the_people_shown_are_read(acme: Customer) -> None:
    with CaptureQueriesContext(connection) as captured:
        assert people.people_of(acme, DAY).count() == 4
    assert "health_personday" not in captured[0]["sql"]


def test_it_is_asked_first_what_goes_with_a_name(acme: Customer, client: Client) -> None:
    client.force_login(make.user(role="admin"))
    page = f"/customers/{acme.pk}/people/?who=champion"
    address = f"/customers/{acme.pk}/people/{acme.persons.get(contact__name='Ann').pk}/forget/"
    question = client.get(address, headers={"referer": f"http://testserver{page}"}).text
    assert "Forget who Ann is?" in question
    assert "There is no Undo." in question
    assert "Ann" in client.get(page).text
    answer = client.post(address, {"next": page})
    assert answer["Location"] == page
    agent = acme.persons.get(is_agent=True)
    assert "whom this agent works for" in client.get(f"/customers/{acme.pk}/people/{agent.pk}/forget/").text


def test_who_left_has_no_role_wherever_people_stand_and_who_came_long_ago_is_not_nobody(
    acme: Customer, client: Client
) -> None:
    Contact.objects.filter(name="Ann").update(state="left", state_on=ago(2))
    come(acme, {5: [100]})
    client.force_login(make.user(role="admin"))
    page = client.get(f"/customers/{acme.pk}/people/", {"who": "no_role"}).text
    assert "Ann" in page
    assert "<td>Champion" not in page
    assert "Champion, Admin" not in client.get(f"/customers/{acme.pk}/health/people_monthly/").text
    assert "more than 3 months ago" in client.get(f"/customers/{acme.pk}/people/").text
    assert "Ann" not in client.get(f"/customers/{acme.pk}/people/", {"who": "champion"}).text
    # Before she left she was there.
    assert [row.is_there for row in people.people_of(acme, ago(3), "champion")] == [True]


def test_the_people_of_the_page_are_exported_as_they_stand_there(acme: Customer, client: Client) -> None:
    Contact.objects.filter(name="Ann").update(name="=HYPERLINK(1)")
    client.force_login(make.user(role="admin"))
    file = client.get(f"/customers/{acme.pk}/people/export.csv", {"who": "champion"})
    (head, *rows) = csv.reader(io.StringIO(b"".join(file).decode("utf-8-sig")))
    assert head == ["Person", "Roles", "Days of 28", "Uses", "Last use", "First use", "Core work since"]
    assert rows == [["'=HYPERLINK(1)", "Champion; Admin", "28", "28", str(DAY), str(ago(27)), str(ago(27))]]
    left = Departure.objects.get()
    assert (left.what, left.rows, left.filters) == ("people", 1, {"customer": acme.pk, "who": "champion"})
    assert len(b"".join(client.get(f"/customers/{acme.pk}/people/export.csv")).splitlines()) == 5


def test_people_and_their_figures_over_the_api(acme: Customer, client: Client, django_assert_num_queries) -> None:
    client.force_login(make.user(role="admin"))
    asked = {"customer": acme.pk}
    told = client.get("/api/v1/people/figures/", asked).json()
    assert (told["people_weekly"], told["people_monthly"], told["people_activated"]) == (3, 3, 1)
    assert told["groups"][0] == {"name": "champion", "known": 1, "came": 1, "regular": 1, "last_on": str(DAY)}
    first = client.get("/api/v1/people/", asked | {"page_size": 3}).json()
    rest = client.get(first["next"]).json()
    assert (len(first["results"]), len(rest["results"]), rest["next"]) == (3, 1, None)
    ann = next(row for row in first["results"] if row["name"] == "Ann")
    assert {key: ann[key] for key in ("roles", "is_agent", "came", "uses", "last_on", "first_on", "core_on")} == {
        "roles": ["champion", "admin"], "is_agent": False, "came": 28, "uses": 28, "last_on": str(DAY),
        "first_on": str(ago(27)), "core_on": str(ago(27)),
    }  # fmt: skip
    assert [row["name"] for row in client.get("/api/v1/people/", asked | {"who": "buyer"}).json()["results"]] == ["Bob"]
    assert len(client.get("/api/v1/people/").json()["results"]) == 4
    assert client.get("/api/v1/people/figures/").status_code == 400
    assert client.get("/api/v1/people/", asked | {"who": "x"}).status_code == 400
    client.force_login(make.user(role="csm"))
    assert (
        client.get("/api/v1/people/").json()["results"] == client.get("/api/v1/people/", asked).json()["results"] == []
    )
    assert client.get("/api/v1/people/figures/", asked).status_code == 404
