"""Recognises a file: how it is laid out, what its columns hold, and what has to be asked because two readings fit.

Nothing is guessed in silence: all that was recognised is in the answer, and where two readings fit all values that were
looked at, or none fits all, there is a question with an example of each.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Final

from django.utils.translation import gettext as _

from accounts.imports.dialects import SEPARATOR, Dialect, actual, corrected, first_bytes, text_of
from accounts.imports.encodings import apart, encodings
from accounts.imports.json_lines import Malformed, flat, record_of, refuse_list
from accounts.imports.opening import sentence_of
from accounts.imports.recognising import layout, sampling
from accounts.imports.recognising.columns import described
from accounts.imports.recognising.found import Choice, Column, Question, Recognised
from accounts.imports.recognising.layout import Layout, Record
from accounts.imports.rows import Unreadable, kept_names
from accounts.imports.sheets import opened_book, rows_of, sheets_of
from accounts.imports.texts import tidy

MOST_ROWS: Final = 5_000
MOST_COLUMNS: Final = 300
SHOWN: Final = 3
NOTHING: Final[Mapping[str, str]] = {}


def recognise(path: Path, sheet: str = "", said: Mapping[str, str] = NOTHING) -> Recognised:
    """What the file at ``path`` is; raises Unreadable with one sentence where it is no table at all.

    Reads at most 1.5 MB of a text, and all of a workbook; ``sheet`` chooses one of several. ``said`` goes before what would be
    recognised: encoding, delimiter and skip_lines by these names, as somebody answered.
    """
    try:
        head = first_bytes(path)
        if not head:
            raise Unreadable(_("%(file)s is empty.") % {"file": path.name})
        known = actual(head, Dialect())
        if known.format == "xlsx":
            return of_workbook(path, sheet, said)
        pieces, is_whole = sampling.pieces(path)
    except OSError as error:
        raise Unreadable(sentence_of(path, "", error)) from error
    fitting = encodings(pieces)
    encoding = said.get("encoding") or fitting[0]
    texts = sampling.texts(pieces, encoding)
    refuse_list(path, texts[0])
    asked = [encoding_question(pieces, fitting)] if len(fitting) > 1 else []
    if actual(head, Dialect(encoding=encoding)).format == "jsonl":
        return of_json(path, texts, encoding, is_whole=is_whole, asked=asked)
    if corrected(head, known.encoding):
        own = SEPARATOR.sub("", text_of(pieces[0], known.encoding).removeprefix("\ufeff"), count=1)
        above = {"skip_lines": str(known.skip_lines)}
        return of_text(
            path, [own], known.encoding, is_whole=is_whole, asked=[], delimiter=known.delimiter, said=above
        )  # fmt: skip
    return of_text(path, texts, encoding, is_whole=is_whole, asked=asked, said=said)


def narrow(found: Recognised) -> Recognised:
    """The file, where a form can hold its columns, of which each has two fields or three. Raises Unreadable where it cannot."""
    if len(found.columns) > MOST_COLUMNS:
        sentence = _(
            "%(file)s has %(n)s columns, and this page can show %(most)s: take out those that nobody needs, or import "
            "the file with import_data and a mapping."
        )
        raise Unreadable(sentence % {"file": found.name, "n": f"{len(found.columns):,}", "most": MOST_COLUMNS})
    return found


def encoding_question(pieces: list[bytes], fitting: tuple[str, ...]) -> Question:
    content = b"\n".join(pieces)
    choices = [Choice(fitting[0], apart(content, fitting[0], fitting[1])[0])]
    choices += [Choice(name, apart(content, fitting[0], name)[1]) for name in fitting[1:]]
    return Question("encoding", "", _("The text can be read in several encodings: which is right?"), tuple(choices))


def of_text(
    path: Path,
    texts: list[str],
    encoding: str,
    *,
    is_whole: bool,
    asked: list[Question],
    delimiter: str = "",
    said: Mapping[str, str] = NOTHING,
) -> Recognised:
    """A delimited text."""
    fitting = layout.layouts(texts[0]) if not delimiter else [layout.escaped_as_needed(texts[0], delimiter)]
    best = fitting[0]
    if len(fitting) > 1 and fitting[1].steadiness >= layout.STEADY and fitting[1].width == best.width:
        asked.append(delimiter_question(fitting))
    if said.get("delimiter"):
        best = layout.escaped_as_needed(texts[0], said["delimiter"])
    lines = texts[0].splitlines()
    before = 1 if SEPARATOR.match(texts[0]) else 0
    more = [row for text in texts[1:] for row in layout.records_of(text, best.delimiter, best.escape, len(text))[0]]
    return of_records(
        path,
        best,
        more,
        Recognised(
            path.name, "csv", encoding=encoding, delimiter=best.delimiter, escape=best.escape, is_whole=is_whole
        ),
        titles=lines[before:],
        asked=asked,
        said=said,
    )


def delimiter_question(fitting: list[Layout]) -> Question:
    choices = [Choice(one.delimiter, " · ".join(one.records[layout.names_at(one) or 0][1][:SHOWN])) for one in fitting]
    return Question("delimiter", "", _("The lines can be cut by several characters: which is right?"), tuple(choices))


def of_records(
    path: Path,
    best: Layout,
    more: list[Record],
    plain: Recognised,
    *,
    titles: list[str],
    asked: list[Question],
    said: Mapping[str, str] = NOTHING,
) -> Recognised:
    """What the records hold: ``more`` are those of the file's middle and end."""
    if not any(any(map(str.strip, cells)) for _line, cells in best.records):
        raise Unreadable(_("%(file)s is empty.") % {"file": path.name})
    place = layout.names_at(best)
    if place is None:
        place = next(place for place, (_line, cells) in enumerate(best.records) if layout.trimmed(cells))
        asked.append(names_question(best, _("No line looks like the names of the columns: which is it?")))
    elif any(layout.are_words(cells, best.width) for _line, cells in best.records[:place]):
        asked.append(
            names_question(best, _("A name stands twice in a line above the names of the columns: which line is it?"))
        )
    if said.get("skip_lines"):
        place = layout.place_below(best, int(said["skip_lines"]))
    line, names = best.records[place]
    columns = tuple(kept_names(layout.trimmed(names)))
    below = [*best.records[place + 1 :], *more]
    foot = layout.foot_of(below, len(columns))
    rows = [
        tuple(tidy(cells[: len(columns)]))
        for _line, cells in below[: len(below) - len(foot)]
        if len(cells) >= len(columns)
    ]
    details, formats, questions = described(columns, rows)
    return replace(
        plain,
        skip_lines=line - 1,
        titles=tuple(titles[: line - 1]),
        columns=columns,
        samples=tuple(rows[:MOST_ROWS]),
        foot=tuple(plain.delimiter.join(cells) for _line, cells in foot),
        details=details,
        rows_seen=len(rows),
        is_whole=plain.is_whole and len(best.records) < layout.MOST_LINES,
        formats=formats,
        questions=(*asked, *questions),
    )


