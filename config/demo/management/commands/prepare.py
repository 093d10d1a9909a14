"""``manage.py prepare``: the organisation and what the product ships with, where absent."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from config import clock, shipped


class Command(BaseCommand):
    help = "Write the organisation, segments, scorecards and playbooks an installation starts with; safe to repeat."

    def handle(self, *_args: Any, **_options: Any) -> None:
        shipped.install(clock.today())
