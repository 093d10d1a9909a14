"""A column has one writer: a save of a row that exists names its columns, so that it puts back nothing a sweep wrote."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from django.conf import settings

APPS: Final = ("accounts", "config", "health", "playbooks", "renewals")
BARE: Final = re.compile(r"\.save\(\)")
# Saves of a new row.
WHOLE: Final = {
    ("accounts/customers.py", "contact.save()"): "a new contact",
    ("accounts/lists/saved.py", "view.save()"): "a new view, or one that is there again",
    ("accounts/segment_order.py", "segment.save()"): "a new segment",
    ("health/cases/acts.py", "case.save()"): "a new case",
    ("accounts/management/commands/setup.py", "row.save()"): "a new row of the file",
    ("accounts/views/closing_days.py", "form.save()"): "a new closing day",
}


def test_every_save_of_a_stored_row_names_its_columns():
    found = set()
    for app in APPS:
        for path in (Path(settings.BASE_DIR) / app).rglob("*.py"):
            name = path.relative_to(settings.BASE_DIR).as_posix()
            if "/migrations/" in name or "/demo/" in name:
                continue
            found |= {(name, line.strip()) for line in path.read_text().splitlines() if BARE.search(line)}
    assert found == set(WHOLE)
