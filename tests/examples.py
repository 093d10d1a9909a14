"""How many examples a dear property is tried on: a third in the suite, all of them in `make faults` and under `make mutants`."""

from __future__ import annotations

import os
from typing import Final

ALL: Final = "EXAMPLES"
FEWEST: Final = 3


def dear(number: int) -> int:
    """Of ``number`` examples those that a run takes; never fewer than three, as the first is the simplest there is."""
    return number if os.environ.get(ALL) == "all" else max(min(FEWEST, number), number // 3)
