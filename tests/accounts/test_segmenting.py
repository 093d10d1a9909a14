import datetime as dt

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts import segmenting, shipped
from accounts.models import Customer, DatedFact, Segment
from tests.factories import DAY, customer, organisation, segment

pytestmark = pytest.mark.django_db

OLD = DAY - dt.timedelta(days=400)


@pytest.fixture(autouse=True)
def company():
    organisation()


def served(one: Customer) -> tuple[str | None, str]:
    one.refresh_from_db()
    return (one.segment.name if one.segment else None, one.touch_model)


def test_shipped_segments_split_by_arr():
    shipped.install()
    big, middle, small = (customer(arr=arr, first_contract_on=OLD) for arr in (100_000, 99_999, 19_999))
    segmenting.sweep(DAY)
    assert served(big) == ("Enterprise", "high")
    assert served(middle) == ("Mid-market", "low")
    assert served(small) == ("Growth", "tech")


def test_new_customer_starts_in_high_touch_then_falls_to_its_segment():
    shipped.install()
    one = customer(arr=100, first_contract_on=DAY - dt.timedelta(days=89))
    segmenting.sweep(DAY)
    assert served(one) == ("Growth", "high")
    segmenting.sweep(DAY + dt.timedelta(days=1))
    assert served(one) == ("Growth", "tech")
    assert list(
        DatedFact.objects.filter(customer=one, fact="touch").order_by("from_day").values_list("value", flat=True)
    ) == ["high", "tech"]


def test_pin_wins_over_the_rules():
    shipped.install()
    one = customer(
        arr=100,
        first_contract_on=OLD,
        pinned_segment=Segment.objects.get(name="Enterprise"),
        pin_reason="Reference customer",
    )
    segmenting.sweep(DAY)
    assert served(one) == ("Enterprise", "high")


def test_first_rule_that_holds_counts():
    segment(name="B", position=2, rule=[], touch_model="tech")
    segment(
        name="A",
        position=1,
        rule=[{"field": "industry", "test": "is", "value": "Bank"}],
        touch_model="high",
    )
    bank, shop = (customer(industry=industry, first_contract_on=OLD) for industry in ("Bank", "Shop"))
    segmenting.sweep(DAY)
    assert served(bank) == ("A", "high")
    assert served(shop) == ("B", "tech")


def test_band_moves_a_segment_only_after_fourteen_days():
    segment(
        name="Rescue",
        position=1,
        rule=[{"field": "band", "test": "is", "value": "red"}],
        touch_model="high",
    )
    rest = segment(name="Rest", position=2, rule=[], touch_model="low")
    one = customer(score=20, band="red", band_since=DAY, segment=rest, touch_model="low", first_contract_on=OLD)
    segmenting.sweep(DAY + dt.timedelta(days=13))
    assert served(one) == ("Rest", "low")
    segmenting.sweep(DAY + dt.timedelta(days=14))
    assert served(one) == ("Rescue", "high")


def test_dry_run_names_who_would_move_and_writes_nothing():
    shipped.install()
    mover = customer(arr=50_000, first_contract_on=OLD)
    stayer = customer(arr=5_000, first_contract_on=OLD)
    segmenting.sweep(DAY)
    segments = segmenting.in_order()
    segments[0].rule = [{"field": "arr", "test": "at_least", "value": 40_000}]
    total, moves = segmenting.dry_run(segments, DAY, among=Customer.objects.all())
    assert total == 1
    assert [(m.customer, m.before.name, m.after.name) for m in moves] == [(mover, "Mid-market", "Enterprise")]
    assert served(mover)[0] == "Mid-market"
    assert served(stayer)[0] == "Growth"


def test_second_sweep_moves_nobody():
    shipped.install()
    customer(arr=50_000, first_contract_on=OLD)
    assert segmenting.sweep(DAY) == 1
    before = DatedFact.objects.count()
    assert segmenting.sweep(DAY) == 0
    assert DatedFact.objects.count() == before


@pytest.mark.parametrize("lead", [59, 91])
def test_lead_outside_60_to_90_days_is_refused_by_the_database(lead):
    with pytest.raises(IntegrityError), transaction.atomic():
        segment(renewal_lead_days=lead)


@pytest.mark.parametrize("rows", [1, 3])
def test_sweep_takes_five_statements_whatever_the_customers(rows):
    shipped.install()
    for _ in range(rows):
        customer(arr=50_000, first_contract_on=OLD)
    with CaptureQueriesContext(connection) as queries:
        segmenting.sweep(DAY)
    assert len([q for q in queries if "SAVEPOINT" not in q["sql"]]) == 5
