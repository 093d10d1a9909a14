"""Rules beside the weights: while one holds, a score is at most the scorecard's limit for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from accounts import billing
from health.measures.relationship import CHAMPION
from health.measures.usage import CORE_KNOWN, LAST
from health.models import Ceiling

SILENT_DAYS: Final = 30
OVERDUE_DAYS: Final = 60
CONTENT_FROM: Final = 4


@dataclass(frozen=True)
class Rule:
    """``holds`` is SQL over the columns, as in ``Measure``; without data it does not hold.

    ``windows`` names the sources that are read over other days than ``window``.
    """

    key: str
    columns: Mapping[str, Mapping[str, str]]
    holds: str
    window: int = 28
    reach: int = 1
    windows: Mapping[str, int] = field(default_factory=dict)
    only: Mapping[str, str] = field(default_factory=dict)


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
        # Field guide 20: satisfaction is not retention.
        Rule(
            Ceiling.Condition.NO_VALUE,
            {
                "tickets": {"csat": "avg(t.csat) FILTER (WHERE t.solved_at < {now} {and_in_window})"},
                "outcomes": {
                    "measured": "count(*) {in_window}",
                    "reached": "count(*) FILTER (WHERE o.state <> 'missed' {and_in_window})",
                },
            },
            f"coalesce({{csat}} >= {CONTENT_FROM} AND {{measured}} > 0 AND {{reached}} = 0, false)",
            windows={"tickets": 180, "outcomes": 365},
        ),
        Rule(
            Ceiling.Condition.OVERDUE,
            {"invoices": {"oldest_due": f"min(i.due_on) FILTER (WHERE {billing.owed('i', '{day}')})"}},
            f"coalesce({{day}} - {{oldest_due}} >= {OVERDUE_DAYS}, false)",
        ),
    )
}
