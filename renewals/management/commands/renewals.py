"""``manage.py renewals``: every renewal of a day, to compare with a source."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from config import clock, days
from renewals import listing


class Command(BaseCommand):
    help = "Print every renewal with its term, days, state and ARR; contract and customer by external id."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="one JSON array, an object a renewal")
        parser.add_argument("--as-of", metavar="DAY", help="YYYY-MM-DD; without it the organisation's day")

    def handle(self, *_args: Any, **options: Any) -> None:
        today = clock.today()
        day = days.asked(options["as_of"], "--as-of") or today
        if day > today:
            raise CommandError(f"--as-of {day}: this day has not come yet.")
        renewals = listing.rows(day, now=day == today)
        if not options["json"]:
            self.stdout.write("\t".join(listing.COLUMNS))
            for row in renewals:
                self.stdout.write("\t".join("" if row[name] is None else str(listing.plain(row[name])) for name in row))
            return
        self.stdout.write("[")
        separator = ""
        for row in renewals:
            self.stdout.write(
                separator + json.dumps({name: listing.plain(value) for name, value in row.items()}), ending=""
            )
            separator = ",\n"
        self.stdout.write("\n]")
