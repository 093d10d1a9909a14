"""Cells that leave the house in a CSV file."""

from __future__ import annotations

from typing import Any, Final

# What makes a spreadsheet read a cell as a formula (OWASP, "CSV injection"), full-width signs too.
STARTS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def cell(value: Any) -> Any:
    """``value`` as it may stand in a CSV file: text that would run gets a quote before it."""
    if isinstance(value, str) and value.startswith(STARTS):
        return f"'{value}"
    return "" if value is None else value
