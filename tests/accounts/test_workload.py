"""How many hours of work people have ahead: each kind of work by hand, and that nothing is lost or counted twice."""

from __future__ import annotations

import datetime as dt
import random
from typing import Any

import pytest

from accounts import ownership, workload
from accounts.models import Cover, Customer, Effort, Organisation, User
from health.models import CaseAct
from playbooks.models import Task
from renewals.models import Qbr
from tests import factories as make
from tests.counting import statements
from tests.factories import DAY
from tests.health.cases import rows as cases
from tests.playbooks.rows import renewal

pytestmark = pytest.mark.django_db

TAKES = {
    "touch_high": 1, "touch_low": 10, "ebr": 1_000, "case": 7, "qbr": 10_000, "renewal": 3, "task": 5,
}  # fmt: skip
NOW = dt.datetime.combine(DAY, dt.time(9), dt.UTC)


@pytest.fixture(autouse=True)
def company() -> None:
    make.organisation()


def after(days: int) -> dt.date:
    return DAY + dt.timedelta(days=days)


def churned(owner: User) -> Customer:
    """A customer that asks for no touches by itself."""
    return make.customer(owner=owner, status="churned")


def weeks(person: User, **more: Any) -> list[int]:
    return workload.hours([person.pk], DAY, takes=TAKES, **more)[person.pk].weeks


def test_minutes_that_work_is_planned_with_as_shipped():
    assert {kind.key: kind.minutes for kind in workload.kinds()} == {
        "touch_high": 45, "touch_low": 30, "ebr": 480, "case": 90, "qbr": 240, "renewal": 45, "task": 30,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("every", "touched", "expected"),
    [
        (14, -7, [0, 10, 0, 10]),  # due in 7 days, and 14 days after that
        (14, -8, [10, 0, 10, 0]),
        (7, 0, [0, 10, 10, 10]),
        (30, -40, [10, 0, 0, 0]),  # overdue is due today, once
        (30, None, [0, 0, 0, 10]),  # never yet: the cadence after becoming a customer 5 days ago
        (30, -3, [0, 0, 0, 10]),  # on the last day but none
        (30, -2, [0, 0, 0, 0]),
        (1, 0, [60, 70, 70, 70]),
    ],
)
def test_touches_fall_due_by_the_segments_cadence(every, touched, expected):
    of = make.segment(touch_every_days=every)
    csm = make.user()
    last = None if touched is None else after(touched)
    make.customer(owner=csm, segment=of, touch_model="low", last_touch_on=last, first_contract_on=after(-5))
    assert weeks(csm) == expected


def test_without_a_segment_a_touch_is_due_after_90_days_and_only_who_is_touched_by_hand_takes_hours():
    csm = make.user()
    make.customer(owner=csm, touch_model="high", last_touch_on=after(-80))
    make.customer(owner=csm, touch_model="high", status="notice", last_touch_on=after(-90))
    for fields in ({"status": "prospect"}, {"status": "churned"}, {"touch_model": "tech"}, {"leaves_on": after(60)}):
        make.customer(**{"owner": csm, "touch_model": "high", "last_touch_on": after(-90)} | fields)
    make.customer(owner=csm, touch_model="high", last_touch_on=after(-90), merged_into=make.customer())
    assert weeks(csm) == [1, 1, 0, 0]


@pytest.mark.parametrize(("since", "week"), [(-365, 0), (-366, None), (-338, 3), (-337, None), (-730, 0), (0, None)])
def test_executive_reviews_keep_their_rhythm(since, week):
    csm = make.user()
    of = make.segment(ebr_every_days=365, touch_every_days=1_000)
    make.customer(owner=csm, segment=of, first_contract_on=after(since), last_touch_on=DAY)
    assert weeks(csm) == [1_000 if week == number else 0 for number in range(4)]


def test_open_reviews_tasks_and_cases_are_due_on_their_day_or_when_they_come_back():
    csm, other = make.user(), make.user()
    one = churned(csm)
    for due, more in (
        (-30, {}),
        (6, {}),
        (7, {}),
        (27, {}),
        (28, {}),
        (1, {"snoozed_until": after(15), "snooze_reason": "x"}),
    ):
        Task.objects.create(customer=one, title="T", assignee=csm, assigned_as="owner", due_on=after(due), **more)
    Task.objects.create(customer=one, title="T", assignee=csm, due_on=DAY, done_at=NOW, outcome="done")
    assert weeks(csm) == [10, 5, 5, 5]
    assert weeks(other) == [0, 0, 0, 0]
    current = make.customer(owner=other, last_touch_on=DAY)
    Qbr.objects.create(customer=current, due_on=after(-5))
    Qbr.objects.create(customer=one, due_on=DAY)
    assert weeks(other) == [10_000, 0, 0, 0], "a churned customer has no review ahead"
    cases.case(one, None, 3, due_on=after(8))
    cases.case(one, None, 3, reason="b", due_on=after(8), passed_on=DAY)
    cases.case(one, None, 3, reason="c", due_on=after(8), state="closed", resolution="resolved", closed_on=DAY)
    assert weeks(csm) == [10, 12, 5, 5]


