#!/usr/bin/env python
"""Django's command line for Tsunagu."""

import os
import sys

PROCESS_OF_COMMAND = {"migrate": "migrate", "relay": "worker", "runserver": "web", "test": "test"}


def main() -> None:
    command = sys.argv[1] if len(sys.argv) > 1 else ""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    os.environ.setdefault("TSUNAGU_PROCESS", PROCESS_OF_COMMAND.get(command, "command"))
    try:
        from django.conf import settings
        from django.core.exceptions import ImproperlyConfigured
        from django.core.management import execute_from_command_line
    except ImportError:
        sys.exit("Django is not installed in this Python: run `make setup` and use .venv/bin/python.")
    try:
        settings._setup()  # type: ignore[attr-defined]  # a mistake in the environment ends here, in one sentence
    except ImproperlyConfigured as mistake:
        sys.exit(str(mistake))
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
