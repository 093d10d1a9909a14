"""Cases open where a state begins: once, with later evidence added, whatever happens to the sweep."""

from __future__ import annotations

import datetime as dt
import threading
from dataclasses import replace
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.models import Customer
from config.setaside.models import SetAside
from health import states
from health.cases import sweep, tuning
from health.models import Case, CaseAct, CaseEvidence, CaseRule, RuleHold
from tests import factories as make
from tests.factories import DAY
from tests.health.cases.rows import case, closed, rule
from tests.health.conftest import ago, ticket, use
from tests.health.scoring.test_scoring import kill_at
from tests.waiting import until_somebody_waits

pytestmark = pytest.mark.usefixtures("months")
TOMORROW = DAY + dt.timedelta(days=1)


def later(days: int) -> dt.date:
    return DAY + dt.timedelta(days=days)


def silent(back: int = 20, **fields: Any) -> Customer:
    """A customer whose last use is so many days ago."""
    customer = make.customer(**fields)
    use(customer, [back])
    return customer


def swept(**fields: Any) -> CaseRule:
    """A rule that was held against everybody yesterday: what it finds now is new."""
    return rule(**{"swept_on": ago(1)} | fields)


def rows() -> tuple[list[Any], ...]:
    return (
        list(RuleHold.objects.order_by("rule", "customer", "since").values_list("rule", "customer", "since", "until")),
        list(Case.objects.order_by("customer", "reason", "opened_on").values_list("customer", "reason", "state", "opened_on", "newest_evidence_on")),
        list(CaseEvidence.objects.order_by("case__customer", "rule", "day").values_list("case__customer", "rule", "day")),
        list(CaseAct.objects.order_by("case__customer", "pk").values_list("case__customer", "act", "day")),
    )  # fmt: skip


def test_case_opens_with_what_its_rule_says() -> None:
    make.organisation(holiday_country="JP")
    owner = make.user()
    one = swept(severity="high", type="adoption", name="Nobody comes", reason="quiet", due_days_low=2, mode="digest")
    customer = silent(owner=owner, touch_model="low", arr=120_000)
    assert sweep.sweep(DAY) == 1
    made = Case.objects.get()
    assert (made.customer, made.rule, made.owner, made.value) == (customer, one, owner, 120_000)
    assert (made.title, made.reason, made.kind, made.type, made.severity) == (
        "Nobody comes", "quiet", "risk", "adoption", "high",
    )  # fmt: skip
    # DAY is Tuesday 24 November 2026, Monday the 23rd was Labour Thanksgiving Day: two business days on is Thursday.
    assert (made.state, made.plan, made.due_on, made.opened_on) == ("new", "", dt.date(2026, 11, 26), DAY)
    assert not made.alerted
    evidence = made.evidence.get()
    assert (evidence.rule, evidence.day, evidence.facts["days"]) == (one, DAY, 20)
    assert list(made.acts.values_list("act", "by", "day")) == [("opened", None, DAY)]


@pytest.mark.parametrize(("touch", "due"), [("high", 27), ("low", 30), ("tech", 1)])
def test_case_is_due_by_touch_model(touch: str, due: int) -> None:
    swept(due_days_high=3, due_days_low=4, due_days_tech=5)
    silent(touch_model=touch)
    sweep.sweep(DAY)
    # From Tuesday the 24th: Friday, Monday, Tuesday of the next week.
    assert Case.objects.get().due_on.day == due


def test_state_that_lasts_opens_nothing_more_and_begins_again_after_it_ended() -> None:
    swept()
    customer = silent()
    sweep.sweep(DAY)
    Case.objects.update(state="closed", resolution="resolved", closed_on=DAY)
    assert sweep.sweep(later(1)) == 0
    use(customer, [-2])
    assert sweep.sweep(later(2)) == 0
    assert RuleHold.objects.get().until == later(2)
    assert sweep.sweep(later(15)) == 0
    assert sweep.sweep(later(16)) == 1
    assert list(RuleHold.objects.order_by("pk").values_list("since", "until")) == [(DAY, later(2)), (later(16), None)]
    assert list(Case.objects.order_by("pk").values_list("state", "opened_on")) == [("closed", DAY), ("new", later(16))]


