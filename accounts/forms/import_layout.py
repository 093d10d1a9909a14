"""How a file is laid out and writes its values, in words: its encoding, its separator, an example of each choice."""

from __future__ import annotations

import datetime as dt
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.imports.cells import Formats
from accounts.imports.dialects import MOST_TITLE_LINES
from accounts.imports.recognising import Choice, Question, Recognised
from accounts.imports.taxes import TYPED
from config.text import narrow, row_number

# Answered by reading the file anew.
LAYOUT: Final = ("encoding", "delimiter", "skip_lines")
ENCODINGS: Final = {
    "utf-8": "UTF-8", "cp932": "Shift_JIS (CP932)", "euc_jp": "EUC-JP", "iso2022_jp": "ISO-2022-JP",
    "utf-16": "UTF-16", "cp1252": "Windows-1252",
}  # fmt: skip
DELIMITERS: Final = {
    ",": gettext_lazy("comma ,"), ";": gettext_lazy("semicolon ;"), "\t": gettext_lazy("tab"), "|": gettext_lazy("bar |"),
}  # fmt: skip
FORMATS: Final = {"csv": "CSV", "xlsx": "XLSX", "jsonl": "JSON lines"}
EXAMPLE: Final = dt.date(2026, 11, 24)


def differs(about: str, text: str, found: Recognised) -> bool:
    """Whether somebody chose another layout than was recognised."""
    lines = row_number(narrow(text))
    known = {"encoding": text in ENCODINGS, "delimiter": text in DELIMITERS}
    is_known = known.get(about, lines is not None and lines <= MOST_TITLE_LINES)
    return is_known and text != str(getattr(found, about))


def choice_words(question: Question, choice: Choice) -> str:
    """What an answer means, with its example."""
    value = choice.value
    if question.about in {"no_end", "tax_pair", "dates", "last_day", "per"} or not value:
        return choice.example
    if question.about == "delimiter":
        value = str(DELIMITERS.get(value, value))
    elif question.about == "skip_lines":
        value = _("line %(line)d") % {"line": int(value) + 1}
    elif value == TYPED:
        value = _("another rate, which is typed below")
    elif question.about == "tax":
        value = f"{value} %"
    return f"{value}: {choice.example}" if choice.example else value


def written_like(notation: str) -> str:
    """A day in the notation, as an example."""
    named = {"era": "令和8年11月24日", "worded": "24 November 2026", "serial": "46350", "iso": "2026-11-24T09:30"}
    return EXAMPLE.strftime(notation) if "%" in notation else named.get(notation, notation)


def facts_of(found: Recognised, formats: Formats) -> list[tuple[str, str]]:
    """What was recognised: its name and its value in words."""
    facts = [(_("Format"), FORMATS[found.format])]
    if found.format == "csv":
        facts.append((_("Encoding"), ENCODINGS.get(found.encoding, found.encoding)))
        facts.append((_("Separator"), str(DELIMITERS.get(found.delimiter, found.delimiter))))
    if found.sheet:
        facts.append((_("Sheet"), found.sheet))
    if found.format != "jsonl":
        above = ngettext("line %(line)d, %(n)d line above", "line %(line)d, %(n)d lines above", found.skip_lines)
        facts.append((_("Header"), above % {"line": found.skip_lines + 1, "n": found.skip_lines}))
    if formats.dates:
        facts.append((_("Dates"), " ".join(written_like(notation) for notation in formats.dates)))
    facts.append((_("Decimal sign"), formats.decimal))
    if formats.marks:
        facts.append((_("Beside amounts"), " ".join(formats.marks)))
    if formats.null_words:
        facts.append((_("Empty words"), " ".join(sorted(formats.null_words))))
    return facts
