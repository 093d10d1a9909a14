"""Files of a folder by the names that a mapping has for them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final
from unicodedata import normalize

from django.utils.translation import gettext as _

from accounts.imports.rows import Unreadable

ENDINGS: Final = (".csv", ".tsv", ".txt", ".xlsx", ".xlsm", ".jsonl", ".ndjson")
COPY: Final = re.compile(r"\s*\(\d+\)$|\s*[-–]\s*(?:copy|kopie|copie|コピー)(?:\s*\(\d+\))?$")


def of_name(paths: list[Path], name: str) -> Path | None:
    """The file called so, in any case, of any format; a copy that a browser or a desktop made counts as the same name."""
    same = [path for path in paths if known_as(path.name) == known_as(name)]
    if len(same) > 1:
        sentence = _("%(files)s could each be %(name)s: keep one of them in the folder, or import one by itself.")
        raise Unreadable(sentence % {"files": ", ".join(path.name for path in same), "name": name})
    return same[0] if same else None


def known_as(name: str) -> str:
    """The name without its case, the mark of a copy and the ending of a format that is read."""
    path = Path(normalize("NFC", name).casefold())
    return COPY.sub("", path.stem) if path.suffix in ENDINGS else path.name
