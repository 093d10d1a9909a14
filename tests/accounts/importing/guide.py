"""The table of targets in docs/import.md, written from the targets: ``.venv/bin/python -m tests.accounts.importing.guide``."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import django
from django.conf import settings

PATH: Final = Path(settings.BASE_DIR) / "docs" / "import.md"
HEAD: Final = "| target | fields |"


def rows(text: str) -> list[str]:
    """The rows of the table, its head left out."""
    lines = text.splitlines()
    first = lines.index(HEAD) + 2
    after = next(place for place in range(first, len(lines)) if not lines[place].startswith("|"))
    return lines[first:after]


def write() -> None:
    from accounts.imports.targets import TARGETS, guide_row  # after the apps are loaded

    text = PATH.read_text(encoding="utf-8")
    new = "\n".join(guide_row(target) for target in TARGETS.values())
    PATH.write_text(text.replace("\n".join(rows(text)), new), encoding="utf-8")


if __name__ == "__main__":
    django.setup()
    write()
