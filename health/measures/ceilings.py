"""Rules beside the weights: while one holds, a score is at most what the scorecard says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from health.measures.relationship import CHAMPION
from health.measures.usage import CORE_KNOWN, LAST
from health.models import Ceiling

SILENT_DAYS: Final = 30


@dataclass(frozen=True)
class Rule:
    """``holds`` is SQL over the columns, as in ``Measure``; without data it does not hold."""

    key: str
    columns: Mapping[str, Mapping[str, str]]
    holds: str
    window: int = 28
    reach: int = 1


RULES: Final[dict[str, Rule]] = {
    rule.key: rule
    for rule in (
        Rule(
            Ceiling.Condition.CHAMPION_LEFT,
            {
                "contacts": {
                    "champions": CHAMPION,
                    "gone": "count(*) FILTER (WHERE 'champion' = ANY(p.roles) AND p.state <> 'active' "
                    "AND p.state_on <= {day})",
                }
            },
            "coalesce({gone} > 0 AND {champions} = 0, false)",
        ),
        Rule(
            Ceiling.Condition.LOGIN_ONLY,
            {"usage": {"uses": "sum(u.uses) {in_window}", "core": "sum(u.core_uses) {in_window}"}},
            f"coalesce({{uses}} > 0 AND {{core}} = 0 AND {CORE_KNOWN}, false)",
        ),
        Rule(
            Ceiling.Condition.SILENT,
            {"usage": LAST},
            f"coalesce({{day}} - {{seen}} > {SILENT_DAYS}, false)",
        ),
    )
}
