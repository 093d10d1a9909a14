"""Whatever a client sends: an event that can be stored, or one sentence; never anything else."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from config.text import UNSTORABLE
from health.signals import event_reading
from health.signals.event_reading import Improper
from health.signals.partitions import acceptable

NOW = dt.datetime(2026, 11, 24, 1, 30, tzinfo=dt.UTC)
TODAY = NOW.date()
ZONES = ["UTC", "Asia/Tokyo", "America/New_York", "Pacific/Kiritimati"]
FIELDS = (
    "type", "userId", "anonymousId", "messageId", "event", "name", "groupId", "timestamp", "originalTimestamp", "sentAt",
    "context", "traits", "properties",
)  # fmt: skip
INSTANTS = st.sampled_from(
    [
        "2026-11-24T01:00:00Z",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
        "2026-02-30T00:00:00Z",
        "",
        "now",
    ]
)
TEXTS = st.text(st.characters(), max_size=250) | st.sampled_from(
    ["track", "identify", "group", "page", "a\0b", "\ud800", "x" * 5_000]
)
SCALARS = st.none() | st.booleans() | st.integers(-(2**80), 2**80) | st.floats() | TEXTS | INSTANTS
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(FIELDS), inner, max_size=3), max_leaves=5
)  # fmt: skip


@given(st.dictionaries(st.sampled_from(FIELDS), VALUES, max_size=9) | VALUES, VALUES, st.sampled_from(ZONES))
@example({"type": "track", "userId": "u", "event": "x", "timestamp": "9999-12-31T23:59:59-14:00"}, None, "Asia/Tokyo")
@settings(max_examples=150, deadline=None)
def test_an_event_or_one_sentence(sent: Any, sent_at: Any, zone: str) -> None:
    key = event_reading.key_of(sent)
    assert key
    assert len(key) <= event_reading.LONGEST_ID
    assert not UNSTORABLE.search(key)
    reason, event = "", None
    try:
        event = event_reading.read(sent, sent_at, NOW, ZoneInfo(zone), TODAY)
    except Improper as problem:
        reason = str(problem)
    if event is None:
        assert reason
        assert not UNSTORABLE.search(reason)
        return
    assert event.message_id == key
    assert acceptable(event.day, TODAY)
    for text in (event.user, event.email, event.group):
        assert len(text) <= event_reading.LONGEST_ID
    assert len(event.name) <= event_reading.LONGEST_NAME
    assert not UNSTORABLE.search(json.dumps(vars(event), default=str, ensure_ascii=False))


TRACK = {"type": "track", "userId": "u", "event": "x"}


@pytest.mark.parametrize(
    ("said", "sent_at", "at"),
    [
        ({"timestamp": "2026-11-23T20:00:00Z"}, None, "2026-11-23T20:00:00"),  # nobody says when it was sent
        ({"timestamp": "2026-11-23T20:00:00Z"}, "2026-11-24T01:00:00Z", "2026-11-23T20:30:00"),  # half an hour behind
        ({"timestamp": "2026-11-23T20:00:00"}, "2026-11-24T02:00:00", "2026-11-23T19:30:00"),  # ahead, and without a zone
        ({"originalTimestamp": "2026-11-23T20:00:00Z", "sentAt": "2026-11-24T00:30:00Z"}, "x", "2026-11-23T21:00:00"),
        ({"timestamp": "2026-11-01T20:00:00Z"}, "2026-11-02T00:00:00Z", "2026-11-01T20:00:00"),  # a clock of three weeks ago says nothing
        ({"timestamp": "2021-03-01T20:00:00Z"}, "2026-11-24T01:30:00Z", "2021-03-01T20:00:00"),  # five years late: its own day
        ({}, "2020-01-01T00:00:00Z", "2026-11-24T01:30:00"),  # without an instant it is now
    ],
)  # fmt: skip
def test_the_instant_by_our_clock(said: dict[str, Any], sent_at: str | None, at: str) -> None:
    event = event_reading.read(TRACK | said, sent_at, NOW, ZoneInfo("UTC"), TODAY)
    assert event.at == dt.datetime.fromisoformat(at).replace(tzinfo=dt.UTC)


def test_without_an_id_the_same_content_is_the_same_event() -> None:
    one = TRACK | {"properties": {"a": 1, "b": 2}, "sentAt": "2026-11-24T01:00:00Z"}
    again = {"sentAt": "2026-11-24T02:00:00Z", "properties": {"b": 2, "a": 1}} | TRACK
    assert event_reading.key_of(one) == event_reading.key_of(again)
    assert event_reading.key_of(one) != event_reading.key_of(one | {"event": "y"})
