"""What conditions ask of renewals: always the open one that is due first."""

from __future__ import annotations

from typing import Any

import pytest

from accounts import conditions
from accounts.models import Customer
from tests.factories import DAY, customer
from tests.playbooks.rows import closed, renewal

pytestmark = pytest.mark.django_db


def names(field: str, test: str, value: Any = None) -> set[str]:
    stored = [{"field": field, "test": test, "value": value}]
    conditions.check(stored)
    return set(Customer.objects.filter(conditions.Holds(stored, DAY)).values_list("name", flat=True))


@pytest.fixture(autouse=True)
def three() -> None:
    early, late, none = customer(name="early"), customer(name="late"), customer(name="none")
    renewal(early, 30, category="commit", arr=5_000)
    renewal(early, 90, stage="upcoming", prep_opened_on=None, category="omitted")
    closed(early, 5)
    renewal(late, 31, stage="upcoming", prep_opened_on=None)
    closed(none, 5)


@pytest.mark.parametrize(
    ("field", "test", "value", "expected"),
    [
        ("days_to_renewal", "at_most", 30, {"early"}),
        ("days_to_renewal", "at_most", 29, set()),
        ("days_to_renewal", "at_least", 31, {"late"}),
        ("days_to_renewal", "missing", None, {"none"}),
        ("renewal_stage", "is", "preparing", {"early"}),
        ("renewal_stage", "is_not", "preparing", {"late", "none"}),
        ("renewal_category", "is_in", ["commit", "omitted"], {"early"}),
        ("renewal_category", "missing", None, {"late", "none"}),
        ("renewal_arr", "at_least", 5_000, {"early", "late"}),
        ("renewal_arr", "at_most", 5_000, {"early"}),
        ("renewal_prep", "is", "yes", {"early"}),
        ("renewal_prep", "is", "no", {"late", "none"}),
    ],
)
def test_next_renewal_is_asked(field: str, test: str, value: Any, expected: set[str]) -> None:
    assert names(field, test, value) == expected
