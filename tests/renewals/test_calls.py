from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from config import clock
from renewals import calls
from renewals.models import ForecastCall, Renewal
from tests.factories import DAY, user
from tests.renewals.factories import renewal_due_in

HALF = Decimal("0.5")


@pytest.fixture
def renewal():
    return renewal_due_in(30)


def call(renewal, **said):
    said = {"likelihood": HALF, "category": "", "note": ""} | said
    calls.call(renewal, renewal.customer.owner, clock.now(), DAY, **said)
    renewal.refresh_from_db()


def test_a_call_stands_on_the_renewal_and_in_its_history(renewal):
    call(renewal, likelihood=Decimal("0.7"), category="most_likely", note=" CFO is for it ")
    call(renewal, likelihood=Decimal("0.8"), category="most_likely", note="CFO is for it")
    assert (renewal.csm_likelihood, renewal.category, renewal.csm_note, renewal.csm_called_on) == (
        Decimal("0.8"), "most_likely", "CFO is for it", DAY,
    )  # fmt: skip
    assert list(ForecastCall.objects.order_by("pk").values_list("likelihood", "by", "voice")) == [
        (Decimal("0.7"), renewal.customer.owner.pk, "csm"),
        (Decimal("0.8"), renewal.customer.owner.pk, "csm"),
    ]


def test_the_same_call_again_is_not_kept_twice(renewal):
    call(renewal)
    call(renewal)
    assert ForecastCall.objects.count() == 1


@pytest.mark.parametrize(
    ("field", "value"), [("likelihood", Decimal("1.01")), ("likelihood", Decimal(-1)), ("category", "hope")]
)
def test_a_wrong_call_names_its_field(renewal, field, value):
    with pytest.raises(ValidationError) as error:
        call(renewal, **{field: value})
    assert list(error.value.message_dict) == [field]
    assert not ForecastCall.objects.exists()


def test_a_decision_needs_a_reason_and_stands_over_the_others(renewal):
    call(renewal, likelihood=Decimal("0.9"))
    manager = user("manager")
    with pytest.raises(ValidationError) as error:
        calls.decide(renewal, manager, clock.now(), DAY, likelihood=HALF, reason=" ")
    assert list(error.value.message_dict) == ["reason"]
    calls.decide(renewal, manager, clock.now(), DAY, likelihood=HALF, reason="Champion gone")
    renewal.refresh_from_db()
    assert (renewal.likelihood, renewal.final_by, renewal.final_reason) == (HALF, manager, "Champion gone")
    calls.withdraw(renewal, manager, clock.now(), DAY)
    renewal.refresh_from_db()
    assert (renewal.likelihood, renewal.final_likelihood) == (Decimal("0.9"), None)
    assert [c.likelihood for c in ForecastCall.objects.filter(voice="final").order_by("pk")] == [HALF, None]


def test_a_closed_renewal_takes_no_calls(renewal):
    Renewal.objects.update(stage="closed", outcome="auto", closed_on=DAY)
    with pytest.raises(ValidationError, match="closed"):
        call(renewal)
