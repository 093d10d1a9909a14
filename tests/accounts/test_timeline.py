import datetime as dt

import pytest

from accounts import changes, timeline
from tests.factories import DAY, contact, customer, user

pytestmark = pytest.mark.django_db


def test_log_moves_last_touch_and_sentiment_and_marks_the_customer():
    one, author = customer(), user()
    who = contact(one)
    touch = timeline.log(one, author=author, contacts=[who], kind="call", happened_on=DAY, sentiment=2, note="Upset")
    one.refresh_from_db()
    assert (one.last_touch_on, one.sentiment, one.sentiment_on) == (DAY, 2, DAY)
    assert list(touch.contacts.all()) == [who]
    assert list(changes.waiting("scores")) == [one.pk]


def test_older_touch_does_not_turn_last_touch_back_and_undo_does():
    one, author = customer(), user()
    timeline.log(one, author=author, kind="call", happened_on=DAY - dt.timedelta(days=9))
    late = timeline.log(one, author=author, kind="email", proactive=False, happened_on=DAY)
    timeline.log(one, author=author, kind="call", happened_on=DAY - dt.timedelta(days=20))
    one.refresh_from_db()
    assert one.last_touch_on == DAY
    timeline.forget(late)
    one.refresh_from_db()
    assert one.last_touch_on == DAY - dt.timedelta(days=9)