@pytest.mark.parametrize(
    ("due", "fields", "expected"),
    [
        (60, {}, [3, 3, 3, 3]),
        (8, {}, [3, 3, 0, 0]),
        (7, {}, [3, 0, 0, 0]),
        (-1, {}, [3, 3, 3, 3]),
        (60, {"stage": "upcoming", "prep_on": after(14), "prep_opened_on": None}, [0, 0, 3, 3]),
        (60, {"stage": "upcoming", "prep_on": after(13), "prep_opened_on": None}, [0, 3, 3, 3]),
        (60, {"leaving": "confirmed", "leaves_on": after(60)}, [0, 0, 0, 0]),
        (60, {"stage": "closed", "outcome": "renewed", "closed_on": DAY}, [0, 0, 0, 0]),
    ],
)
def test_a_renewal_is_in_work_every_week_from_its_prep_to_its_end(due, fields, expected):
    csm = make.user()
    renewal(churned(csm), due, **fields)
    assert weeks(csm) == expected


@pytest.mark.parametrize(
    ("head", "shared", "expected"),
    [
        ({}, [{}, {}], [3, 3, 3, 3]),
        ({"stage": "closed", "outcome": "renewed", "closed_on": DAY}, [{}, {}], [3, 3, 3, 3]),
        ({"leaving": "confirmed", "leaves_on": after(10)}, [{}], [3, 3, 3, 3]),
        ({}, [{"due_on": after(25)}], [3, 3, 3, 3]),  # the head ends on day 10, the other goes on
        ({}, [{"due_on": after(8)}], [3, 3, 0, 0]),
        ({"stage": "closed", "outcome": "renewed", "closed_on": DAY}, [{"leaving": "confirmed", "leaves_on": after(40)}], [0, 0, 0, 0]),
    ],
)  # fmt: skip
def test_a_prep_that_renewals_share_is_worked_on_once_a_week_as_long_as_one_of_them_is_open(head, shared, expected):
    csm = make.user()
    of = churned(csm)
    first = renewal(of, 10, **head)
    for fields in shared:
        renewal(of, 40, prep_with=first, **fields)
    renewal(churned(csm), 60, stage="closed", outcome="renewed", closed_on=DAY)
    assert weeks(csm) == expected


def test_work_that_was_handed_on_by_hand_stays_with_that_person_and_a_managers_with_the_manager():
    boss = make.user("manager")
    csm, other = make.user(manager=boss), make.user()
    one = churned(csm)
    for person, how in ((csm, "owner"), (boss, "manager"), (other, "person")):
        Task.objects.create(customer=one, title="T", assignee=person, assigned_as=how, due_on=DAY)
    handed = cases.case(one, None, 3, owner=other, due_on=DAY)
    CaseAct.objects.create(case=handed, act="handed_on", day=DAY)
    assert [weeks(person)[0] for person in (csm, boss, other)] == [5, 5, 12]
    assert workload.of_customers([one.pk], DAY, TAKES) == {one.pk: 5}


def test_who_covers_does_the_work_of_those_days():
    csm, cover = make.user(), make.user()
    one = churned(csm)
    for due in (0, 8, 9, 20):
        Task.objects.create(customer=one, title="T", assignee=csm, assigned_as="owner", due_on=after(due))
    Cover.objects.create(owner=csm, by=cover, starts_on=after(8), ends_on=after(9))
    assert weeks(csm) == [5, 5, 5, 0]
    hours = workload.hours([cover.pk], DAY, takes=TAKES)[cover.pk]
    assert (hours.weeks, hours.for_others) == ([0, 5, 0, 0], {csm.pk: 5})
    Cover.objects.update(by=None)  # nobody stands in: the work waits where it is
    hours = workload.hours([csm.pk], DAY, takes=TAKES)[csm.pk]
    assert (hours.weeks, hours.for_others) == ([5, 10, 5, 0], {})


@pytest.fixture
def crowd() -> list[User]:
    """Customers with work of every kind, at random but always the same."""
    dice = random.Random(9)
    boss = make.user("manager")
    people = [boss, *(make.user(manager=boss) for _ in range(5))]
    segments = [make.segment(touch_every_days=every, ebr_every_days=180) for every in (7, 30, 90)]
    for number in range(40):
        one = make.customer(
            owner=dice.choice([*people, None]),
            segment=dice.choice(segments),
            touch_model=dice.choice(["high", "low"]),
            last_touch_on=after(-dice.randrange(120)),
            first_contract_on=after(-dice.randrange(900)),
        )
        how = dice.choice(["owner", "manager", "person"])
        Task.objects.create(
            customer=one, title="T", assigned_as=how, assignee=dice.choice(people), due_on=after(dice.randrange(-9, 40))
        )
        if number % 2:
            cases.case(one, None, 3, due_on=after(dice.randrange(-9, 40)))
            Qbr.objects.create(customer=one, due_on=after(dice.randrange(-9, 40)))
        if number % 5 == 0:
            renewal(one, dice.randrange(1, 90))
    Cover.objects.create(owner=people[1], by=people[2], starts_on=after(3), ends_on=after(12))
    return people


