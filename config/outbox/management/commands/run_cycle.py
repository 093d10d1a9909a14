"""``manage.py run_cycle``: the daily cycle in the foreground."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from config import clock, cycle


def day(raw: str) -> dt.date:
    try:
        return dt.date.fromisoformat(raw)
    except ValueError:
        raise CommandError(f"--day {raw!r} is not a date: write it as 2026-03-31.") from None


class Command(BaseCommand):
    help = "Run the daily cycle here and now; safe to repeat, and while workers run."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--day", type=day, help="the day to run it for; default: today")
        parser.add_argument("--json", action="store_true", help="one JSON object instead of lines")

    def handle(self, *_args: Any, **options: Any) -> None:
        on = options["day"] or clock.today()
        steps = {}
        for done in cycle.run(on):
            steps[done.step] = done.rows
            if not options["json"]:
                self.stdout.write(f"{done.step:12} {done.rows}")
        if options["json"]:
            self.stdout.write(json.dumps({"day": on.isoformat(), "steps": steps}))
