"""Suggested weights: what tells gets weight, what does not gets hardly any, and too little is an answer."""

from __future__ import annotations

import random

import pytest

from accounts.models import Customer
from health import proof
from health.models import Score
from renewals.outcomes import closed_terms
from tests import factories as make
from tests.counting import statements
from tests.factories import DAY
from tests.health.conftest import scorecard
from tests.health.proof.rows import many

pytestmark = pytest.mark.django_db


@pytest.fixture
def card():
    make.organisation()
    lines = {"days_since_use": 1, "nps_weighted": 1, "touch_recency": 1}
    return scorecard({"adoption": (1, lines)}, key="standard")


def terms():
    return closed_terms(Customer.objects.all(), DAY, 90)


def company(card, n, seed=1):
    """The first measure tells, the second tells the wrong way round, the third is chance and often missing."""
    dice = random.Random(seed)
    for renewal in many(card, [(50, dice.random() < 0.7) for _ in range(n)]):
        kept = renewal.outcome != "churned"
        points = [
            min(100, max(0, round(dice.gauss(70 if kept else 40, 15)))),
            min(100, max(0, round(dice.gauss(40 if kept else 60, 20)))),
            None if dice.random() < 0.4 else dice.randint(0, 100),
        ]
        Score.objects.filter(customer=renewal.customer).update(points=points, value=round(sum(points[:2]) / 2))


def test_what_tells_gets_the_weight(card):
    company(card, 150)
    found = proof.suggested(card, terms())
    assert found.n == 150
    today, suggestion = zip(*found.shares.values(), strict=True)
    assert today == pytest.approx([1 / 3] * 3)
    assert sum(suggestion) == pytest.approx(1)
    assert found.shares["days_since_use"][1] > 0.8
    assert found.shares["nps_weighted"][1] == 0  # never against itself
    assert found.helps
    assert found.gain.value > 0.1


def test_the_ranking_says_the_same(card):
    company(card, 150)
    ranked = proof.ranking(card, terms())
    assert [one.measure for one in ranked] == ["days_since_use", "touch_recency", "nps_weighted"]
    assert ranked[0].auc.low > 0.8
    assert ranked[2].auc.high < 0.5
    assert ranked[1].n < 150 == ranked[0].n


def test_too_little_is_an_answer(card):
    company(card, 49)
    found = proof.suggested(card, terms())
    assert (found.n, found.shares, found.gain, found.helps) == (49, {}, None, False)


def test_churns_are_counted_among_the_renewals_that_the_weights_are_fitted_on(card):
    company(card, 60)
    lost = Score.objects.filter(customer__renewals__outcome="churned")
    others = lost.filter(pk__in=lost.values("pk")[:5])
    others.update(points=[50])  # as an earlier make of the card with one measure scored them
    found = proof.suggested(card, terms())
    assert (found.n, found.churns) == (55, lost.count() - 5)


def test_statements_do_not_grow(card):
    seen = []
    for _ in range(2):
        company(card, 60)
        asked_of = terms()
        with statements() as asked:
            proof.suggested(card, asked_of)
            proof.ranking(card, asked_of)
        seen.append(len(asked))
    assert seen[0] == seen[1]
