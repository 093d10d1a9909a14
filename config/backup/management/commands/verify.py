"""``manage.py verify``: a backup is restored for a trial and compared with what it says it holds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from config.backup import archive, keeping, restoring
from config.backup.address import ours
from config.backup.management.spoken import SpokenCommand
from config.embedded import Trouble


class Command(SpokenCommand):
    help = "Restore a backup into a database of its own, compare every table with what it says, and drop it again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", help="as `manage.py backup` named it")

    def act(self, options: dict[str, Any]) -> None:
        ours().require()
        found = archive.opened(Path(options["file"]))
        self.stdout.write("Restoring the backup beside the database in use")
        try:
            restoring.verify(found, ours(), self.stdout.write)
        except Trouble as trouble:
            keeping.note_verified(found.digest, str(trouble))
            raise
        keeping.note_verified(found.digest)
        held = found.held
        self.stdout.write(f"{found.file} holds what it says: {held.rows:,} rows of {len(held.tables)} tables.")
