import datetime as dt
import threading
import time
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts import facts, segment_order, segment_saving, segmenting, shipped
from accounts.conditions import fields
from accounts.models import Customer, DatedFact, Fact, Segment
from config.outbox.models import Outbox
from config.setaside.models import SetAside
from tests.factories import DAY, customer, organisation, segment, user

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
    trial = segmenting.dry_run(segments, DAY, among=Customer.objects.all())
    assert (trial.moving, trial.unknown) == (1, 0)
    assert [(m.customer, m.before.name, m.after.name) for m in trial.moves] == [(mover, "Mid-market", "Enterprise")]
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


RED = [{"field": "band", "test": "is", "value": "red"}]
BANK = [{"field": "industry", "test": "is", "value": "Bank"}]
JP = {"field": "country", "test": "is", "value": "JP"}


def arr(at_least: float) -> dict[str, Any]:
    return {"field": "arr", "test": "at_least", "value": at_least}


@pytest.mark.parametrize(
    ("earlier", "later", "hidden"),
    [
        ([], BANK, True),
        ({"all": []}, [], True),
        (BANK, BANK, True),
        (BANK, [*BANK, JP], True),
        ([*BANK, JP], BANK, False),
        ([arr(20_000)], [arr(100_000)], True),
        ([arr(100_000)], [arr(20_000)], False),
        ([arr(20_000)], [arr(20_000.01), JP], True),
        ([{"field": "arr", "test": "at_most", "value": 10}], [{"field": "arr", "test": "at_most", "value": 9}], True),
        ([{"field": "arr", "test": "at_most", "value": 9}], [{"field": "arr", "test": "at_most", "value": 10}], False),
        ([{"field": "country", "test": "is_in", "value": ["JP", "US"]}], [JP], True),
        ([{"field": "country", "test": "is_in", "value": ["DE", "US"]}], [JP], False),
        ([{"field": "country", "test": "is_not", "value": "JP"}], [JP], False),
        ({"any": [arr(1), JP]}, {"any": [arr(1), JP]}, True),
        ({"any": [arr(1), JP]}, [JP], False),
        (BANK, [], False),
    ],
)
def test_segment_behind_one_that_takes_all_its_customers_is_named(earlier, later, hidden):
    first, second = segment(rule=earlier, position=1), segment(rule=later, position=2)
    assert segment_order.hidden_by(second, [first, second]) == (first if hidden else None)
    assert segment_order.hidden_by(first, [first, second]) is None
    first.is_active = False
    assert segment_order.hidden_by(second, [first, second]) is None


@pytest.mark.parametrize("earlier", [[], BANK, [arr(100), JP], RED, {"any": [arr(100), JP]}])
@pytest.mark.parametrize("later", [[], [*BANK, JP], [arr(200), JP], RED, {"none": BANK}])
def test_nobody_is_ever_in_a_segment_that_is_said_to_be_hidden(earlier, later):
    first, second = segment(name="first", position=1, rule=earlier), segment(name="second", position=2, rule=later)
    for industry in ("Bank", "Shop"):
        for country in ("JP", "US"):
            for amount in (50, 100, 300):
                customer(industry=industry, country=country, arr=amount, band="red", score=10, band_since=OLD)
    segmenting.sweep(DAY)
    if segment_order.hidden_by(second, [first, second]):
        assert not Customer.objects.filter(segment=second).exists()


def test_rules_that_go_back_to_what_they_were_are_swept_again():
    """A → B → A within the days for which a key is kept: each change is work of its own."""
    one = segment(name="Banks", position=1, rule=BANK)
    for rule in (RED, BANK, RED):
        one.rule = rule
        segment_saving.save(one, ["rule"])
    segment_order.move(one, up=True)
    other = segment(name="Rest", position=2)
    segment_order.move(other, up=True)
    segment_order.move(other, up=False)
    assert Outbox.objects.filter(kind="accounts.segments").count() == 5


def test_rule_that_cannot_be_asked_is_set_aside_and_the_others_are_swept():
    bad = segment(name="Bad", position=1, rule=[{"field": "mood", "test": "is", "value": "good"}])
    segment(name="Good", position=2, rule=BANK, touch_model="low")
    one = customer(industry="Bank", first_contract_on=OLD)
    segmenting.sweep(DAY)
    assert served(one) == ("Good", "low")
    aside = SetAside.objects.get()
    assert (aside.step, aside.kind, aside.object_id, aside.words) == ("segments", "segment", bad.pk, "Bad")
    assert "mood" in aside.reason
    bad.rule = RED
    segment_saving.save(bad, ["rule"])
    assert not SetAside.objects.exists()


