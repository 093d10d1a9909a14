"""Notes on disk come back in the order of their lines."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from accounts.imports.spooling import Spool

LINES = st.lists(st.lists(st.integers(1, 50), max_size=8).map(sorted), max_size=4)


@given(LINES)
def test_notes_of_several_passes_come_in_the_order_of_their_lines(passes: list[list[int]]) -> None:
    with Spool() as spool:
        for number, lines in enumerate(passes):
            for line in lines:
                spool.add(line, number, "髙\udc80")
        found = list(spool)
        assert list(spool) == found
    expected = sorted((line, number) for number, lines in enumerate(passes) for line in lines)
    assert [(line, number) for line, number, _text in found] == expected
    assert {text for *_, text in found} <= {"髙\udc80"}
