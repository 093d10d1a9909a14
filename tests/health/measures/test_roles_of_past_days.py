"""A past day is measured by the roles of that day. DAY is over: what is written in these tests comes after it."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from accounts.identity import merging
from accounts.models import Contact, Customer, Organisation
from config import clock
from config.history.models import Entry
from health import scoring
from health.explaining import rows_behind, with_roles_then
from health.measures import SHIPPED
from health.measures.sources import Moment
from health.models import Score, Scorecard
from health.scorecards import published
from health.scoring.formula import Scope, score_query
from health.scoring.writing import organisation_zone
from health.states import table
from health.states.state import Measured
from tests import factories as make
from tests.counting import statements
from tests.factories import DAY
from tests.health.conftest import scorecard
from tests.health.measures.measure_worlds import answer
from tests.health.people_world import come, is_known_as

pytestmark = pytest.mark.usefixtures("months")
KEYS = ("champion_use", "deciders_using", "champion_present", "executive_reach", "key_roles_using", "users_regular")


def amounts(customer: Customer, *, past: bool) -> list[float | None]:
    """The amounts of the scorecard (``KEYS``) as of DAY: as a replay reads them, or as the sweep of that day did."""
    found = []
    for form in (Scope(first=customer.pk, last=customer.pk, past=past), Scope(ids=[customer.pk], past=past)):
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT amounts FROM ({score_query(published(), Moment(DAY, organisation_zone()), form)}) q"
            )
            found.append(cursor.fetchone()[0])
    assert found[0] == found[1]
    return found[0]


def measured(*keys: str) -> None:
    """One scorecard, of these measures."""
    Scorecard.objects.update(is_published=False)
    scorecard({"all": (1, dict.fromkeys(keys, 1))})


@pytest.fixture
def customer(months: object) -> Customer:
    make.organisation()
    made = make.customer()
    make.contract(made)
    measured(*KEYS)
    come(made, {1: [30, 9], 2: [0]})
    return made


def test_who_becomes_champion_later_was_none_before(customer: Customer) -> None:
    """On DAY Ann was champion and Bob buyer; since, they have changed places."""
    ann, bob = (make.contact(customer, roles=[role]) for role in ("champion", "buyer"))
    is_known_as(customer, 1, ann)
    is_known_as(customer, 2, bob)
    assert amounts(customer, past=True) == [9, 1, 1, 1, 1, None]
    Contact.objects.filter(pk=ann.pk).update(roles=["buyer"])
    Contact.objects.filter(pk=bob.pk).update(roles=["champion", "user"])
    assert amounts(customer, past=True) == [9, 1, 1, 1, 1, None]
    assert amounts(customer, past=False) == [0, 1, 1, 1, 1, 0]
    Contact.objects.filter(pk=bob.pk).update(roles=[])
    assert amounts(customer, past=True) == [9, 1, 1, 1, 1, None]
    assert amounts(customer, past=False) == [None, 1, 0, 1, 1, None]


def test_before_a_contact_came_its_roles_are_unknown_and_not_none(customer: Customer) -> None:
    for person, role in ((1, "champion"), (2, "buyer")):
        is_known_as(customer, person, make.contact(customer, roles=[role], created_at=clock.now()))
    assert amounts(customer, past=True) == [None] * len(KEYS)
    assert amounts(customer, past=False) == [9, 1, 1, 1, 1, None]
    # Of whom something is known, it counts: a user is no champion.
    make.contact(customer, roles=["user"])
    assert amounts(customer, past=True) == [None, None, 0, 0, None, None]


def test_a_backfill_writes_what_held_and_a_state_compares_with_it(customer: Customer) -> None:
    ann = make.contact(customer, roles=["user"])
    is_known_as(customer, 1, ann)
    Contact.objects.filter(pk=ann.pk).update(roles=["champion"])
    scoring.score_history([DAY])
    assert Score.objects.get(customer=customer, day=DAY).amounts[:3] == [None, None, 0]
    today = clock.real_today()
    back = (today - DAY).days
    reads = [Measured("champion_present"), Measured("champion_present", back=back)]
    sql, columns = table.select(today, reads, [customer.pk])
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(columns.values())} FROM ({sql}) q")
        assert cursor.fetchone() == (1, 0)


def test_the_rows_of_a_past_day_show_the_roles_of_that_day(client: Client, customer: Customer) -> None:
    ann, new = (
        make.contact(customer, name="Ann", roles=["champion"]),
        make.contact(customer, name="New", roles=["sponsor"], created_at=clock.now()),
    )
    is_known_as(customer, 1, ann)
    is_known_as(customer, 2, new)
    Contact.objects.filter(pk=ann.pk).update(roles=["buyer"])
    for key, contacts in (("champion_use", lambda row: row.contact), ("champion_present", lambda row: row)):
        rows = list(rows_behind(SHIPPED[key], customer, DAY))
        with statements() as asked:
            with_roles_then(SHIPPED[key].behind, rows, DAY)
        assert len(asked) == 2
        said = {contacts(row).name: contacts(row).role_words for row in rows}
        assert said == {"Ann": ["Champion"], "New": ["not known"]}
    Organisation.objects.update(frozen_today=DAY + dt.timedelta(1))
    client.force_login(make.user("admin"))
    part = reverse("health:score_part", args=[customer.pk, "champion_present"])
    past = client.get(part, {"day": str(DAY)}).content.decode()
    assert ("Champion" in past, "not known" in past, "Economic buyer" in past) == (True, True, False)
    assert "Economic buyer" in client.get(part).content.decode()


def test_what_asks_for_no_role_has_data_where_roles_are_unknown(customer: Customer) -> None:
    """Ann came with a file long after DAY, with her state and touches of before."""
    measured("contacts_in_touch", "champion_present")
    ann = make.contact(customer, created_at=clock.now())
    customer.touchpoints.create(kind="call", happened_on=DAY).contacts.add(ann)
    assert amounts(customer, past=True) == [1, None]


def test_an_answer_of_unknown_roles_weighs_not_as_one_without(customer: Customer) -> None:
    """Buyer 0 and champion 10: −3 + 2 of 5. Of whom came later, or was deleted since, the weight is unknown."""
    measured("nps_weighted")
    ann, bob = (make.contact(customer, roles=[role]) for role in ("champion", "buyer"))
    answer(customer, "nps", 10, contact=ann)
    answer(customer, "nps", 0, contact=bob)
    make.contact(customer).delete()  # of no role: weighs as much as nobody
    assert amounts(customer, past=True) == amounts(customer, past=False) == [-20]
    Contact.objects.filter(pk=bob.pk).update(created_at=clock.now())
    assert (amounts(customer, past=True), amounts(customer, past=False)) == ([None], [-20])
    bob.delete()
    assert (amounts(customer, past=True), amounts(customer, past=False)) == ([100 / 3], [100 / 3])
    ann.delete()
    assert (amounts(customer, past=True), amounts(customer, past=False)) == ([None], [0])


def test_a_past_day_counts_who_was_deleted_since(customer: Customer) -> None:
    """On DAY Ann was champion and Bob buyer. Whose link to use is gone is not counted as not using it; who came later was not there."""
    measured(*KEYS, "champions_using", "champions_regular", "contacts_in_touch")
    ann, bob, eve = (make.contact(customer, roles=[role]) for role in ("champion", "buyer", "champion"))
    for person, contact in ((1, ann), (2, bob)):
        is_known_as(customer, person, contact)
        customer.touchpoints.create(kind="call", happened_on=DAY).contacts.add(contact)
    before = [9, 1, 2, 1, 1, None, 1, 0, 2]
    assert amounts(customer, past=True) == before
    make.contact(customer, roles=["sponsor", "champion"], created_at=clock.now()).delete()
    assert amounts(customer, past=True) == before
    Contact.objects.filter(pk=eve.pk).update(roles=["user"])
    key = eve.pk
    eve.delete()
    assert amounts(customer, past=True) == [None, 1, 2, 1, None, None, None, None, None]
    assert amounts(customer, past=False) == [9, 1, 1, 1, 1, None, 1, 0, 2]
    bob.delete()
    assert amounts(customer, past=True) == [None, None, 2, 1, None, None, None, None, None]
    # Who comes back by its history stands once.
    eve.pk = key
    Contact.objects.bulk_create([eve])
    assert amounts(customer, past=True)[2] == 2


def test_a_past_day_counts_who_went_to_another_customer_since(customer: Customer) -> None:
    """On DAY Ann, the champion, and Bob, the buyer, were here. Since, Ann has gone to Birch and from there to Cedar, and was deleted."""
    birch, cedar = make.customer(), make.customer()
    for other in (birch, cedar):
        make.contract(other)
        make.contact(other, roles=["user"])
    ann, bob = (make.contact(customer, roles=[role]) for role in ("champion", "buyer"))
    for person, contact in ((1, ann), (2, bob)):
        is_known_as(customer, person, contact)
    here, there = [9, 1, 1, 1, 1, None], [None, None, 0, 0, None, None]

    def rows(of: Customer) -> int:
        return rows_behind(SHIPPED["champion_present"], of, DAY, is_over=True).count()

    for other in (birch, cedar):
        Contact.objects.filter(pk=ann.pk).update(customer=other)
        assert [amounts(each, past=True) for each in (customer, birch, cedar)] == [here, there, there]
        assert [amounts(each, past=False)[2] for each in (customer, other)] == [0, 1]
        assert amounts(customer, past=False) == [None, 1, 0, 1, 1, None], "who went is nobody who comes"
        assert [rows(each) for each in (customer, birch, cedar)] == [2, 1, 1]
    ann.delete()
    assert amounts(customer, past=True) == [None, 1, 1, 1, None, None]
    assert [amounts(each, past=True) for each in (birch, cedar)] == [there, there]


def test_the_rows_of_a_past_day_show_who_went_since_as_they_were(client: Client, customer: Customer) -> None:
    """Ann, the champion, went to Birch, is called Zora there, is a sponsor, and has left it. Acme's manager, who sees Acme alone, reads on
    DAY what was so then.
    """
    measured("champion_present", "champions_using")
    csm, birch = make.user("csm"), make.customer()
    Customer.objects.filter(pk=customer.pk).update(owner=csm)
    make.contract(birch)
    ann = make.contact(customer, name="Ann", roles=["champion"])
    is_known_as(customer, 1, ann)
    Contact.objects.filter(pk=ann.pk).update(customer=birch, name="Zora", roles=["sponsor"])
    Contact.objects.filter(pk=ann.pk).update(state="left", state_on=DAY - dt.timedelta(1))
    assert [amounts(each, past=True) for each in (customer, birch)] == [[1, 1], [None, None]], (
        "that she left Birch is told of Birch"
    )
    (person,) = rows_behind(SHIPPED["champions_using"], customer, DAY, is_over=True).filter(contact=ann)
    assert (person.is_known, person.is_there) == (True, True)
    Organisation.objects.update(frozen_today=DAY + dt.timedelta(1))
    client.force_login(csm)
    for key, cells in (("champion_present", ["Ann", "Champion", "Active"]), ("champions_using", ["Ann", "Champion"])):
        part = reverse("health:score_part", args=[customer.pk, key])
        past, now = client.get(part, {"day": str(DAY)}).text, client.get(part).text
        assert [cell in past for cell in cells] == [True] * len(cells)
        for text in (past, now):
            assert [word in text for word in ("Zora", "Executive sponsor", ">Left<")] == [False] * 3
        assert "Ann" not in now
        rows = rows_behind(SHIPPED[key], birch, DAY, is_over=True)
        assert not rows.exists()


def test_who_went_along_with_a_merge_or_an_undo_counts_where_they_are(customer: Customer) -> None:
    """Ann came to the survivor with her customer; Bob was moved there and an Undo took him back."""
    twin = make.customer()
    make.contact(twin, roles=["champion"])
    bob = make.contact(customer, roles=["buyer"])
    merging.merge(twin, customer, by=None, day=DAY)
    for door, sides in (("import:1", (customer, twin)), ("undo:1", (twin, customer))):
        before, after = ({"customer": side.pk} for side in sides)
        values = {"kind": "contact", "object_id": bob.pk, "operation": "changed", "door": door}
        Entry.objects.create(act=1, before=before, after=after, **values)
    assert amounts(customer, past=True)[2:4] == [1, 1]


def moved(contact: Contact, *steps: tuple[str, int, Customer, Customer]) -> None:
    """The history tells of these moves: the door, how many days after DAY, from where, and where to."""
    for door, days, old, new in steps:
        sides = {"before": {"customer": old.pk}, "after": {"customer": new.pk}}
        at = dt.datetime.combine(DAY, dt.time(12), dt.UTC) + dt.timedelta(days)
        values = {"kind": "contact", "object_id": contact.pk, "operation": "changed", "door": door, "at": at}
        Entry.objects.create(act=1, **sides, **values)


def present(*customers: Customer) -> list[float | None]:
    """How many champions each had on DAY."""
    return [amounts(each, past=True)[2] for each in customers]


def test_what_was_taken_back_after_the_day_was_never_so(customer: Customer) -> None:
    """On DAY Ann stood at the other one by a move, Bob by a merge; later both were undone."""
    other = make.customer()
    for of in (customer, other):
        make.contract(of)
        make.contact(of)
    ann, bob = (make.contact(customer, roles=["champion"]) for _ in range(2))
    moved(ann, ("import:1", -1, customer, other), ("undo:1", 1, other, customer))
    assert present(customer, other) == [2, 0]
    moved(bob, ("merge:1", -1, customer, other), ("merge:1", 1, other, customer))
    assert present(customer, other) == [2, 0]


@pytest.mark.parametrize("days", [-1, 1])
def test_who_was_moved_while_a_merge_stood_that_was_taken_back_was_of_the_merged_one(
    customer: Customer, days: int
) -> None:
    """Ann of the twin was moved to Birch while the twin was merged; Bob, whom somebody had moved to the survivor before, likewise."""
    twin, birch = make.customer(), make.customer()
    for of in (customer, twin, birch):
        make.contract(of)
        make.contact(of)
    ann, bob = (make.contact(birch, roles=["champion"]) for _ in range(2))
    moved(ann, ("merge:1", days, twin, customer), ("", 2, customer, birch))
    moved(bob, ("merge:1", -3, twin, birch), ("", -2, birch, customer), ("", 2, customer, birch))
    assert present(customer, twin, birch) == [1, 1, 0]
    twin.merged_into = customer
    twin.save(update_fields=["merged_into"])
    assert present(customer, birch) == [2, 0]


def test_who_was_deleted_before_their_customer_was_merged_counts_at_the_survivor(customer: Customer) -> None:
    """On DAY Ann was the twin's champion; she was deleted, then the twin was merged. Bob had been moved away before he was deleted."""
    twin, birch, cedar = (make.customer() for _ in range(3))
    for of in (customer, twin, birch, cedar):
        make.contract(of)
        make.contact(of)
    ann, bob = (make.contact(twin, roles=["champion"]) for _ in range(2))
    ann.delete()
    Contact.objects.filter(pk=bob.pk).update(customer=birch)
    bob.delete()
    assert present(customer, twin, birch) == [0, 2, 0]
    for merged, survivor in ((birch, cedar), (twin, customer)):
        merged.merged_into = survivor
        merged.save(update_fields=["merged_into"])
    assert present(customer, cedar) == [2, 0]