def test_later_firing_and_second_rule_add_evidence_to_the_open_case() -> None:
    first = swept(reason="quiet", severity="low")
    second = swept(reason="quiet", severity="high", detector="usage_falling")
    customer = silent(back=40)
    assert sweep.sweep(DAY) == 1
    held = Case.objects.get()
    # Both held on the day: the first opened it, the second told it.
    assert list(held.evidence.order_by("pk").values_list("rule", "day")) == [(first.pk, DAY), (second.pk, DAY)]
    assert held.severity == "high"
    use(customer, [-2])
    sweep.sweep(later(2))
    assert sweep.sweep(later(16)) == 0
    held.refresh_from_db()
    assert held.newest_evidence_on == later(16)
    assert held.evidence.count() == 3


def test_snoozed_case_takes_evidence_in_but_stays_asleep_until_its_day() -> None:
    swept(reason="quiet")
    customer = silent()
    case(customer, None, 5, reason="quiet", state="snoozed", snoozed_until=later(3), snooze_reason="On holiday")
    assert sweep.sweep(DAY) == 0
    held = Case.objects.get()
    assert (held.state, held.evidence.count()) == ("snoozed", 1)
    sweep.sweep(later(2))
    assert Case.objects.get().state == "snoozed"
    sweep.sweep(later(3))
    held.refresh_from_db()
    assert (held.state, held.snoozed_until, held.snooze_reason) == ("new", None, "")
    assert list(held.acts.values_list("act", "by", "day")) == [("woken", None, later(3))]
    Case.objects.update(
        state="snoozed", snoozed_until=later(4), snooze_reason="Waits", type="adoption", plan="Call them"
    )
    sweep.sweep(later(4))
    assert Case.objects.get().state == "working"


def test_a_churned_customer_has_no_open_case_and_a_merged_ones_sleeps() -> None:
    into = make.customer()
    churned, merged, going = make.customer(), make.customer(), make.customer(status="notice")
    for customer in (churned, merged, going):
        case(customer, None, 5, state="snoozed", snoozed_until=later(30), snooze_reason="Waits")
    Customer.objects.filter(pk=churned.pk).update(status="churned")
    Customer.objects.filter(pk=merged.pk).update(merged_into=into)
    sweep.sweep(DAY)
    assert list(Case.objects.order_by("pk").values_list("state", "resolution", "resolution_note", "closed_by")) == [
        ("closed", "lost", "The customer churned.", None),
        ("snoozed", "", "", None),
        ("snoozed", "", "", None),
    ]
    assert CaseAct.objects.filter(act="closed", by=None, day=DAY).count() == 1


def test_stretch_of_a_customer_that_churned_ends() -> None:
    swept()
    customer = silent()
    sweep.sweep(DAY)
    Customer.objects.filter(pk=customer.pk).update(status="churned")
    sweep.sweep(later(1))
    assert RuleHold.objects.get().until == later(1)


def test_case_follows_its_customer_unless_it_was_handed_on() -> None:
    old, new, colleague, gone = make.user(), make.user(), make.user(), make.user(is_active=False)
    follows, given, left = (case(make.customer(owner=new), None, 5, owner=who) for who in (old, colleague, gone))
    for held in (given, left):
        CaseAct.objects.create(case=held, act="handed_on", day=ago(2))
    sweep.sweep(DAY)
    for held in (follows, given, left):
        held.refresh_from_db()
    assert [follows.owner, given.owner, left.owner] == [new, colleague, new]


