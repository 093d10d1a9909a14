"""The foot of a report: rows under the others that sum them up."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

FOOT: Final = re.compile(
    r"\s*(?:(?:grand|sub)?[ -]?totals?\b|総?合計|[小総]計|計$|(?:gesamt)?summe\b|gesamt\b)", re.IGNORECASE
)
# The first characters of what FOOT matches, so that hardly a row is held against it.
FOOT_BEGINS: Final = frozenset("TGStgs -合総小計\t\u3000")
LONGEST_FOOT: Final = 50


def is_foot(cells: Sequence[str]) -> bool:
    """Whether the cells may be the sum under a report: a word for it, and not every other cell filled."""
    return bool(cells[0] and FOOT.match(cells[0]) and not all(cells))
