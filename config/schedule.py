"""What runs by the clock, and which tick of it is due."""

from __future__ import annotations

BEAT: dict[str, dict[str, object]] = {}
