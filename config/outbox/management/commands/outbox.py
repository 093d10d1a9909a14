"""``manage.py outbox``: count rows, list those given up, and retry them."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.db.models import Count

from config.outbox import delivery
from config.outbox.models import Outbox
from config.text import row_number


class Command(BaseCommand):
    help = "Count outbox rows by state; --dead lists those given up; --replay gives them new tries."

    def add_arguments(self, parser: CommandParser) -> None:
        which = parser.add_mutually_exclusive_group()
        which.add_argument("--dead", action="store_true", help="list rows given up or in doubt")
        which.add_argument("--replay", metavar="ID|all", nargs="+", help="try these rows again")

    def handle(self, *_args: Any, dead: bool, replay: list[str] | None, **_options: Any) -> None:
        if replay:
            self.try_again(replay)
        elif dead:
            self.list_dead()
        else:
            self.count()

    def count(self) -> None:
        states = Outbox.objects.order_by("state").values_list("state")
        for state, rows in states.annotate(rows=Count("pk")):
            self.stdout.write(f"{state:8} {rows}")

    def list_dead(self) -> None:
        for row in delivery.dead():
            self.stdout.write(f"{row.pk} {row.state} {row.kind} {row.dedup_key}: {row.error}")

    @transaction.atomic
    def try_again(self, ids: list[str]) -> None:
        everything = ids == ["all"]
        numbers = {row_number(text) for text in ids}
        if not everything and None in numbers:
            raise CommandError("--replay takes the numbers that --dead lists, or all.")
        rows = delivery.replay(None if everything else [number for number in numbers if number is not None])
        if not everything and rows < len(numbers):
            raise CommandError("Some of these rows are not given up; nothing was changed.")
        self.stdout.write(f"{rows} to be tried again")
