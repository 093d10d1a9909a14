"""New customers get an owner as their segment says, and everybody can see why."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.urls import reverse

from accounts import assigning, ownership, segment_saving
from accounts.models import Assigning, Cover, Customer, Handover, HandoverMove, Segment, User
from config import changed, cycle
from playbooks.models import Task
from tests import factories as make
from tests.counting import statements
from tests.factories import DAY

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def company() -> None:
    make.organisation()


def segment(way: str, *pool: User, **fields: Any) -> Segment:
    of = make.segment(assigning=way, touch_every_days=400, **fields)
    of.pool.set(pool)
    return of


def new(of: Segment, number: int = 1, **fields: Any) -> list[Customer]:
    values = {"segment": of, "last_touch_on": DAY} | fields
    return [make.customer(**values) for _ in range(number)]


def owners(*customers: Customer) -> list[str | None]:
    found = dict(Customer.objects.values_list("pk", "owner__name"))
    return [found[one.pk] for one in customers]


def people(*names: str) -> list[User]:
    return [make.user(name=name) for name in names]


def test_shipped_and_new_segments_leave_it_to_people():
    (one,) = new(make.segment())
    assert assigning.sweep(DAY) == 0
    assert owners(one) == [None]


def test_in_turn_goes_on_where_it_stopped_and_past_who_is_away():
    ann, bo, cy = people("Ann", "Bo", "Cy")
    of = segment(Assigning.TURN, cy, ann, bo)
    first = new(of, 4)
    assert assigning.sweep(DAY) == 4
    assert owners(*first) == ["Ann", "Bo", "Cy", "Ann"]
    Cover.objects.create(owner=bo, by=ann, starts_on=DAY, ends_on=DAY + dt.timedelta(days=1))
    later = new(of, 3)
    assigning.sweep(DAY)
    assert owners(*later) == ["Cy", "Ann", "Cy"]
    after = new(of, 1)
    assigning.sweep(DAY + dt.timedelta(days=1))
    assert owners(*after) == ["Ann"]


def test_least_arr_counts_what_each_gets_on_the_way():
    ann, bo = people("Ann", "Bo")
    make.customer(owner=ann, arr=100)
    of = segment(Assigning.ARR, ann, bo)
    customers = [*new(of, arr=60), *new(of, arr=60), *new(of, arr=None), *new(of, arr=10)]
    assigning.sweep(DAY)
    assert owners(*customers) == ["Bo", "Bo", "Ann", "Ann"]


def test_least_load_looks_at_hours_planned_of_hours_there():
    ann, bo = people("Ann", "Bo")
    User.objects.filter(pk=bo.pk).update(weekly_hours=4)
    busy = make.customer(owner=ann, status="churned")
    Task.objects.bulk_create(
        Task(customer=busy, title="T", assignee=ann, assigned_as="owner", due_on=DAY) for _ in range(20)
    )
    of = segment(Assigning.LOAD, ann, bo)
    # Bo has 12.8 hours, Ann 128 of which 10 are planned: each new customer takes 45 minutes at once.
    since = DAY - dt.timedelta(days=400)
    customers = new(of, 4, last_touch_on=None, first_contract_on=since, touch_model="high")
    assigning.sweep(DAY)
    assert owners(*customers) == ["Bo", "Bo", "Ann", "Ann"]


def test_a_person_in_two_pools_carries_what_both_gave():
    ann, bo, cy = people("Ann", "Bo", "Cy")
    first, second = segment(Assigning.ARR, ann, bo, position=1), segment(Assigning.ARR, ann, cy, position=2)
    one, two = new(first, arr=50)[0], new(second, arr=50)[0]
    assigning.sweep(DAY)
    assert owners(one, two) == ["Ann", "Cy"]


@pytest.mark.parametrize("way", [Assigning.LOAD, Assigning.ARR, Assigning.TURN])
def test_nobody_gets_anything_where_nobody_is_there(way):
    ann, bo, cy = people("Ann", "Bo", "Cy")
    User.objects.filter(pk=ann.pk).update(is_active=False)
    User.objects.filter(pk=bo.pk).update(role="viewer")
    Cover.objects.create(owner=cy, by=make.user(), starts_on=DAY, ends_on=DAY + dt.timedelta(days=9))
    customers = [*new(segment(way, ann, bo, cy)), *new(segment(way))]
    assert assigning.sweep(DAY) == 0
    assert owners(*customers) == [None, None]
    assert not Handover.objects.exists()


def test_only_customers_that_never_had_an_owner_are_new():
    ann, bo = people("Ann", "Bo")
    of = segment(Assigning.TURN, ann)
    had = make.customer(owner=bo, segment=of)
    ownership.hand_over([had.pk], None, day=DAY, door=ownership.Door.FORM)
    gone = new(of, status="churned") + new(of, merged_into=had)
    kept = make.customer(owner=bo, segment=of)
    fresh = new(of, status="prospect")[0]
    unused = new(segment(Assigning.TURN, ann, is_active=False))[0]
    assert assigning.sweep(DAY) == 1
    assert owners(had, *gone, kept, fresh, unused) == [None, None, None, "Bo", "Ann", None]


def test_the_customer_says_who_assigned_it_and_taken_back_it_stays_without(client):
    (ann,) = people("Ann")
    admin = make.user("admin")
    of = segment(Assigning.TURN, ann, name="Growth X")
    one = new(of)[0]
    assigning.sweep(DAY)
    move = HandoverMove.objects.get()
    assert (move.segment, move.how, move.handover.door) == (of, "turn", "auto")
    client.force_login(admin)
    page = " ".join(client.get(reverse("accounts:customer", args=[one.pk])).text.split())
    assert "assigned by Growth X, In turn," in page
    assert "Assignment" in client.get(reverse("accounts:team")).text
    client.post(reverse("accounts:handover_undo", args=[move.handover_id]))
    assert assigning.sweep(DAY) == 0
    assert owners(one) == [None]
    one.refresh_from_db()
    assert assigning.told_of(one) is None
    ownership.hand_over([one.pk], ann, day=DAY, door=ownership.Door.FORM)
    one.refresh_from_db()
    assert assigning.told_of(one) is None, "whoever gave it by hand assigned it"


def test_the_sweep_of_changes_assigns_a_new_customer_within_seconds():
    (ann,) = people("Ann")
    of = segment(Assigning.LOAD, ann, rule=[])
    one = make.customer(status="prospect")
    from accounts import changes

    changes.mark([one.pk])
    changed.sweep()
    one.refresh_from_db()
    assert (one.segment, one.owner) == (of, ann)


def test_a_night_survives_a_segment_that_was_deleted_and_people_who_went():
    (ann,) = people("Ann")
    of = segment(Assigning.TURN, ann)
    (one,) = new(of)
    assigning.sweep(DAY)
    Customer.objects.filter(pk=one.pk).update(segment=None)
    of.delete()
    one.refresh_from_db()
    assert (assigning.told_of(one).segment, one.owner) == (None, ann)
    step = next(each for each in cycle.STEPS if each.name == "assigning")
    assert not cycle.run_here(step, DAY).failed


@pytest.mark.parametrize("number", [1, 3])
def test_statements_depend_on_neither_customers_nor_people(number):
    pool = people(*(f"P{at}" for at in range(number)))
    for way in (Assigning.LOAD, Assigning.ARR, Assigning.TURN):
        new(segment(way, *pool), number, last_touch_on=None)
    with statements() as asked:
        assert assigning.sweep(DAY) == 3 * number
    assert len(asked) == 30
    with statements() as asked:
        assigning.sweep(DAY)
    assert len(asked) == 2


def test_an_admin_says_who_gets_new_customers(client):
    ann, bo = people("Ann", "Bo")
    admin = make.user("admin")
    of = make.segment(name="Growth X")
    client.force_login(admin)
    url = reverse("accounts:segment", args=[of.pk])
    said = {
        "name": "Growth X", "touch_model": "low", "touch_every_days": 30, "renewal_lead_days": 90, "customers_per_csm": 50,
        "is_active": "on",
    }  # fmt: skip
    assert client.post(url, said | {"assigning": "load"}).status_code == 422, "nobody would get them"
    assert client.post(url, said | {"assigning": "load", "pool": [ann.pk, bo.pk]}).status_code == 302
    of.refresh_from_db()
    assert (of.assigning, set(of.pool.all())) == ("load", {ann, bo})
    assert client.post(url, said | {"pool": [bo.pk]}).status_code == 302
    of.refresh_from_db()
    assert (of.assigning, set(of.pool.all())) == ("load", {bo})
    one = new(of)[0]
    segment_saving.save(of, [])
    from accounts.tasks import segments_due

    segments_due({})
    assert owners(one) == ["Bo"]
