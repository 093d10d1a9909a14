"""What takes long is never silent for long."""

from __future__ import annotations

import time

from config.telling import Telling


def test_a_long_part_gives_signs_of_life_and_none_after_the_end():
    lines: list[str] = []
    with Telling(lines.append, silent=0.05) as say:
        say("Making it")
        deadline = time.monotonic() + 20
        while len(lines) < 3 and time.monotonic() < deadline:
            time.sleep(0.01)
    assert lines[0] == "    0 s  Making it"
    assert [line.rpartition("  ")[2] for line in lines[1:3]] == ["…", "…"]
    told = len(lines)
    time.sleep(0.1)
    assert len(lines) == told