def names_question(best: Layout, text: str) -> Question:
    """Which line names the columns."""
    choices = tuple(Choice(str(line - 1), " · ".join(cells[:SHOWN])) for line, cells in best.records[:SHOWN])
    return Question("skip_lines", "", text, choices)


def of_json(path: Path, texts: list[str], encoding: str, *, is_whole: bool, asked: list[Question]) -> Recognised:
    """JSON lines; lines that are no object are left to the import, which names them."""
    found: list[dict[str, str]] = []
    dialect = Dialect()
    for text in (line for piece in texts for line in piece.splitlines()):
        try:
            found.append(flat(record_of(text), dialect))
        except Malformed:
            continue
        if len(found) == MOST_ROWS:
            break
    columns = tuple(dict.fromkeys(key for record in found for key in record))
    if not columns:
        raise Unreadable(_("%(file)s is empty.") % {"file": path.name})
    rows = [tuple(tidy([record.get(key, "") for key in columns])) for record in found]
    details, formats, questions = described(columns, rows)
    return Recognised(
        path.name, "jsonl", encoding=encoding, columns=columns, samples=tuple(rows), details=details, rows_seen=len(rows),
        is_whole=is_whole and len(rows) < MOST_ROWS, formats=formats, questions=(*asked, *questions),
    )  # fmt: skip


def of_workbook(path: Path, sheet: str, said: Mapping[str, str] = NOTHING) -> Recognised:
    """One sheet of a workbook: the one that is named, else the first that has cells, and a question where several have."""
    with opened_book(path) as book:
        filled = sheets_of(path, book, sheet)
        asked = []
        if len(filled) > 1:
            choices = tuple(
                Choice(one.name, " · ".join(next(rows_of(one, "."), (0, [""]))[1][:SHOWN])) for one in filled
            )
            asked.append(Question("sheet", "", _("The workbook has several sheets: which is it?"), choices))
        records = list(islice(rows_of(filled[0], "."), MOST_ROWS + layout.LOOKED_THROUGH))
        best = Layout(",", "", layout.table_of(records), 0)
        titles = [""] * (records[-1][0] if records else 0)
        for line, cells in records:
            titles[line - 1] = " ".join(filter(None, cells))
        plain = Recognised(
            path.name,
            "xlsx",
            sheet=filled[0].name,
            is_whole=filled[0].total_height <= (records[-1][0] if records else 0),
        )
        return of_records(path, best, [], plain, titles=titles, asked=asked, said=said)


__all__ = ["Choice", "Column", "Question", "Recognised", "recognise"]
