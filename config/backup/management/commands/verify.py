"""``manage.py verify``: a backup is restored for a trial and compared with what it says it holds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.backup import archive, restoring
from config.backup.address import ours
from config.embedded import Trouble


class Command(BaseCommand):
    help = "Restore a backup into a database of its own, compare every table with what it says, and drop it again."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", help="as `manage.py backup` named it")

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            found = archive.opened(Path(options["file"]))
            self.stderr.write("Restoring the backup beside the database in use")
            restoring.verify(found, ours())
        except Trouble as trouble:
            raise CommandError(str(trouble)) from None
        held = found.held
        self.stdout.write(f"{found.file} holds what it says: {held.rows:,} rows of {len(held.tables)} tables.")