@pytest.mark.parametrize(("rows", "segments"), [(1, 1), (3, 1), (1, 4)])
def test_idle_sweep_takes_four_statements(rows, segments):
    for n in range(segments):
        segment(name=f"S{n}", position=n + 1, rule=[arr(n * 1000)] if n else [])
    for _ in range(rows):
        customer(arr=2500, first_contract_on=OLD)
    segmenting.sweep(DAY)
    with CaptureQueriesContext(connection) as queries:
        assert segmenting.sweep(DAY) == 0
    assert len([q for q in queries if "SAVEPOINT" not in q["sql"]]) == 4


@pytest.mark.parametrize(("days", "stage"), [(0, "high"), (89, "high"), (90, "low"), (91, "low")])
def test_onboarding_ends_on_its_day(days, stage):
    segment(name="All", rule=[], touch_model="low")
    one = customer(first_contract_on=DAY - dt.timedelta(days=days))
    segmenting.sweep(DAY)
    assert served(one) == ("All", stage)


def test_churned_customer_is_served_by_its_segment_and_merged_one_stays():
    segment(name="All", rule=[], touch_model="low")
    gone = customer(status="churned")
    merged = customer(merged_into=gone)
    segmenting.sweep(DAY)
    assert served(gone) == ("All", "low")
    assert served(merged) == (None, "high")


@pytest.mark.parametrize(
    ("fields", "belongs", "first"),
    [
        ({"industry": "Bank"}, True, "Banks"),
        ({"industry": "Shop"}, False, "Rest"),
        ({"industry": "Bank", "arr": 500}, False, "Large"),
    ],
)
def test_why_agrees_with_the_sweep(fields, belongs, first):
    large, banks, rest = (
        segment(name="Large", position=1, rule=[arr(500)]),
        segment(name="Banks", position=2, rule=BANK),
        segment(name="Rest", position=3, rule=[]),
    )
    one = customer(first_contract_on=OLD, **fields)
    segmenting.sweep(DAY)
    one.refresh_from_db()
    for each in (large, banks, rest):
        assert segmenting.why(one, each, DAY).belongs == (one.segment == each)
    why = segmenting.why(one, banks, DAY)
    assert (why.belongs, why.first.name) == (belongs, first)
    assert why.taken_earlier == (large if first == "Large" else None)
    one.pinned_segment, one.pin_reason = rest, "asked"
    one.save(update_fields=["pinned_segment", "pin_reason"])
    assert segmenting.why(one, rest, DAY).belongs
    assert not segmenting.why(one, banks, DAY).belongs


def test_why_names_the_day_from_which_a_young_band_moves():
    rescue = segment(name="Rescue", position=1, rule=RED)
    segment(name="Rest", position=2)
    one = customer(score=20, band="red", band_since=DAY - dt.timedelta(days=13))
    assert segmenting.why(one, rescue, DAY).young_until == DAY + dt.timedelta(days=1)
    assert segmenting.why(one, rescue, DAY + dt.timedelta(days=1)).young_until is None


def test_dry_run_counts_customers_of_whom_a_rule_cannot_be_told_apart():
    untold = fields.Field("untold", "Untold", fields.Kind.MONEY, lambda asked: f"nullif({asked.c}.arr, 7)", untold=True)
    fields.register(untold)
    try:
        rule = [{"field": "untold", "test": "at_least", "value": 5}]
        segments = [segment(name="First", position=1, rule=BANK), segment(name="Second", position=2, rule=rule)]
        customer(arr=7)
        customer(arr=7, industry="Bank")
        customer(arr=8)
        trial = segmenting.dry_run(segments, DAY, among=Customer.objects.all())
        assert (trial.moving, trial.unknown) == (2, 1)
    finally:
        fields._registered.fields.pop("untold")


@pytest.mark.django_db(transaction=True)
def test_customer_that_an_admin_changes_meanwhile_keeps_what_the_admin_said():
    """The sweep read the customer before the pin was committed and writes after it: the pin stands."""
    pinned, ruled = segment(name="Pinned", position=2, rule=BANK, touch_model="high"), segment(name="Ruled", position=1)
    one, untouched = customer(first_contract_on=OLD, segment=pinned), customer(first_contract_on=OLD)
    held, moved = threading.Event(), []

    def sweep() -> None:
        try:
            held.wait(10)
            moved.append(segmenting.sweep(DAY))
        finally:
            connection.close()

    thread = threading.Thread(target=sweep)
    thread.start()
    with transaction.atomic():
        Customer.objects.filter(pk=one.pk).update(pinned_segment=pinned, pin_reason="asked", touch_model="high")
        held.set()
        _until_somebody_waits_for_a_row()
    thread.join(20)
    assert moved == [1]
    one.refresh_from_db()
    untouched.refresh_from_db()
    assert (one.segment, one.touch_model) == (pinned, "high")
    assert untouched.segment == ruled


