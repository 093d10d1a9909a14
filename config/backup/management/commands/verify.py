"""``manage.py verify``: restore a backup for a trial and compare it with its description."""

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
        backup = archive.opened(Path(options["file"]))
        self.stdout.write("Restoring the backup beside the database in use")
        try:
            restoring.verify(backup, ours(), self.stdout.write)
        except Trouble as trouble:
            keeping.note_verified(backup.digest, str(trouble))
            raise
        keeping.note_verified(backup.digest)
        contents = backup.held
        self.stdout.write(f"{backup.file} holds what it says: {contents.rows:,} rows of {len(contents.tables)} tables.")
