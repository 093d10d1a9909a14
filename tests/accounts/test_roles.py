"""The roles of contacts on past days: as they were, whatever has been written since; unknown before a contact came."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Contact, ContactRole
from accounts.roles import held_since, told_then
from config import clock
from config.history.models import Entry
from tests import factories as make

pytestmark = pytest.mark.django_db
KINDS = st.lists(st.sets(st.sampled_from(ContactRole.values)).map(sorted), min_size=1, max_size=5)


def ago(days: int) -> dt.datetime:
    return clock.now() - dt.timedelta(days=days)


def came(roles: list[str], days: int | None) -> Contact:
    """A contact who came so many days ago; None: nobody noted when."""
    return make.contact(make.customer(), roles=roles, created_at=None if days is None else ago(days))


def became(contact: Contact, roles: list[str]) -> dt.datetime:
    """The roles change now; an instant after it."""
    Contact.objects.filter(pk=contact.pk).update(roles=roles)
    return clock.now()


def told(contact: Contact, *instants: dt.datetime) -> list[list[str] | None]:
    return [told_then([contact.pk], instant)[contact.pk].roles for instant in instants]


def test_a_role_holds_from_the_day_it_was_given() -> None:
    """Ann came 30 days ago as user, became champion, and then an admin beside it."""
    ann = came(["user"], 30)
    first = became(ann, ["champion"])
    second = became(ann, ["champion", "admin"])
    Contact.objects.filter(pk=ann.pk).update(title="CIO")
    assert told(ann, ago(31), ago(29), first, second, clock.now()) == [
        None, ["user"], ["champion"], ["champion", "admin"], ["champion", "admin"],
    ]  # fmt: skip


def test_no_role_is_not_an_unknown_one(settings: Any) -> None:
    """Without roles until today; what the history has forgotten is unknown."""
    bob = came([], 30)
    became(bob, ["buyer"])
    assert told(bob, ago(20), ago(5)) == [[], []]
    settings.HISTORY_DAYS = 15
    assert told(bob, ago(20), ago(5)) == [None, []]


def test_a_contact_of_before_was_there_at_its_first_change_that_is_kept() -> None:
    """Nobody noted when it came: at its first change it was there, and of the days before nobody can tell."""
    old = came(["sponsor"], None)
    first = became(old, ["buyer"])
    became(old, ["champion"])
    assert told(old, ago(1), first, clock.now()) == [None, ["buyer"], ["champion"]]


def test_who_is_deleted_and_comes_back_by_its_history_came_when_it_came() -> None:
    ann = came(["user"], 30)
    ann.delete()
    (before,) = Entry.objects.filter(kind="contact", operation="deleted").values_list("before", flat=True)
    assert dt.datetime.fromisoformat(before["created_at"]) == ann.created_at


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(KINDS)
def test_what_is_written_later_changes_no_earlier_day(said: list[list[str]]) -> None:
    """After each change every earlier day still says what it said before."""
    contact = came([], 2)
    then: list[tuple[dt.datetime, list[str] | None]] = [(ago(3), None), (ago(1), [])]
    for roles in said:
        then.append((became(contact, roles), roles))
        assert told(contact, *(at for at, _roles in then)) == [roles for _at, roles in then]


def test_roles_of_three_take_one_statement() -> None:
    people = [make.contact(make.customer(), roles=["champion"]) for _ in range(3)]
    for ids in ([people[0].pk], [person.pk for person in people]):
        with CaptureQueriesContext(connection) as asked:
            assert {tuple(then.roles or ()) for then in told_then(ids, clock.now()).values()} == {("champion",)}
        assert len(asked) == 1


def test_since_when_somebody_is_champion_is_said_where_it_is_known(client: Client) -> None:
    """Ann became champion, lost it and became it again; Bob came as one; an Undo gave it back to Cid, who had it from a person."""
    make.organisation()
    customer = make.customer()
    ann, bob, cid = (make.contact(customer, roles=["champion"]) for _ in range(3))
    dates = [dt.datetime(2026, 3, day, 9, tzinfo=dt.UTC) for day in range(1, 8)]
    told = [
        (ann, "", [], ["champion", "user"]), (ann, "", ["champion", "user"], ["user"]),
        (ann, "import:3", ["user"], ["user", "champion"]), (ann, "", ["user", "champion"], ["champion"]),
        (cid, "", [], ["champion"]), (cid, "import:7", ["champion"], []), (cid, "undo:7", [], ["champion"]),
    ]  # fmt: skip
    for at, (contact, door, before, after) in zip(dates, told, strict=True):
        values = {"kind": "contact", "object_id": contact.pk, "operation": "changed", "door": door, "at": at}
        Entry.objects.create(act=1, before={"roles": before}, after={"roles": after}, **values)
    assert held_since([ann.pk, bob.pk, cid.pk], "champion") == {ann.pk: dates[2], cid.pk: dates[4]}
    assert held_since([ann.pk], "user") == {ann.pk: dates[0]}
    client.force_login(make.user("admin"))
    page = client.get(reverse("accounts:contacts_panel", args=[customer.pk])).content.decode()
    assert page.count("Champion since") == 2
    assert "Mar 3" in page or "3 Mar" in page
    Contact.objects.filter(pk=ann.pk).update(state="left")
    assert (
        client.get(reverse("accounts:contacts_panel", args=[customer.pk])).content.decode().count("Champion since") == 1
    )