def test_first_sweep_of_a_rule_is_no_flood() -> None:
    rule(values={"days": 5})
    old, fresh, edge = silent(back=30), silent(back=9), silent(back=18)
    assert sweep.sweep(DAY) == 2
    # Silent since day 5 after the last use: 25, 4 and 13 days ago; 14 days back is too old.
    assert set(Case.objects.values_list("customer", flat=True)) == {fresh.pk, edge.pk}
    assert dict(RuleHold.objects.values_list("customer", "since")) == {
        old.pk: ago(25), fresh.pk: ago(4), edge.pk: ago(13)
    }  # fmt: skip
    assert CaseRule.objects.get().swept_on == DAY
    assert sweep.sweep(later(1)) == 0


def test_state_whose_beginning_nobody_knows_opens_nothing_in_the_first_sweep() -> None:
    rule(detector="usage_falling")
    silent(back=40)
    assert sweep.sweep(DAY) == 0
    assert RuleHold.objects.get().since == DAY


def test_rule_left_for_more_than_14_days_is_swept_as_a_new_one() -> None:
    one = swept(swept_on=ago(15), detector="usage_falling")
    silent(back=40)
    assert sweep.sweep(DAY) == 0
    RuleHold.objects.all().delete()
    CaseRule.objects.filter(pk=one.pk).update(swept_on=ago(14))
    assert sweep.sweep(DAY) == 1


def test_late_sweep_of_an_earlier_day_changes_nothing() -> None:
    swept()
    silent()
    sweep.sweep(DAY)
    before = rows()
    assert sweep.sweep(ago(10)) == 0
    assert rows() == before
    assert CaseRule.objects.get().swept_on == DAY


def test_only_the_customers_named_are_swept() -> None:
    swept()
    one, other = silent(), silent()
    assert sweep.sweep(DAY, only=[one.pk]) == 1
    assert list(Case.objects.values_list("customer", flat=True)) == [one.pk]
    assert CaseRule.objects.get().swept_on == ago(1)
    use(one, [-1])
    sweep.sweep(later(1), only=[one.pk])
    assert RuleHold.objects.get().until == later(1)
    assert sweep.sweep(later(1), only=[]) == 0
    assert sweep.sweep(later(1)) == 1
    assert set(Case.objects.values_list("customer", flat=True)) == {one.pk, other.pk}


def test_few_customers_wait_for_the_first_whole_sweep_of_a_rule() -> None:
    rule()
    customer = silent(back=15)
    assert sweep.sweep(DAY, only=[customer.pk]) == 0
    assert not RuleHold.objects.exists()
    assert sweep.sweep(DAY) == 1


def test_state_that_ends_and_begins_again_within_a_day_goes_on() -> None:
    swept(detector="champion_left")
    customer = make.customer()
    make.contact(customer, roles=["champion"], state="left", state_on=ago(3))
    assert sweep.sweep(DAY) == 1
    Case.objects.update(state="closed", resolution="resolved", closed_on=DAY)
    named = make.contact(customer, roles=["champion"], state_on=ago(1))
    sweep.sweep(DAY)
    assert RuleHold.objects.get().until == DAY
    named.delete()
    assert sweep.sweep(DAY) == 0
    assert RuleHold.objects.get().until is None


def test_audience_limits_a_rule() -> None:
    swept(audience=[{"field": "arr", "test": "at_least", "value": 50_000}])
    big, _small = silent(arr=50_000), silent(arr=49_999)
    sweep.sweep(DAY)
    assert list(Case.objects.values_list("customer", flat=True)) == [big.pk]


def test_rule_out_of_use_or_with_values_of_old_is_passed_over() -> None:
    swept(is_active=False)
    swept(values={"days": 0})
    swept(detector="weather")
    swept(audience=[{"field": "mood", "test": "is", "value": "good"}])
    good = swept()
    silent()
    assert sweep.sweep(DAY) == 1
    assert Case.objects.get().rule == good


def test_closed_case_of_the_same_reason_hinders_no_new_one() -> None:
    one = swept()
    customer = silent()
    closed(customer, one, 60, "not_valid", None)
    assert sweep.sweep(DAY) == 1