def test_a_day_ends_at_midnight_of_the_organisation(customer: Customer) -> None:
    """In Tokyo Ann became champion a minute before DAY was over, Bob at the midnight after it; Eve came at that midnight."""
    make.organisation(time_zone="Asia/Tokyo")
    midnight = dt.datetime.combine(DAY, dt.time(15), dt.UTC)
    ann, bob = (make.contact(customer, roles=["champion"]) for _ in range(2))
    eve = make.contact(customer, roles=["sponsor"], created_at=midnight)
    for contact, at in ((ann, midnight - dt.timedelta(minutes=1)), (bob, midnight)):
        sides = {"before": {"roles": ["user"]}, "after": {"roles": ["champion"]}}
        Entry.objects.create(at=at, act=1, kind="contact", object_id=contact.pk, operation="changed", **sides)
    assert amounts(customer, past=True)[2:4] == [1, 0]
    rows = list(rows_behind(SHIPPED["champion_present"], customer, DAY))
    with_roles_then("contacts", rows, DAY)
    assert {row.pk: row.role_words for row in rows} == {
        ann.pk: ["Champion"],
        bob.pk: ["End user"],
        eve.pk: ["not known"],
    }
    Contact.objects.filter(pk=eve.pk).update(created_at=midnight - dt.timedelta(minutes=1))
    assert amounts(customer, past=True)[2:4] == [1, 1]


