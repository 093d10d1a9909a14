"""``manage.py restore``: replace the database in use by a backup, and keep the old one under another name."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from config import clock
from config.backup import archive, restoring
from config.backup.address import Address, ours
from config.backup.management.spoken import SpokenCommand, agreed


class Command(SpokenCommand):
    help = (
        "Put a backup in the place of the database in use. What is there now is kept under the name that is printed; "
        "--kept NAME brings such a one back, --drop NAME deletes it."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        which = parser.add_mutually_exclusive_group(required=True)
        which.add_argument("file", nargs="?", help="as `manage.py backup` named it")
        which.add_argument(
            "--kept", metavar="NAME", help="change places with the database that an earlier restore kept"
        )
        which.add_argument("--drop", metavar="NAME", help="delete the database that an earlier restore kept")
        parser.add_argument("--yes", action="store_true", help="do not ask")

    def act(self, options: dict[str, Any]) -> None:
        database, now = ours(), clock.now()
        database.require()
        if options["drop"]:
            self.refuse_others(options["drop"], database, orphans=True)
            self.ask(f"The database {options['drop']} is deleted for good.", options)
            restoring.drop(database, options["drop"])
            self.stdout.write(f"{options['drop']} is gone.")
            return
        if options["kept"]:
            self.refuse_others(options["kept"], database)
            self.ask("The database in use and that one change places.", options)
            kept = restoring.bring_back(options["kept"], database, now, self.stdout.write)
        else:
            backup = archive.opened(Path(options["file"]))
            self.ask(f"The database in use is replaced by the one of {backup.made_at:%Y-%m-%d %H:%M} UTC.", options)
            self.stdout.write("Restoring the backup beside the database in use")
            kept = restoring.restore(backup, database, now, self.stdout.write)
        self.stdout.write(f"Done. What was there before is kept: `manage.py restore --kept {kept}` brings it back.")

    def refuse_others(self, name: str, database: Address, *, orphans: bool = False) -> None:
        """Refuse a database that no restore of this one has kept or left; ``orphans`` allows those of no database."""
        if not (restoring.is_ours(name, database.name) or (orphans and restoring.is_orphan(name, database))):
            raise CommandError(f"{name} is no database that a restore has kept.")
        if not restoring.exists(database, name):
            raise CommandError(f"There is no database {name}.")

    def ask(self, message: str, options: dict[str, Any]) -> None:
        """Ask for confirmation unless --yes; without a terminal --yes is required."""
        self.stdout.write(message)
        if options["yes"]:
            return
        if not sys.stdin.isatty():
            raise CommandError("Nobody can be asked here: say --yes. Nothing was changed.")
        if not agreed():
            raise CommandError("Nothing was changed.")
