"""The portfolio's filters against a plain reading of them, at the edges, today and on a past day."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest
from django.db.models import QuerySet
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts import asof, book, conditions
from accounts.book import Filters
from accounts.models import Customer, DatedFact, Touchpoint, User
from health.models import Score, Scorecard, Standing, StandingChange
from renewals.models import Renewal
from tests.factories import DAY, contract, customer, organisation, segment, user

PAST = DAY - dt.timedelta(days=40)
OLD = DAY - dt.timedelta(days=400)
SPANS = [1, 29, 30, 31]


@dataclass(frozen=True)
class Seen:
    """A customer as it stood on a day; what lies between days is counted from that day."""

    name: str
    owner: int | None
    status: str
    stage: str
    segment: int | None
    touch: str
    band: str
    arr: Decimal
    left: int | None
    passed: int | None
    motion: str


def holds(one: Seen, filters: Filters, me: User) -> bool:
    """What the filters say, as a person reads them."""
    asked = {"me": me.pk, "nobody": None}.get(filters.owner, filters.owner)
    return all([
        filters.q.lower() in one.name.lower(),
        not filters.owner or str(one.owner) == str(asked),
        not filters.status or one.status in filters.status,
        not filters.stage or one.stage == filters.stage,
        filters.segment is None or one.segment == filters.segment,
        not filters.touch or one.touch == filters.touch,
        not filters.band or (one.band or "none") in filters.band,
        filters.arr_min is None or one.arr >= filters.arr_min,
        filters.renews_within is None or (one.left is not None and 0 <= one.left <= filters.renews_within),
        filters.quiet is None or one.passed is None or one.passed >= filters.quiet,
        not filters.motion or one.motion == filters.motion,
    ])  # fmt: skip


@dataclass
class Company:
    """What was written: as customers of today, and as other customers of the past day."""

    me: User
    segment: int
    seen: list[Seen]


def choices(me: User, other: User, bank: int) -> dict[str, list[Any]]:
    """The values customers have, each list of another length, so that they meet in every mixture."""
    return {
        "name": ["100%", "Acme", "acme_b"],
        "owner": [me.pk, other.pk, None, me.pk],
        "status": ["live", "notice", "prospect", "live", "churned"],
        "stage": ["onboarding", "growth"],
        "segment": [bank, None],
        "touch": ["high", "low", "tech"],
        "band": ["red", "", "green", "yellow", ""],
        "arr": [Decimal(0), Decimal("99.99"), Decimal(100)],
        "left": [None, 0, 1, 29, 30, 31, -1],
        "passed": [None, 0, 1, 29, 30, 31, 32],
        "motion": ["", "save", "expand"],
    }


@pytest.fixture
def company(db: None) -> Company:
    organisation()
    me, bank = user("admin"), segment(name="Bank").pk
    every = choices(me, user(), bank)
    seen = [Seen(**{name: values[n % len(values)] for name, values in every.items()}) for n in range(14)]
    card = Scorecard.objects.create(key="card", name="Card", created_on=DAY)
    for one in seen:
        _today(one)
        _then(one, card)
    return Company(me, bank, seen)


def _today(one: Seen) -> None:
    made = customer(
        name=one.name, owner_id=one.owner, status=one.status, stage=one.stage, segment_id=one.segment,
        touch_model=one.touch, band=one.band, score=50 if one.band else None, arr=one.arr,
        next_renewal_on=None if one.left is None else DAY + dt.timedelta(days=one.left),
        last_touch_on=None if one.passed is None else DAY - dt.timedelta(days=one.passed), tags=["today"],
    )  # fmt: skip
    if one.motion:
        Standing.objects.create(customer=made, kind="motion", state=one.motion, since=DAY)


def _then(one: Seen, card: Scorecard) -> None:
    """A customer that is different in everything today."""
    made = customer(name=one.name, status="churned", tags=["then"])
    kept = {"owner": one.owner, "status": one.status, "stage": one.stage, "segment": one.segment, "touch": one.touch}
    for fact, value in kept.items():
        DatedFact.objects.create(customer=made, fact=fact, from_day=OLD, value="" if value is None else str(value))
    if one.band:
        Score.objects.create(customer=made, day=OLD, scorecard=card, value=50, band=one.band)
    paid = contract(made, amount=one.arr, starts_on=OLD)
    if one.left is not None:
        due = PAST + dt.timedelta(days=one.left)
        Renewal.objects.create(customer=made, contract=paid, term_number=1, due_on=due, arr=one.arr)
    if one.passed is not None:
        Touchpoint.objects.create(customer=made, kind="call", happened_on=PAST - dt.timedelta(days=one.passed))
    Touchpoint.objects.create(customer=made, kind="call", happened_on=DAY)
    if one.motion:
        StandingChange.objects.create(customer=made, kind="motion", state=one.motion, from_day=OLD)


FILTERS = st.builds(
    dict,
    q=st.sampled_from(["", "", "ACME", "0%", "e_b", "zz"]),
    owner=st.sampled_from(["", "", "me", "nobody", "0"]),
    status=st.sampled_from([(), ("live", "notice"), ("churned",)]),
    stage=st.sampled_from(["", "", "growth"]),
    segment=st.sampled_from([None, None, "bank"]),
    touch=st.sampled_from(["", "", "low"]),
    band=st.sampled_from([(), (), ("red",), ("none",), ("red", "none"), ("green", "yellow")]),
    arr_min=st.sampled_from([None, None, Decimal(0), Decimal("99.99"), Decimal(100)]),
    renews_within=st.sampled_from([None, None, *SPANS]),
    quiet=st.sampled_from([None, None, *SPANS]),
    motion=st.sampled_from(["", "", "save"]),
)
ALONE = [
    {name: value}
    for name, values in {
        "q": ["acme", "%", "_"], "owner": ["me", "nobody"], "status": [("live",)], "stage": ["growth"],
        "segment": ["bank"], "touch": ["tech"], "band": [("red", "none")], "arr_min": [Decimal("99.99")],
        "renews_within": SPANS, "quiet": SPANS, "motion": ["expand"],
    }.items()
    for value in values
]  # fmt: skip


def agree(company: Company, **fields: Any) -> None:
    asked = Filters(**{"status": ()} | fields)
    expected = [n for n, one in enumerate(company.seen) if holds(one, asked, company.me)]
    assert _found(book.filtered(company.me, asked, DAY), "today") == expected
    assert _found(asof.filtered(company.me, asked, PAST), "then") == expected


def _found(customers: QuerySet[Customer], tag: str) -> list[int]:
    """Which of those written are found: rows were made in their order."""
    written = list(Customer.objects.filter(tags=[tag]).order_by("pk").values_list("pk", flat=True))
    found = customers.filter(tags=[tag]).order_by("pk").values_list("pk", flat=True)
    return [written.index(pk) for pk in found]


def test_each_filter_finds_whom_a_plain_reading_finds(company: Company) -> None:
    for asked in ALONE:
        agree(company, **asked | ({"segment": company.segment} if "segment" in asked else {}))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=10)
@given(asked=FILTERS)
def test_filters_together_find_whom_a_plain_reading_finds(company: Company, asked: dict[str, Any]) -> None:
    agree(company, **asked | ({"segment": company.segment} if asked["segment"] == "bank" else {}))


def test_segment_of_the_same_words_takes_whom_the_portfolio_shows(company: Company) -> None:
    rule = [{"field": "next_renewal", "test": "within_next", "value": 30}]
    shown = book.filtered(company.me, Filters(status=(), renews_within=30), DAY)
    assert {one.pk for one in Customer.objects.filter(conditions.Holds(rule, DAY))} == {one.pk for one in shown}
    assert shown.filter(next_renewal_on=DAY).exists()


@pytest.mark.django_db
def test_plain_filters_compare_plain_columns() -> None:
    """What an index answers: no function about a column, no cast of one, and one owner by "equals"."""
    me = user("admin")
    asked = Filters(
        owner="me", stage="growth", band=("red",), arr_min=Decimal(1), renews_within=9, touch="low", segment=1
    )
    sql = str(book.filtered(me, asked, DAY).values("pk").query)
    where = sql.split("WHERE", 1)[1]
    assert f'"accounts_customer".owner_id = {me.pk}::bigint' in where
    for column in ("status", "stage", "segment_id", "touch_model", "band", "arr", "next_renewal_on"):
        assert f'"accounts_customer".{column} ' in where
    assert not [word for word in ("coalesce", "nullif", "select") if word in where.lower()]
