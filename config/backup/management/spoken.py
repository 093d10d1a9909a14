"""A command whose troubles are one sentence."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import psycopg
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from config.embedded import Trouble


class SpokenCommand(BaseCommand, ABC):
    """``act`` does the work; what stops it ends the command with a sentence."""

    def handle(self, *_args: Any, **options: Any) -> None:
        connection.close()
        try:
            self.act(options)
        except Trouble as trouble:
            raise CommandError(str(trouble)) from None
        except psycopg.Error as error:
            raise CommandError(f"PostgreSQL says: {error}") from None

    @abstractmethod
    def act(self, options: dict[str, Any]) -> None:
        """The command's work; raises Trouble."""
