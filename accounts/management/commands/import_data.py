"""``manage.py import_data``: files of another system into the record."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from accounts import rates
from accounts.identity import twins
from accounts.imports import running
from accounts.imports.folders import Job, jobs, run, silent
from accounts.imports.loading import Report
from accounts.imports.mapping import read
from accounts.imports.maps import MappingError
from accounts.imports.rejects import cells_path
from accounts.imports.rows import Unreadable
from accounts.imports.saved import named, shipped
from accounts.imports.targets import TARGETS
from config import clock, cycle, days

SILENT_SECONDS: Final = 1.0


class Command(BaseCommand):
    help = "Import files (CSV, XLSX, JSON lines) by a mapping. The same file again changes nothing; nothing is deleted."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("place", metavar="FOLDER|FILE", type=Path)
        parser.add_argument(
            "--mapping", default="", help=f"a saved mapping, one of {', '.join(shipped())}, or the path of one"
        )
        parser.add_argument("--kind", choices=TARGETS, default="", help="only these rows")
        parser.add_argument(
            "--rejects", type=Path, help="file or folder for rejected rows (default: rejects-FILE here)"
        )
        parser.add_argument("--as-of", help="the day from which the files hold: YYYY-MM-DD")
        parser.add_argument("--correction", action="store_true", help="rewrite the past instead of dating changes")
        parser.add_argument("--history", action="store_true", help="what the files say was known on the days they name")
        parser.add_argument("--dry-run", action="store_true", help="check everything, write nothing")

    def handle(self, *_args: Any, **options: Any) -> None:
        if not options["mapping"]:
            raise CommandError(
                "--mapping is missing: name tsunagu where the columns are called as the record calls them, "
                f"another of {', '.join(shipped())}, a saved mapping, or the path of your own."
            )
        self.last_word = time.monotonic()
        options["as_of"] = days.asked(options["as_of"], "--as-of")
        try:
            self.mapping = named(options["mapping"])
            mapping = read(self.mapping)
            import_jobs = jobs(
                options["place"],
                mapping,
                TARGETS,
                kind=options["kind"],
                rejects=options["rejects"],
                time={name: options[name] for name in ("as_of", "correction", "history") if options[name]},
            )
            names = silent(options["place"], mapping)
            self.take(import_jobs, dry_run=options["dry_run"])
            if names:
                self.stdout.write(f"Files that no part of the mapping reads: {', '.join(names)}.")
        except (Unreadable, MappingError) as error:
            raise CommandError(str(error)) from error

    def take(self, import_jobs: list[Job], *, dry_run: bool) -> None:
        day = clock.today()
        if not dry_run:
            reports = running.at_once(self.mapping, import_jobs, day, clock.now, self.progress)
            for job, report in zip(import_jobs, reports, strict=True):
                self.tell(report, job)
            # As in the night: a customer that makes the step fail is set aside alone, and the files stay in.
            cycle.run_whole(cycle.named("lifecycle"), day)
            if any(job.file.into in twins.MADE_OF for job in import_jobs):
                twins.find()
            self.tell_rateless()
            return
        with transaction.atomic():
            for job, report in zip(import_jobs, run(import_jobs, day, self.progress), strict=True):
                self.tell(report, job)
            transaction.set_rollback(True)
        self.stdout.write("Nothing was written: this was a dry run.")

    def tell_rateless(self) -> None:
        if currencies := rates.missing():
            self.stdout.write(
                f"No exchange rate is known for {', '.join(currencies)}: revenue in them cannot be told. "
                "Enter rates under Organisation, or import a file of rates."
            )

    def progress(self, job: Job, rows: int) -> None:
        """Print at most a line a second, so that a long file shows progress."""
        if time.monotonic() - self.last_word >= SILENT_SECONDS:
            self.last_word = time.monotonic()
            self.stderr.write(f"{job.path.name}: {rows:,} rows read")

    def tell(self, report: Report, job: Job) -> None:
        self.stdout.write(
            f"{report.file}: {report.rows:,} {report.into}: {report.new:,} new, "
            f"{report.changed:,} changed, {report.unchanged:,} unchanged, "
            f"{report.rejected:,} rejected"
        )
        if report.skipped:
            self.stdout.write(f"  {report.skipped:,} left out, as the mapping says")
        for note in report.notes:
            self.stdout.write(f"  {note}")
        if report.unread:
            what = "cell left out, its row" if report.unread == 1 else "cells left out, their rows"
            self.stdout.write(f"  {report.unread:,} {what} went in: {cells_path(job.rejects)}")
        if report.rejected:
            self.stdout.write(f"  rejected rows and their reasons: {job.rejects}")