def test_milestones_fire_once_each_into_one_case() -> None:
    from health.models import Milestone

    for key in ("activation", "habit"):
        swept(detector="milestone_late", values={"milestones": [key]}, reason="milestone")
    customer = make.customer()
    Milestone.objects.create(customer=customer, key="activation", due_on=ago(5), missed_on=ago(4))
    assert sweep.sweep(DAY) == 1
    Milestone.objects.create(customer=customer, key="habit", due_on=DAY, missed_on=later(1))
    assert [sweep.sweep(later(1)), sweep.sweep(later(2))] == [0, 0]
    assert Case.objects.get().evidence.count() == 2
    Case.objects.update(state="closed", resolution="resolved", closed_on=later(2))
    Milestone.objects.filter(key="activation").update(reached_on=later(3))
    assert [sweep.sweep(later(3)), sweep.sweep(later(4))] == [0, 0]


def test_run_twice_leaves_the_same_rows() -> None:
    some_of_everything()
    sweep.sweep(DAY)
    once = rows()
    assert sweep.sweep(DAY) == 0
    assert rows() == once


def some_of_everything() -> None:
    swept(reason="quiet")
    swept(reason="quiet", detector="usage_falling")
    swept(detector="ticket_storm")
    rule(detector="champion_left")
    silent(), silent(back=40)
    for number in range(6):
        ticket(silent(back=3) if number == 0 else Customer.objects.order_by("pk")[2], number)
    gone = make.customer(status="churned")
    case(gone, None, 9)
    case(make.customer(owner=make.user()), None, 9, owner=None)
    case(make.customer(), None, 9, state="snoozed", snoozed_until=DAY, snooze_reason="Waits")


def test_killed_after_any_statement_leaves_what_was_and_the_next_run_finishes() -> None:
    some_of_everything()
    before = rows()
    with transaction.atomic():
        with CaptureQueriesContext(connection) as seen:
            sweep.sweep(DAY)
        wanted = rows()
        transaction.set_rollback(True)
    for number in range(1, len(seen) + 1):
        kill_at(number, lambda: sweep.sweep(DAY))
        assert rows() == before
    sweep.sweep(DAY)
    assert rows() == wanted


def test_statements_do_not_grow_with_customers() -> None:
    make.organisation()
    swept(), swept(detector="nps_low")
    counts = []
    for size in (1, 3):
        ids = [silent().pk for _ in range(size)]
        for only in (None, ids):
            with CaptureQueriesContext(connection) as seen:
                sweep.sweep(DAY, only=only)
            counts.append(len([one for one in seen if "SAVEPOINT" not in one["sql"]]))
    # Lock, rules, zone twice, table, ANALYZE, working days twice, rules locked, a statement a rule, drop, what is set
    # aside, four more, alerts, rules swept.
    assert counts[0] == counts[2] <= 21
    assert counts[1] == counts[3] <= counts[0]


