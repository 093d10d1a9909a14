"""``manage.py settings_table``: every environment variable, for docs/operations.md."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from config.environment import markdown_rows


class Command(BaseCommand):
    help = "Print the table of settings as Markdown."
    requires_system_checks = ()

    def handle(self, *_args: Any, **_options: Any) -> None:
        for row in markdown_rows():
            self.stdout.write(row)
