"""A command that reports errors as one sentence."""

from __future__ import annotations

import signal
import sys
from abc import ABC, abstractmethod
from types import FrameType
from typing import Any

import psycopg
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from config.embedded import Trouble


class SpokenCommand(BaseCommand, ABC):
    """``act`` does the work; an error ends the command with one sentence, after the cleanup.

    SIGTERM stops it as Ctrl-C does; a second one does not interrupt the cleanup.
    """

    def handle(self, *_args: Any, **options: Any) -> None:
        connection.close()
        previous = signal.signal(signal.SIGTERM, _end)
        try:
            self.act(options)
        except Trouble as trouble:
            raise CommandError(_sentence(trouble)) from None
        except psycopg.Error as error:
            raise CommandError(f"PostgreSQL says: {_sentence(error)}") from None
        except OSError as error:
            raise CommandError(f"{error.filename or 'The system'}: {error.strerror}.") from None
        except KeyboardInterrupt as stop:
            raise CommandError(_sentence(stop) or "Stopped.", returncode=130) from None
        finally:
            signal.signal(signal.SIGTERM, previous)

    @abstractmethod
    def act(self, options: dict[str, Any]) -> None:
        """The command's work; raises Trouble."""


def agreed() -> bool:
    """Whether the person at the terminal answers yes; the end of input counts as no."""
    try:
        return input("Go on? [y/N] ").strip().lower() in {"y", "yes"}
    except EOFError:
        sys.stdout.write("\n")
        return False


def _end(_number: int, _frame: FrameType | None) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise KeyboardInterrupt


def _sentence(error: BaseException) -> str:
    """The error's message and its notes."""
    return " ".join(filter(None, [str(error), *getattr(error, "__notes__", [])]))
