"""A statement written once gives what the ORM gives when it writes it anew, for whoever asks and on whatever day."""

from __future__ import annotations

import datetime as dt
import threading
from itertools import product

import pytest
from django.db import connection, connections
from django.db.models import Q
from django.test.utils import CaptureQueriesContext

from accounts import written
from accounts.models import Cover, Customer
from tests.factories import DAY, customer, organisation, user

pytestmark = pytest.mark.django_db


def begun(who, day, since):
    """Customers of ``who`` whose first contract began within ``since`` days before ``day``."""
    near = Q(first_contract_on__range=(day - dt.timedelta(days=since), day + dt.timedelta(days=1)))
    return (
        Customer.objects.visible_to(who).filter(near).select_related("owner").order_by("pk").only("name", "owner__name")
    )


def named(who, _day):
    return Customer.objects.visible_to(who).filter(written.NAMED).values_list("pk", flat=True)


def reckoned(who, day):
    return Customer.objects.visible_to(who).filter(first_contract_on=day.replace(day=1))


def compared(who, day):
    return Customer.objects.visible_to(who).filter(first_contract_on=day if day < DAY else None)


def fixed(who, _day):
    return Customer.objects.visible_to(who).filter(first_contract_on=DAY)


def spelled(who, day):
    return Customer.objects.visible_to(who).extra(where=[f"first_contract_on > DATE '{day}'"])


@pytest.fixture
def people():
    organisation()
    boss, other = user("manager"), user()
    mine, theirs = user(manager=boss), user(manager=boss)
    Cover.objects.create(
        owner=theirs, by=mine, starts_on=DAY - dt.timedelta(days=1), ends_on=DAY + dt.timedelta(days=1)
    )
    for owner, ago in product((boss, other, mine, theirs, None), (0, 5, 40)):
        customer(owner=owner, first_contract_on=DAY - dt.timedelta(days=ago))
    return boss, other, mine, theirs, user("admin"), user("viewer"), user(is_active=False)


def test_it_is_what_the_orm_would_write_for_each_person_and_day(people):
    sizes = set()
    for who, day, since in product(people, (DAY, DAY - dt.timedelta(days=5)), (0, 10)):
        anew = list(begun(who, day, since))
        kept = list(written.ask(begun, who, day, since))
        assert [(one.pk, one.name, one.owner) for one in kept] == [(one.pk, one.name, one.owner) for one in anew]
        sizes.add(len(anew))
    assert len(sizes) > 3


def test_it_is_written_once_and_asks_one_statement(people):
    _boss, other, *_ = people
    list(written.ask(begun, other, DAY, 3))
    before = written._written.cache_info().misses
    with CaptureQueriesContext(connection) as queries:
        newcomer = user()
        found = [(one.name, one.owner.name) for one in written.ask(begun, newcomer, DAY, 3)]
    assert found == []
    assert written._written.cache_info().misses == before
    assert len([q for q in queries if "accounts_customer" in q["sql"]]) == 1


def test_rows_are_named_by_id_among_those_one_sees(people):
    boss, other, *_ = people
    ids = list(Customer.objects.filter(owner__in=[boss, other]).values_list("pk", flat=True))
    assert set(written.ask(named, other, DAY, ids=ids)) == set(
        Customer.objects.filter(owner=other).values_list("pk", flat=True)
    )
    assert list(written.ask(named, other, DAY)) == []


@pytest.mark.parametrize("build", [reckoned, compared, fixed, spelled])
def test_a_day_that_cannot_be_put_back_is_refused(build):
    organisation()
    with pytest.raises(ValueError, match=r"put back|only add days"):
        list(written.ask(build, user(), DAY))


def test_every_thread_asks_through_its_own_connection(people):
    asked = written.ask(begun, people[0], DAY, 30).query.get_compiler(using="default").connection
    found = []
    thread = threading.Thread(
        target=lambda: found.append(
            (written.ask(begun, people[0], DAY, 30).query.get_compiler(using="default").connection, connection.alias)
        )
    )
    thread.start()
    thread.join()
    ((other, alias),) = found
    assert (asked is connections["default"], other is asked, alias) == (True, False, "default")
