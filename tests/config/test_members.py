"""How many of what, within what the database allows."""

from __future__ import annotations

import pytest

from config.embedded import Trouble
from config.run.members import MOST_PROCESSES, MOST_THREADS, Sizes, sizes


@pytest.mark.parametrize("cores", [1, 2, 4, 64])
@pytest.mark.parametrize("allowed", range(13, 60, 5))
def test_no_more_connections_than_the_database_allows(cores: int, allowed: int):
    found = sizes(cores, allowed)
    assert found.connections <= allowed
    assert 1 <= found.web == found.worker <= min(cores, MOST_PROCESSES)
    assert 1 <= found.threads <= MOST_THREADS


def test_all_there_is_where_the_database_allows_it():
    assert sizes(64, 97) == Sizes(web=4, threads=4, worker=4)
    assert sizes(2, 97) == Sizes(web=2, threads=4, worker=2)


def test_threads_are_given_up_before_processes():
    assert sizes(4, 24) == Sizes(web=4, threads=2, worker=4)
    assert sizes(4, 12) == Sizes(web=1, threads=1, worker=1)


def test_too_few_connections_are_refused_in_a_sentence():
    with pytest.raises(Trouble, match="allows 11 connections and 12 are needed: raise max_connections"):
        sizes(4, 11)
