"""People of usage: numbers instead of names, a row a person-day, and how many came in any stretch of days."""

from __future__ import annotations

import datetime as dt
import itertools
import random
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.identity import merging
from accounts.models import Customer, ExternalKey
from config import clock
from health.models import Feature, Person, PersonDay, RollupMark, UsageDay, UsageRecord
from health.signals import forgetting, numbering, people
from health.signals.rollup import roll_up_changed
from tests import factories as make
from tests.accounts.imports import bring, counts, write
from tests.factories import DAY
from tests.health.conftest import ago
from tests.health.signals.test_rollup import arrive, fact

pytestmark = pytest.mark.django_db
WINDOW = f"""
    SELECT {people.of_window("u.people", "u.day", "%(last)s::date", "%(window)s::int")} FROM health_usageday u
    WHERE u.customer_id = %(customer)s AND u.day > %(last)s::date - %(window)s::int AND u.day <= %(last)s::date
"""


def came(customer: Customer, last: dt.date, window: int) -> int | None:
    """How many people came in the window, from the usage days alone."""
    with connection.cursor() as cursor:
        cursor.execute(WINDOW, {"customer": customer.pk, "last": last, "window": window})
        found: int | None = cursor.fetchone()[0]
        return found


def there(customer: Customer, *visits: tuple[int, int], **fields: Any) -> None:
    """Facts of (person, days back from DAY), rolled up."""
    count = UsageRecord.objects.count()
    arrive(
        [fact(customer, f"{count + n}", person=who, day=ago(back), **fields) for n, (who, back) in enumerate(visits)]
    )
    roll_up_changed()


def arrays(customer: Customer) -> dict[int, list[int] | None]:
    rows = UsageDay.objects.filter(customer=customer).order_by("day").values_list("day", "people")
    return {(DAY - day).days: given for day, given in rows}


def test_people_of_a_day_by_how_long_they_were_away() -> None:
    customer = make.customer()
    # Person 1 comes on the days 10, 9 and 0, person 2 on 9 and 0, person 3 on day 0 alone.
    there(customer, (1, 10), (1, 9), (2, 9), (1, 0), (2, 0), (3, 0))
    assert arrays(customer) == {10: [1], 9: [1, 1], 0: [1] + [2] * 9}
    # DAU 3; a week 3; the week that ended yesterday nobody; ten days to day 1: both who came on the days 10 and 9.
    assert [came(customer, DAY, 1), came(customer, DAY, 7), came(customer, DAY, 28)] == [3, 3, 3]
    assert [came(customer, ago(1), 7), came(customer, ago(1), 9), came(customer, ago(9), 2)] == [None, 2, 2]
    assert sum([1, 2, 3]) == 6, "what summing the days would have given"


def test_days_that_come_late_change_those_after_them() -> None:
    customer = make.customer()
    there(customer, (1, 20), (2, 0))
    there(customer, (1, 0))
    assert arrays(customer)[0] == [1] + [1] * 20
    there(customer, (1, 10))
    assert (arrays(customer)[10], arrays(customer)[0]) == ([0] + [1] * 10, [1] + [1] * 10)
    assert [came(customer, DAY, n) for n in (1, 10, 11, 21)] == [2, 2, 2, 2]


def test_records_taken_back_take_their_people_with_them() -> None:
    customer = make.customer()
    there(customer, (1, 5), (1, 3), (1, 0), (2, 3))
    gone = UsageRecord.objects.filter(person=1, day=ago(3))
    gone.delete()
    RollupMark.objects.create(customer=customer, day=ago(3))
    roll_up_changed()
    assert arrays(customer) == {5: [1], 3: [1], 0: [0] + [1] * 5}
    assert PersonDay.objects.count() == 3


@pytest.mark.parametrize("seed", range(6))
def test_people_of_any_stretch_are_those_who_came(seed: int) -> None:
    """Whatever the order of arrival, the windows and the gaps."""
    chance = random.Random(seed)
    customers = [make.customer(), make.customer()]
    visits = {
        (who, chance.randrange(6), chance.randrange(130)) for who in range(2) for _ in range(chance.choice([5, 60]))
    }
    batches: dict[int, list[UsageRecord]] = {}
    for n, (who, person, back) in enumerate(sorted(visits)):
        batches.setdefault(chance.randrange(4), []).append(
            fact(customers[who], str(n), person=person, day=ago(back), agent=person == 5)
        )
    for batch in batches.values():
        arrive(batch)
        roll_up_changed()
    for who, customer in enumerate(customers):
        for _ in range(25):
            last, window = chance.randrange(130), chance.randint(1, people.LONGEST)
            expected = {p for w, p, back in visits if w == who and last <= back < last + window and p != 5}
            assert (came(customer, ago(last), window) or 0) == len(expected)
    gaps = list(PersonDay.objects.order_by("person_id", "day").values_list("person_id", "day", "gap"))
    for (one, before, _), (other, day, gap) in itertools.pairwise(gaps):
        if one == other:
            assert gap == ((day - before).days if (day - before).days <= people.LONGEST else None)


