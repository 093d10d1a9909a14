"""Each state that opens a case: where it holds, where it does not, and at the limit itself."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from accounts.models import Contract, Entitlement, Integration, Invoice
from health import states
from health.models import Feature, FeatureDay, Milestone, SurveyResponse
from tests import factories as make
from tests.factories import DAY
from tests.health.conftest import ago, ticket, use
from tests.health.states.held import card, found, score, touch

pytestmark = pytest.mark.usefixtures("months")


def seats(customer: Any, quantity: int) -> Contract:
    contract = make.contract(customer, starts_on=ago(800))
    Entitlement.objects.create(contract=contract, kind="seats", quantity=quantity)
    return contract


def answer(customer: Any, back: int, value: int, contact: Any = None, kind: str = "nps", **more: Any) -> None:
    number = str(SurveyResponse.objects.count())
    fields = {"kind": kind, "answer": value, "answered_on": ago(back), "source": "test", "external_id": number}
    SurveyResponse.objects.create(customer=customer, contact=contact, **fields | more)


def test_score_drop_counts_from_the_highest_of_the_window() -> None:
    one, less, slow = make.customer(), make.customer(), make.customer()
    same = card()
    for customer, days in ((one, (40, 10, 3)), (less, (40, 10, 3)), (slow, (80, 40, 32))):
        for back, value in zip(days, (80, 70, 65 if customer != less else 66), strict=True):
            score(customer, back, value, same)
    # 80 held when the window of 30 days began: 80 − 65 = 15 is a drop, 80 − 66 = 14 is none; the third fell before.
    assert found("score_drop") == {one.pk: {"from": 80, "to": 65, "since": ago(3).isoformat()}}
    assert set(found("score_drop", points=14)) == {one.pk, less.pk}


def test_score_drop_of_another_version_alone_is_none() -> None:
    switched, fell = make.customer(), make.customer()
    old, new = card(), card(version=2)
    for customer in (switched, fell):
        score(customer, 40, 80, old)
        score(customer, 10, 60, new)
    score(fell, 3, 44, new)
    # Within the new version: 60 stays 60; 60 − 44 = 16.
    assert found("score_drop") == {fell.pk: {"from": 60, "to": 44, "since": ago(3).isoformat()}}


def test_score_that_came_back_has_not_dropped() -> None:
    customer, same = make.customer(), card()
    for back, value in ((20, 80), (10, 60), (2, 70)):
        score(customer, back, value, same)
    assert found("score_drop") == {}
    assert set(found("score_drop", day=ago(5))) == {customer.pk}


def test_band_entered_within_a_version_counts_and_by_another_version_does_not() -> None:
    entered, switched, lasting, again, yellow = (make.customer() for _ in range(5))
    old, new = card(), card(version=2)
    score(entered, 30, 60, old)
    score(entered, 5, 40, old)
    score(switched, 30, 60, old)
    score(switched, 5, 40, new)
    score(lasting, 30, 40, old)
    score(lasting, 5, 30, new)
    for back, value in ((30, 60), (20, 40), (10, 50), (5, 44)):
        score(again, back, value, old if back == 30 else new)
    score(yellow, 5, 45, old)
    facts = found("band_entered")
    assert set(facts) == {entered.pk, lasting.pk, again.pk}
    assert facts[again.pk] == {"score": 44, "band": "red", "since": ago(5).isoformat(), "band_before": "yellow"}
    assert set(found("band_entered", band="yellow")) == {yellow.pk}


def test_points_of_a_measure_below() -> None:
    low, edge, switched, missing, today = (make.customer() for _ in range(5))
    old, new = card(measures=("nps", "seat_use")), card(version=2, measures=("seat_use",))
    score(low, 9, 50, old, points=[90, 40])
    score(low, 4, 50, old, points=[90, 39])
    score(edge, 4, 50, old, points=[90, 40])
    score(switched, 9, 50, old, points=[90, 80])
    score(switched, 4, 50, new, points=[20])
    score(missing, 4, 50, old, points=[90, None])
    score(today, 0, 50, old, points=[90, 39])
    facts = found("measure_below", measure="seat_use", of="points", beyond=40)
    said = {"measure": "seat_use", "of": "points", "figure": 39, "beyond": 40}
    assert facts == {low.pk: said | {"since": ago(4).isoformat()}, today.pk: said | {"since": DAY.isoformat()}}
    above = set(found("measure_above", measure="nps", of="points", beyond=89))
    assert above == {low.pk, edge.pk, missing.pk, today.pk}


def test_value_of_a_measure_needs_no_scorecard() -> None:
    low, edge = make.customer(), make.customer()
    for customer, users in ((low, 3), (edge, 4)):
        seats(customer, 10)
        use(customer, range(5), active_users=users)
    facts = found("measure_below", measure="seat_use", of="value", beyond=0.4)
    assert facts == {low.pk: {"measure": "seat_use", "of": "value", "figure": 0.3, "beyond": 0.4}}
    assert set(found("measure_above", measure="seat_use", of="value", beyond=0.35)) == {edge.pk}


def test_measure_that_fell() -> None:
    fell, held = make.customer(), make.customer()
    for customer, now in ((fell, 1), (held, 2)):
        use(customer, range(95, 100), features=4)
        use(customer, range(5), features=now)
    # The most features of one day: 4 ninety days ago, 1 and 2 today.
    facts = found("measure_fell", measure="feature_breadth", by=3, days=90)
    assert facts == {fell.pk: {"measure": "feature_breadth", "of": "value", "figure": 1, "before": 4, "days": 90}}


def test_usage_falling_at_the_limit() -> None:
    falling, holding = make.customer(), make.customer()
    for customer, uses in ((falling, 7), (holding, 8)):
        use(customer, range(28, 56), uses=10)
        use(customer, range(28), uses=uses)
    facts = found("usage_falling", percent=30)
    assert set(facts) == {falling.pk}
    assert facts[falling.pk]["change"] == pytest.approx(-0.3)


def test_silence_begins_on_its_day() -> None:
    silent, quiet, never = make.customer(), make.customer(), make.customer()
    use(silent, [14])
    use(quiet, [13])
    assert found("silence") == {silent.pk: {"days": 14, "last_on": ago(14).isoformat(), "since": DAY.isoformat()}}
    assert never.pk not in found("silence", days=1)


@pytest.mark.parametrize(("users", "holds"), [(6, True), (7, False)])
def test_low_activation_69_fails_and_70_passes(users: int, holds: bool) -> None:  # noqa: FBT001 (a case of the table)
    young = make.customer(first_contract_on=ago(28))
    seats(young, 10)
    use(young, range(3), active_users=users)
    assert (young.pk in found("low_activation")) is holds


def test_low_activation_counts_those_without_any_use_and_only_the_first_90_days() -> None:
    never, early, old, other = (make.customer(first_contract_on=ago(back)) for back in (90, 27, 91, 40))
    for customer in (never, early, old):
        seats(customer, 10)
    assert found("low_activation") == {}
    use(other, [1])
    assert found("low_activation") == {never.pk: {"share": 0, "users": 0, "seats": 10, "tenure": 90}}


def test_drop_after_the_trial() -> None:
    dropped, held, bought = (make.customer(first_contract_on=ago(20)) for _ in range(3))
    for customer in (dropped, held):
        make.contract(customer, is_trial=True, starts_on=ago(50), ends_on=ago(20))
    for customer, now in ((dropped, 5), (held, 6), (bought, 1)):
        use(customer, range(21, 35), uses=10)
        use(customer, range(14), uses=now)
    # 14 days of 10 uses in the trial, 14 of 5 now: −50 %.
    facts = found("post_trial_drop")
    assert facts == {dropped.pk: {"change": -0.5, "days": 14, "started_on": ago(20).isoformat()}}


def test_no_growth_without_new_users_features_or_integrations() -> None:
    flat, users, features, tied, mature = (make.customer(stage="growth") for _ in range(5))
    mature.stage = "mature"
    mature.save(update_fields=["stage"])
    for customer in (flat, users, features, tied, mature):
        use(customer, range(60, 90), active_users=5, feature_bits=3)
        now = {users: {"active_users": 6}, features: {"feature_bits": 5}}.get(customer, {})
        use(customer, range(30), **{"active_users": 5, "feature_bits": 3} | now)
    Integration.objects.create(customer=tied, name="Ledger", connected_on=ago(10))
    assert found("flat_growth") == {flat.pk: {"users": 5, "users_before": 5, "days": 60}}


def test_growth_is_compared_over_60_days_and_the_60_before() -> None:
    seen = {}
    for name, days in {"flat": (0, 60), "edges": (59, 119), "now": (60, 119), "before": (59, 120)}.items():
        seen[name] = make.customer(stage="growth")
        use(seen[name], days, active_users=5, feature_bits=3)
    assert set(found("flat_growth")) == {seen["flat"].pk, seen["edges"].pk}


def test_milestone_late_until_it_is_reached() -> None:
    late, reached, coming = make.customer(), make.customer(), make.customer()
    for customer, fields in (
        (late, {"missed_on": ago(2)}),
        (reached, {"missed_on": ago(2), "reached_on": DAY}),
        (coming, {}),
    ):
        Milestone.objects.create(customer=customer, key="habit", due_on=ago(3), **fields)
    facts = found("milestone_late", milestones=["habit", "value"])
    told = {"milestone": "habit", "due_on": ago(3).isoformat(), "since": ago(2).isoformat(), "late": 1}
    assert facts == {late.pk: told}
    assert found("milestone_late", milestones=["value"]) == {}
    Milestone.objects.create(customer=late, key="value", due_on=ago(1), missed_on=DAY)
    assert found("milestone_late")[late.pk] == told | {"milestone": "value", "due_on": ago(1).isoformat(), "late": 2}


def test_champion_left_without_successor() -> None:
    left, followed, later = make.customer(), make.customer(), make.customer()
    gone = make.contact(left, name="Elena", roles=["champion"], state="left", state_on=ago(3))
    make.contact(left, roles=["buyer"])
    make.contact(followed, roles=["champion"], state="left", state_on=ago(3))
    make.contact(followed, roles=["champion"], state_on=ago(1))
    make.contact(later, roles=["champion"], state="left", state_on=DAY + dt.timedelta(days=1))
    assert found("champion_left") == {left.pk: {"contact": gone.pk, "name": "Elena", "since": ago(3).isoformat()}}
    assert set(found("champion_left", day=ago(2))) == {left.pk, followed.pk}


def test_no_executive_among_known_contacts() -> None:
    none, some, empty, young = (make.customer(first_contract_on=ago(60)) for _ in range(4))
    young.first_contract_on = ago(59)
    young.save(update_fields=["first_contract_on"])
    for customer in (none, some, young):
        make.contact(customer, roles=["user"])
    make.contact(some, roles=["sponsor"])
    assert found("no_executive") == {none.pk: {"contacts": 1, "since": None}}
    assert empty.pk not in found("no_executive")


def test_single_threaded_counts_persons_met() -> None:
    single, two, few = make.customer(), make.customer(), make.customer()
    for customer in (single, two, few):
        first, second = make.contact(customer, name="Ada"), make.contact(customer)
        for back in (5, 30) if customer == few else (5, 30, 179):
            touch(customer, back, first, *([second] if customer == two and back == 5 else []))
    facts = found("single_threaded")
    assert {pk: (one["name"], one["touches"]) for pk, one in facts.items()} == {single.pk: ("Ada", 3)}


def test_key_user_absent_while_others_come() -> None:
    absent, there, quiet = make.customer(), make.customer(), make.customer()
    for customer in (absent, there, quiet):
        key = make.contact(customer, name="Kim", roles=["admin"])
        touch(customer, 29 if customer == there else 30, key)
        if customer != quiet:
            touch(customer, 5, make.contact(customer, roles=["user"]))
    assert found("key_user_absent") == {absent.pk: {"names": "Kim", "last_on": ago(30).isoformat(), "days": 30}}


def test_no_touch_in_90_days() -> None:
    quiet, mailed, touched, never = (make.customer(first_contract_on=ago(90)) for _ in range(4))
    touch(quiet, 90)
    touch(mailed, 100)
    touch(mailed, 5, kind="one_to_many")
    touch(touched, 89)
    facts = found("no_touch")
    assert {pk: (one["days"], one["last_on"]) for pk, one in facts.items()} == {
        quiet.pk: (90, ago(90).isoformat()),
        mailed.pk: (100, ago(100).isoformat()),
        never.pk: (90, None),
    }
    assert facts[mailed.pk]["since"] == ago(10).isoformat()


def test_low_nps_of_a_decision_maker_or_repeated() -> None:
    decided, repeated, once, better, old = (make.customer() for _ in range(5))
    buyer = make.contact(decided, name="Bo", roles=["buyer"])
    answer(decided, 3, 6, buyer, comment="Too slow")
    for back in (100, 4):
        answer(repeated, back, 5, make.contact(repeated))
    answer(once, 3, 2, make.contact(once))
    chief = make.contact(better, roles=["sponsor"])
    answer(better, 60, 3, chief)
    answer(better, 3, 7, chief)
    answer(old, 180, 1, make.contact(old, roles=["buyer"]))
    facts = found("nps_low")
    assert set(facts) == {decided.pk, repeated.pk}
    assert facts[decided.pk] == {
        "answer": 6, "name": "Bo", "decides": True, "answers": 1, "comment": "Too slow", "last_on": ago(3).isoformat(),
        "since": ago(3).isoformat(),
    }  # fmt: skip


def test_ticket_storm_is_many_and_more_than_usual() -> None:
    storm, usual, few = make.customer(), make.customer(), make.customer()
    for customer in (storm, usual, few):
        for back in range(4 if customer == few else 5):
            ticket(customer, back)
    for _ in range(33):
        ticket(usual, 20)
    # 33 tickets in 180 days are 33 × 14 ÷ 180 = 2.57 in 14 days; twice that is 5.13, more than 5.
    assert found("ticket_storm") == {storm.pk: {"tickets": 5, "days": 14, "usual": 0}}


def test_ticket_storm_is_of_14_days_and_usual_are_the_180_before() -> None:
    customer = make.customer()
    for back, tickets in ((-1, 3), (0, 1), (13, 4), (14, 6), (193, 7), (194, 8)):
        for _ in range(tickets):
            ticket(customer, back)
    # 6 + 7 tickets in 180 days are 13 × 14 ÷ 180 = 1.01 in 14.
    assert found("ticket_storm") == {customer.pk: {"tickets": 5, "days": 14, "usual": 1}}


def test_twice_the_usual_is_a_storm() -> None:
    customer = make.customer()
    for back in (0, 0, *[30] * 18):  # 18 × 10 ÷ 180 = 1 in ten days
        ticket(customer, back)
    assert set(found("ticket_storm", days=10, tickets=2, times=2)) == {customer.pk}
    assert found("ticket_storm", days=10, tickets=2, times=2.1) == {}


def test_tickets_that_stopped() -> None:
    stopped, going, few = make.customer(), make.customer(), make.customer()
    for customer in (stopped, going, few):
        for back in (90, 120) if customer == few else (90, 120, 179):
            ticket(customer, back)
    ticket(going, 89)
    assert found("ticket_silence") == {
        stopped.pk: {"before": 3, "days": 90, "last_on": ago(90).isoformat(), "since": DAY.isoformat()}
    }


def test_support_rated_low_below_three() -> None:
    low, edge, one = make.customer(), make.customer(), make.customer()
    for customer, ratings in ((low, (2, 3)), (edge, (3, 3)), (one, (1,))):
        for number, rating in enumerate(ratings):
            opened = ticket(customer, 5 + number, csat=rating)
            opened.solved_at = opened.opened_at + dt.timedelta(hours=1)
            opened.save()
    answer(one, 200, 1, kind="csat")
    assert found("csat_low") == {low.pk: {"mean": 2.5, "ratings": 2, "days": 90}}
    answer(one, 3, 2, kind="csat")
    assert set(found("csat_low")) == {low.pk, one.pk}


def test_escalated_ticket_until_solved() -> None:
    open_, solved = make.customer(), make.customer()
    held = ticket(open_, 4, escalated=True, subject="Stops at night")
    done = ticket(solved, 4, escalated=True)
    done.solved_at = done.opened_at + dt.timedelta(days=2)
    done.save()
    assert found("escalation") == {
        open_.pk: {"ticket": held.pk, "subject": "Stops at night", "since": ago(4).isoformat()}
    }
    assert set(found("escalation", day=ago(3))) == {open_.pk, solved.pk}
    done.solved_at = dt.datetime.combine(ago(2), dt.time(), dt.UTC)  # the instant in which that day ended
    done.save()
    assert set(found("escalation", day=ago(3))) == {open_.pk, solved.pk}
    assert set(found("escalation", day=ago(2))) == {open_.pk}


def test_words_of_a_competitor_in_tickets_touches_and_surveys() -> None:
    told, asked, said, literal, old = (make.customer() for _ in range(5))
    touch(told, 2, note="They invited an Other Vendor")
    ticket(asked, 3, subject="Export before we switch to something else")
    answer(said, 1, 5, comment="他社も検討中です")
    touch(literal, 1, note="50 off")
    touch(old, 30, note="competitor")
    facts = found("competitor")
    assert {pk: one["place"] for pk, one in facts.items()} == {told.pk: "touch", asked.pk: "ticket", said.pk: "survey"}
    assert found("competitor", words=["50%"]) == {}
    assert set(found("competitor", words=["50 "])) == {literal.pk}


def test_howto_tickets_of_the_first_90_days() -> None:
    confused, settled, few = (make.customer(first_contract_on=ago(back)) for back in (89, 90, 40))
    for customer in (confused, settled, few):
        for number in range(2 if customer == few else 3):
            ticket(customer, 5 + number, topic="how to")
        ticket(customer, 3, topic="billing")
    assert found("howto_tickets") == {confused.pk: {"tickets": 3, "tenure": 89}}


def test_payment_overdue_from_its_day() -> None:
    late, soon, paid = make.customer(), make.customer(), make.customer()
    for customer, due, on in ((late, 30, None), (soon, 29, None), (paid, 60, ago(1))):
        bill = {"issued_on": ago(90), "due_on": ago(due), "paid_on": on, "amount": 10}
        Invoice.objects.create(customer=customer, source="test", external_id=f"I-{customer.pk}", **bill)
    assert found("payment_overdue") == {
        late.pk: {
            "invoices": 1,
            "number": f"I-{late.pk}",
            "days": 30,
            "due_on": ago(30).isoformat(),
            "since": DAY.isoformat(),
        }
    }
    assert set(found("payment_overdue", day=ago(2))) == {paid.pk}


def test_notice_given() -> None:
    going, staying = make.customer(status="notice"), make.customer()
    for customer in (going, staying):
        make.contract(customer, ends_on=DAY + dt.timedelta(days=40), notice_given_on=ago(2))
    ends = (DAY + dt.timedelta(days=40)).isoformat()
    assert found("notice_given") == {going.pk: {"since": ago(2).isoformat(), "ends_on": ends}}


def test_red_with_the_renewal_near() -> None:
    near, far, yellow = (make.customer(next_renewal_on=DAY + dt.timedelta(days=days)) for days in (90, 91, 10))
    same = card()
    for customer, value in ((near, 44), (far, 44), (yellow, 45)):
        score(customer, 9, value, same)
    facts = found("renewal_red")
    assert {pk: (one["score"], one["days"], one["since"]) for pk, one in facts.items()} == {
        near.pk: (44, 90, DAY.isoformat())
    }


def test_limit_reached_and_ready_to_expand() -> None:
    full, free, no_champion = make.customer(), make.customer(), make.customer()
    same = card()
    for customer, users, value in ((full, 19, 75), (free, 18, 75), (no_champion, 16, 75)):
        seats(customer, 20)
        use(customer, [2], active_users=users)
        score(customer, 9, value, same)
        if customer != no_champion:
            make.contact(customer, name="Ines", roles=["champion"])
    # 19 of 20 are 95 %, 18 are 90 %, 16 are 80 %.
    assert found("limit_reached") == {full.pk: {"share": 0.95}}
    facts = found("expansion_ready", score=75, percent=90)
    assert {pk: (one["share"], one["name"]) for pk, one in facts.items()} == {
        full.pk: (0.95, "Ines"),
        free.pk: (0.9, "Ines"),
    }
    assert found("expansion_ready", score=76) == {}


def test_visits_to_what_was_not_bought() -> None:
    visits, few, bought = make.customer(), make.customer(), make.customer()
    locked = Feature.objects.create(key="approvals", name="Approvals", module="approvals")
    open_ = Feature.objects.create(key="lists", name="Lists")
    Entitlement.objects.create(contract=make.contract(bought), kind="module", name="approvals")
    for customer, uses in ((visits, 2), (few, 1), (bought, 9)):
        for back in (29, 5):
            FeatureDay.objects.create(customer=customer, day=ago(back), feature=locked, uses=uses + (back == 5))
            FeatureDay.objects.create(customer=customer, day=ago(back), feature=open_, uses=50)
    # 2 + 3 visits are five; 1 + 2 are three.
    assert found("unentitled_visits") == {
        visits.pk: {"module": "approvals", "visits": 5, "days": 30, "last_on": ago(5).isoformat()}
    }


def test_only_current_customers_stand() -> None:
    gone, merged = make.customer(status="churned"), make.customer(merged_into=make.customer())
    for customer in (gone, merged):
        use(customer, [40])
    assert found("silence") == {}


@pytest.mark.parametrize("state", sorted(states.STATES))
def test_every_state_runs_with_its_defaults_and_says_what_it_finds(state: str) -> None:
    one = states.STATES[state]
    assert found(state) == {}
    assert len(state) <= 20
    assert str(one.name)
    assert states.check(state, {}) == states.check(state, states.defaults(state))


def test_values_are_refused_at_their_field() -> None:
    with pytest.raises(ValidationError) as problem:
        states.check("score_drop", {"points": 0, "days": "soon", "size": 3})
    assert problem.value.message_dict == {
        "points": ["Ensure this value is greater than or equal to 1."],
        "days": ["Enter a whole number."],
        "size": ["This state has no such value."],
    }
    with pytest.raises(ValidationError) as problem:
        states.check("competitor", {"words": ["", " "]})
    assert problem.value.message_dict == {"words": ["This field is required."]}
    with pytest.raises(ValidationError) as problem:
        states.check("measure_below", {"measure": "mood"})
    assert problem.value.message_dict == {
        "measure": ["Select a valid choice. mood is not one of the available choices."]
    }
    with pytest.raises(ValidationError) as problem:
        states.check("weather", {})
    assert problem.value.message_dict == {"state": ["There is no state “weather”."]}
