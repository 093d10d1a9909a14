"""The CSM's sentiment: beside the score, dated, gone at a handover."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import IntegrityError, transaction

from accounts import sentiment, timeline
from accounts.models import Customer, Sentiment
from accounts.ownership import Door, hand_over
from tests.counting import statements
from tests.factories import DAY, customer, user

pytestmark = pytest.mark.django_db


def ago(days: int) -> dt.date:
    return DAY - dt.timedelta(days=days)


def felt(one: Customer) -> tuple[int | None, dt.date | None]:
    one.refresh_from_db()
    return one.sentiment, one.sentiment_on


def test_saying_it_again_keeps_what_was_said() -> None:
    one, author = customer(), user()
    sentiment.say(one, 4, author=author, day=ago(9))
    sentiment.say(one, 2, author=author, day=DAY, note="New head of finance")
    assert felt(one) == (2, DAY)
    assert [(s.day, s.value, s.note) for s in sentiment.history(one)] == [
        (DAY, 2, "New head of finance"),
        (ago(9), 4, ""),
    ]


def test_taken_back_the_one_before_holds_again() -> None:
    one, author = customer(), user()
    sentiment.say(one, 4, author=author, day=ago(9))
    sentiment.take_back(sentiment.say(one, 2, author=author, day=DAY))
    assert felt(one) == (4, ago(9))
    sentiment.take_back(Sentiment.objects.get())
    assert felt(one) == (None, None)


def test_a_touch_with_a_sentiment_counts_and_goes_with_the_touch() -> None:
    one, author = customer(), user()
    sentiment.say(one, 4, author=author, day=ago(9))
    touch = timeline.log(one, author=author, kind="call", happened_on=ago(2), sentiment=1)
    timeline.log(one, author=author, kind="email", happened_on=DAY)
    assert felt(one) == (1, ago(2))
    timeline.forget(touch)
    assert felt(one) == (4, ago(9))


def test_an_older_touch_does_not_turn_it_back() -> None:
    one, author = customer(), user()
    sentiment.say(one, 4, author=author, day=DAY)
    timeline.log(one, author=author, kind="call", happened_on=ago(2), sentiment=1)
    assert felt(one) == (4, DAY)


def test_a_handover_ends_it_and_keeps_the_history() -> None:
    one, quiet, first, second = customer(), customer(), user(), user()
    sentiment.say(one, 4, author=first, day=ago(9))
    hand_over([one.pk, quiet.pk], second, day=DAY, door=Door.PAGE)
    assert felt(one) == (None, None)
    assert [(s.day, s.value) for s in sentiment.history(one)] == [(DAY, None), (ago(9), 4)]
    assert not sentiment.history(quiet).exists()
    # A touch without a sentiment, or one from before the handover, brings nothing back.
    timeline.log(one, author=second, kind="email", happened_on=DAY)
    timeline.log(one, author=second, kind="call", happened_on=ago(1), sentiment=5)
    assert felt(one) == (None, None)
    timeline.log(one, author=second, kind="call", happened_on=DAY, sentiment=3)
    assert felt(one) == (3, DAY)


@pytest.mark.parametrize("value", [0, 6])
def test_the_database_keeps_one_to_five(value: int) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Sentiment.objects.create(customer=customer(), day=DAY, value=value)


def test_a_handover_costs_the_same_for_one_and_for_three() -> None:
    asked = []
    for count in (1, 3):
        ids = [customer().pk for _ in range(count)]
        for pk in ids:
            sentiment.say(Customer.objects.get(pk=pk), 3, author=user(), day=ago(1))
        heir = user()
        with statements() as seen:
            hand_over(ids, heir, day=DAY, door=Door.PAGE)
        asked.append(len(seen))
    assert asked[0] == asked[1]