def _until_somebody_waits_for_a_row() -> None:
    for _ in range(200):
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype IN ('transactionid', 'tuple')")
            if cursor.fetchone()[0]:
                return
        time.sleep(0.02)
    raise AssertionError


def test_first_facts_of_many_customers_are_no_nested_loop():
    """Planned while the dated facts are empty, with statistics that say so: the newest rows are read once."""
    segment(name="All", rule=[], touch_model="low")
    Customer.objects.bulk_create(Customer(name=f"C{n}", status="live") for n in range(1500))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE accounts_datedfact; ANALYZE accounts_customer")
        cursor.execute(
            "EXPLAIN " + facts.RECORD.format(current=facts.CURRENT), {"day": DAY, "ids": None, "facts": Fact.values}
        )
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "Hash Full Join" in plan or "Merge Full Join" in plan
    assert segmenting.sweep(DAY) == 1500
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples FROM pg_class WHERE relname = 'accounts_datedfact'")
        assert cursor.fetchone()[0] == 1500 * 5


BROKEN: Any = [{"field": "mood", "test": "is", "value": "good"}]


@pytest.mark.parametrize(
    ("inside", "now", "pinned", "expected"),
    [
        ("Bad", "Bank", None, ("Bad", "tech")),  # cannot be asked is not "no"
        ("Bad", "Farm", None, ("First", "high")),  # an earlier one is asked and takes it
        ("Bad", "Bank", "Good", ("Good", "low")),
        ("Good", "Bank", None, ("Good", "low")),  # nobody new comes in
        (None, "Bank", None, ("Good", "low")),
    ],
)
def test_segment_that_cannot_be_asked_keeps_whom_it_has_and_takes_nobody(inside, now, pinned, expected):
    made = {
        "First": segment(name="First", position=1, rule=[leaf("Farm")], touch_model="high"),
        "Bad": segment(name="Bad", position=2, rule=BROKEN, touch_model="tech"),
        "Good": segment(name="Good", position=3, rule=BANK, touch_model="low"),
    }
    pin = {"pinned_segment": made[pinned], "pin_reason": "Asked for"} if pinned else {}
    one = customer(industry=now, first_contract_on=OLD, segment=made.get(inside), touch_model="tech", **pin)
    segmenting.sweep(DAY)
    assert served(one) == expected


def leaf(industry: str) -> dict[str, Any]:
    return {"field": "industry", "test": "is", "value": industry}


@pytest.mark.parametrize("rule", [BROKEN, [{"field": "industry"}], {"some": []}, 7], ids=str)
def test_pages_of_the_others_survive_a_rule_that_cannot_be_asked(rule, client):
    bad = segment(name="Bad", position=1, rule=rule)
    good = segment(name="Good", position=2, rule=BANK)
    one = customer(name="Acme", industry="Bank", first_contract_on=OLD)
    trial = segmenting.dry_run(segmenting.in_order(), DAY, among=Customer.objects.all())
    assert (trial.moving, trial.moves[0].after, trial.unknown) == (1, good, 1)
    why = segmenting.why(one, good, DAY)
    assert (why.belongs, why.first) == (True, good)
    broken = segmenting.why(one, bad, DAY)
    assert (broken.belongs, broken.rule) == (False, None)
    assert segment_order.hidden_by(good, segmenting.in_order()) is None
    client.force_login(user("admin"))
    for segment_ in (good, bad):
        page = client.get(reverse("accounts:segment", args=[segment_.pk]), {"customer": "Acme"})
        assert page.status_code == 200
        assert ("The rule cannot be asked" in page.content.decode()) == (segment_ == bad)
    assert client.get(reverse("accounts:segments")).status_code == 200


@pytest.mark.parametrize("touch", ["high", "low", "tech"])
@pytest.mark.parametrize("state", ["in use", "not in use", "set aside"])
def test_pinned_customer_is_served_as_its_segment_says_whatever_that_segments_state(touch, state):
    rule = BROKEN if state == "set aside" else BANK
    place = segment(name="Place", position=1, rule=rule, touch_model=touch, is_active=state != "not in use")
    one = customer(industry="Farm", first_contract_on=OLD, pinned_segment=place, pin_reason="Asked for")
    segmenting.sweep(DAY)
    assert served(one) == ("Place", touch)
