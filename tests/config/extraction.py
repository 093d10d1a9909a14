"""Every message of the sources as Babel finds it: no GNU gettext needed.

Templates go through Django's own ``templatize``, which writes them as Python.
"""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any, Final

from babel.messages.extract import extract
from django.utils.translation.template import templatize

ROOT: Final = Path(__file__).resolve().parents[2]
FOLDERS: Final = ("accounts", "config", "health", "playbooks", "renewals", "templates")
PLAIN, PLURAL, CONTEXT = None, (1, 2), ((1, "c"), 2)
KEYWORDS: Final[dict[str, Any]] = {
    "_": PLAIN,
    **{f"gettext{kind}": PLAIN for kind in ("", "_lazy", "_noop")},
    **{f"ngettext{kind}": PLURAL for kind in ("", "_lazy")},
    **{f"pgettext{kind}": CONTEXT for kind in ("", "_lazy")},
    **{f"npgettext{kind}": ((1, "c"), 2, 3) for kind in ("", "_lazy")},
}
Key = tuple[str | None, str | tuple[str, ...]]


def messages() -> set[Key]:
    """Context and msgid (two of them where there is a plural) of every message in the sources."""
    return {key for path in _sources() for key in _messages(path)}


def _sources() -> Iterator[Path]:
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in {".py", ".html", ".txt"}:
                yield path


def _messages(path: Path) -> Iterator[Key]:
    text = path.read_text()
    source = text if path.suffix == ".py" else templatize(text)
    lines = (line.lstrip() for line in source.splitlines())
    code = source if path.suffix == ".py" else "\n".join(lines)
    for _line, message, _comments, context in extract("python", BytesIO(code.encode()), KEYWORDS):
        if message:
            yield context, message
