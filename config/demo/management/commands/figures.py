"""``manage.py figures``: what the portfolio adds up to on a day."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from config import clock, days
from config.figures import figures


class Command(BaseCommand):
    help = "Print the portfolio's figures of the day, to be held against a source."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="as one JSON object")
        parser.add_argument("--as-of", "--day", dest="day", help="YYYY-MM-DD; without it the organisation's day")

    def handle(self, *_args: Any, **options: Any) -> None:
        found = figures(days.asked(options["day"], "--as-of") or clock.today())
        if options["json"]:
            self.stdout.write(json.dumps(found, indent=2))
            return
        lines = list(flat(found))
        width = max(len(name) for name, _value in lines)
        for name, value in lines:
            self.stdout.write(f"{name:{width}}  {written(value)}")


def flat(found: dict[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    """Every figure with its path: ``renewals due_60 count``."""
    for name, value in found.items():
        if isinstance(value, dict):
            yield from flat(value, f"{before}{name} ")
        else:
            yield f"{before}{name}", value


def written(value: Any) -> str:
    if value is None:
        return "–"
    return f"{value:,}" if isinstance(value, int | float) else str(value)
