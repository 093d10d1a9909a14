"""Rows of the record that a later file of the same source names no more.

Nothing is deleted. Such rows are counted in the report; with ``missing = "ended"`` in the mapping they end on the
file's day, for a source whose every file is the whole of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import ngettext

if TYPE_CHECKING:
    from accounts.imports.staging import Staged


def note_missing(staged: Staged, missing: str, ended: str) -> int:
    """Count the rows that ``missing`` selects, and end them by ``ended`` where the mapping says so; returns how many.

    ``missing`` is SQL for their ids, over ``import_named`` (every external id that the file names, rejected rows
    too); ``ended`` ends those of ``{missing}`` and returns their customers. A file of corrected rejects, an empty
    one and one with a row whose id cannot be read are no whole snapshot: of them nothing is said.
    """
    if not staged.whole:
        return 0
    count = staged.count(f"SELECT count(*) FROM ({missing}) m")  # noqa: S608  our own names; values are parameters
    if count and staged.file.missing == "ended":
        staged.also_changed += [pk for (pk,) in staged.rows(ended.format(missing=missing))]
    if count:
        staged.notes.append(sentence(staged, count))
    return count


def sentence(staged: Staged, count: int) -> str:
    words = {"n": f"{count:,}", "day": staged.day}
    if staged.file.missing == "ended":
        text = ngettext(
            "%(n)s of this source is not in the file: ended on %(day)s",
            "%(n)s of this source are not in the file: ended on %(day)s",
            count,
        )
    else:
        text = ngettext(
            "%(n)s of this source is not in the file: kept as it was",
            "%(n)s of this source are not in the file: kept as they were",
            count,
        )
    return text % words
