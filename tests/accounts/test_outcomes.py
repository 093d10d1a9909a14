"""What an outcome's value is worth a year is asked of people, and nothing is reckoned with it before."""

from decimal import Decimal

import pytest

from accounts import changes
from accounts.models import Objective, Outcome
from renewals import brief
from renewals.models import PrepPart
from tests.factories import DAY, customer, organisation, user
from tests.renewals.factories import renewal_due_in


@pytest.fixture
def measured(db):
    """Two days saved of a value of 500 each, confirmed, of a customer whose renewal is being prepared."""
    organisation()
    one = customer(owner=user())
    goal = Objective.objects.create(customer=one, title="Close faster", agreed_on=DAY)
    made = Outcome.objects.create(
        objective=goal, measure="Close time", baseline=9, target=5, measured=7, measured_on=DAY, state="partial",
        unit_value=500, confirmed_on=DAY,
    )  # fmt: skip
    return made, renewal_due_in(30, one)


def test_the_plan_shows_the_fraction_of_what_was_measured(client, measured):
    outcome, renewal = measured
    Outcome.objects.filter(pk=outcome.pk).update(baseline="10.50", target="3.25", measured="1200.00", unit="h")
    client.force_login(renewal.customer.owner)
    page = client.get(f"/customers/{renewal.customer_id}/plan/").content.decode()
    assert "baseline 10.5, now 1,200, target 3.25 h" in page


def value_of(renewal):
    (found,) = (part.facts for part in brief.parts(renewal) if part.row.part == PrepPart.Part.VALUE)
    return found


@pytest.mark.parametrize(
    ("period", "per_period", "a_year"), [("month", "2", 24_000), ("quarter", "1", 4_000), ("year", "3", 3_000)]
)
def test_gain_over_the_price_is_told_once_the_period_is_said(client, measured, period, per_period, a_year):
    outcome, renewal = measured
    before = value_of(renewal)
    assert (before["confirmed"], before["without_period"], before["roi"]) == (None, 1, None)
    client.force_login(renewal.customer.owner)
    address = f"/outcomes/{outcome.pk}/period/"
    assert address in client.get(f"/renewals/{renewal.pk}/").text
    assert address in client.get(f"/customers/{renewal.customer_id}/plan/").text
    changes.take("scores", 99)
    answer = client.post(address, {"period": period, "per_period": per_period}, headers={"HX-Request": "true"})
    assert (answer.status_code, "renewals:changed" in answer.headers["HX-Trigger"]) == (200, True)
    after = value_of(renewal)
    assert (after["confirmed"], after["without_period"], after["roi"]) == (a_year, 0, a_year - Decimal(12_000))
    assert list(changes.waiting("scores")) == [renewal.customer_id]


@pytest.mark.parametrize(
    "wrong", [{"period": "", "per_period": 1}, {"period": "day", "per_period": 1}, {"period": "year", "per_period": 0}]
)
def test_a_period_that_means_nothing_is_refused(client, measured, wrong):
    outcome, renewal = measured
    client.force_login(renewal.customer.owner)
    assert client.post(f"/outcomes/{outcome.pk}/period/", wrong).status_code == 422
    assert (outcome.__class__.objects.get().period, outcome.__class__.objects.get().per_period) == ("", 1)


def test_what_has_no_value_is_asked_for_no_period(client, measured):
    outcome, renewal = measured
    Outcome.objects.update(unit_value=None, confirmed_on=None)
    client.force_login(renewal.customer.owner)
    assert client.get(f"/outcomes/{outcome.pk}/period/").status_code == 404
