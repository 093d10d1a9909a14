"""Random conditions over every registered field, and customers who differ in all of them."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from accounts import facts
from accounts.conditions import fields
from accounts.conditions.fields import DAYS, FIGURES, PRESENCE, SPANS, Field
from accounts.models import Customer
from health.models import Standing, StandingChange
from tests.factories import DAY, contact, contract, customer, segment, user
from tests.playbooks import rows

WORDS = ["Bank", "JP", "vip", "Basic", "12", "7.5", "Core", "Platform"]
FAMILY_MEMBERS = [
    "attribute:plan", "attribute:seats", "attribute_number:seats", "attribute_number:plan", "measure_points:usage_trend",
    "measure_value:usage_trend", "measure_value:unheard_of", "open_cases_of:quiet",
]  # fmt: skip


def registered() -> list[Field]:
    """Every field, and some of each family."""
    return fields.registered() + [fields.named(key) for key in FAMILY_MEMBERS]


def values(field: Field, test: str) -> st.SearchStrategy[Any]:
    if test in PRESENCE:
        return st.none()
    if test in FIGURES:
        return st.sampled_from([0, 1, 2, 7.5, 50, 99.99, 100, 300, 10**9])
    if test in SPANS:
        return st.sampled_from([0, 1, 30, 99, 100, 101, 36_500])
    if test in DAYS:
        return st.sampled_from([-301, -300, -299, -1, 0, 1, 40]).map(lambda n: (DAY + dt.timedelta(days=n)).isoformat())
    if field.kind == fields.Kind.KEY:
        choices = ["Bank", "jp@demo.example", "Nobody of that name", 1, 2, 3]
    else:
        choices = [key for key, _label in field.fixed_choices] or WORDS
    one = st.sampled_from(choices)
    return st.lists(one, min_size=1, max_size=3) if test == "is_in" else one


def leaves(among: list[Field] | None = None) -> st.SearchStrategy[dict[str, Any]]:
    pairs = [(field, test) for field in among or registered() for test in field.tests]

    def leaf(pair: tuple[Field, str]) -> st.SearchStrategy[dict[str, Any]]:
        field, test = pair
        return st.fixed_dictionaries({"field": st.just(field.key), "test": st.just(test), "value": values(field, test)})

    return st.sampled_from(pairs).flatmap(leaf)


def trees(among: list[Field] | None = None) -> st.SearchStrategy[Any]:
    """Trees of up to four levels; also plain lists."""
    how = st.sampled_from(["all", "any", "none"])

    def groups(members: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
        return st.builds(lambda how, members: {how: members}, how, st.lists(members, min_size=1, max_size=3))

    nested = st.recursive(leaves(among), groups, max_leaves=6)
    return st.one_of(st.lists(nested, max_size=3), groups(nested))


def different_customers() -> list[Customer]:
    """Customers who have everything, nothing, and something between; each value of the strategies is met by one."""
    bank = segment(name="Bank", position=1)
    owner = user(email="jp@demo.example")
    ago = lambda days: DAY - dt.timedelta(days=days)  # noqa: E731 (a short word for the rows below)
    full = customer(
        name="full", arr=100, employees=50, industry="Bank", country="JP", use_case="Core", tags=["vip", "Basic"],
        score=Decimal("99.99"), band="green", stage="mature", segment=bank, owner=owner, touch_model="high",
        first_contract_on=ago(300), next_renewal_on=DAY + dt.timedelta(days=100), last_touch_on=ago(30),
        attributes={"plan": "Basic", "seats": "12"},
    )  # fmt: skip
    for role in ("champion", "buyer", "sponsor"):
        contact(full, roles=[role, "user"])
    contract(full, line={"product": "Core"}, starts_on=ago(300))
    rows.renewal(full, 100, category="commit")
    rows.score(full, 99, 30, parts={"usage_trend": (0.99, 100)})
    rows.case(full, 30)
    for kind, state in (("retention", "active"), ("ladder", "loyalty"), ("motion", "expand")):
        Standing.objects.create(customer=full, kind=kind, state=state, since=ago(30))
        StandingChange.objects.create(customer=full, kind=kind, state=state, from_day=ago(30))
    facts.record(ago(2))
    empty = customer(name="empty", status="prospect")
    contact(empty, roles=["champion"], state="left")
    other = customer(
        name="other", arr=Decimal("99.99"), employees=300, industry="JP", stage="growth", score=50, band="red",
        status="notice", first_contract_on=ago(100), next_renewal_on=DAY, last_touch_on=DAY,
        attributes={"plan": " 7.5 ", "seats": 7.5, "list": [1]},
    )  # fmt: skip
    contract(other, line={"product": "Platform"}, starts_on=ago(100), ended_on=ago(1))
    rows.score(other, 50, 300, parts={"usage_trend": (-0.5, 0)})
    rows.case(other, 300, state="closed", closed_on=ago(1), resolution="resolved", severity="urgent")
    strange = customer(name="strange", attributes=["no", "object"], status="churned", next_renewal_on=ago(1))
    return [full, empty, other, strange]
