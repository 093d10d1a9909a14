"""``manage.py run_cycle``: run the daily cycle in the foreground."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from config import clock, cycle, days


class Command(BaseCommand):
    help = "Run the daily cycle here and now; safe to repeat, and while workers run."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--day", help="refuse to run unless it is this day, or frozen at it")
        parser.add_argument("--anew", action="store_true", help="also the steps that are settled for the day")
        parser.add_argument("--json", action="store_true", help="one JSON object instead of lines")

    def handle(self, *_args: Any, **options: Any) -> None:
        on = days.asked(options["day"], "--day") or clock.today()
        try:
            cycle.check(on)
            self.run(on, as_json=options["json"], anew=options["anew"])
        except (cycle.NotTodayError, cycle.StepsFailedError) as error:
            raise CommandError(str(error)) from error

    def run(self, on: dt.date, *, as_json: bool, anew: bool) -> None:
        steps: dict[str, int] = {}
        failed: dict[str, str] = {}
        try:
            for done in cycle.run(on, anew=anew):
                steps[done.step] = done.rows
                failed |= {done.step: done.failed} if done.failed else {}
                if not as_json:
                    self.stdout.write(f"{done.step:12} {done.failed or done.rows}")
        finally:
            if as_json:
                summary = {"day": on.isoformat(), "steps": steps} | ({"failed": failed} if failed else {})
                self.stdout.write(json.dumps(summary))
