"""Whose use it is: one rule, whichever way and in whatever order it becomes known."""

from __future__ import annotations

import itertools
import re
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Customer
from health.models import EventPerson, Person, RollupMark, UsageDay
from health.signals import forgetting
from health.signals.rollup import roll_up_changed
from tests import factories as make
from tests.health.signals.test_events import GROUP, event, key, send  # noqa: F401 (a fixture)

pytestmark = pytest.mark.django_db


def identified(number: int, user: str = "u1") -> dict[str, Any]:
    return event(f"i{number}", "identify", userId=user, traits={"email": "ann@acme.example"})


def test_an_id_counts_before_an_address_whatever_came_last(key: str) -> None:  # noqa: F811
    """Contact Bob has the id that the product gives; Ann, who came first, the address that it says of the same person."""
    make.contact(Customer.objects.get(), name="Bob", source="crm", external_id="u1")
    told = []
    for calls in itertools.permutations([event(1, **GROUP), identified(2), event(3, **GROUP)]):
        for call in calls:
            send(key, call)
            roll_up_changed()
            told.append(Person.objects.values_list("contact__name", flat=True).first())
    assert set(told) <= {None, "Bob"}
    assert told[-1] == "Bob"


def test_who_is_identified_after_the_use_is_found_without_further_use(key: str) -> None:  # noqa: F811
    send(key, event(1, **GROUP))
    roll_up_changed()
    days = list(UsageDay.objects.values())
    assert Person.objects.get().contact is None
    send(key, identified(2))
    assert RollupMark.objects.count() == 1
    roll_up_changed()
    assert Person.objects.get().name == "Ann"
    assert list(UsageDay.objects.values()) == days
    send(key, identified(3))
    assert not RollupMark.objects.exists(), "what is known already asks for nothing"


def test_who_is_forgotten_meanwhile_gets_no_name_again(key: str) -> None:  # noqa: F811
    send(key, event(1, **GROUP))
    roll_up_changed()
    person = Person.objects.get()
    send(key, identified(2))
    forgetting.forget(person)
    roll_up_changed()
    person.refresh_from_db()
    assert (person.contact, EventPerson.objects.get().email) == (None, None)


def test_the_roll_up_alone_links_under_the_lock_of_forgetting(key: str) -> None:  # noqa: F811
    send(key, event(1, **GROUP))
    roll_up_changed()
    links = re.compile(r"UPDATE health_person h SET contact_id")
    with CaptureQueriesContext(
        connection,
    ) as said:
        send(key, identified(2))
    assert not any(links.search(query["sql"]) for query in said)
    with CaptureQueriesContext(connection) as rolled:
        roll_up_changed()
    statements = [query["sql"] for query in rolled]
    (linked,) = [place for place, sql in enumerate(statements) if links.search(sql)]
    assert any("pg_advisory_xact_lock" in sql for sql in statements[:linked])


def test_asking_takes_one_statement_for_one_person_and_for_three(key: str) -> None:  # noqa: F811
    counts = []
    for people in (1, 3):
        names = [f"u{people}{n}" for n in range(people)]
        send(key, *(event(f"e{name}", userId=name, **GROUP) for name in names))
        roll_up_changed()
        with CaptureQueriesContext(connection) as said:
            send(key, *(identified(10 * people + n, name) for n, name in enumerate(names)))
        counts.append(len(said))
        roll_up_changed()
    assert counts[0] == counts[1]
    assert Person.objects.filter(contact__name="Ann").count() == 4
