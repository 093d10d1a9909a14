"""``manage.py export_record``: the record of one source as files that ``import_data`` takes back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from accounts.imports import exporting
from accounts.models import User


class Command(BaseCommand):
    help = "Write the record of a source as CSV, a file a target, with the mapping by which import_data reads it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", metavar="FOLDER", type=Path, help="a folder that is empty or not there")
        parser.add_argument("--source", required=True, help="whose ids the files have, as in a mapping")
        parser.add_argument("--as", dest="user", required=True, metavar="EMAIL", help="the rows this person may see")

    def handle(self, *_args: Any, **options: Any) -> None:
        user = User.objects.filter(email=options["user"], is_active=True).first()
        if not user:
            raise CommandError(f"--as: nobody active has the email {options['user']}.")
        folder: Path = options["folder"]
        try:
            folder.mkdir(parents=True, exist_ok=True)
            if any(folder.iterdir()):
                raise CommandError(f"{folder} is not empty: name another folder.")
            with transaction.atomic():
                written, remark = exporting.write(folder, user, options["source"])
        except OSError as error:
            raise CommandError(f"{folder} cannot be written: {error.strerror or error}.") from error
        for name, rows in written.items():
            self.stdout.write(f"{name}: {rows:,}")
        if not written:
            self.stdout.write(f"Nothing is of the source {options['source']}.")
            return
        if remark:
            self.stdout.write(remark)
        if (folder / exporting.MAPPING).exists():
            self.stdout.write(f"To bring it in: import_data {folder} --mapping {folder / exporting.MAPPING}")