def test_agents_are_counted_apart() -> None:
    customer = make.customer()
    core = Feature.objects.create(key="deals", name="Deals", is_core=True)
    arrive(
        [
            fact(customer, "a", person=1, feature=core, uses=2),
            fact(customer, "b", person=1, agent=True, feature=core, uses=40, seconds=9, errors=3),
            fact(customer, "c", agent=True, users=5, uses=2),
        ]
    )
    roll_up_changed()
    day = UsageDay.objects.get()
    assert (day.active_users, day.uses, day.core_uses, day.seconds, day.errors, day.sessions) == (1, 2, 2, 0, 0, 1)
    assert (day.agents, day.agent_uses, day.people) == (5, 42, [1])
    assert set(Person.objects.values_list("is_agent", "core_on")) == {(False, DAY), (True, DAY)}


def test_sources_that_only_count_have_no_people() -> None:
    customer = make.customer()
    arrive([fact(customer, "a", users=7)])
    roll_up_changed()
    assert (UsageDay.objects.get().people, came(customer, DAY, 28), Person.objects.count()) == (None, None, 0)


def test_a_person_day_bears_the_features_used() -> None:
    customer = make.customer()
    core = Feature.objects.create(key="deals", name="Deals", is_core=True)
    login = Feature.objects.create(key="login", name="Log in")
    arrive(
        [
            fact(customer, "a", person=1, feature=login, day=ago(3)),
            fact(customer, "b", person=1, feature=login),
            fact(customer, "c", person=1, feature=core, uses=4),
        ]
    )
    roll_up_changed()
    assert list(PersonDay.objects.order_by("day").values_list("feature_bits", "uses", "gap")) == [
        (0b10, 1, None),
        (0b11, 5, 3),
    ]
    person = Person.objects.get()
    assert (person.first_on, person.core_on) == (ago(3), DAY)


def test_statements_are_as_many_for_many_people() -> None:
    there(make.customer(), (1, 0))
    executed = []
    for size in (1, 3):
        customers = [make.customer() for _ in range(size)]
        arrive([fact(customer, f"{size} {customer.pk} {n}", person=n) for customer in customers for n in range(size)])
        with CaptureQueriesContext(connection) as seen:
            roll_up_changed()
        executed.append(len(seen))
    assert executed[0] == executed[1]


@pytest.fixture
def acme() -> Customer:
    made = make.customer()
    ExternalKey.objects.create(customer=made, source="csv", external_id="A1")
    return made


def test_a_file_names_people_that_are_kept_as_numbers(acme: Customer, tmp_path: Path) -> None:
    ann = make.contact(acme, name="Ann", email="Ann@acme.test")
    bob = make.contact(acme, name="Bob", source="csv", external_id="u-2")
    path = write(
        tmp_path / "usage.csv",
        "external_id,customer,day,user,uses,agent\n"
        f"1,A1,{DAY},ANN@acme.test,1,\n2,A1,{DAY},ann@acme.test,1,\n3,A1,{DAY},u-2,1,\n"
        f"4,A1,{DAY},U-2,1,no\n5,A1,{DAY},ann@acme.test,9,yes\n",
    )
    assert counts(bring(path)) == (5, 0, 0, 0)
    roll_up_changed()
    day = UsageDay.objects.get()
    assert (day.active_users, day.people, day.agents, day.agent_uses) == (3, [3], 1, 9)
    linked = set(Person.objects.values_list("contact__name", "is_agent"))
    assert linked == {("Ann", False), ("Bob", False), (None, False), ("Ann", True)}
    with connection.cursor() as cursor:
        for table in ("health_usagerecord", "health_person", "health_personday"):
            cursor.execute(f"SELECT t::text FROM {table} t")
            assert not [row for (row,) in cursor.fetchall() if "ann" in row.casefold() or "u-2" in row.casefold()]
    assert counts(bring(path)) == (0, 0, 5, 0)
    assert {ann.pk, bob.pk} == set(Person.objects.exclude(contact=None).values_list("contact", flat=True))


