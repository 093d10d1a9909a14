"""Several names of one contact are one person, in every figure that counts people; names of nobody are one each."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.db.models import Q
from django.test import Client

from accounts.identity import merging
from accounts.models import Change, Contact, ContactKey, Customer
from config import clock
from health.explaining import people as using
from health.measures import SHIPPED, reading
from health.measures.sources import Moment
from health.models import Feature, FeatureDay, Person, PersonDay, RollupMark, UsageDay, UsageRecord
from health.signals import forgetting, linking, numbering, people, rollup
from health.signals.rollup import roll_up_changed
from tests import factories as make
from tests.factories import DAY
from tests.health.conftest import ago
from tests.health.people_world import come
from tests.health.signals.test_people import arrays, came

pytestmark = pytest.mark.django_db
FIGURES = ("people_daily", "people_weekly", "people_monthly", "stickiness", "people_regular")


def numbers(*names: str) -> dict[str, int]:
    """The number of each name, as sources that give it lead to it."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT n, {numbering.number('n')} FROM unnest(%(names)s::text[]) n",
            {"names": list(names)} | numbering.parameters(),
        )
        return dict(cursor.fetchall())


def visit(customer: Customer, visits: Mapping[str, Iterable[int]], **fields: Any) -> None:
    """Each name uses the product on each of the days, counted back from DAY."""
    found = numbers(*visits)
    come(customer, {found[name]: backs for name, backs in visits.items()}, **fields)


def again(customer: Customer) -> None:
    """The roll-up looks who the people of the customer are."""
    RollupMark.objects.create(customer=customer, day=dt.date.min)
    roll_up_changed()


def amounts(customer: Customer, *keys: str, day: dt.date = DAY) -> list[float | None]:
    picks = [reading.amount(key, SHIPPED[key], SHIPPED[key].window) for key in keys]
    who = f"SELECT id FROM accounts_customer WHERE id = {customer.pk}"
    with connection.cursor() as cursor:
        cursor.execute(reading.query(who, "id", picks, Moment(day, ZoneInfo("UTC"))))
        return list(cursor.fetchone()[1:])


def users(customer: Customer) -> dict[int, int]:
    rows = UsageDay.objects.filter(customer=customer, active_users__gt=0).values_list("day", "active_users")
    return {(DAY - day).days: count for day, count in rows}


@pytest.fixture
def acme() -> Customer:
    return make.customer()


@pytest.fixture
def ann(acme: Customer) -> Contact:
    """Known by an address, by the id in one system and by that in another."""
    made = make.contact(acme, name="Ann", email="ann@acme.test", source="crm", external_id="C-7", roles=["champion"])
    ContactKey.objects.create(contact=made, source="product", external_id="u-7")
    return made


# Ann comes by her address on the days 20, 3 and 0, by her user id on 3 and 1; somebody else on 3.
VISITS: Mapping[str, list[int]] = {"ann@acme.test": [20, 3, 0], "u-7": [3, 1], "u-9": [3]}


def check_worked(customer: Customer) -> None:
    """Day 3: two people, not three. Person-days: Ann 4 (20, 3, 1, 0), the other 1."""
    assert users(customer) == {20: 1, 3: 2, 1: 1, 0: 1}
    # On day 3 Ann was last there 17 days before, on day 1 two, on day 0 one; the other never.
    assert arrays(customer) == {20: [1], 3: [1] + [1] * 17, 1: [0, 1, 1], 0: [0, 1]}
    assert [came(customer, DAY, n) for n in (1, 2, 4, 28)] == [1, 1, 2, 2]
    assert amounts(customer, *FIGURES) == pytest.approx([5 / 28, 2, 2, 5 / 28 / 2, 1 / 2])
    rows = {person.name: person for person in using.people_where(Q(customer=customer), DAY)}
    assert len(rows) == 2
    assert (rows["Ann"].came, rows["Ann"].uses, rows["Ann"].came_on, rows["Ann"].began_on) == (4, 5, DAY, ago(20))
    found, groups = using.people_use(customer, DAY, ZoneInfo("UTC"))
    assert found["people_monthly"] == sum(group.came for group in groups) == 2
    assert {group.name: (group.known, group.regular) for group in groups} == {"champion": (1, 1), "unknown": (1, 0)}


