"""``manage.py backup``: write the whole database to a file."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from config import clock
from config.backup import archive, keeping
from config.backup.address import ours
from config.backup.management.spoken import SpokenCommand


class Command(SpokenCommand):
    help = "Write a backup: one snapshot of the whole database and, beside it, what each table holds."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--to", metavar="FOLDER", help="where to (default: TSUNAGU_BACKUP_FOLDER)")

    def act(self, options: dict[str, Any]) -> None:
        folder = Path(options["to"]) if options["to"] else keeping.folder()
        ours().require()
        self.stdout.write("Dumping the database and counting what it holds")
        backup = archive.create(ours(), folder, clock.now(), self.stdout.write)
        keeping.note_made(backup, f"{socket.gethostname()}:{backup.file.parent}")
        size = backup.file.stat().st_size / 2**20
        self.stdout.write(
            f"{backup.file}: {backup.held.rows:,} rows of {len(backup.held.tables)} tables, {size:,.1f} MB"
        )
