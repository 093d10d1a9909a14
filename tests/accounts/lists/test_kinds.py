"""Kinds of lists: what each lists for whom, and what an address asks of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.http import QueryDict

from accounts import lists
from accounts.conditions import fields
from accounts.lists import ListKind
from accounts.models import Customer, Role, User
from accounts.models.views import LISTS
from health.models import Case
from playbooks.models import Task
from tests.factories import DAY, customer, organisation, user
from tests.playbooks.rows import before, case, closed, renewal


def task(of: Customer, **values: Any) -> Task:
    return Task.objects.create(customer=of, assignee=of.owner, **{"title": "Call", "due_on": DAY} | values)


MADE: dict[str, Callable[[Customer], Any]] = {
    "customers": lambda of: of,
    "cases": lambda of: case(of, 3),
    "tasks": task,
    "renewals": lambda of: renewal(of, 40),
}


def kind_of(key: str) -> ListKind:
    kind = lists.find(key)
    assert kind is not None
    return kind


def rows(key: str, reader: User, address: str = "") -> list[Any]:
    return list(kind_of(key).rows(reader, QueryDict(address), DAY).order_by("pk"))


@pytest.fixture
def owners(db: None) -> tuple[User, User]:
    organisation()
    return user(), user()


@pytest.mark.parametrize("key", MADE)
def test_a_list_shows_a_csm_the_rows_of_its_own_customers(key: str, owners: tuple[User, User]) -> None:
    mine, other = (MADE[key](customer(owner=owner)) for owner in owners)
    kind, viewer = kind_of(key), user(Role.VIEWER)
    assert rows(key, owners[0]) == [mine]
    assert set(kind.visible(owners[0])) == set(kind.changeable(owners[0])) == {mine}
    assert rows(key, viewer) == [mine, other]
    assert not kind.changeable(viewer).exists()
    ids = kind.rows(owners[0], QueryDict(), DAY).values_list(kind.customer_id, flat=True)
    assert list(ids) == [mine.pk if key == "customers" else mine.customer_id]


@pytest.mark.parametrize(("key", "address"), [
    ("customers", "band=purple"), ("cases", "state=asleep"), ("tasks", "scope=everybody"), ("renewals", "within=soon"),
    ("cases", "severity=huge"), ("customers", "sort=luck"), ("tasks", "if=cases:severity~is~high"),
    ("customers", "if=no_such~is~1"), ("renewals", "if={"), ("customers", "if=arr~at_least~much"),
])  # fmt: skip
def test_no_act_reaches_rows_of_an_address_that_cannot_be_read(
    key: str, address: str, owners: tuple[User, User]
) -> None:
    made = MADE[key](customer(owner=owners[0], arr=10))
    with pytest.raises(lists.Unreadable):
        rows(key, owners[0], address)
    # The page says so, and shows what the rest of the address asks.
    asked = lists.read(kind_of(key), owners[0], QueryDict(f"{address}&if=name~contains~{made.pk}"), DAY)
    assert len(asked.problems) == 1
    assert [member.value for member in asked.chosen] == [str(made.pk)]  # type: ignore[union-attr]


@pytest.mark.parametrize("key", MADE)
def test_every_list_is_filtered_by_what_its_customer_has(key: str, owners: tuple[User, User]) -> None:
    small, large = (
        MADE[key](customer(owner=owners[0], arr=arr, country=land)) for arr, land in ((5, "JP"), (90, "DE"))
    )
    assert rows(key, owners[0], "if=arr~at_least~50") == [large]
    assert rows(key, owners[0], "if=not~arr~at_least~50") == [small]
    assert rows(key, owners[0], "if=arr~at_least~50~or~country~is~JP") == [small, large]
    assert rows(key, owners[0], "if=owner~is~me&if=country~is_in~JP,FR") == [small]
    assert rows(key, owners[1], "if=owner~is~me") == []


def test_the_state_of_a_case_or_task_is_what_its_tab_counts(owners: tuple[User, User]) -> None:
    of = customer(owner=owners[0])
    made = [
        case(of, 9, reason=f"r{n}", **values)
        for n, values in enumerate([
            {}, {"due_on": before(1)}, {"passed_on": before(1)}, {"passed_on": before(1), "due_on": before(2)},
            {"state": "snoozed", "snoozed_until": before(-1), "snooze_reason": "away"},
            {"state": "snoozed", "snoozed_until": DAY, "snooze_reason": "away"},
            {"state": "closed", "resolution": "resolved", "closed_on": before(1)},
        ])
    ]  # fmt: skip
    assert Case.objects.count() == len(made)
    for n, values in enumerate([
        {}, {"due_on": before(1)}, {"snoozed_until": before(-1), "snooze_reason": "away"},
        {"snoozed_until": DAY, "snooze_reason": "away"}, {"done_at": dt.datetime(2026, 11, 2, tzinfo=dt.UTC), "outcome": "done"},
    ]):  # fmt: skip
        task(of, **values | {"title": str(n)})
    for key in ("cases", "tasks"):
        kind = kind_of(key)
        for tab in kind.tabs:
            by_tab = kind.every(owners[0])
            assert set(tab.rows(by_tab, DAY)) == set(kind.holding(by_tab, [tab.leaf], DAY)), tab.key
            assert set(rows(key, owners[0], f"state={tab.key}")) == set(tab.rows(by_tab, DAY))
        asked = lists.read(kind, owners[0], QueryDict(), DAY)
        assert asked.tab == kind.tabs[0]
        assert asked.in_tab(kind.tabs[-1]).query == f"state={kind.tabs[-1].key}"


def test_renewals_are_listed_while_they_are_open_unless_a_filter_asks_about_that(owners: tuple[User, User]) -> None:
    of = customer(owner=owners[0])
    near, far, over = renewal(of, 40), renewal(of, 200), closed(of, 3)
    assert rows("renewals", owners[0]) == [near, far]
    assert rows("renewals", owners[0], "within=40") == [near]
    assert rows("renewals", owners[0], "within=39") == []
    assert rows("renewals", owners[0], "if=renewals:outcome~known") == [over]


def test_fields_of_a_list_are_asked_of_its_rows_alone(owners: tuple[User, User]) -> None:
    for key, make in MADE.items():
        make(customer(owner=owners[0], arr=1))
        for _group, offered in fields.offered(key):
            for field in offered:
                assert field.row in {"", key}
    assert not [field for _group, offered in fields.offered() for field in offered if field.row]


@pytest.mark.parametrize("key", MADE)
def test_every_field_that_a_list_offers_can_be_asked_of_it(key: str, owners: tuple[User, User]) -> None:
    """One statement with all of them: whatever is offered is SQL that runs."""
    MADE[key](customer(owner=owners[0], arr=1))
    known = [field for _group, offered in fields.offered(key) for field in offered if "known" in field.tests]
    tree = {"any": [{"field": field.key, "test": "known", "value": None} for field in known]}
    assert len(known) > 20
    assert kind_of(key).holding(kind_of(key).every(owners[0]), tree, DAY).count() == 1


def test_every_list_may_have_saved_views() -> None:
    assert {kind.key for kind in lists.every()} == set(LISTS)


def test_every_order_of_a_column_is_an_order_of_its_list() -> None:
    for kind in lists.every():
        named = {column.order for column in kind.columns if column.order}
        assert named <= set(kind.orders), kind.key
