"""Kinds of lists: what each lists for whom, and what an address asks of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.http import QueryDict

from accounts import lists
from accounts.models import Customer, Role, User
from playbooks.models import Task
from tests.factories import DAY, customer, organisation, user
from tests.playbooks.rows import case, renewal


def task(of: Customer) -> Task:
    return Task.objects.create(customer=of, title="Call", assignee=of.owner, due_on=DAY)


MADE: dict[str, Callable[[Customer], Any]] = {
    "customers": lambda of: of,
    "cases": lambda of: case(of, 3),
    "tasks": task,
    "renewals": lambda of: renewal(of, 40),
}


@pytest.fixture
def owners(db: None) -> tuple[User, User]:
    organisation()
    return user(), user()


@pytest.mark.parametrize("key", MADE)
def test_a_list_shows_a_csm_the_rows_of_its_own_customers(key: str, owners: tuple[User, User]) -> None:
    mine, other = (MADE[key](customer(owner=owner)) for owner in owners)
    kind = lists.find(key)
    assert kind is not None
    assert set(kind.rows(owners[0], QueryDict(), DAY)) == {mine}
    assert set(kind.visible(owners[0])) == set(kind.changeable(owners[0])) == {mine}
    viewer = user(Role.VIEWER)
    assert set(kind.rows(viewer, QueryDict(), DAY)) == {mine, other}
    assert not kind.changeable(viewer).exists()
    ids = kind.rows(owners[0], QueryDict(), DAY).values_list(kind.customer_id, flat=True)
    assert list(ids) == [mine.pk if key == "customers" else mine.customer_id]


@pytest.mark.parametrize(("key", "address"), [
    ("customers", "band=purple"), ("cases", "state=asleep"), ("tasks", "scope=everybody"), ("renewals", "within=soon"),
])  # fmt: skip
def test_no_act_reaches_rows_of_an_address_that_cannot_be_read(
    key: str, address: str, owners: tuple[User, User]
) -> None:
    kind = lists.find(key)
    assert kind is not None
    with pytest.raises(lists.Unreadable):
        kind.rows(owners[0], QueryDict(address), DAY)
    assert kind.read(owners[0], QueryDict(address), DAY).problems


def test_every_order_of_a_column_is_an_order_of_its_list() -> None:
    for kind in lists.every():
        named = {column.order for column in kind.columns if column.order}
        assert named <= set(kind.orders), kind.key
