"""``manage.py backup``: everything the database holds, in a file."""

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
        made = archive.create(ours(), folder, clock.now(), self.stdout.write)
        keeping.note_made(made, f"{socket.gethostname()}:{made.file.parent}")
        size = made.file.stat().st_size / 2**20
        self.stdout.write(f"{made.file}: {made.held.rows:,} rows of {len(made.held.tables)} tables, {size:,.1f} MB")
