"""How many rows each saved view finds, and what a view that costs too much takes from the others: nothing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client

from accounts.lists import counting, find
from accounts.lists.asked import of_view
from accounts.models import Role, SavedView, User
from config import clock
from tests.counting import statements
from tests.factories import DAY, customer, organisation, user
from tests.playbooks.rows import case, renewal

RICH = {"field": "arr", "test": "at_least", "value": "50"}
COSTLY = {"none": [{"state": "silence", "values": {"days": days}} for days in range(1, 51)]}


@pytest.fixture
def mara(db: None) -> User:
    organisation()
    return user(name="Mara", manager=user(Role.MANAGER, name="Boss"))


def view(owner: User, **fields: Any) -> SavedView:
    return SavedView.objects.create(
        **{"kind": "customers", "name": f"View {SavedView.objects.count()}", "owner": owner} | fields
    )


@pytest.mark.parametrize("views", [1, 12])
def test_all_views_are_counted_in_one_statement(mara: User, views: int) -> None:
    for amount in (10, 90):
        of = customer(owner=mara, arr=amount)
        case(of, 3)
        renewal(of, 40)
    keys = ["customers", "cases", "renewals", "tasks"]
    made = [view(mara, kind=keys[n % 4], filter=[RICH]) for n in range(views)]
    with statements() as asked_of_database:
        many = counting.counts(made, mara, DAY)
    assert len(asked_of_database) == 3  # whose customers; the limit of time; all the counts
    assert many == {one.pk: 0 if one.kind == "tasks" else 1 for one in made}
    for one in made:
        kind = find(one.kind)
        assert kind is not None
        assert many[one.pk] == of_view(kind, mara, DAY, one).rows().count()


@pytest.fixture
def costly(mara: User, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[SavedView, list[str]]]:
    """A view that everybody sees, counting which takes two seconds; and what was counted."""
    for limit in ("TOGETHER", "ALONE"):
        monkeypatch.setattr(counting, limit, 0.2)
    monkeypatch.setattr(counting, "_paused", {})
    costly_view, counted = view(user(), shared="all", filter=[COSTLY], position=1), []

    def ask(execute: Any, sql: str, params: Any, many: Any, context: Any) -> Any:
        if not sql.endswith(" found)"):
            return execute(sql, params, many, context)
        counted.append(sql)
        if f"SELECT {costly_view.pk}, (" in sql:
            return execute("SELECT pg_sleep(2)", None, many, context)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(ask):
        yield costly_view, counted


def test_a_view_that_costs_too_much_alone_has_no_figure(
    mara: User, client: Client, costly: tuple[SavedView, list[str]]
) -> None:
    customer(owner=mara, arr=90)
    costly_view, counted = costly
    rich = view(mara, name="Rich", filter=[RICH])
    with connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        limit = cursor.fetchone()
        assert counting.counts([costly_view, rich], mara, DAY) == {rich.pk: 1}
        cursor.execute("SHOW statement_timeout")
        assert cursor.fetchone() == limit
    assert len(counted) == 3
    assert f"SELECT {rich.pk}, (" in counted[1]  # fewest conditions first
    # It is not asked again at each page, until somebody changes it.
    assert counting.counts([costly_view, rich], mara, DAY) == {rich.pk: 1}
    assert len(counted) == 4
    client.force_login(mara)
    rail = client.get("/counts/")
    assert rail.status_code == 200
    assert rail.content.decode().count(f'href="/customers/?view={costly_view.pk}"') == 2
    costly_view.changed_at += dt.timedelta(seconds=1)
    counting.counts([costly_view, rich], mara, DAY)
    assert len(counted) == 8


def test_no_time_is_left_for_views_beyond_the_budget(
    mara: User, costly: tuple[SavedView, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counting, "REST", 0)
    rich = view(mara, filter=[RICH])
    customer(owner=mara, arr=90)
    assert counting.counts([costly[0], rich], mara, DAY) == {}
    assert len(costly[1]) == 1
    monkeypatch.setattr(counting, "REST", 1)
    assert counting.counts([costly[0], rich], mara, DAY) == {rich.pk: 1}  # which was not slow, only not asked


def test_a_database_that_is_away_is_no_matter_of_cost(mara: User) -> None:
    def away(*_args: Any) -> Any:
        raise OperationalError

    with connection.execute_wrapper(away), pytest.raises(OperationalError):
        counting.counts([view_of(mara)], mara, DAY)


def view_of(owner: User) -> SavedView:
    """A view that is not saved."""
    return SavedView(pk=1, kind="customers", name="New", owner=owner, filter=[RICH], changed_at=clock.now())
