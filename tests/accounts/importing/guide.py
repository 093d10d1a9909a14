"""What is written from the targets: ``.venv/bin/python -m tests.accounts.importing.guide`` writes their table in
docs/import.md and the shipped mapping of our own names.
"""

from __future__ import annotations

import pkgutil
from pathlib import Path
from typing import Final

import django
from django.conf import settings

PATH: Final = Path(settings.BASE_DIR) / "docs" / "import.md"
HEAD: Final = "| target | fields |"
FIRST: Final = "[[file]]"


def rows(text: str) -> list[str]:
    """The rows of the table, its head left out."""
    lines = text.splitlines()
    first = lines.index(HEAD) + 2
    after = next(place for place in range(first, len(lines)) if not lines[place].startswith("|"))
    return lines[first:after]


def own_names() -> str:
    """The mapping whose columns are called as the fields, a file a target; those of feeds are there without it."""
    from accounts.imports.mapping import OWN_NAMES  # after the apps are loaded
    from accounts.imports.targets import TARGETS
    from health import feeds

    of_feeds = {found.name for found in pkgutil.iter_modules(feeds.__path__)}
    files = [
        "\n".join([
            FIRST, f'name = "{target.name}.csv"', f'into = "{target.name}"', "optional = true", "[file.fields]",
            *(f'{field.name} = "{field.name}"' for field in target.fields if field.kind != "attributes"),
        ])
        for target in TARGETS.values()
        if target.name not in of_feeds
    ]  # fmt: skip
    head = OWN_NAMES.read_text(encoding="utf-8").partition(FIRST)[0]
    return head + "\n\n".join(files) + "\n"


def write() -> None:
    from accounts.imports.mapping import OWN_NAMES  # after the apps are loaded
    from accounts.imports.targets import TARGETS, guide_row

    text = PATH.read_text(encoding="utf-8")
    new = "\n".join(guide_row(target) for target in TARGETS.values())
    PATH.write_text(text.replace("\n".join(rows(text)), new), encoding="utf-8")
    OWN_NAMES.write_text(own_names(), encoding="utf-8")


if __name__ == "__main__":
    django.setup()
    write()
