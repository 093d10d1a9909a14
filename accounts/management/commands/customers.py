"""``manage.py customers --json``: every customer as the product sees it, for comparison with a source."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts import asof
from config import clock, days


class Command(BaseCommand):
    help = "Print every customer with its status, ARR, score and dates; past days as far as history goes."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="as a JSON list of objects")
        parser.add_argument("--as-of", metavar="DAY", help="YYYY-MM-DD (default: the organisation's day)")

    def handle(self, *_args: Any, **options: Any) -> None:
        today = clock.today()
        day = days.asked(options["as_of"], "--as-of") or today
        if day > today:
            raise CommandError(f"--as-of: {day} has not come yet (today is {today}).")
        rows = asof.facts_of(None if day == today else day)
        if not rows and day < today:
            first = asof.first_known()
            reason = f"what is here begins on {first}" if first else "nobody is here"
            self.stderr.write(f"Nothing is known of {day}: {reason}.")
        if options["json"]:
            self.stdout.write(json.dumps(rows, default=plain, ensure_ascii=False, indent=2))
            return
        for row in rows:
            ids = " ".join(row["external_ids"]) or "–"
            self.stdout.write("\t".join([ids, *(str("–" if row[name] is None else row[name]) for name in asof.FACTS)]))


def plain(value: Any) -> Any:
    """Days as text, amounts as numbers."""
    return value.isoformat() if isinstance(value, dt.date) else float(value)
