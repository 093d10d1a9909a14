"""How many of what, within what the database allows."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from config.backup import programs
from config.embedded import Trouble
from config.run import members
from config.run.members import MOST_PROCESSES, MOST_THREADS, NAMES, RESERVE, SUPERVISOR, Place, Sizes, sizes

SOME = [only for count in range(1, len(NAMES) + 1) for only in itertools.combinations(NAMES, count)]


@pytest.fixture(autouse=True)
def _two_jobs(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(programs, "jobs", lambda: 2)


@pytest.mark.parametrize("cores", [1, 2, 4, 64])
@pytest.mark.parametrize("allowed", range(17, 60, 6))
def test_no_more_connections_than_the_database_allows(cores: int, allowed: int):
    for only in SOME:
        size = sizes(cores, allowed, only)
        assert members.connections(size, only) <= allowed
        assert 1 <= size.web == size.worker <= min(cores, MOST_PROCESSES)
        assert 1 <= size.threads <= MOST_THREADS


def test_all_there_is_where_the_database_allows_it():
    assert sizes(64, 97, NAMES) == Sizes(web=4, threads=4, worker=4)
    assert sizes(2, 97, NAMES) == Sizes(web=2, threads=4, worker=2)


def test_every_member_holds_connections_and_its_own_are_counted():
    """Beside them only the supervisor and what is in reserve: in whatever parts the members run."""
    size = Sizes(web=3, threads=4, worker=2)
    each = {member.name: member.connections for member in members.members(Path(), Place(0), size, only=NAMES)}
    assert each == {"web": 15, "beat": 1, "backup": 3, "relay": 1, "worker": 3}
    for only in SOME:
        assert members.connections(size, only) == sum(each[name] for name in only) + SUPERVISOR + RESERVE


def test_threads_are_given_up_before_processes():
    assert sizes(4, 29, NAMES) == Sizes(web=4, threads=2, worker=4)
    assert sizes(4, 16, NAMES) == Sizes(web=1, threads=1, worker=1)


def test_too_few_connections_are_refused_in_a_sentence():
    with pytest.raises(Trouble, match="allows 15 connections and 16 are needed: raise max_connections"):
        sizes(4, 15, NAMES)