@pytest.mark.parametrize(("minutes", "was_here"), [(-1, True), (0, False)])
def test_who_came_over_at_midnight_came_the_day_after(customer: Customer, minutes: int, *, was_here: bool) -> None:
    """In Tokyo, a minute before DAY was over, or just then."""
    make.organisation(time_zone="Asia/Tokyo")
    at = dt.datetime.combine(DAY, dt.time(15), dt.UTC) + dt.timedelta(minutes=minutes)
    other = make.customer()
    ann = make.contact(customer, roles=["champion"])
    for of in (customer, other):
        make.contract(of)
        make.contact(of)
    sides = {"before": {"customer": other.pk}, "after": {"customer": customer.pk}}
    Entry.objects.create(at=at, act=1, kind="contact", object_id=ann.pk, operation="changed", **sides)
    assert [amounts(of, past=True)[2] for of in (customer, other)] == [was_here, not was_here]


def test_each_contact_is_looked_up_once_however_many_figures_ask(customer: Customer) -> None:
    measured(*KEYS, "champions_using", "champions_regular", "buyers_using")
    for scope in (Scope(first=customer.pk, last=customer.pk, past=True), Scope(ids=[customer.pk], past=True)):
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN {score_query(published(), Moment(DAY, organisation_zone()), scope)}")
            plan = [line for (line,) in cursor.fetchall()]
        # Once for each table of contacts, that of people, that of all, and who moved: what stood before, when it came, who is gone
        # (from merged customers apart), and of the few who moved, what somebody did with them before.
        assert sum("history_entry e" in line for line in plan) <= 3 * 4 + 2
