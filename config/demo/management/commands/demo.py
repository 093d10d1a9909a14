"""``manage.py demo``: a demo portfolio instead of whatever the database holds."""

from __future__ import annotations

import datetime as dt
import sys
from argparse import ArgumentParser
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from config import clock, days, own, probes
from config.backup import archive, keeping
from config.backup.address import ours
from config.backup.management.spoken import agreed
from config.demo import generate, people, replacing, replay
from config.demo.models import Portfolio
from config.demo.plan import NEVER, Plan, three_years
from config.embedded import Trouble
from config.history.actors import DEMO, acting
from config.run import prepare
from config.telling import Telling

CUSTOMERS: Final = 500
MOST: Final = 1_000_000
SEED_AT_MOST: Final = 1_000_000
REFUSED: Final = "This is an installation of your own, and no demo goes into it: `make run` starts one beside it. Nothing was changed."


class Command(BaseCommand):
    help = "Replace the present portfolio by a demo: generated, or made of somebody's files."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--customers", type=int, default=CUSTOMERS, help=f"how many (default {CUSTOMERS})")
        parser.add_argument("--seed", type=int, default=1, help="the same seed gives the same rows (default 1)")
        parser.add_argument(
            "--until", help="last day of the history, YYYY-MM-DD; a past one freezes the day (default: today)"
        )
        parser.add_argument("--source", help="a folder of files to make the portfolio of")
        parser.add_argument("--mapping", default="ravenstack", help="how to read --source (default ravenstack)")
        parser.add_argument(
            "--if-empty", action="store_true", help="only where there is nothing; a demo gets its missing days"
        )
        parser.add_argument("--append", action="store_true", help="add the missing days to the demo that is there")
        parser.add_argument(
            "--replace", action="store_true", help="also where there are real data; they are backed up first"
        )
        parser.add_argument("--yes", action="store_true", help="do not ask")

    def handle(self, *_args: Any, **options: Any) -> None:
        with acting(DEMO):
            self.fill(options)

    def fill(self, options: dict[str, Any]) -> None:
        self.say = Telling(self.tell)
        if options["append"] or options["if_empty"]:
            self.bring_up()
        if options["append"] or (options["if_empty"] and not replacing.is_empty()):
            with self.say:
                self.go_on(asked=options["append"])
            return
        if options["source"]:
            folder = self.folder(options["source"])
            self.allow(options)
            self.bring_up()
            with self.say:
                self.load(folder, options["mapping"])
        else:
            plan = self.planned(options)
            self.allow(options)
            self.bring_up()
            with self.say:
                self.generate(plan)

    def allow(self, options: dict[str, Any]) -> None:
        """Refuse to lose real data unbidden, and back them up before they go; ask where somebody can answer.

        The database may be of an earlier version, or have no tables: nothing is migrated before this has agreed.
        """
        if own.is_own(settings.LOCAL_DIR):
            raise CommandError(REFUSED)
        is_real, is_empty = replacing.found()
        if is_real and not options["replace"]:
            raise CommandError(
                "This database holds people or customers that no demo has made. Nothing was changed. "
                "To replace them all, repeat with --replace (make demo REPLACE=1): they are backed up first."
            )
        if is_empty:
            return
        self.say("The present portfolio, with its people and settings, is replaced.")
        if (is_real or not options["yes"]) and sys.stdin.isatty() and not agreed():
            raise CommandError("Nothing was changed.")
        if is_real:
            self.back_up()

    def bring_up(self) -> None:
        """Make or bring up the tables."""
        if not probes.migrated():
            prepare.migrate()

    def back_up(self) -> None:
        """Keep what is there in a file; where that fails nothing is replaced."""
        try:
            made = archive.create(ours(), keeping.folder(), clock.now())
        except Trouble as trouble:
            raise CommandError(f"What is there could not be backed up: {trouble} Nothing was changed.") from None
        self.say(f"Backed up: `manage.py restore {made.file}` brings it back.")

    def folder(self, name: str) -> Path:
        """The folder asked for; refused in one sentence where there is none, before anything is said to go."""
        folder = Path(name)
        if not folder.is_dir():
            raise CommandError(f"There is no folder {name}. Nothing was changed.")
        return folder

    def planned(self, options: dict[str, Any]) -> Plan:
        """The plan asked for; refuses what cannot be made in one sentence."""
        if not 1 <= options["customers"] <= MOST:
            raise CommandError(f"--customers must be a whole number from 1 to {MOST:,}.")
        if abs(options["seed"]) > SEED_AT_MOST:
            raise CommandError("--seed must be a whole number from -1000000 to 1000000.")
        today = clock.day_of(clock.now(), people.zone())
        until = days.asked(options["until"], "--until") or today
        if not dt.date(2010, 1, 1) <= until <= today:
            raise CommandError(f"--until must be a day from 2010-01-01 to {today}.")
        return three_years(options["customers"], options["seed"], until)

    def generate(self, plan: Plan) -> None:
        self.say(f"Making {plan.customers:,} customers with history from {plan.began_on} to {plan.until}")
        today = clock.day_of(clock.now(), plan.zone)
        generate.fresh(plan, frozen=plan.until < today, say=self.say)
        self.finish(plan)

    def load(self, folder: Path, mapping: str) -> None:
        from accounts.imports.maps import MappingError
        from accounts.imports.rows import Unreadable
        from config.demo import source

        try:
            day = source.load(folder, mapping, say=self.say)
        except (Unreadable, MappingError) as trouble:
            raise CommandError(str(trouble)) from None
        generate.analyse()
        self.note_published()
        self.say(f"The portfolio of {folder.name} stands as of {day}")

    def go_on(self, *, asked: bool) -> None:
        """Add the days since the demo was last made; nothing where there is no generated demo."""
        held = replacing.present()
        if held is None or held.source:
            if asked:
                raise CommandError("There is no generated demo to add days to.")
            return
        if not people.are_all_there():
            if asked:
                raise CommandError("People of the demo were renamed: there is nobody to add days for.")
            return
        if held.lived_until != held.until:
            self.say("The demo was broken off while it was made; going on")
            self.finish(replace(plan_of(held), since=held.lived_until or NEVER))
        plan = replace(plan_of(held), until=max(held.until, clock.today()), since=held.until)
        if generate.append(plan, say=self.say):
            self.finish(plan)

    def finish(self, plan: Plan) -> None:
        """What a running installation would have written by itself; the mark comes last, and without it the next start goes on."""
        self.say("Everything is kept; counting it for the planner")
        generate.analyse()
        replay.run(plan, say=self.say)
        self.note_published()
        Portfolio.objects.filter(pk=1).update(lived_until=plan.until)
        self.say(f"The demo stands as of {plan.until}")

    def note_published(self) -> None:
        demo = replacing.present()
        if demo is not None:
            people.note_published(demo)

    def tell(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()


def plan_of(held: Portfolio) -> Plan:
    """The plan that the portfolio held was made after."""
    return Plan(held.customers, held.seed, held.began_on, held.until, zone=people.zone())
