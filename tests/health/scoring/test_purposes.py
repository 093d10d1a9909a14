"""Scores beside health: of each purpose the first scorecard that fits, in the same statement, into their own history."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts import changes
from accounts.models import Customer
from config import changed
from health import scoring
from health.models import NamedScore, Score, Scorecard, ScorecardAct, ScoredRange, UsageDay
from health.scoring import columns
from tests import factories as make
from tests.factories import DAY
from tests.health.conftest import ago, scorecard, use
from tests.health.scoring.test_scoring import kill_at, portfolio_customer, without_ids

pytestmark = pytest.mark.usefixtures("months")

TOMORROW = DAY + dt.timedelta(days=1)
USE: Any = {"all": (1, {"usage_frequency": {"zero_at": 0, "full_at": 7}})}
MIXED: Any = {"one": (60, {"usage_frequency": 2, "touch_recency": 1}), "two": (40, {"tickets_balance": 1})}


def cards() -> dict[str, Scorecard]:
    return {
        "health": scorecard(MIXED, {"champion_left": 69}, position=1),
        "expansion": scorecard({"all": (1, {"seat_use": 1, "feature_breadth": 3})}, position=2, purpose="expansion"),
        "risk": scorecard({"all": (1, {"usage_trend": 1, "nps": 1})}, {"silent": 30}, position=3, purpose="risk"),
        "young": scorecard(USE, position=4, purpose="adoption", stages=["onboarding"]),
        "adoption": scorecard({"all": (1, {"usage_frequency": 1})}, position=5, purpose="adoption"),
    }


def both() -> list[list[dict[str, Any]]]:
    return [
        without_ids(list(Score.objects.order_by("customer_id", "day").values())),
        without_ids(list(NamedScore.objects.order_by("customer_id", "purpose", "day").values())),
    ]


def test_each_purpose_has_its_first_card_that_fits() -> None:
    made = cards()
    young, grown = portfolio_customer(0), portfolio_customer(2)
    assert scoring.score_range(young.pk, grown.pk, DAY) == 2
    assert list(Score.objects.order_by("customer_id").values_list("customer_id", "scorecard_id")) == [
        (young.pk, made["health"].pk),
        (grown.pk, made["health"].pk),
    ]
    named = NamedScore.objects.order_by("customer_id", "purpose").values_list("customer_id", "purpose", "scorecard_id")
    assert list(named) == [
        (young.pk, "adoption", made["young"].pk),
        (young.pk, "expansion", made["expansion"].pk),
        (young.pk, "risk", made["risk"].pk),
        (grown.pk, "adoption", made["adoption"].pk),
        (grown.pk, "expansion", made["expansion"].pk),
        (grown.pk, "risk", made["risk"].pk),
    ]


def test_figures_by_hand_and_the_customers_copy_is_health() -> None:
    scorecard(USE)
    scorecard({"all": (1, {"usage_frequency": {"zero_at": 0, "full_at": 4}})}, {"silent": 1}, purpose="adoption")
    customer = make.customer()
    use(customer, range(0, 24, 2))  # 12 days of 28: 3 a week; 3 of 7: 43 points, 3 of 4: 75
    scoring.score_customers([customer.pk], DAY)
    customer.refresh_from_db()
    assert (customer.score, customer.band) == (43, "red")
    found = NamedScore.objects.select_related("scorecard").get()
    assert (found.value, found.band, found.ceiling, found.parts[0].amount) == (75, "green", "", 3.0)


def test_health_is_the_same_with_and_without_other_cards() -> None:
    made = cards()
    customers = [portfolio_customer(number) for number in range(9)]
    scoring.score_range(customers[0].pk, customers[-1].pk, DAY)
    health, _ = both()
    Score.objects.all().delete()
    NamedScore.objects.all().delete()
    Scorecard.objects.exclude(pk=made["health"].pk).update(is_published=False)
    scoring.score_range(customers[0].pk, customers[-1].pk, DAY)
    assert both() == [health, []]


def test_both_forms_and_the_past_give_the_same_rows() -> None:
    cards()
    customers = [portfolio_customer(number) for number in range(9)]
    ids = [customer.pk for customer in customers]
    assert scoring.score_range(ids[0], ids[-1], DAY) == 9
    wanted = both()
    assert (len(wanted[0]), len(wanted[1])) == (9, 27)
    for again in (lambda: scoring.score_customers(ids, DAY), lambda: scoring.score_history([DAY])):
        Score.objects.all().delete()
        NamedScore.objects.all().delete()
        assert again() == 9
        assert both() == wanted


def test_history_gets_a_row_only_where_that_purpose_changed() -> None:
    scorecard(USE)
    scorecard({"all": (1, {"usage_frequency": {"zero_at": 0, "full_at": 1}})}, purpose="adoption")
    customer = make.customer()
    use(customer, range(28))
    scoring.score_customers([customer.pk], DAY)
    scoring.score_customers([customer.pk], TOMORROW)  # 27 days of 28: 6.75 of 7, still more than 1
    assert [row["day"] for row in both()[0]] == [DAY, TOMORROW]
    assert [row["day"] for row in both()[1]] == [DAY]
    kept = list(NamedScore.objects.values())
    scoring.score_customers([customer.pk], TOMORROW)
    assert list(NamedScore.objects.values()) == kept


def test_row_of_the_day_goes_when_nothing_differs_after_all() -> None:
    scorecard({"all": (1, {"usage_frequency": {"zero_at": 0, "full_at": 1}})}, purpose="risk")
    customer = make.customer()
    use(customer, range(28))
    scoring.score_customers([customer.pk], DAY)
    UsageDay.objects.all().delete()
    scoring.score_customers([customer.pk], TOMORROW)
    assert NamedScore.objects.count() == 2
    use(customer, range(28))
    scoring.score_customers([customer.pk], TOMORROW)
    assert [row["day"] for row in both()[1]] == [DAY]


def test_a_purpose_less_costs_its_statement_less() -> None:
    customer = make.customer()
    scorecard(USE)
    with CaptureQueriesContext(connection) as health:
        scoring.score_customers([customer.pk], DAY)
    scorecard(USE, purpose="risk")
    scorecard(USE, purpose="adoption")
    with CaptureQueriesContext(connection) as three:
        scoring.score_customers([customer.pk], TOMORROW)
    assert len(three) == len(health) + 2  # a history each


def test_a_sweep_scores_every_purpose() -> None:
    cards()
    customer = portfolio_customer(1)
    changes.mark([customer.pk])
    assert changed.work_off("scores", changed.readers()["scores"], DAY) == 1
    assert (Score.objects.count(), NamedScore.objects.count()) == (1, 3)


def test_only_other_purposes_leave_the_customer_without_health() -> None:
    scorecard(USE, purpose="risk")
    customer = make.customer()
    use(customer, range(28))
    assert scoring.score_range(customer.pk, customer.pk, DAY) == 1
    customer.refresh_from_db()
    assert (customer.score, customer.band) == (None, "")


def test_killed_at_any_statement_the_next_run_reaches_the_same_rows() -> None:
    cards()
    customers = [portfolio_customer(number) for number in range(4)]
    first, last = customers[0].pk, customers[-1].pk
    scoring.score_range(first, last, ago(1))
    changes.mark([customers[1].pk])
    before = state()
    with transaction.atomic():
        with CaptureQueriesContext(connection) as seen:
            scoring.score_range(first, last, DAY)
        wanted = state()
        transaction.set_rollback(True)
    assert wanted != before
    for number in range(1, len(seen) + 1):
        kill_at(number, lambda: scoring.score_range(first, last, DAY))
        assert state() == before
        with transaction.atomic():
            scoring.score_range(first, last, DAY)
            assert state() == wanted
            transaction.set_rollback(True)


def state() -> list[Any]:
    """Everything that scoring writes."""
    return [
        *both(),
        list(Customer.objects.order_by("pk").values("pk", "score", "band", "band_since")),
        list(ScoredRange.objects.order_by("first_id").values("first_id", "last_id", "day", "rules")),
        changes.waiting("scores").count(),
    ]


def test_named_scores_on_a_day_in_one_statement() -> None:
    made = cards()
    customer, other = portfolio_customer(1), portfolio_customer(2)
    scoring.score_range(customer.pk, other.pk, ago(3))
    scoring.score_range(customer.pk, other.pk, DAY)
    with CaptureQueriesContext(connection) as seen:
        found = columns.named_scores_on(customer, DAY)
        assert [(score.purpose, score.scorecard, len(score.parts)) for score in found] == [
            ("risk", made["risk"], 2),
            ("expansion", made["expansion"], 2),
            ("adoption", made["adoption"], 1),
        ]
    assert len(seen) == 1
    assert {score.day for score in columns.named_scores_on(customer, ago(1))} == {ago(3)}
    assert columns.named_scores_on(customer, ago(4)) == []


def test_a_scorecard_taken_out_of_use_shows_no_score_from_that_day_on() -> None:
    card = scorecard(USE, purpose="risk")
    customer = portfolio_customer(1)
    scoring.score_customers([customer.pk], ago(5))
    retire(card, ago(2))
    assert [len(columns.named_scores_on(customer, day)) for day in (ago(3), ago(2), DAY)] == [1, 0, 0]


def retire(card: Scorecard, day: dt.date) -> None:
    at = dt.datetime.combine(day, dt.time(9), dt.UTC)
    ScorecardAct.objects.create(key=card.key, version=card.version, act="retired", day=day, at=at)
