"""Whose loop hangs, told from heartbeats alone."""

from __future__ import annotations

import os

import psycopg
import pytest
from psycopg import sql

from config.outbox.heartbeats import START as VARIABLE
from config.outbox.heartbeats import process
from config.run.watch import FIRST_BEAT_WITHIN, GAP, HUNG_AFTER, READ_EVERY, Reader, Watch, heard
from tests.faults.conftest import test_database

MEMBER, CHILD = 100, 101
FORGET = "DELETE FROM outbox_heartbeat WHERE starts_with(process, %s) RETURNING member"
START = "start"
STARTED = 0.0


def watched(beats: dict[int, list[float]], *, gap_at: int = -1, gap: float = 0.0) -> tuple[Watch, float]:
    """A watch that has read these heartbeats one after another, and the instant of its last reading."""
    watch, now = Watch(), STARTED
    for number in range(max(map(len, beats.values()))):
        now += READ_EVERY + (gap if number == gap_at else 0)
        told = {(START, pid): written[min(number, len(written) - 1)] for pid, written in beats.items() if written}
        watch.note(told, now)
    return watch, now


ROUNDS = int(max(HUNG_AFTER, FIRST_BEAT_WITHIN) / READ_EVERY) + 2
LIVING = [float(number) for number in range(ROUNDS)]
STOPPED = [7.0] * ROUNDS


@pytest.mark.parametrize(
    ("beats", "expected"),
    [
        ({MEMBER: LIVING, CHILD: []}, []),
        ({MEMBER: STOPPED, CHILD: []}, [MEMBER]),
        ({MEMBER: [], CHILD: STOPPED}, [CHILD]),  # one process of gunicorn, which starts it again
        ({MEMBER: LIVING, CHILD: STOPPED}, [CHILD]),
    ],
)
def test_hung_is_whose_heartbeat_has_stopped(beats: dict[int, list[float]], expected: list[int]):
    watch, now = watched(beats)
    assert watch.hung(START, [MEMBER, CHILD], STARTED, now) == expected


def test_a_member_of_which_nobody_writes_has_its_time_and_is_hung_then():
    """As when a web server's one process was ended, and its master starts another, or hangs itself."""
    watch, now = watched({999: LIVING})
    assert watch.hung(START, [MEMBER], STARTED, now) == []
    watch.note({(START, 999): 1.0}, now := now + READ_EVERY)
    for _ in range(int(FIRST_BEAT_WITHIN / READ_EVERY) - 1):
        watch.note({(START, 999): 1.0}, now := now + READ_EVERY)
        assert watch.hung(START, [MEMBER], STARTED, now) == []
    watch.note({(START, 999): 1.0}, now := now + 2 * READ_EVERY)
    assert watch.hung(START, [MEMBER], STARTED, now) == [MEMBER]
    watch.note({(START, MEMBER): 2.0}, now := now + READ_EVERY)
    assert watch.hung(START, [MEMBER], STARTED, now) == []


def test_nobody_is_judged_across_a_gap():
    watch, now = watched({MEMBER: STOPPED}, gap_at=ROUNDS - 3, gap=GAP)
    assert watch.hung(START, [MEMBER], STARTED, now) == []
    assert watch.hung(START, [MEMBER], STARTED, now + GAP + 1) == []


def test_who_has_just_started_has_time_for_the_first_heartbeat():
    watch, now = watched({999: LIVING})
    assert watch.hung(START, [MEMBER], now - 1, now) == []


@pytest.mark.parametrize("stale", ["", "other", None])
def test_rows_left_by_others_under_the_same_number_are_nobodys(monkeypatch: pytest.MonkeyPatch, stale: str | None):
    """As after a container's restart; a row of a release before this one names no start at all."""

    def row(start: str) -> str:
        monkeypatch.setenv(VARIABLE, start)
        return process("web")

    own, pid = row(START), os.getpid()
    left = f"{own.split('/')[0]}/{pid}/worker" if stale is None else row(stale)
    watch, now = Watch(), STARTED
    for living in LIVING:
        watch.note(heard([(own, living), (left, 7.0)]), now := now + READ_EVERY)
    assert watch.hung(START, [pid], STARTED, now) == []
    watch.note(heard([(left, 7.0)]), now)
    assert watch.hung(START, [pid], now - 1, now) == []


@pytest.mark.django_db
def test_nothing_is_read_while_nothing_can_be_written():
    """As after a failover to a copy: members that cannot write are not said to hang."""
    reader = Reader(test_database(), Watch())
    reader.watch.host = "nowhere/"
    with psycopg.connect(test_database(), autocommit=True) as session:
        name = sql.Identifier(session.info.dbname)
        try:
            assert reader.read() == {}
            session.execute(sql.SQL("ALTER DATABASE {} SET default_transaction_read_only = on").format(name))
            with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
                reader.read()
        finally:
            session.execute(sql.SQL("ALTER DATABASE {} RESET default_transaction_read_only").format(name))
            written = session.execute(FORGET, [reader.watch.host]).fetchall()
    assert written == [("group",)]