def test_an_address_and_an_id_of_one_contact_are_one_person(acme: Customer, ann: Contact) -> None:
    feature = Feature.objects.create(key="deals", name="Deals", is_core=True)
    visit(acme, VISITS, feature=feature)
    assert set(Person.objects.values_list("contact__name", flat=True)) == {"Ann", None}
    check_worked(acme)
    assert FeatureDay.objects.get(day=ago(3)).users == 2
    allow = make.contract(acme).entitlements
    allow.create(kind="seats", quantity=4, starts_on=ago(100))
    assert amounts(acme, "people_activated") == [2 / 4]


def test_page_rows_export_and_api_list_a_person_once(acme: Customer, ann: Contact, client: Client) -> None:
    make.organisation()
    visit(acme, VISITS)
    client.force_login(make.user(role="admin"))
    for page in (f"/customers/{acme.pk}/people/", f"/customers/{acme.pk}/health/people_monthly/"):
        assert client.get(page).text.count('<th scope="row">') == 2, page
    lines = b"".join(client.get(f"/customers/{acme.pk}/people/export.csv")).decode().splitlines()
    assert [line.split(",")[0].strip('"') for line in lines][1:] == [
        "Ann",
        next(iter(Person.objects.filter(contact=None))).name,
    ]
    (row,) = client.get("/api/v1/people/", {"customer": acme.pk, "who": "champion"}).json()["results"]
    assert (row["name"], row["came"], row["uses"], row["first_on"]) == ("Ann", 4, 5, str(ago(20)))
    told = client.get("/api/v1/people/figures/", {"customer": acme.pk}).json()
    assert (told["people_weekly"], [group["known"] for group in told["groups"]]) == (2, [1, 1])


@pytest.mark.parametrize("order", [["u-7", "ann@acme.test", "u-9"], ["u-9", "ann@acme.test", "u-7"]])
def test_in_whatever_order_the_names_come(acme: Customer, ann: Contact, order: list[str]) -> None:
    for name in order:
        visit(acme, {name: VISITS[name]})
    check_worked(acme)


def test_names_linked_later_are_one_person_on_past_days(acme: Customer) -> None:
    visit(acme, VISITS)
    assert (users(acme)[3], came(acme, DAY, 28), came(acme, ago(3), 1)) == (3, 3, 3)
    made = make.contact(acme, name="Ann", email="ann@acme.test", roles=["champion"])
    ContactKey.objects.create(contact=made, source="product", external_id="u-7")
    again(acme)
    check_worked(acme)


def test_a_name_that_goes_to_another_contact_is_that_ones_from_the_start(acme: Customer, ann: Contact) -> None:
    visit(acme, VISITS)
    ContactKey.objects.update(contact=make.contact(acme, name="Uwe"))
    again(acme)
    assert users(acme) == {20: 1, 3: 3, 1: 1, 0: 1}
    assert arrays(acme) == {20: [1], 3: [2] + [1] * 17, 1: [0, 1, 1], 0: [0, 1, 1, 1]}
    assert amounts(acme, "people_monthly", "people_regular") == [3, 0]


def test_names_that_never_met_are_joined_and_parted(acme: Customer, ann: Contact) -> None:
    """Her address came on day 5, her id on day 1; then the id is Uwe's, then hers again, and the id's day is taken back."""
    visit(acme, {"ann@acme.test": [5], "u-7": [1]})
    assert (arrays(acme)[1], came(acme, DAY, 28)) == ([0, 1, 1, 1, 1], 1)
    uwe = make.contact(acme, name="Uwe")
    for contact, day_one in ((uwe, [1]), (ann, [0, 1, 1, 1, 1])):
        ContactKey.objects.update(contact=contact)
        again(acme)
        assert (arrays(acme)[5], arrays(acme)[1]) == ([1], day_one)
    visit(acme, {"u-7": [5]})
    assert (arrays(acme)[5], came(acme, DAY, 28)) == ([1], 1)
    UsageRecord.objects.filter(day=ago(5), person=numbers("ann@acme.test")["ann@acme.test"]).delete()
    RollupMark.objects.create(customer=acme, day=ago(5), is_less=True)
    roll_up_changed()
    assert (arrays(acme)[5], arrays(acme)[1], came(acme, DAY, 28)) == ([1], [0, 1, 1, 1, 1], 1)


