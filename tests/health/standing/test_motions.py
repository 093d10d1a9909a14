"""Exactly one next motion for every current customer, with its reason, whatever the data."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts import conditions
from accounts.models import Customer
from health.models import Case, Motion, NamedScore, Scorecard, Standing
from health.standing import motions, retention
from playbooks import enrolment
from renewals import pipeline
from tests import factories as make
from tests.counting import statements
from tests.examples import dear
from tests.factories import DAY, organisation
from tests.health.conftest import ago
from tests.health.scoring.test_scoring import kill_at
from tests.health.standing.standings import moves, state_of
from tests.playbooks.rows import entered, playbook

pytestmark = pytest.mark.usefixtures("months")

HEALTHY: dict[str, Any] = {"band": "green", "score": 80, "stage": "mature", "first_contract_on": ago(800)}


def one(**fields: Any) -> Customer:
    """A healthy mature customer that was called last week, unless ``fields`` say otherwise."""
    customer = make.customer(**HEALTHY | fields)
    customer.touchpoints.create(kind="call", happened_on=ago(7))
    return customer


def case(customer: Customer, kind: str, severity: str = "medium", **fields: Any) -> Case:
    dates = {"opened_on": ago(3), "due_on": ago(-3), "newest_evidence_on": ago(3)}
    reason = f"r{Case.objects.count()}"
    return Case.objects.create(
        customer=customer, kind=kind, severity=severity, reason=reason, title="Case", **dates | fields
    )


def passive(customer: Customer) -> None:
    Standing.objects.create(customer=customer, kind="retention", state="passive", since=ago(9))


def late(customer: Customer) -> None:
    customer.milestones.create(key="activation", due_on=ago(3), missed_on=ago(2))


def expansion(customer: Customer, band: str = "green") -> None:
    card = Scorecard.objects.filter(purpose="expansion").first() or Scorecard.objects.create(
        key="grow", name="Grow", purpose="expansion", created_on=DAY
    )
    NamedScore.objects.create(customer=customer, purpose="expansion", scorecard=card, day=ago(5), value=90, band=band)


def decided(customer: Customer) -> tuple[str, str]:
    """The motion and the rule that decided."""
    motions.sweep(DAY)
    row = Standing.objects.get(customer=customer, kind="motion")
    return row.state, row.facts["rule"]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, ("nurture", "healthy")),
        ({"status": "notice"}, ("save", "notice")),
        ({"band": "red", "touch_model": "low"}, ("save", "red_valued")),
        ({"band": "red", "touch_model": "tech"}, ("high_touch", "at_risk")),
        ({"band": "yellow"}, ("strengthen", "yellow")),
        ({"band": "", "score": None}, ("find_out", "no_data")),
        ({"next_prep_on": ago(1)}, ("prepare", "renewal_near")),
        ({"next_prep_on": DAY}, ("prepare", "renewal_near")),
        ({"next_prep_on": ago(-1)}, ("nurture", "healthy")),
        ({"next_renewal_on": ago(-30), "next_prep_on": None}, ("nurture", "healthy")),
        ({"band": "", "score": None, "next_prep_on": ago(30)}, ("prepare", "renewal_near")),
        ({"band": "red", "next_prep_on": ago(30)}, ("save", "red_valued")),
    ],
)
def test_what_the_record_alone_decides(fields: dict[str, Any], expected: tuple[str, str]) -> None:
    assert decided(one(**fields)) == expected


def test_prep_that_opens_by_its_notice_date_is_prep_already() -> None:
    """120 days before the end: the notice is due in 30, so prep begins today."""
    organisation()
    customer = one()
    due = DAY + dt.timedelta(days=120)
    make.contract(customer, starts_on=due - dt.timedelta(days=365), ends_on=due, notice_days=90)
    pipeline.sweep(DAY - dt.timedelta(days=1))
    customer.refresh_from_db()
    assert (customer.next_renewal_on, customer.next_prep_on) == (due, DAY)
    assert decided(customer) == ("prepare", "renewal_near")


@pytest.mark.parametrize(
    ("severity", "expected"), [("high", "high_touch"), ("urgent", "high_touch"), ("medium", "nurture")]
)
def test_an_open_risk_case_of_high_severity_is_at_risk(severity: str, expected: str) -> None:
    customer = one()
    case(customer, "risk", severity)
    case(customer, "risk", "low")
    assert decided(customer)[0] == expected


def test_a_closed_case_says_nothing() -> None:
    customer = one()
    case(customer, "risk", "urgent", state="closed", resolution="resolved", closed_on=DAY)
    assert decided(customer)[0] == "nurture"


# A danger that has passed, and one that somebody only put off, in every place that asks for dangers that last.
@pytest.mark.parametrize(
    ("fields", "lasts"),
    [
        ({}, True),
        ({"passed_on": ago(1)}, False),
        ({"passed_on": DAY}, False),
        ({"passed_on": ago(-1)}, True),
        ({"state": "snoozed", "snoozed_until": ago(-9), "snooze_reason": "On leave"}, True),
        ({"state": "closed", "resolution": "resolved", "closed_on": DAY}, False),
    ],
)
def test_a_danger_that_has_passed_decides_nothing(fields: dict[str, Any], lasts: bool) -> None:  # noqa: FBT001
    customer = one()
    case(customer, "risk", "urgent", **fields)
    assert (decided(customer)[0] == "high_touch") is lasts
    for field in ("open_cases", "open_risks", "open_severe", "open_urgent"):
        stored = [{"field": field, "test": "at_least", "value": 1}]
        assert Customer.objects.filter(conditions.Holds(stored, DAY)).exists() is lasts, field
    organisation()
    play = playbook("case_opened", trigger={"within_days": 7})
    enrolment.sweep(DAY)
    assert bool(entered(play)) is lasts


@pytest.mark.parametrize(("band", "expected"), [("yellow", "high_touch"), ("green", "nurture")])
def test_yellow_and_passive_is_at_risk(band: str, expected: str) -> None:
    customer = one(band=band)
    passive(customer)
    assert decided(customer)[0] == expected


@pytest.mark.parametrize(("since", "expected"), [(40, "onboard"), (119, "onboard"), (120, "nurture")])
def test_a_late_milestone_asks_for_onboarding_help(since: int, expected: str) -> None:
    customer = one(stage="onboarding", first_contract_on=ago(since))
    late(customer)
    assert decided(customer)[0] == expected


def test_a_milestone_reached_late_is_late_no_more() -> None:
    customer = one(stage="onboarding", first_contract_on=ago(40))
    late(customer)
    customer.milestones.update(reached_on=ago(1))
    assert decided(customer)[0] == "nurture"


@pytest.mark.parametrize("sign", ["case", "score"])
def test_an_opportunity_of_a_healthy_customer_is_reached_out_for(sign: str) -> None:
    customer = one()
    if sign == "case":
        case(customer, "opportunity")
    else:
        expansion(customer)
    assert decided(customer) == ("expand", "expansion_ready")


def test_a_yellow_expansion_score_is_no_opportunity() -> None:
    customer = one()
    expansion(customer, "yellow")
    assert decided(customer)[0] == "nurture"


@pytest.mark.parametrize(
    "trouble",
    [{"status": "notice"}, {"band": "red"}, {"band": "yellow"}, {"next_prep_on": ago(10)}, "risk", "passive"],
)
def test_who_is_at_risk_or_in_renewal_is_sent_no_offer(trouble: Any) -> None:
    customer = one(**trouble) if isinstance(trouble, dict) else one()
    case(customer, "opportunity")
    if trouble == "risk":
        case(customer, "risk", "high")
    if trouble == "passive":
        passive(customer)
    assert decided(customer)[0] != "expand"
    checks, facts = motions.why(customer, DAY)
    assert motions.held_back(facts)
    assert "expansion_ready" not in {check.rule.key for check in checks if check.holds}


@pytest.mark.parametrize(
    ("kind", "back", "expected"),
    # A mail that we sent is no touch that went both ways.
    [("call", 89, "nurture"), ("call", 90, "touch"), ("one_to_many", 1, "touch"), ("email", 3, "touch")],
)
def test_healthy_customers_are_never_left_alone_beyond_the_limit(kind: str, back: int, expected: str) -> None:
    customer = make.customer(**HEALTHY)
    customer.touchpoints.create(kind=kind, happened_on=ago(back))
    assert decided(customer)[0] == expected


def test_a_customer_that_was_never_touched_is_touched() -> None:
    assert decided(make.customer(**HEALTHY))[0] == "touch"
    assert decided(make.customer(**HEALTHY | {"stage": "onboarding", "first_contract_on": ago(9)}))[0] == "nurture"


def test_why_shows_every_rule_in_order_and_the_one_that_decides() -> None:
    customer = one(band="yellow", next_renewal_on=ago(-30), next_prep_on=ago(1))
    checks, facts = motions.why(customer, DAY)
    assert [check.rule.key for check in checks] == [rule.key for rule in motions.RULES]
    assert [check.rule.key for check in checks if check.holds] == ["renewal_near", "yellow"]
    assert [check.rule.key for check in checks if check.decides] == ["renewal_near"]
    assert (facts["renewal"], facts["band"], facts["touched"]) == (str(ago(-30)), "yellow", str(ago(7)))


def test_why_of_who_is_no_customer_is_empty() -> None:
    assert motions.why(one(status="churned"), DAY) == ([], {})


def test_only_current_customers_have_a_motion_and_who_leaves_loses_it() -> None:
    kept, gone = one(), one()
    one(status="prospect")
    one(merged_into=kept)
    motions.sweep(ago(1))
    Customer.objects.filter(pk=gone.pk).update(status="churned")
    motions.sweep(DAY)
    assert list(Standing.objects.filter(kind="motion").values_list("customer", flat=True)) == [kept.pk]
    assert moves(gone, "motion") == [(ago(1), "nurture"), (DAY, "")]


def test_since_is_the_day_the_motion_began() -> None:
    customer = one()
    motions.sweep(ago(5))
    motions.sweep(ago(1))
    assert Standing.objects.get(customer=customer, kind="motion").since == ago(5)
    Customer.objects.filter(pk=customer.pk).update(band="red")
    motions.sweep(DAY, [customer.pk])
    assert Standing.objects.get(customer=customer, kind="motion").since == DAY


def test_counts_and_lists_by_motion() -> None:
    first, second, third = one(arr=100), one(arr=50), one(arr=7, band="red")
    case(third, "opportunity")
    motions.sweep(DAY)
    lines = {line["motion"]: line for line in motions.counts(Customer.objects.all())}
    assert list(lines) == [
        "part", "save", "high_touch", "onboard", "prepare", "find_out", "expand", "touch", "strengthen", "nurture",
    ]  # fmt: skip
    assert lines[Motion.NURTURE] | {"motion": ""} == {
        "motion": "",
        "customers": 2,
        "arr": 150,
        "untold": 0,
        "held_back": 0,
    }
    assert lines[Motion.SAVE] | {"motion": ""} == {"motion": "", "customers": 1, "arr": 7, "untold": 0, "held_back": 1}
    assert set(motions.of(Customer.objects.all(), "nurture")) == {first, second}
    asked = motions.with_motion(Customer.objects.all()).get(pk=third.pk)
    assert (asked.motion, asked.motion_since) == ("save", DAY)


def test_second_run_changes_nothing_and_statements_do_not_grow() -> None:
    counts = []
    for wanted in (1, 3):
        while Customer.objects.count() < wanted:
            case(one(), "opportunity")
        with statements() as asked:
            motions.sweep(DAY)
        counts.append(len(asked))
    assert counts == [5, 5]
    assert motions.sweep(DAY) == 0


@pytest.mark.parametrize("number", range(1, 6))
def test_killed_at_any_statement_the_next_run_reaches_the_same_rows(number: int) -> None:
    customer = one()
    kill_at(number, lambda: motions.sweep(DAY))
    assert not Standing.objects.exists()
    assert decided(customer) == ("nurture", "healthy")


BANDS = st.sampled_from(["green", "yellow", "red", ""])
DAYS_AWAY = st.none() | st.integers(-400, 400)
ANYTHING = st.fixed_dictionaries(
    {
        "status": st.sampled_from(["live", "notice"]),
        "band": BANDS,
        "stage": st.sampled_from(["onboarding", "growth", "mature"]),
        "touch_model": st.sampled_from(["high", "low", "tech"]),
        "since": st.integers(0, 3000),
        "prep": DAYS_AWAY,
        "touched": DAYS_AWAY,
        "risk": st.none() | st.sampled_from(["low", "medium", "high", "urgent"]),
        "opportunity": st.booleans(),
        "expansion": BANDS,
        "passive": st.booleans(),
        "late": st.booleans(),
    }
)


@given(data=ANYTHING)
@settings(max_examples=dear(150), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_the_data_there_is_exactly_one_motion_and_no_offer_to_who_is_in_trouble(data: dict[str, Any]) -> None:
    with transaction.atomic():
        customer = arranged(data)
        motions.sweep(DAY)
        (row,) = Standing.objects.filter(customer=customer, kind="motion")
        checks, facts = motions.why(customer, DAY)
        first = next(check.rule for check in checks if check.holds)
        assert (row.state, row.facts["rule"], row.facts) == (first.motion, first.key, facts)
        if row.state == Motion.EXPAND:
            renews = data["prep"] is not None and data["prep"] <= 0
            assert (data["status"], data["band"], renews) == ("live", "green", False)
            assert data["risk"] not in {"high", "urgent"}
            assert not data["passive"]
        transaction.set_rollback(True)


def arranged(data: dict[str, Any]) -> Customer:
    prep = None if data["prep"] is None else DAY + dt.timedelta(days=data["prep"])
    customer = make.customer(
        status=data["status"],
        band=data["band"],
        score=50 if data["band"] else None,
        stage=data["stage"],
        touch_model=data["touch_model"],
        first_contract_on=ago(data["since"]),
        next_prep_on=prep,
    )
    if data["touched"] is not None:
        customer.touchpoints.create(kind="call", happened_on=ago(data["touched"]))
    if data["risk"]:
        case(customer, "risk", data["risk"])
    if data["opportunity"]:
        case(customer, "opportunity")
    if data["expansion"]:
        expansion(customer, data["expansion"])
    if data["passive"]:
        passive(customer)
    if data["late"]:
        late(customer)
    return customer


def test_the_retention_state_is_the_sweeps_own() -> None:
    make.organisation()
    customer = one(band="yellow")
    make.contract(customer, starts_on=ago(100), auto_renews=True)
    retention.sweep(DAY)
    assert (state_of(customer, "retention"), decided(customer)[0]) == ("unknown", "strengthen")
