"""How often people were right: counted by hand, from what stood on the day alone."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts import ownership, sentiment
from accounts.models import Customer
from accounts.ownership import Door
from health.models import Override
from health.proof import judgements
from health.proof.judgements import Judgement, Track
from health.scoring import overriding
from renewals.models import Renewal
from renewals.outcomes import closed_terms
from tests import factories as make
from tests.counting import statements
from tests.factories import DAY
from tests.health.conftest import scorecard
from tests.health.proof.rows import closed, shown

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _organisation() -> None:
    make.organisation()


def before(renewal: Renewal, days: int) -> dt.date:
    return renewal.due_on - dt.timedelta(days=days)


def said(renewal: Renewal, value: int, first: int = 100, last: int = 80) -> Override:
    put = {"author": make.user(), "reason": "Stops"}
    return overriding.put(renewal.customer, value, day=before(renewal, first), until=before(renewal, last), **put)


def felt(renewal: Renewal, value: int, days: int) -> None:
    sentiment.say(renewal.customer, value, author=make.user(), day=before(renewal, days))


def found(days: int = 90) -> judgements.Record:
    return judgements.record(closed_terms(Customer.objects.all(), DAY, days))


def by_key(record: judgements.Record) -> dict[str, Judgement]:
    return {one.key: one for one in record.judgements}


def test_each_way_is_counted_beside_the_computed_band() -> None:
    """Overrides: red and lost, right; green and lost, wrong; yellow, not counted. Computed on the first two: green and
    lost, wrong; red and lost, right. Content: one kept of two. Unhappy: one lost of one.
    """
    card = scorecard({"adoption": (1, {"days_since_use": 1})})
    first, second, third = closed(kept=False), closed(kept=False), closed(kept=True)
    for renewal, value, score in ((first, 10, 80), (second, 90, 20), (third, 50, 80)):
        said(renewal, value)
        shown(card, renewal.customer, before(renewal, 95), score)
    for renewal, value in ((first, 1), (second, 4), (third, 5), (closed(kept=True), 3)):
        felt(renewal, value, 95)
    record = found()
    assert (record.renewals, record.kept, record.computed) == (4, 2, Track(right=2, n=3))
    assert by_key(record) == {
        "override": Judgement("override", Track(1, 2), Track(1, 2)),
        "content": Judgement("content", Track(1, 2), Track(2, 2)),
        "unhappy": Judgement("unhappy", Track(1, 1), Track(0, 1)),
    }


def test_only_what_stood_on_the_day_counts() -> None:
    renewal = closed(kept=False)
    said(renewal, 10, first=89, last=10)  # began a day too late
    said(renewal, 10, first=120, last=90)  # ended on the day
    felt(renewal, 1, 89)
    record = found()
    assert [one.track.n for one in record.judgements] == [0, 0, 0]
    # Sixty days before both had been said.
    assert [one.track for one in found(60).judgements] == [Track(1, 1), Track(0, 0), Track(1, 1)]


def test_a_withdrawn_override_and_a_handover_say_nothing() -> None:
    renewal = closed(kept=False)
    overriding.withdraw(said(renewal, 10), by=make.user(), day=before(renewal, 95))
    felt(renewal, 1, 95)
    ownership.hand_over([renewal.customer_id], make.user(), day=before(renewal, 92), door=Door.PAGE)
    assert [one.track.n for one in found().judgements] == [0, 0, 0]


def test_what_a_handover_of_a_merged_customer_ended_says_nothing() -> None:
    """It ended 92 days before, so that 93 days before it still stood."""
    renewal, other = closed(kept=False), make.customer()
    sentiment.say(other, 1, author=make.user(), day=before(renewal, 95))
    ownership.hand_over([other.pk], make.user(), day=before(renewal, 92), door=Door.PAGE)
    other.sentiments.filter(value=1).update(customer=renewal.customer, named=other)
    assert [one.track.n for one in found().judgements] == [0, 0, 0]
    assert [one.track.n for one in found(93).judgements] == [0, 0, 1]


def test_a_share_has_wilsons_interval_and_a_least_number() -> None:
    """Wilson at 95 % for 15 of 20: 53.1 % to 88.8 %."""
    track = Track(15, 20)
    assert track.share == 0.75
    assert track.interval == (pytest.approx(0.5313, abs=1e-4), pytest.approx(0.8881, abs=1e-4))
    assert [Track(1, 19).enough, track.enough] == [False, True]
    assert (Track(0, 0).share, Track(0, 0).interval) == (None, None)


def test_one_statement_whatever_the_number() -> None:
    asked = []
    for _ in range(2):
        felt(closed(), 4, 95)
        with statements() as seen:
            found()
        asked.append(len(seen))
    assert asked == [1, 1]


def page(client: Client, query: str = "") -> Any:
    return client.get(reverse("health:judgements_panel") + query, headers={"HX-Request": "true"})


def test_the_panel_counts_the_readers_customers(client: Client) -> None:
    owner = make.user()
    mine, theirs = closed(), closed()
    for renewal in (mine, theirs):
        felt(renewal, 5, 95)
    Customer.objects.filter(pk=mine.customer_id).update(owner=owner)
    client.force_login(owner)
    text = page(client).content.decode()
    assert "1 of 1 closed renewal was kept." in text
    assert "not enough data" in text
    assert page(client, "?days=180").status_code == 200
    assert page(client, "?days=7").status_code == 400
    assert "<h1>" in client.get(reverse("health:judgements_panel")).content.decode()


def test_without_renewals_it_says_so(client: Client) -> None:
    client.force_login(make.user())
    assert "No renewal has closed yet" in page(client).content.decode()