def test_a_contact_who_comes_later_is_found_with_the_next_use(acme: Customer) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {numbering.number('%(name)s')}", {"name": "ann@acme.test"} | numbering.parameters())
        number = cursor.fetchone()[0]
    there(acme, (number, 3))
    ann = make.contact(acme, email="ann@acme.test")
    there(acme, (number, 0))
    assert Person.objects.get().contact == ann
    ann.delete()
    assert Person.objects.get().contact is None


def test_numbers_depend_on_the_key(settings: Any) -> None:
    def number() -> int:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {numbering.number('%(name)s')}", {"name": "ann"} | numbering.parameters())
            found: int = cursor.fetchone()[0]
            return found

    first = number()
    assert first == number()
    settings.PERSON_KEY = "another key, of thirty-two letters"
    assert first != number()


def test_old_months_are_forgotten_and_their_figures_stay() -> None:
    make.organisation(people_months=4)
    customer = make.customer()
    there(customer, (1, 300), (2, 300), (1, 299), (3, 0))
    assert UsageDay.objects.filter(active_users__gt=0).count() == 3
    assert PersonDay.objects.count() == 1, "days kept no longer are not written"


def test_a_month_kept_no_longer_leaves_no_trace_of_who_it_was() -> None:
    customer = make.customer()
    there(customer, (1, 300), (2, 300), (1, 299), (3, 0))
    organisation = make.organisation(people_months=4)
    assert organisation.people_months == 4
    months = sum(forgetting.sweep(clock.now()) for _ in range(40))
    assert months >= 1
    assert list(PersonDay.objects.values_list("day", flat=True)) == [DAY]
    assert Person.objects.count() == 1
    old = UsageRecord.objects.filter(day__lt=DAY).values_list("person", flat=True)
    assert len(set(old)) == 3, "one person's two days do not belong together"
    assert (came(customer, ago(299), 2), UsageRecord.objects.get(day=DAY).person) == (2, 3)
    RollupMark.objects.create(customer=customer, day=ago(300))
    roll_up_changed()
    assert (came(customer, ago(299), 2), UsageDay.objects.get(day=ago(300)).active_users) == (2, 2)


def test_forgotten_months_do_not_come_back_as_crowds_when_more_are_kept() -> None:
    customer = make.customer()
    there(customer, (1, 300), (1, 299), (1, 298), (1, 0))
    make.organisation(people_months=4)
    while forgetting.sweep(clock.now()):
        pass
    make.organisation(people_months=25)
    RollupMark.objects.bulk_create(RollupMark(customer=customer, day=ago(back)) for back in (300, 299, 298))
    roll_up_changed()
    assert (Person.objects.count(), PersonDay.objects.count()) == (1, 1)
    assert came(customer, ago(298), 3) == 1


def test_with_a_person_its_agent_and_its_rows_at_a_merged_customer_are_forgotten() -> None:
    make.organisation()
    make.months()
    a, b, other = make.customer(), make.customer(), make.customer()
    for customer in (a, b, other):
        there(customer, (1, 3), (2, 2))
        there(customer, (1, 3), agent=True)
    made = merging.merge(a, b, by=None, day=DAY)
    assert Person.objects.filter(customer=a, number=1).exists(), "the twin's row sleeps"
    forgetting.forget(Person.objects.get(customer=b, number=1, is_agent=False))
    merging.undo(made, by=None, day=DAY, now=clock.now())
    roll_up_changed()
    for rows in (Person.objects.filter(number=1), UsageRecord.objects.filter(person=1)):
        assert {row.customer for row in rows} == {other}
    assert Person.objects.filter(customer=a).count() == Person.objects.filter(customer=b).count() == 3


def test_a_person_is_forgotten_and_the_days_stay(acme: Customer, tmp_path: Path) -> None:
    ann = make.contact(acme, email="ann@acme.test")
    head = "external_id,customer,day,user,uses\n"
    bring(write(tmp_path / "usage.csv", f"{head}1,A1,{ago(1)},ann@acme.test,1\n2,A1,{DAY},ann@acme.test,1\n"))
    roll_up_changed()
    person = Person.objects.get(contact=ann)
    number = person.number
    forgetting.forget(person)
    assert not Person.objects.filter(contact=ann).exists()
    assert not UsageRecord.objects.filter(person=number).exists()
    RollupMark.objects.create(customer=acme, day=DAY)
    roll_up_changed()
    assert (Person.objects.count(), PersonDay.objects.count(), came(acme, DAY, 28)) == (1, 2, 1)
    bring(write(tmp_path / "usage.csv", f"{head}3,A1,{DAY},ann@acme.test,1\n"))
    roll_up_changed()
    assert Person.objects.get(contact=ann).first_on == DAY
    assert came(acme, DAY, 28) == 2
