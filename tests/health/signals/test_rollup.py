"""Records in, one row a customer-day and a customer-feature-day out."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts import changes
from accounts.models import Change, Customer
from health.models import Feature, FeatureDay, RollupMark, UsageDay, UsageRecord
from health.signals import partitions
from health.signals.rollup import MOST, roll_up_changed
from tests import factories as make
from tests.factories import DAY
from tests.health.scoring.test_scoring import Killed
from tests.tables import said

pytestmark = pytest.mark.django_db


def fact(customer: Customer, message: str, **fields: Any) -> UsageRecord:
    values: dict[str, Any] = {
        "source": "test",
        "day": DAY,
        "uses": 1,
        "digest": f"{hash(str((customer.pk, fields))):x}",
    } | fields
    return UsageRecord(customer=customer, message_id=message, **values)


def arrive(facts: list[UsageRecord]) -> None:
    """Write the facts and mark their days, as an import does."""
    for day in {one.day for one in facts}:
        partitions.ensure_partitions(day, day)
    UsageRecord.objects.bulk_create(facts)
    RollupMark.objects.bulk_create(RollupMark(customer_id=one.customer_id, day=one.day) for one in facts)


def day_of(customer: Customer) -> dict[str, Any]:
    (row,) = said(UsageDay.objects.filter(customer=customer))
    return row


def test_records_become_a_day() -> None:
    customer = make.customer()
    deals = Feature.objects.create(key="deals", name="Deals", is_core=True)
    login = Feature.objects.create(key="login", name="Log in")
    arrive(
        [
            fact(customer, "a", feature_id=deals.pk, uses=4, users=2, seconds=60),
            fact(customer, "b", feature_id=login.pk, uses=3, users=5, errors=1),
            fact(customer, "c", feature_id=deals.pk, uses=2, users=1),
        ]
    )
    assert roll_up_changed() == 1
    found = day_of(customer)
    found = {key: value for key, value in found.items() if key not in {"customer_id", "day"}}
    assert found == {
        "active_users": 5,
        "sessions": 3,
        "uses": 9,
        "core_uses": 6,
        "features": 2,
        "seconds": 60,
        "errors": 1,
        "feature_bits": 0b11,
        "people": None,
        "agents": 0,
        "agent_uses": 0,
    }
    assert list(FeatureDay.objects.order_by("feature_id").values_list("feature_id", "users", "uses")) == [
        (deals.pk, 2, 6),
        (login.pk, 5, 3),
    ]


def test_later_record_of_a_day_is_added_and_marks_the_customer() -> None:
    customer = make.customer()
    arrive([fact(customer, "a")])
    roll_up_changed()
    Change.objects.all().delete()
    arrive([fact(customer, "b", uses=6)])
    assert roll_up_changed() == 1
    assert day_of(customer)["uses"] == 7
    assert list(changes.waiting("scores")) == [customer.pk]
    assert not RollupMark.objects.exists()


def test_killed_roll_up_keeps_its_marks() -> None:
    customer = make.customer()
    arrive([fact(customer, "a")])

    def kill(execute: Any, sql: str, *rest: Any) -> Any:
        if "health_featureday" in sql:
            raise Killed
        return execute(sql, *rest)

    with pytest.raises(Killed), transaction.atomic(), connection.execute_wrapper(kill):
        roll_up_changed()
    assert (RollupMark.objects.count(), UsageDay.objects.count()) == (1, 0)
    assert roll_up_changed() == 1


def test_limit_leaves_the_rest_for_the_next() -> None:
    customer = make.customer()
    arrive([fact(customer, str(n), day=DAY - dt.timedelta(days=n)) for n in range(3)])
    assert [roll_up_changed(limit=2), roll_up_changed(limit=2), roll_up_changed(limit=2)] == [2, 1, 0]
    assert UsageDay.objects.count() == 3


def test_statements_do_not_grow() -> None:
    counts = []
    partitions.ensure_partitions(DAY, DAY)
    for size in (1, 3):
        facts = [fact(make.customer(), f"{size}-{n}") for n in range(size)]
        with CaptureQueriesContext(connection) as seen:
            arrive(facts)
            roll_up_changed()
        counts.append(len(seen))
    assert counts[0] == counts[1]
    assert UsageRecord.objects.count() == 4


def people(customer: Customer) -> tuple[int, dict[str, int]]:
    """Active users of the day, and users by feature."""
    days = FeatureDay.objects.filter(customer=customer).values_list("feature__key", "users")
    return day_of(customer)["active_users"], dict(days)


@pytest.mark.parametrize(
    ("facts", "users", "by_feature"),
    [
        # Named people are counted distinct, over features too.
        ([("deals", {"person": 1}), ("deals", {"person": 1}), ("login", {"person": 2})], 2, {"deals": 1, "login": 1}),
        ([("deals", {"person": 1}), ("", {"person": 2}), ("", {"person": 3})], 3, {"deals": 1}),
        # Totals of a day: the largest.
        ([("deals", {"users": 4}), ("deals", {"users": 6}), ("login", {"users": 5})], 6, {"deals": 6, "login": 5}),
        # People counted apart add up within a feature; one may use two features.
        (
            [
                ("deals", {"users": 4, "apart": True}),
                ("deals", {"users": 6, "apart": True}),
                ("login", {"users": 9, "apart": True}),
            ],
            10,
            {"deals": 10, "login": 9},
        ),
        # Of several ways of counting the one that saw most.
        ([("deals", {"person": 1}), ("deals", {"users": 3}), ("deals", {"users": 2, "apart": True})], 3, {"deals": 3}),
        ([("deals", {}), ("login", {})], 0, {"deals": 0, "login": 0}),
    ],
)
def test_people_of_a_day(facts: list[tuple[str, dict[str, Any]]], users: int, by_feature: dict[str, int]) -> None:
    customer = make.customer()
    features = {key: Feature.objects.create(key=key, name=key) for key in ("deals", "login")}
    arrive([fact(customer, str(n), feature=features.get(key), **fields) for n, (key, fields) in enumerate(facts)])
    roll_up_changed()
    assert people(customer) == (users, by_feature)


def test_use_beyond_any_measure_stops_nobodys_day() -> None:
    customer, other = make.customer(), make.customer()
    feature = Feature.objects.create(key="deals", name="Deals", is_core=True)
    most = {
        "uses": 1_000_000_000,
        "seconds": 1_000_000_000,
        "errors": 1_000_000_000,
        "users": 100_000_000,
        "apart": True,
    }
    arrive([fact(customer, str(n), feature=feature, **most) for n in range(30)] + [fact(other, "x", uses=7)])
    roll_up_changed()
    found = day_of(customer)
    assert {name: found[name] for name in ("uses", "core_uses", "seconds", "errors", "active_users")} == dict.fromkeys(
        ("uses", "core_uses", "seconds", "errors", "active_users"), MOST
    )
    assert day_of(other)["uses"] == 7
