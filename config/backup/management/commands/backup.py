"""``manage.py backup``: everything the database holds, in a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from config import clock
from config.backup import archive
from config.backup.address import ours
from config.embedded import Trouble


class Command(BaseCommand):
    help = "Write a backup: one snapshot of the whole database and, beside it, what each table holds."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--to", metavar="FOLDER", help="where to (default: backups in LOCAL_DIR)")

    def handle(self, *_args: Any, **options: Any) -> None:
        folder = Path(options["to"]) if options["to"] else settings.LOCAL_DIR / "backups"
        self.stderr.write("Dumping the database and counting what it holds")
        try:
            made = archive.create(ours(), folder, clock.now())
        except Trouble as trouble:
            raise CommandError(str(trouble)) from None
        size = made.file.stat().st_size / 2**20
        self.stdout.write(f"{made.file}: {made.held.rows:,} rows of {len(made.held.tables)} tables, {size:,.1f} MB")