def test_names_of_two_deleted_contacts_are_two_people(acme: Customer, ann: Contact) -> None:
    bob = make.contact(acme, name="Bob", email="bob@acme.test", source="crm", external_id="C-8")
    visit(acme, {"ann@acme.test": [2], "u-7": [1], "bob@acme.test": [2], "C-8": [0]})
    for contact in (ann, bob):
        contact.delete()
        again(acme)
    assert (came(acme, DAY, 28), amounts(acme, "people_regular")) == (2, [0])
    assert [row.came for row in using.people_where(Q(customer=acme), DAY)] == [2, 2]


def test_a_key_that_leaves_and_a_contact_that_leaves_change_no_figure(acme: Customer, ann: Contact) -> None:
    """The days were the person's under the name; of a deleted contact nobody knows who it was, but that it was one."""
    visit(acme, VISITS)
    ContactKey.objects.all().delete()
    again(acme)
    check_worked(acme)
    ann.delete()
    again(acme)
    assert amounts(acme, *FIGURES) == pytest.approx([5 / 28, 2, 2, 5 / 28 / 2, 1 / 2])
    assert using.people_where(Q(customer=acme), DAY).count() == 2
    (group,) = using.people_use(acme, DAY, ZoneInfo("UTC"))[1]
    assert (group.name, group.known, group.came, group.regular) == ("unknown", 2, 2, 1)
    back = make.contact(acme, name="Ann", email="ann@acme.test")
    again(acme)
    assert set(Person.objects.values_list("contact", "who")) == {(back.pk, None), (None, None)}
    assert users(acme)[3] == came(acme, DAY, 28) == 3, "of the other name nobody says any more whose it is"


def test_who_went_to_another_customer_stays_one_person_at_the_old_one(acme: Customer, ann: Contact) -> None:
    visit(acme, VISITS)
    Contact.objects.filter(pk=ann.pk).update(customer=make.customer())
    again(acme)
    assert amounts(acme, *FIGURES) == pytest.approx([5 / 28, 2, 2, 5 / 28 / 2, 1 / 2])
    assert "Ann" not in {person.name for person in using.people_where(Q(customer=acme), DAY)}
    assert using.people_where(Q(customer=acme), DAY, using.UNKNOWN).count() == 2


def test_who_is_forgotten_is_forgotten_under_all_names_and_stays_one(acme: Customer, ann: Contact) -> None:
    make.organisation()
    visit(acme, VISITS)
    visit(acme, {"u-7": [2]}, agent=True)
    forgetting.forget(Person.objects.get(number=numbers("ann@acme.test")["ann@acme.test"]))
    known = set(numbers("ann@acme.test", "u-7").values())
    assert not Person.objects.filter(number__in=known).exists()
    assert not UsageRecord.objects.filter(person__in=known).exists()
    assert not Person.objects.exclude(contact=None).exists()
    RollupMark.objects.bulk_create(RollupMark(customer=acme, day=ago(back)) for back in (20, 3, 1, 0))
    roll_up_changed()
    assert (users(acme), Person.objects.count()) == ({20: 1, 3: 2, 1: 1, 0: 1}, 4)
    assert amounts(acme, *FIGURES) == pytest.approx([5 / 28, 2, 2, 5 / 28 / 2, 1 / 2])


def test_agents_of_one_contact_are_one_each(acme: Customer, ann: Contact) -> None:
    visit(acme, VISITS, agent=True)
    assert UsageDay.objects.get(day=ago(3)).agents == 3
    assert using.people_where(Q(customer=acme), DAY, using.AGENTS).count() == 3
    assert Person.objects.filter(who=None).count() == 3


def test_a_past_day_shows_the_names_that_were_there(acme: Customer, ann: Contact) -> None:
    visit(acme, {"ann@acme.test": [0]})
    visit(acme, {"u-7": [30]})
    before, now = (using.people_where(Q(customer=acme), day).get() for day in (ago(10), DAY))
    assert (before.name, before.came_on, before.began_on) == ("Ann", ago(30), ago(30))
    assert (now.came_on, now.began_on) == (DAY, ago(30))


