"""A score taken apart."""

from __future__ import annotations

import datetime as dt
from collections import Counter

import pytest

from accounts.models import Customer
from health import scoring
from health.explaining import by_day, cards_in_use, feature_use, groups_of, history
from health.models import Feature, FeatureDay, NamedScore, Score
from health.publishing import shipped
from tests import factories as make
from tests.factories import DAY
from tests.health.conftest import ago, use
from tests.health.scoring.test_columns import card, scored
from tests.health.scoring.test_scoring import portfolio_customer

pytestmark = pytest.mark.usefixtures("months")


def test_history_begins_with_the_score_that_held_at_the_start() -> None:
    on, customer = card(), make.customer()
    for back, value in ((200, 10), (95, 20), (40, 30), (0, 40)):
        scored(back, value, customer, on)
    found = history(customer, DAY)
    assert [score.day for score in found] == [ago(95), ago(40), DAY]
    assert by_day(found, ago(41), ago(39)) == [20, 30, 30]
    assert by_day(found, ago(97), ago(94)) == [None, None, 20, 20]


def test_history_is_of_90_days() -> None:
    on, customer = card(), make.customer()
    for back, value in ((91, 10), (90, 20), (89, 30)):
        scored(back, value, customer, on)
    assert [score.day for score in history(customer, DAY)] == [ago(90), ago(89)]


def test_groups_sum_to_the_score_before_ceilings() -> None:
    shipped.install(DAY)
    customer = portfolio_customer(1)
    scoring.score_range(customer.pk, customer.pk, DAY)
    score = Score.objects.select_related("scorecard").get()
    groups = groups_of(score)
    assert [group.name for group in groups] == ["Adoption", "Support", "Relationship", "Value", "Commercial"]
    assert abs(sum(group.contribution for group in groups) - float(score.raw)) < 0.006
    assert abs(sum(group.weight for group in groups) - 1) < 1e-6


def test_feature_use_compares_28_days_with_the_28_before() -> None:
    customer = make.customer()
    feature = Feature.objects.create(key="deals", name="Deals", is_core=True)
    for back, uses, users in ((0, 20, 2), (27, 10, 5), (28, 25, 9), (55, 15, 9), (83, 7, 9), (84, 99, 9)):
        FeatureDay.objects.create(customer=customer, day=ago(back), feature=feature, users=users, uses=uses)
    (found,), seats = feature_use(customer, DAY)
    assert (found.uses, found.before, found.users, found.change) == (30, 40, 5, -0.25)
    assert found.weeks == [7, 0, 0, 0, 15, 0, 0, 25, 10, 0, 0, 20]
    assert seats is None


def test_card_counts_follow_segment_stage_and_position() -> None:
    shipped.install(DAY)
    for stage, back in (("onboarding", 1), ("growth", 1), ("mature", 40)):
        use(make.customer(stage=stage, first_contract_on=ago(30)), range(back, back + 20))
    first, last = Customer.objects.order_by("pk").first(), Customer.objects.order_by("pk").last()
    assert first
    assert last
    scoring.score_range(first.pk, last.pk, DAY)
    make.customer(status="churned")
    onboarding, standard, expansion, adoption = cards_in_use(Customer.objects.all())
    assert [use.customers for use in (onboarding, standard, expansion, adoption)] == [1, 2, 2, 3]
    assert [sum(share for _, _, share in use.shares) for use in (standard, adoption)] == [1, 1]
    assert adoption.bands == dict(Counter(NamedScore.objects.filter(purpose="adoption").values_list("band", flat=True)))


def test_day_after_has_its_own_history() -> None:
    on, customer = card(), make.customer()
    scored(0, 40, customer, on)
    assert history(customer, ago(1)) == []
    assert [score.day for score in history(customer, DAY + dt.timedelta(days=200))] == [DAY]