@pytest.mark.django_db(transaction=True)
def test_two_sweeps_side_by_side_open_once() -> None:
    make.organisation()
    swept()
    for _ in range(20):
        silent()
    begin = threading.Barrier(2)
    opened: list[int] = []

    def run() -> None:
        try:
            begin.wait()
            opened.append(sweep.sweep(DAY))
        finally:
            connection.close()

    both = [threading.Thread(target=run) for _ in range(2)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    assert sorted(opened) == [0, 20]
    assert Case.objects.count() == CaseEvidence.objects.count() == RuleHold.objects.count() == 20


def test_open_case_passes_when_no_rule_of_its_reason_holds_and_comes_back() -> None:
    swept(reason="quiet")
    swept(reason="quiet", detector="usage_falling")
    customer = silent(back=40)
    use(customer, range(41, 50), uses=10)
    by_hand = case(make.customer(), None, 3)
    sweep.sweep(DAY)
    opened = Case.objects.exclude(pk=by_hand.pk).get()
    use(customer, [-1])
    sweep.sweep(later(1))
    opened.refresh_from_db()
    # One use on the day: no silence any more, but still far fewer uses than in the 28 days before.
    assert opened.passed_on is None
    use(customer, range(-30, -1))
    sweep.sweep(later(30))
    opened.refresh_from_db()
    assert (opened.passed_on, opened.state) == (later(30), "new")
    assert list(Case.objects.passed()) == [opened]
    assert list(Case.objects.awake(later(30)).lasting()) == [by_hand]
    sweep.sweep(later(50))
    opened.refresh_from_db()
    assert (opened.passed_on, opened.newest_evidence_on) == (None, later(50))


def test_rule_at_rest_says_nothing_about_its_cases() -> None:
    one = swept()
    customer = silent()
    sweep.sweep(DAY)
    CaseRule.objects.filter(pk=one.pk).update(is_active=False)
    use(customer, [-1])
    sweep.sweep(later(1))
    assert Case.objects.get().passed_on is None


def test_rule_that_cannot_be_evaluated_is_named_and_stops_nobody() -> None:
    bad = [
        swept(values={"days": 0}),
        swept(values=["days"]),
        swept(values={"days": 10**400}),
        swept(detector="weather"),
        swept(audience=[{"field": "mood", "test": "is", "value": "good"}]),
        swept(detector="ticket_storm", values={"times": "NaN"}),
    ]
    good = swept()
    silent()
    assert sweep.sweep(DAY) == 1
    assert set(SetAside.objects.values_list("step", "kind", "object_id")) == {
        ("cases", "rule", one.pk) for one in bad
    }  # fmt: skip
    assert all(SetAside.objects.values_list("reason", flat=True))
    good.refresh_from_db()
    assert good.swept_on == DAY


def test_rule_that_raises_is_found_among_others_and_set_aside(monkeypatch: pytest.MonkeyPatch) -> None:
    good = [swept(reason=f"quiet-{number}") for number in range(3)]
    raises = swept(detector="competitor", position=2)
    silent()
    zero = "SELECT c.id AS customer_id, to_jsonb(1 / 0) AS facts FROM standing c"
    monkeypatch.setitem(states.STATES, "competitor", replace(states.STATES["competitor"], sql=zero))
    assert sweep.sweep(DAY) == 3
    line = SetAside.objects.get()
    assert (line.object_id, line.words) == (raises.pk, raises.name)
    assert "division by zero" in line.reason
    assert set(Case.objects.values_list("rule", flat=True)) == {one.pk for one in good}
    sweep.sweep(later(1))
    assert SetAside.objects.get().times == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "changes",
    [{"values": {"days": 30}}, {"is_active": False}, {"audience": [{"field": "arr", "test": "at_least", "value": 1}]}],
)
def test_rule_changed_meanwhile_opens_nothing_for_the_old_state(changes: dict[str, Any]) -> None:
    make.organisation()
    admin = make.user(role="admin")
    one = swept()
    silent()
    opened: list[int] = []

    def run() -> None:
        try:
            opened.append(sweep.sweep(DAY))
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    with transaction.atomic():
        tuning.tune(one, changes, by=admin, day=DAY, now=dt.datetime(2026, 11, 24, tzinfo=dt.UTC))
        # The sweep has read the rule as it was before and waits for the change to be written.
        thread.start()
        until_somebody_waits()
    thread.join()
    assert opened == [0]
    assert not RuleHold.objects.exists()
    one.refresh_from_db()
    assert one.swept_on is None
    assert sweep.sweep(DAY) == 0


def test_an_opportunity_opens_with_what_it_is_worth() -> None:
    """A fifth of 120,000; the danger beside it keeps the whole."""
    make.organisation()
    swept(kind="opportunity", reason="room", type="value", name="Room")
    swept(kind="risk", reason="quiet", type="adoption", name="Quiet")
    silent(owner=make.user(), arr=120_000)
    assert sweep.sweep(DAY) == 2
    assert dict(Case.objects.values_list("reason", "value")) == {"room": 24_000, "quiet": 120_000}
