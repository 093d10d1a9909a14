"""``manage.py sources``: where data comes from, as the page and the API show it."""

from __future__ import annotations

import json
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandParser

from accounts.imports import figures
from config import clock

SHOWN: Final = (
    "name",
    "last_at",
    "rows",
    "refused",
    "lag_seconds",
    "median_lag_seconds",
    "silent_since",
    "silent_days",
    "disagreements",
)


class Command(BaseCommand):
    help = "Print every source: last file, rows and refused rows of 30 days, lag, silence, and how it stands against the record."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="as a JSON list of objects")

    def handle(self, *_args: Any, **options: Any) -> None:
        zone, _frozen = clock.organisation() or (clock.UTC, None)
        rows = figures.of_sources(clock.now(), zone, clock.today())
        if options["json"]:
            self.stdout.write(json.dumps(rows, default=lambda value: value.isoformat(), ensure_ascii=False, indent=2))
            return
        self.stdout.write("\t".join(SHOWN))
        for row in rows:
            self.stdout.write("\t".join("–" if row[name] is None else str(row[name]) for name in SHOWN))
            for each in row["comparisons"]:
                why = ", ".join(f"{reason} {count}" for reason, count in each["differences"].items()) or "–"
                problem = f" ({each['problem']})" if each["problem"] else ""
                self.stdout.write(f"  {each['target']}\t{each['same']} of {each['rows']} as it said\t{why}{problem}")
