"""A past day is measured by the roles of that day. DAY is over: what is written in these tests comes after it."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from accounts.models import Contact, Customer, Organisation
from config import clock
from health import scoring
from health.explaining import rows_behind, with_roles_then
from health.measures import SHIPPED
from health.measures.sources import Moment
from health.models import Score
from health.scorecards import published
from health.scoring.formula import Scope, score_query
from health.scoring.writing import organisation_zone
from health.states import table
from health.states.state import Measured
from tests import factories as make
from tests.counting import statements
from tests.factories import DAY
from tests.health.conftest import scorecard
from tests.health.people_world import come, is_known_as

pytestmark = pytest.mark.usefixtures("months")
KEYS = ("champion_use", "deciders_using", "champion_present", "executive_reach", "key_roles_using", "users_regular")


def amounts(customer: Customer, *, past: bool) -> list[float | None]:
    """The amounts of ``KEYS`` as of DAY: as a replay reads them, or as the sweep of that day did."""
    found = []
    for form in (Scope(first=customer.pk, last=customer.pk, past=past), Scope(ids=[customer.pk], past=past)):
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT amounts FROM ({score_query(published(), Moment(DAY, organisation_zone()), form)}) q"
            )
            found.append(cursor.fetchone()[0])
    assert found[0] == found[1]
    return found[0]


@pytest.fixture
def customer(months: object) -> Customer:
    make.organisation()
    made = make.customer()
    make.contract(made)
    scorecard({"all": (1, dict.fromkeys(KEYS, 1))})
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
