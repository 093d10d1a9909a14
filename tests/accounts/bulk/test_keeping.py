"""Acts on many rows are forgotten 90 days after they ended, and none that is under way."""

from __future__ import annotations

import datetime as dt

import pytest

from accounts import bulk
from accounts.bulk import keeping
from accounts.models import BulkAct, BulkRow
from config import clock
from config.outbox import housekeeping
from tests.factories import DAY, user

pytestmark = pytest.mark.django_db
NOW = clock.now()


def begun(state: str, days: float | None, rows: int = 2) -> BulkAct:
    ended = None if days is None else NOW - dt.timedelta(days=days)
    by = user()
    returned_by = by if state in {"returning", "returned"} else None
    act = BulkAct.objects.create(
        kind="customers", act="tag", ids=[*range(rows)], state=state, by=by, day=DAY, ended_at=ended, returned_by=returned_by
    )  # fmt: skip
    BulkRow.objects.bulk_create(BulkRow(act=act, chunk=1, object_id=number, state="done") for number in range(rows))
    return act


@pytest.mark.parametrize("state", BulkAct.ENDED)
def test_what_ended_90_days_ago_goes_with_its_rows(state: str):
    begun(state, 90.01)
    stays = begun(state, 89.99)
    assert bulk.tidy(NOW) == 1
    assert list(BulkAct.objects.all()) == [stays]
    assert set(BulkRow.objects.values_list("act", flat=True)) == {stays.pk}


@pytest.mark.parametrize("state", sorted(set(BulkAct.State.values) - set(BulkAct.ENDED)))
def test_what_is_under_way_stays_however_long(state: str):
    begun(state, None)
    begun(state, 400)
    assert bulk.tidy(NOW) == 0
    assert BulkRow.objects.count() == 4


def test_a_run_takes_a_few_of_the_oldest_and_the_next_goes_on(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(keeping, "ACTS_AT_ONCE", 2)
    acts = [begun("done", 100) for _number in range(3)]
    assert bulk.tidy(NOW) == 2
    assert list(BulkAct.objects.all()) == acts[2:]
    assert bulk.tidy(NOW) == 1
    assert bulk.tidy(NOW) == 0


def test_housekeeping_does_it():
    begun("done", 100)
    begun("done", 1)
    housekeeping.tidy()
    assert BulkAct.objects.count() == 1
