"""Every message of the sources as Babel finds it: no GNU gettext needed.

Templates go through Django's own ``templatize``, which writes them as Python. Run as a module it
brings the Japanese catalogue to the sources: new messages come in empty, gone ones go.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any, Final

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

ROOT: Final = Path(__file__).resolve().parents[2]
CATALOGUE: Final = ROOT / "locale" / "ja" / "LC_MESSAGES" / "django.po"
# Other tools write a head of their own, with the day on which they ran.
HEAD: Final = r"""
# Tsunagu in Japanese.
msgid ""
msgstr ""
"Project-Id-Version: Tsunagu\n"
"Language: ja\n"
"Language-Team: ja\n"
"MIME-Version: 1.0\n"
"Content-Type: text/plain; charset=UTF-8\n"
"Content-Transfer-Encoding: 8bit\n"
"Plural-Forms: nplurals=1; plural=0;\n"
""".strip()
FOLDERS: Final = ("accounts", "config", "health", "playbooks", "renewals", "templates")
PLAIN, PLURAL, CONTEXT = None, (1, 2), ((1, "c"), 2)
FORMAT: Final = re.compile(r"%[(s]")
KEYWORDS: Final[dict[str, Any]] = {
    "_": PLAIN,
    "_now": PLAIN,
    "ship": PLAIN,
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


def update() -> int:
    """Write the catalogue anew, sorted, keeping what is translated; how many messages are not."""
    with CATALOGUE.open("rb") as file:
        old = read_po(file, locale="ja")
    new, missing = Catalog(locale="ja", fuzzy=False), 0
    for context, message in messages():
        before = old.get(message, context)
        text = before.string if before and before.pluralizable == isinstance(message, tuple) else ""
        missing += not text
        entry = new.add(message, text, context=context)
        if not FORMAT.search(str(message)):  # Babel takes the "30% o" of a sentence for a placeholder
            entry.flags.discard("python-format")
    written = BytesIO()
    write_po(written, new, width=0, no_location=True, omit_header=True, sort_output=True)
    CATALOGUE.write_text(f"{HEAD}\n\n{written.getvalue().decode().strip()}\n")
    return missing


if __name__ == "__main__":
    print(f"{update()} to translate in {CATALOGUE.name}")
