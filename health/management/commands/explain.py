"""``manage.py explain``: why a customer's score differs between two days."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.finding import NotOneError, named
from config import days
from health.explaining import Difference, between
from health.explaining.telling import told
from health.models import Purpose


class Command(BaseCommand):
    help = "Take the difference of a customer's scores of two days apart; the parts sum to it exactly."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("customer", metavar="CUSTOMER", help="number, key of another system or exact name")
        parser.add_argument("first", metavar="FROM", help="a day such as 2026-10-25")
        parser.add_argument("last", metavar="TO", help="a day such as 2026-11-24, the same or later")
        parser.add_argument("--purpose", choices=Purpose.values, default=Purpose.HEALTH, help="which score")
        parser.add_argument("--json", action="store_true", help="everything it is computed from, as JSON")

    def handle(self, *_args: Any, **options: Any) -> None:
        first, last = days.named(options["first"], "FROM"), days.named(options["last"], "TO")
        if first > last:
            raise CommandError(f"FROM {first} is after TO {last}.")
        try:
            customer = named(options["customer"])
        except NotOneError as error:
            raise CommandError(str(error)) from error
        difference = between(customer, first, last, options["purpose"])
        if options["json"]:
            self.stdout.write(json.dumps(told(difference), indent=2, ensure_ascii=False))
        else:
            self.table(difference)

    def table(self, difference: Difference) -> None:
        """The parts under one another, their sum below."""
        self.stdout.write(f"{difference.customer.name}, {difference.purpose}")
        for day, score in ((difference.first_day, difference.first), (difference.last_day, difference.last)):
            text = "no score" if score is None or score.value is None else f"{score.value:>7}  {score.scorecard}"
            self.stdout.write(f"  {day}  {text}")
        if difference.points is None:
            self.stdout.write("Without a score at both ends there is no difference to take apart.")
            return
        for piece in difference.pieces:
            self.stdout.write(f"  {piece.kind.value:<9} {piece.measure:<40} {piece.points:>+8}")
        self.stdout.write(f"  {'sum':<50} {sum(piece.points for piece in difference.pieces):>+8}")
