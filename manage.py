#!/usr/bin/env python
"""Django's command line for Tsunagu.

Where DATABASE_URL is not set, commands use the embedded servers: those of a ``make run`` under way,
or such as all commands share until the last one has ended.
"""

import os
import sys
from contextlib import AbstractContextManager, nullcontext

PROCESS_OF_COMMAND = {"migrate": "migrate", "relay": "worker", "runserver": "web", "test": "test"}
WITHOUT_DATABASE = {
    "",
    "check",
    "collectstatic",
    "compilemessages",
    "help",
    "makemessages",
    "makemigrations",
    "settings_table",
    "spectacular",
    "version",
}


def main(command: str) -> None:
    """Run the command; a mistake in the environment or a missing server ends it with one sentence."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    os.environ.setdefault("TSUNAGU_PROCESS", PROCESS_OF_COMMAND.get(command, "command"))
    try:
        from django.core.exceptions import ImproperlyConfigured

        from config.embedded import Trouble
    except ImportError:
        sys.exit("A library is missing in this Python: run `make setup`, then use .venv/bin/python.")
    try:
        with servers(command) as addresses:
            os.environ.update(addresses)
            run()
    except (ImproperlyConfigured, Trouble) as mistake:
        sys.exit(str(mistake))


def servers(command: str) -> AbstractContextManager[dict[str, str]]:
    """The addresses of the servers the command needs, up for as long as the block lasts."""
    from config.embedded import environment

    if command in WITHOUT_DATABASE or os.environ.get("DATABASE_URL"):
        return nullcontext({})
    return environment()


def run() -> None:
    from django.conf import settings
    from django.core.management import execute_from_command_line
    from django.db import InterfaceError, OperationalError, ProgrammingError

    from config import reached
    from config.history.actors import acting

    settings.DATABASES  # noqa: B018  Django would hold a mistake back until a command needs it
    try:
        with acting(f"command:{sys.argv[1] if len(sys.argv) > 1 else 'help'}"):
            execute_from_command_line(sys.argv)
    except (InterfaceError, OperationalError):
        # It may have failed for another reason: a lock, a statement that took too long.
        reached.require(os.environ.get("DATABASE_URL", ""))
        raise
    except ProgrammingError:
        from config.probes import migrated

        if migrated():
            raise
        sys.exit(
            "The database is not up to date: run `manage.py migrate` first, or `manage.py setup` for an installation of your own."
        )


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "")