def test_the_hours_of_everybody_are_the_hours_of_all_work_and_a_move_moves_exactly_the_customers(crowd):
    everybody = workload.hours(None, DAY, takes=TAKES)
    due = {"due_on__lt": after(28)}
    counted = {
        "task": Task.objects.filter(**due).count(),
        "qbr": Qbr.objects.filter(**due).count(),
    }
    pieces = {kind: sum(hours.pieces.get(kind, 0) for hours in everybody.values()) for kind in TAKES}
    assert {kind: pieces[kind] for kind in counted} == counted
    assert min(pieces.values()) > 0, "every kind of work is there"
    assert workload.total(everybody.values()) == sum(pieces[kind] * minutes for kind, minutes in TAKES.items())
    alone = workload.hours([person.pk for person in crowd], DAY, takes=TAKES)
    assert {pk: hours.weeks for pk, hours in alone.items()} == {
        person.pk: everybody.get(person.pk, workload.Hours()).weeks for person in crowd
    }
    dice = random.Random(3)
    moving = dice.sample(list(Customer.objects.filter(owner__isnull=False)), 12)
    heirs = crowd[3:]
    plan: dict[int, int | None] = {one.pk: dice.choice(heirs).pk for one in moving}
    then = workload.hours(None, DAY, plan=plan, takes=TAKES)
    assert workload.total(then.values()) == workload.total(everybody.values())
    mine = workload.of_customers(list(plan), DAY, TAKES)
    for heir in heirs:
        comes = sum(mine.get(pk, 0) for pk, to in plan.items() if to == heir.pk)
        goes = sum(mine.get(one.pk, 0) for one in moving if one.owner_id == heir.pk)
        assert then[heir.pk].minutes - alone[heir.pk].minutes == comes - goes
    ownership.move(plan, day=DAY, door=ownership.Door.PAGE)
    done = workload.hours(None, DAY, takes=TAKES)
    assert {pk: hours.weeks for pk, hours in done.items()} == {pk: hours.weeks for pk, hours in then.items()}


def test_one_statement_whatever_the_number_of_people(crowd):
    for people in (crowd[:1], crowd):
        with statements() as asked:
            workload.hours([person.pk for person in people], DAY)
        assert len(asked) == 4


@pytest.mark.parametrize(("logged", "used"), [(3, 30), (4, 51)])
def test_the_mean_of_logged_durations_stands_in_once_enough_were_logged(logged, used):
    Organisation.objects.update(least_logged=4)
    one = make.customer(touch_model="low")
    for minutes in (50, 50, 50, 54)[:logged]:
        one.touchpoints.create(kind="call", happened_on=after(-89), minutes=minutes)
    for more in ({"happened_on": after(-90)}, {"happened_on": after(1)}, {"happened_on": DAY, "kind": "one_to_many"}):
        one.touchpoints.create(**{"kind": "call", "minutes": 900} | more)
    low = workload.planned(DAY)["touch_low"]
    assert (low.default, low.n, low.minutes, low.is_logged) == (30, logged, used, logged == 4)


def test_a_logged_duration_counts_for_the_touch_model_of_its_day():
    one = make.customer(touch_model="low")
    for day, value in ((after(-80), "high"), (after(-10), "low")):
        one.facts.create(fact="touch", from_day=day, value=value)
    for back, minutes in ((11, 90), (10, 20)):
        one.touchpoints.create(kind="call", happened_on=after(-back), minutes=minutes)
    planned = workload.planned(DAY)
    assert {kind: (planned[kind].n, planned[kind].mean) for kind in ("touch_high", "touch_low")} == {
        "touch_high": (1, 90), "touch_low": (1, 20),
    }  # fmt: skip


def test_an_admin_says_how_long_a_kind_takes_and_closed_tasks_log_it():
    Effort.objects.create(kind="task", minutes=12)
    Organisation.objects.update(least_logged=1)
    assert workload.planned(DAY)["task"].minutes == 12
    one = make.customer()
    for back, minutes in ((0, 20), (89, 40), (90, 500)):
        Task.objects.create(
            customer=one, title="T", due_on=DAY, minutes=minutes, outcome="done", done_at=NOW - dt.timedelta(days=back)
        )
    task = workload.planned(DAY)["task"]
    assert (task.default, task.n, task.mean, task.minutes) == (12, 2, 30, 30)


def test_a_kind_that_takes_no_time_is_no_work():
    csm = make.user()
    Task.objects.create(customer=churned(csm), title="T", assignee=csm, assigned_as="owner", due_on=DAY)
    hours = workload.hours([csm.pk], DAY, takes=TAKES | {"task": 0})[csm.pk]
    assert (hours.minutes, hours.pieces) == (0, {})
