"""Number the people of usage by the key that is set now (``TSUNAGU_PERSON_KEY``), where the one before is lost."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from health.signals import numbering


class Command(BaseCommand):
    help = "Number people of usage by the key that is set now. Everybody is somebody new: days that were sent before must not be sent again."

    def handle(self, *_args: Any, **_options: Any) -> None:
        numbering.number_anew()
        self.stdout.write("People are numbered by the key that is set now.")