def test_a_merge_and_its_undo_count_each_person_once(acme: Customer, ann: Contact) -> None:
    """The other customer knows Ann by her address alone, where another name is hers, too."""
    make.organisation()
    make.months()
    other = make.customer()
    visit(acme, VISITS)
    twin = make.contact(other, name="Ann A.", email="ann@acme.test")
    ContactKey.objects.create(contact=twin, source="chat", external_id="@ann")
    visit(other, {"ann@acme.test": [3, 2], "@ann": [2, 1]})
    assert users(other) == {3: 1, 2: 1, 1: 1}
    made = merging.merge(other, acme, by=None, day=DAY)
    again(acme)
    # Days 20, 3, 2, 1 and 0 of Ann, day 3 of the other.
    assert amounts(acme, "people_daily") == [6 / 28]
    assert amounts(acme, "people_monthly") == [2]
    merging.undo(made, by=None, day=DAY, now=clock.now())
    again(acme)
    check_worked(acme)
    assert (users(other), came(other, DAY, 28)) == ({3: 1, 2: 1, 1: 1}, 1)


def test_a_roll_up_joins_names_for_a_bounded_number_of_days_and_the_rest_after_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Four customers with three days of two names each; a file of keys makes them one, and one customer has use of that day, too.

    Days of use up to 4 a roll-up: the first two customers (3 days come before the second, 6 before the third).
    """
    customers = [make.customer() for _ in range(4)]
    for customer in customers:
        visit(customer, {f"{customer.pk}-a": [3, 2, 1], f"{customer.pk}-b": [3, 2, 1]})
    for customer in customers:
        contact = make.contact(customer, source="crm", external_id=f"{customer.pk}-a")
        ContactKey.objects.create(contact=contact, source="product", external_id=f"{customer.pk}-b")
    monkeypatch.setattr(linking, "DAYS_AT_ONCE", 4)
    RollupMark.objects.bulk_create(RollupMark(customer=customer, day=dt.date.min) for customer in customers[:3])
    Change.objects.all().delete()
    visit(customers[3], {f"{customers[3].pk}-a": [0]})
    one, two = {3: 1, 2: 1, 1: 1}, {3: 2, 2: 2, 1: 2}
    assert [users(customer) for customer in customers] == [one, one, two, two | {0: 1}]
    waiting = [(customer.pk, dt.date.min) for customer in customers[2:]]
    assert sorted(RollupMark.objects.values_list("customer", "day")) == waiting
    changed = {customers[place].pk for place in (0, 1, 3)}
    assert set(Change.objects.values_list("customer_id", flat=True)) == changed, "nothing is new of the third yet"
    # Marks of people alone are taken by a number of their own: those of use do not wait behind them.
    monkeypatch.setattr(linking, "DAYS_AT_ONCE", 1)
    monkeypatch.setattr(rollup, "PEOPLE_AT_ONCE", 1)
    visit(customers[3], {"somebody": [0]})
    assert [users(customer) for customer in customers] == [one, one, one, two | {0: 2}]
    assert [roll_up_changed(), roll_up_changed()] == [1, 0], "two roll-ups left it one mark"
    assert users(customers[3]) == one | {0: 2}


def test_who_is_forgotten_while_the_names_wait_to_be_joined_is_forgotten_under_all(
    monkeypatch: pytest.MonkeyPatch, acme: Customer, ann: Contact
) -> None:
    monkeypatch.setattr(linking, "DAYS_AT_ONCE", 0)
    visit(acme, VISITS)
    assert list(Person.objects.filter(contact=ann).values_list("who", flat=True)) == [None, None]
    forgetting.forget(Person.objects.get(number=numbers("u-7")["u-7"]))
    assert not Person.objects.filter(number__in=numbers("ann@acme.test", "u-7").values()).exists()
    assert list(Person.objects.values_list("contact", flat=True)) == [None] * 3


def test_statements_are_as_many_for_many_names() -> None:
    counts = []
    for size in (1, 3):
        customer = make.customer()
        names = [f"{size}-{n}" for n in range(2 * size)]
        visit(customer, {name: [1, 0] for name in names})
        for one, other in zip(names[::2], names[1::2], strict=True):
            contact = make.contact(customer, source="crm", external_id=one)
            ContactKey.objects.create(contact=contact, source=f"product {one}", external_id=other)
        RollupMark.objects.create(customer=customer, day=dt.date.min)
        with connection.execute_wrapper(counted(counts)):
            roll_up_changed()
        assert users(customer) == {1: size, 0: size}
    assert counts[0][0] == counts[1][0]


def counted(into: list[list[int]]) -> Callable[..., Any]:
    into.append([0])

    def execute(run: Callable[..., Any], *args: Any) -> Any:
        into[-1][0] += 1
        return run(*args)

    return execute


class Reckoning:
    """Who the names of a customer are, and when they came, kept beside the product."""

    def __init__(self) -> None:
        self.visits: set[tuple[str, int]] = set()
        self.contact_of: dict[str, int] = {}
        self.was: dict[str, int] = {}

    def who(self, name: str) -> tuple[str, int | str]:
        if name in self.contact_of:
            return "contact", self.contact_of[name]
        return ("gone", self.was[name]) if name in self.was else ("name", name)

    def link(self, said: Mapping[str, int]) -> None:
        for name in {name for name, _back in self.visits} & set(said):
            self.contact_of[name] = said[name]
            self.was.pop(name, None)

    def delete(self, contact: int) -> None:
        names = [name for name, of in self.contact_of.items() if of == contact]
        self.was |= {name: self.contact_of.pop(name) for name in names}

    def people(self, last: int, window: int) -> int:
        return len({self.who(name) for name, back in self.visits if last <= back < last + window})


@pytest.mark.parametrize("seed", range(2))
def test_people_are_those_of_a_reckoning(seed: int) -> None:
    """Names split over contacts at random: they come, get a contact, another one or lose it, and days are taken back."""
    chance = random.Random(seed)
    customer = make.customer()
    contacts = [make.contact(customer, name=f"C{n}") for n in range(3)]
    names = [f"n{n}" for n in range(7)]
    number = numbers(*names)
    mine, said = Reckoning(), {}
    for _step in range(14):
        act = chance.choice(["come", "come", "come", "link", "link", "less", "delete"])
        if act == "come":
            new = {
                (chance.choice(names), chance.choice([chance.randrange(12), chance.randrange(110)])) for _ in range(9)
            }
            new -= mine.visits
            mine.visits |= new
            come(customer, {number[name]: [back for of, back in new if of == name] for name, _back in new})
        elif act == "link" and contacts:
            name, contact = chance.choice(names), chance.choice(contacts)
            ContactKey.objects.update_or_create(source="p", external_id=name, defaults={"contact": contact})
            said[name] = contact.pk
            again(customer)
        elif act == "less":
            gone = next(((n, b) for n, b in sorted(mine.visits) if sum(of == n for of, _ in mine.visits) > 1), None)
            if gone:
                mine.visits.discard(gone)
                UsageRecord.objects.filter(person=number[gone[0]], day=ago(gone[1])).delete()
                RollupMark.objects.create(customer=customer, day=ago(gone[1]), is_less=True)
                roll_up_changed()
        elif act == "delete" and len(contacts) > 1:
            contact = contacts.pop()
            mine.delete(contact.pk)
            said = {name: of for name, of in said.items() if of != contact.pk}
            contact.delete()
            again(customer)
        mine.link(said)
        again(customer)
        check_reckoning(customer, mine, chance)


def check_reckoning(customer: Customer, mine: Reckoning, chance: random.Random) -> None:
    for _ in range(8):
        last, window = chance.randrange(110), chance.randint(1, people.LONGEST)
        assert (came(customer, ago(last), window) or 0) == mine.people(last, window)
    days = {back for _name, back in mine.visits}
    assert users(customer) == {back: mine.people(back, 1) for back in days}
    if mine.people(0, 28):
        daily = sum(mine.people(back, 1) for back in range(28)) / 28
        expected = [daily, mine.people(0, 7), mine.people(0, 28), daily / mine.people(0, 28)]
        assert amounts(customer, *FIGURES[:4]) == pytest.approx(expected)
    rows = using.people_where(Q(customer=customer), DAY)
    assert rows.count() == mine.people(0, 1000)
    assert sum(row.came > 0 for row in rows) == mine.people(0, 28)
    groups = using.people_use(customer, DAY, ZoneInfo("UTC"))[1]
    assert sum(group.came for group in groups) == mine.people(0, 28)
    assert PersonDay.objects.count() == len(mine.visits)
