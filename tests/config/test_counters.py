"""Limits that many at once cannot slip past."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.test import Client

from config.limits import counting
from config.limits.counting import Delay
from config.limits.models import Counter
from config.outbox import housekeeping
from tests.factories import organisation, user

MINUTE = dt.timedelta(minutes=1)
DELAY = Delay(3, dt.timedelta(seconds=30), dt.timedelta(seconds=100), dt.timedelta(hours=1))
ABREAST, EACH = 20, 10


def at_once(act):
    """The answers of ``act``, made ``EACH`` times by each of ``ABREAST`` threads."""

    def several(_number):
        try:
            return [act() for _ in range(EACH)]
        finally:
            connection.close()

    with ThreadPoolExecutor(ABREAST) as pool:
        return [one for found in pool.map(several, range(ABREAST)) for one in found]


def later(**by):
    """Let all that was counted have happened earlier."""
    for counter in Counter.objects.all():
        ago = dt.timedelta(**by)
        free_at = counter.free_at and counter.free_at - ago
        Counter.objects.filter(pk=counter.pk).update(since=counter.since - ago, free_at=free_at)


@pytest.mark.django_db(transaction=True)
def test_of_two_hundred_at_once_no_more_pass_than_may(settings):
    """Reliability's E30 of the counters and through the API's own door, and E42: of as many passwords ten are tried at most."""
    waits = at_once(lambda: counting.take("rate", 100, dt.timedelta(days=1)))
    assert (len(waits), waits.count(0)) == (200, 100)
    assert all(0 <= wait <= 86_400 for wait in waits)
    assert at_once(lambda: counting.attempt("tries", DELAY)).count(0) == DELAY.free
    settings.API_A_MINUTE = 30
    organisation()
    one, other = Client(), Client()
    one.force_login(user())
    other.force_login(user())
    answers = at_once(lambda: one.get("/api/v1/measures/"))
    passed = [answer for answer in answers if answer.status_code == 200]
    # A minute may turn meanwhile: then the share of the one before that it still covers counts.
    assert len(passed) <= 31
    refused = next(answer for answer in answers if answer.status_code != 200)
    assert (refused.status_code, refused.json()["detail"][:14]) == (429, "Too many tries")
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    assert other.get("/api/v1/measures/").status_code == 200
    guess = {"login": user().email, "password": "wrong"}
    guesses = [answer.status_code for answer in at_once(lambda: Client().post("/sign-in/login/", guess))]
    assert (len(guesses), set(guesses)) == (200, {200, 429})
    assert guesses.count(200) <= 10


@pytest.mark.django_db
def test_the_window_slides():
    assert [counting.take("rate", 4, MINUTE) == 0 for _ in range(5)] == [True] * 4 + [False]
    begun = Counter.objects.get().since
    Counter.objects.update(since=begun - MINUTE)
    passed = [counting.take("rate", 4, MINUTE) for _ in range(5)].count(0)
    assert passed < 5  # what the window before still covers is counted
    later(minutes=3)
    assert counting.take("rate", 4, MINUTE) == 0
    assert Counter.objects.get().count == 1


@pytest.mark.django_db
def test_waits_grow_up_to_the_longest_and_are_forgotten():
    waits = []
    for _ in range(8):
        while not counting.attempt("tries", DELAY):
            pass
        wait = counting.attempt("tries", DELAY)
        waits.append(wait)
        later(seconds=wait)
    assert waits == [30, 60, 100, 100, 100, 100, 100, 100]
    later(hours=2)
    assert [counting.attempt("tries", DELAY) for _ in range(3)] == [0, 0, 0]


@pytest.mark.django_db
def test_a_try_that_is_given_back_was_none():
    for _ in range(20):
        assert counting.attempt("tries", DELAY) == 0
        counting.give_back(["tries"])


@pytest.mark.django_db
def test_old_counters_are_swept():
    counting.take("old", 1, MINUTE)
    counting.attempt("tried", DELAY)
    later(days=3)
    counting.take("new", 1, MINUTE)
    housekeeping.tidy()
    assert list(Counter.objects.values_list("name", flat=True)) == ["new"]
