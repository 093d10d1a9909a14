"""What workers do for health: outbox rows, each one call of a capability."""

from __future__ import annotations

from typing import Any

from config.outbox.delivery import handler
from health import replaying


@handler(replaying.KIND)
def replay_due(payload: dict[str, Any]) -> None:
    """One past month-end under one scorecard version."""
    replaying.one(payload)
