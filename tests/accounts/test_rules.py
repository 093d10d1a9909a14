import datetime as dt

import pytest
from django.core.exceptions import ValidationError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts import rules
from accounts.models import Customer
from tests.factories import DAY, customer

CONDITIONS = st.one_of(
    st.fixed_dictionaries(
        {
            "field": st.sampled_from(["arr", "employees", "score", "tenure_days"]),
            "test": st.sampled_from(["at_least", "at_most"]),
            "value": st.integers(0, 500),
        }
    ),
    st.fixed_dictionaries(
        {
            "field": st.sampled_from(["industry", "country"]),
            "test": st.sampled_from(["is", "is_not"]),
            "value": st.sampled_from(["Bank", "JP", "Shop"]),
        }
    ),
    st.fixed_dictionaries({"field": st.just("tags"), "test": st.just("has"), "value": st.sampled_from(["vip", "x"])}),
    st.fixed_dictionaries(
        {
            "field": st.just("stage"),
            "test": st.just("is_in"),
            "value": st.lists(st.sampled_from(["onboarding", "growth", "mature"]), min_size=1, max_size=2),
        }
    ),
)


@pytest.fixture
def three(db):
    customer(name="full", arr=100, employees=50, industry="Bank", country="JP", tags=["vip"],
             score=80, band="green", stage="mature", first_contract_on=DAY - dt.timedelta(days=300))  # fmt: skip
    customer(name="empty", status="prospect")
    customer(name="other", arr=400, employees=500, industry="Shop", stage="growth",
             first_contract_on=DAY - dt.timedelta(days=100))  # fmt: skip


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(conditions=st.lists(CONDITIONS, max_size=3))
def test_filter_and_explanation_agree(three, conditions):
    rules.check(conditions)
    chosen = set(Customer.objects.filter(rules.as_q(conditions, DAY)).values_list("name", flat=True))
    explained = {
        one.name
        for one in Customer.objects.select_related("segment")
        if all(c.holds for c in rules.explain(conditions, one, DAY))
    }
    assert chosen == explained


@pytest.mark.parametrize(
    ("conditions", "message"),
    [
        ("arr", "The rule is a list of conditions."),
        ([{"field": "arr"}], "Condition 1: needs field, test and value."),
        ([{"field": "age", "test": "is", "value": 1}], "Condition 1: no field “age”."),
        (
            [{"field": "arr", "test": "is", "value": 1}],
            "Condition 1: “ARR” cannot be tested by “is”.",
        ),
        ([{"field": "arr", "test": "at_least", "value": "much"}], "Condition 1: “ARR” needs a number."),
        ([{"field": "arr", "test": "at_least", "value": "NaN"}], "Condition 1: “ARR” needs a number."),
        ([{"field": "industry", "test": "is", "value": " "}], "Condition 1: “Industry” needs a value."),
        (
            [
                {"field": "arr", "test": "at_least", "value": 1},
                {"field": "stage", "test": "is_in", "value": ["old"]},
            ],
            "Condition 2: “old” is not a value of “Stage”.",
        ),
    ],
)
def test_rule_that_cannot_be_asked_is_named(conditions, message):
    with pytest.raises(ValidationError) as refused:
        rules.check(conditions)
    assert refused.value.messages == [message]
