"""A draft beside the version in use: the same renewals, scores of the same days."""

from __future__ import annotations

import datetime as dt
import random

import pytest

from accounts.models import Customer
from health.proof.comparing import Answer, answer_of, compared
from health.proof.statistics import Interval
from renewals.outcomes import closed_terms
from tests import factories as make
from tests.counting import statements
from tests.factories import DAY
from tests.health.conftest import scorecard
from tests.health.proof.rows import closed, many, replayed, shown

pytestmark = pytest.mark.django_db

ADOPTION = {"adoption": (1, {"days_since_use": 1})}


@pytest.fixture
def cards():
    make.organisation()
    used = scorecard(ADOPTION, key="standard")
    draft = scorecard(ADOPTION, key="draft")
    type(used).objects.filter(pk=draft.pk).update(key="standard", version=2, is_published=False, is_draft=True)
    draft.refresh_from_db()
    return draft, used


def hold(draft, used):
    return compared(draft, used, closed_terms(Customer.objects.all(), DAY, 90))


def replays(draft, renewals, scores):
    for renewal, score in zip(renewals, scores, strict=True):
        replayed(draft, renewal.customer, renewal.due_on - dt.timedelta(days=90), score)


def test_only_renewals_that_both_scored_count(cards):
    draft, used = cards
    both, _only_used = many(used, [(90, True), (80, False)])
    replays(draft, [both, closed()], [60, 70])
    assert (hold(draft, used).n, hold(draft, used).churns) == (1, 0)


def test_the_older_score_of_the_same_day_counts(cards):
    draft, used = cards
    renewal = closed(kept=False)
    asked = renewal.due_on - dt.timedelta(days=90)
    shown(used, renewal.customer, asked - dt.timedelta(days=60), 80)
    shown(used, renewal.customer, asked - dt.timedelta(days=5), 20)  # fresher than the draft's replay
    replayed(draft, renewal.customer, asked - dt.timedelta(days=25), 75)
    found = hold(draft, used)
    assert (found.used.missed, found.draft.missed, found.used.alarms) == (1, 1, 0)


def test_before_it_was_in_use_its_own_replay_counts(cards):
    draft, used = cards
    renewal = closed(kept=True)
    day = renewal.due_on - dt.timedelta(days=100)
    replayed(used, renewal.customer, day, 30)
    replayed(draft, renewal.customer, day, 90)
    found = hold(draft, used)
    assert (found.n, found.used.alarms, found.draft.alarms, found.alarms) == (1, 1, 0, -1)


def ends(n, seed):
    dice = random.Random(seed)
    return [(dice.randint(0, 100), dice.random() < 0.7) for _ in range(n)]


def test_too_few_say_nothing(cards):
    draft, used = cards
    renewals = many(used, [(80, True)] * 5 + [(20, False)] * 5)
    replays(draft, renewals, [10] * 10)
    assert hold(draft, used).answer == Answer.TOO_FEW


def test_a_draft_that_knows_beats_one_that_guesses(cards):
    draft, used = cards
    cases = ends(60, 1)
    renewals = many(used, cases)
    replays(draft, renewals, [90 if kept else 10 for _score, kept in cases])
    found = hold(draft, used)
    assert found.answer == Answer.BETTER
    assert found.draft.auc.value == 1
    assert found.change.value == pytest.approx(1 - found.used.auc.value)
    assert hold(draft, used).missed < 0


def test_the_same_guess_is_the_same(cards):
    draft, used = cards
    cases = ends(60, 2)
    renewals = many(used, cases)
    replays(draft, renewals, [score for score, _kept in cases])
    found = hold(draft, used)
    assert (found.answer, found.change.value, found.missed, found.alarms) == (Answer.SAME, 0, 0, 0)


def test_another_guess_is_noise(cards):
    draft, used = cards
    cases = ends(60, 3)
    renewals = many(used, cases)
    replays(draft, renewals, [score for score, _kept in ends(60, 4)])
    found = hold(draft, used)
    assert found.answer in {Answer.BETTER_NOISE, Answer.WORSE_NOISE}
    assert found.change.low < 0 < found.change.high


@pytest.mark.parametrize(
    ("n", "churns", "change", "expected"),
    [
        (50, 10, Interval(0.2, 0.01, 0.3), Answer.BETTER),
        (50, 10, Interval(0.2, 0.0, 0.3), Answer.BETTER_NOISE),
        (50, 10, Interval(-0.2, -0.3, -0.01), Answer.WORSE),
        (50, 10, Interval(-0.2, -0.3, 0.0), Answer.WORSE_NOISE),
        (50, 10, Interval(0.0, -0.1, 0.1), Answer.SAME),
        (49, 10, Interval(0.2, 0.1, 0.3), Answer.TOO_FEW),
        (50, 9, Interval(0.2, 0.1, 0.3), Answer.TOO_FEW),
        (50, 10, None, Answer.TOO_FEW),
    ],
)
def test_only_an_interval_beyond_0_says_which_is_better(n, churns, change, expected):
    assert answer_of(n, churns, change) == expected


def test_one_statement_for_any_number(cards):
    draft, used = cards
    for _ in range(3):
        renewals = many(used, [(80, True)])
        replays(draft, renewals, [70])
        terms = closed_terms(Customer.objects.all(), DAY, 90)
        with statements() as asked:
            compared(draft, used, terms)
        assert len(asked) == 1
